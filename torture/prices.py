"""The prices that staff change during a run."""

import threading
from decimal import Decimal

CHANGES = 1009  # a prime number: this many changes have different amounts


class PriceBoard:
    """The amounts of the price list: those after each change, and which change is known last.

    No two changes give a seat the same price, so a price says which change it is from.
    """

    def __init__(self, price_list, name, currency, amounts):
        self.price_list, self.name, self.currency = price_list, name, currency
        self.first = amounts  # {(category, ticket type): amount}
        self.made = 0  # changes that were sent
        self._known = 0
        self._lock = threading.Lock()

    @property
    def known(self):
        """The latest change that was acknowledged; 0: the prices at the start."""
        with self._lock:
            return self._known

    def acknowledge(self):
        with self._lock:
            self._known = self.made

    def amounts(self, change):
        """Return the amounts after this change. They rise and fall from one to the next."""
        more = Decimal(change * 373 % CHANGES).scaleb(-2)
        return {names: amount + more for names, amount in self.first.items()}

    def next_body(self):
        """Return the body of the request that makes the next change."""
        self.made += 1
        prices = [
            {"category": category, "ticket_type": ticket_type, "amount": str(amount)}
            for (category, ticket_type), amount in self.amounts(self.made).items()
        ]
        return {"name": self.name, "currency": self.currency, "prices": prices}
