"""Search by what a row is called on pages and in the boxes that complete names."""

import re
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from core.http.admin_deletion import DeletionAdmin
from core.names import spellings

MAX_WORDS = 40


class LabelSearchAdmin(DeletionAdmin):
    """Finds rows by any words of their label, in any order: "screen 1 astoria".

    `label` is `str(row)` as an expression. A comma or a dash between words does not count.
    """

    label: ClassVar[Combinable]
    search_fields = ("name",)  # shows the field; the label is searched

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = re.findall(r"\w+", search_term) or search_term.split()
        if len(words) > MAX_WORDS:
            return queryset.none(), False  # no label has so many
        if words:
            queryset = queryset.alias(label=self.label)
        for word in words:
            contained = (Q(label__icontains=spelling) for spelling in spellings(word))
            queryset = queryset.filter(reduce(or_, contained))
        return queryset, False
