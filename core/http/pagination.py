"""Lists come in pages: `{count, next, previous, results}`."""

import re
from typing import Any, cast

from django.core.paginator import Page
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView

MAX_DIGITS = 9  # of a page number
MAX_ROWS = 10_000  # of a list that pages show: the database reads and skips those before a page


class Pages(PageNumberPagination):
    """`page` and `page_size`, whole numbers from 1.

    A page after the last one is a 404. So is one that begins after MAX_ROWS, without a query.
    """

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        for name in (self.page_query_param, self.page_size_query_param):
            value = request.query_params.get(name)
            if value is not None and not _is_page_number(value):
                raise ValidationError({name: "This must be a whole number from 1."})
        page = int(request.query_params.get(self.page_query_param) or 1)
        if _is_too_deep(page, self.get_page_size(request) or 1):
            raise NotFound(f"Pages end after {MAX_ROWS:,} rows. Filter the list instead.")
        return super().paginate_queryset(queryset, request, view)

    def get_next_link(self) -> str | None:
        page = cast(Page[Any], self.page)
        is_last = _is_too_deep(page.number + 1, page.paginator.per_page)
        return None if is_last else super().get_next_link()

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        most = {self.page_query_param: 10**MAX_DIGITS - 1, "page_size": self.max_page_size}
        for parameter in parameters:
            parameter["schema"] |= {"minimum": 1, "maximum": most[parameter["name"]]}
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {
            "count": {"type": "integer", "example": 1},
            "next": {**link, "description": "The URL of the next page.", "example": None},
            "previous": {**link, "description": "The URL of the page before.", "example": None},
            "results": schema,
        }
        return {"type": "object", "properties": properties, "required": list(properties)}


def _is_too_deep(page: int, page_size: int) -> bool:
    return (page - 1) * page_size >= MAX_ROWS


def _is_page_number(text: str) -> bool:
    return re.fullmatch(rf"0*[1-9][0-9]{{0,{MAX_DIGITS - 1}}}", text) is not None
