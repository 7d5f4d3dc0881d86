"""JSON shapes of ticket types and price lists."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from core.http.examples import sent, shown
from core.http.fields import SentAmountField, shown_of
from core.http.unknown import ModelSerializer
from core.names import name_key
from core.validators import no_hidden_characters
from movies.api.serializers.names import NameField, UniqueNameValidator
from movies.limits import MAX_PRICES
from movies.models import Price, PriceList, SeatCategory, TicketType
from movies.seating.limits import MAX_FAULTS

MAX_POSITION = 2**15 - 1  # of the column in PostgreSQL

TICKET_TYPE = {"name": "Child", "position": 2}
PRICE_LIST = {
    "name": "Evening",
    "currency": "GBP",
    "prices": [
        {"category": "Standard", "ticket_type": "Adult", "amount": "11.00"},
        {"category": "Standard", "ticket_type": "Child", "amount": "7.50"},
    ],
}


@extend_schema_serializer(examples=[shown(TICKET_TYPE), sent(TICKET_TYPE)])
class TicketTypeSerializer(ModelSerializer):
    class Meta:
        model = TicketType
        fields = ["id", "name", "position"]
        extra_kwargs = {
            "name": {
                "validators": [no_hidden_characters, UniqueNameValidator(TicketType.objects.all())]
            },
            "position": {"max_value": MAX_POSITION},
        }


class AmountField(SentAmountField):
    """The amount of a price, answered with the digits of its currency.

    Only the service knows the currency, so it checks the digits after the point.
    """

    def get_attribute(self, price):
        return shown_of(price, super().get_attribute(price), ["price_list", "currency"])

    def to_representation(self, shown):
        return shown


class PriceSerializer(ModelSerializer):
    category = NameField()
    ticket_type = NameField()
    amount = AmountField()

    class Meta:
        model = Price
        fields = ["category", "ticket_type", "amount"]


@extend_schema_serializer(examples=[shown(PRICE_LIST), sent(PRICE_LIST)])
class PriceListSerializer(ModelSerializer):
    """A price list with all its prices. A change replaces all of them."""

    prices = PriceSerializer(many=True, max_length=MAX_PRICES)  # type: ignore[call-arg]

    class Meta:
        model = PriceList
        fields = ["id", "name", "currency", "prices"]
        extra_kwargs = {
            "name": {
                "validators": [no_hidden_characters, UniqueNameValidator(PriceList.objects.all())]
            }
        }

    def validate_prices(self, prices):
        """Return `{(SeatCategory, TicketType): amount}`. Two queries."""
        categories = SeatCategory.objects.all().by_name_key()
        ticket_types = TicketType.objects.all().by_name_key()
        amounts, errors = {}, []
        for price in prices:
            category = categories.get(name_key(price["category"]))
            if category is None:
                errors += self._unknown("seat category", price["category"])
            ticket_type = ticket_types.get(name_key(price["ticket_type"]))
            if ticket_type is None:
                errors += self._unknown("ticket type", price["ticket_type"])
            if category is None or ticket_type is None:
                continue
            if (category, ticket_type) in amounts:
                errors.append(ErrorDetail(f"{category}, {ticket_type} has two prices.", "unique"))
            amounts[category, ticket_type] = price["amount"]
        if errors:  # each of them once
            raise serializers.ValidationError(list(dict.fromkeys(errors))[:MAX_FAULTS])
        return amounts

    def _unknown(self, what, name):
        return [ErrorDetail(f"There is no {what} named {name}.", "unknown")]
