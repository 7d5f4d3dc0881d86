"""What seats cost."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower

from movies.models.halls import CURRENCY, SeatCategory

BY_TICKET_TYPE = ["ticket_type__position", "ticket_type__name"]  # the default comes first


class TicketType(models.Model):
    """Adult, child, senior... The first of a price list is what a booking gets by default."""

    name = models.CharField(max_length=50)
    position = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first.")

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="ticket_type_name_without_case",
                violation_error_message="There is a ticket type of this name.",
            )
        ]

    def __str__(self):
        return self.name


class PriceList(models.Model):
    """Amounts by seat category and ticket type, in one currency."""

    name = models.CharField(max_length=100, unique=True)
    currency = models.CharField(max_length=3, validators=[CURRENCY], help_text="ISO 4217: EUR.")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return f"{self.name} ({self.currency})"


class Price(models.Model):
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    category = models.ForeignKey(SeatCategory, on_delete=models.PROTECT, related_name="prices")
    ticket_type = models.ForeignKey(TicketType, on_delete=models.PROTECT, related_name="prices")
    amount = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(0)])

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

    def __str__(self):
        return f"{self.category}, {self.ticket_type}: {self.amount}"
