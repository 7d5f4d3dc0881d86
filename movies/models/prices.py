"""Prices of seats."""

from django.core.validators import MinValueValidator
from django.db import models

from core import money
from core.db.name_key import NamedQuerySet, NameKeyField, UniqueName
from core.validators import no_hidden_characters
from movies.models.halls import CURRENCY, SeatCategory, validate_currency

# Orders prices so that the default ticket type comes first.
BY_TICKET_TYPE = ["ticket_type__position", "ticket_type__name"]


class TicketType(models.Model):
    """A kind of ticket, such as adult, child or senior.

    A booking without a ticket type gets the first one of the price list.
    """

    name = models.CharField(max_length=50, validators=[no_hidden_characters])
    name_key = NameKeyField()
    position = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first.")

    objects = NamedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [UniqueName(name="ticket_type_name")]

    def __str__(self) -> str:
        return self.name


class PriceList(models.Model):
    """Amounts by seat category and ticket type, in one currency."""

    name = models.CharField(max_length=100, validators=[no_hidden_characters])
    name_key = NameKeyField()
    currency = models.CharField(
        max_length=3, validators=[CURRENCY, validate_currency], help_text="ISO 4217: EUR."
    )

    version = models.PositiveIntegerField(
        default=1,
        db_default=1,
        editable=False,
        help_text="Counts the changes: a sale reads it under its lock.",
    )

    objects = NamedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [UniqueName(name="price_list_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class Price(models.Model):
    """The amount for one seat of a category, with one ticket type."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    category = models.ForeignKey(SeatCategory, on_delete=models.PROTECT, related_name="prices")
    ticket_type = models.ForeignKey(TicketType, on_delete=models.PROTECT, related_name="prices")
    amount = models.DecimalField(
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        ordering = [*BY_TICKET_TYPE, "category__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "category", "ticket_type"], name="one_price_in_a_list"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="price_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        amount = money.shown(self.amount, self.price_list.currency)
        return f"{self.category}, {self.ticket_type}: {amount}"
