"""The form of a price list: a grid with a field for each category and ticket type."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from core import money
from core.http.form_errors import as_form_errors
from movies import services
from movies.admin.choices import CurrencyField
from movies.errors import PriceMissing
from movies.limits import MAX_PRICES
from movies.locks import lock_price_list
from movies.models import PriceList, SeatCategory, TicketType

CHANGED_MEANWHILE = (
    "This price list was changed meanwhile. Open it again, then repeat your changes: nothing was "
    "saved."
)


class Row(NamedTuple):
    category: SeatCategory
    cells: list[forms.BoundField]


class PriceListForm(forms.ModelForm):
    """Validated and saved in one transaction, so the lock lasts until the list is saved.

    An empty cell is a price that the list lacks.
    """

    currency = CurrencyField()
    # The version that the page shows. A form that lacks later changes would undo them.
    shown_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = PriceList
        fields = ["name", "currency"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.categories = list(SeatCategory.objects.all())
        self.ticket_types = list(TicketType.objects.all())
        self.cells = {
            _cell(category.pk, ticket_type.pk): (category, ticket_type)
            for category in self.categories
            for ticket_type in self.ticket_types
        }
        for name, (category, ticket_type) in self.cells.items():
            self.fields[name] = _price_field(f"{category}, {ticket_type}")
        if self.instance.pk:
            self.initial["shown_version"] = self.instance.version
            for price in self.instance.prices.order_by():
                amount = money.rounded(price.amount, self.instance.currency)
                self.initial[_cell(price.category_id, price.ticket_type_id)] = amount

    def grid(self) -> Iterator[Row]:
        for category in self.categories:
            names = [_cell(category.pk, ticket_type.pk) for ticket_type in self.ticket_types]
            yield Row(category, [self[name] for name in names])

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if self.instance.pk:
            now = lock_price_list(self.instance.pk).version
            if cleaned.get("shown_version") != now:
                raise ValidationError(CHANGED_MEANWHILE)
        currency = cleaned.get("currency")
        for name in self.cells:
            amount = cleaned.get(name)
            if currency and amount is not None and not money.has_its_digits(amount, currency):
                self.add_error(name, money.sentence_of_digits(currency))
        if len(self._prices()) > MAX_PRICES:
            raise ValidationError(f"A price list has at most {MAX_PRICES:,} prices.")
        return cleaned

    def _prices(self) -> dict[tuple[SeatCategory, TicketType], Decimal]:
        amounts = {name: self.cleaned_data.get(name) for name in self.cells}
        return {self.cells[name]: amount for name, amount in amounts.items() if amount is not None}

    def full_clean(self) -> None:
        """Clean, then save by the service, which checks the upcoming shows."""
        super().full_clean()
        if not self.is_bound or self.errors or not self.has_changed():
            return
        with as_form_errors(self):
            try:
                self.instance = services.save_price_list(
                    name=self.cleaned_data["name"],
                    currency=self.cleaned_data["currency"],
                    prices=self._prices(),
                    price_list=self.instance if self.instance.pk else None,
                )
            except PriceMissing as error:
                self._mark_missing(error)
                raise

    def _mark_missing(self, error: PriceMissing) -> None:
        missing = {(gap.category, gap.ticket_type) for gap in error.gaps}
        for name, (category, ticket_type) in self.cells.items():
            if (category.name, ticket_type.name) in missing:
                self.add_error(name, "Upcoming shows need this price.")

    def save(self, commit: bool = True) -> PriceList:
        """Return the list: the service has saved it."""
        saved: PriceList = self.instance
        return saved

    def save_m2m(self) -> None:
        """Do nothing: the service has saved the prices."""


def _cell(category_id: int, ticket_type_id: int) -> str:
    return f"price-{category_id}-{ticket_type_id}"


def _price_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        # With a placeholder, the style sheet finds empty cells.
        widget=forms.TextInput(
            attrs={
                "inputmode": "decimal",
                "size": 7,
                "placeholder": "none",
                "aria-label": label,
                "autocomplete": "off",
            }
        ),
    )
