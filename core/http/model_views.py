"""Writes of one row in the API, each in one transaction with its audit entry.

DELETE is refused before Django loads all rows that stand in the way.
"""

from typing import Any

from django.db import transaction
from rest_framework import viewsets

from core.db.deletion import ensure_not_in_use


class ModelViewSet(viewsets.ModelViewSet[Any]):
    """REST framework's, but a DELETE of a row in use costs the same however much it is used."""

    def perform_create(self, serializer: Any) -> None:
        with transaction.atomic():
            serializer.save()

    def perform_update(self, serializer: Any) -> None:
        with transaction.atomic():
            serializer.save()

    def perform_destroy(self, instance: Any) -> None:
        ensure_not_in_use(instance)
        with transaction.atomic():
            super().perform_destroy(instance)
