"""Customers: a seeded random mix of calls for the same few seats, so that they conflict."""

import threading
import time
from datetime import datetime

from torture.checks.facts import asked_seats
from torture.client import Client

MIX = {
    "book": 20,
    "hold": 26,
    "confirm": 18,
    "extend": 8,
    "cancel": 10,
    "cancel_part": 6,
    "cancel_booking": 8,
    "move": 14,
    "orders": 2,
    "order": 6,
    "my_bookings": 2,
    "availability": 5,
}

MAX_KNOWN_ORDERS = 12  # of a customer
SHARED_SECONDS = 1  # so long customers share a payment reference


class KnownOrders:
    """The latest orders of a customer, shared by the clients of that customer."""

    def __init__(self):
        self.orders = {}
        self._lock = threading.Lock()

    def add(self, order):
        with self._lock:
            self.orders[order["code"]] = order
            if len(self.orders) > MAX_KNOWN_ORDERS:
                self.orders.pop(next(iter(self.orders)))

    def pick(self, rng, *statuses):
        with self._lock:
            found = [order for order in self.orders.values() if order["status"] in statuses]
        return rng.choice(found) if found else None

    def pick_newest_hold(self):
        with self._lock:
            held = [order for order in self.orders.values() if order["status"] == "held"]
        return max(held, key=lambda order: order["expires_at"], default=None)


class Customer(Client):
    def __init__(self, *, known_orders, world, **client):
        super().__init__(**client)
        self.known_orders, self.world = known_orders, world

    def next_call(self):
        [name] = self.rng.choices(list(MIX), list(MIX.values()))
        return getattr(self, name)()

    def book(self):
        show = self.rng.choice(self.world.on_sale)
        body = {"seat_number": self.rng.choice(show.seats)}
        if show.ticket_types and self.rng.random() < 0.5:
            body["ticket_type"] = self.rng.choice(show.ticket_types)
        self.expect_total(show, body)
        return self.new_call("book", "POST", f"shows/{show.id}/book/", body, show=show.id)

    def hold(self):
        show = self.rng.choice(self.world.on_sale)
        body = self.seats_body(show, self.rng.choice([1, 1, 2, 2, 3, 4]))
        self.expect_total(show, body)
        return self.new_call("hold", "POST", f"shows/{show.id}/hold/", body, show=show.id)

    def seats_body(self, show, count):
        """Return a request body for so many seats: the best ones, or named ones."""
        if self.rng.random() < 0.35:
            return {"best": count}
        if count % 2 == 0 and show.pairs and self.rng.random() < 0.4:
            pairs = self.rng.sample(show.pairs, min(count // 2, len(show.pairs)))
            seats = [seat for pair in pairs for seat in pair]
        elif self.rng.random() < 0.5:
            first = self.rng.randrange(len(show.seats) - count + 1)
            seats = show.seats[first : first + count]
        else:
            seats = self.rng.sample(show.seats, count)
        if show.ticket_types and self.rng.random() < 0.3:
            ticket_types = [self.rng.choice(show.ticket_types) for _ in seats]
            chosen = zip(seats, ticket_types, strict=True)
            return {"seats": [{"seat_number": s, "ticket_type": name} for s, name in chosen]}
        return {"seat_numbers": seats}

    def expect_total(self, show, body):
        """Often say what the seats cost, by the latest prices or by those before them.

        For the best seats it is a guess.
        """
        if not show.ticket_types or self.rng.random() < 0.4:
            return
        latest = self.world.prices.known
        amounts = self.world.prices.amounts(max(0, latest - self.rng.choice([0, 0, 0, 1])))
        asked = asked_seats(body) or [(show.seats[0], None)] * body["best"]
        body["expected_total"] = str(show.total_of(asked, amounts))

    def confirm(self):
        """Confirm a hold, sometimes as it expires; rarely an order that is already booked."""
        order = self.known_orders.pick(self.rng, "held")
        if self.rng.random() < 0.6:
            order = self.known_orders.pick_newest_hold()
        if order is None and self.rng.random() < 0.05:
            order = self.known_orders.pick(self.rng, "booked")
        if order is None:
            return None
        if order["expires_at"] and self.rng.random() < 0.3:
            left = order["expires_at"] - self.history.now() + self.rng.uniform(-0.06, 0.03)
            time.sleep(min(max(left, 0), 5))
        return self.on_order("confirm", order, {"payment_reference": self.payment_reference()})

    def payment_reference(self):
        """Return a new reference, or at times the one that other clients begin to use just now."""
        if self.rng.random() < 0.4:
            return f"pay-{self.name}-{self.calls}"
        period = 1 + self.history.now() // SHARED_SECONDS
        time.sleep(max(period * SHARED_SECONDS - self.history.now(), 0))
        return f"pay-{period:.0f}"

    def extend(self):
        order = self.known_orders.pick(self.rng, "held")
        return order and self.on_order("extend", order)

    def cancel(self):
        order = self.known_orders.pick(self.rng, "held", "booked")
        return order and self.on_order("cancel", order)

    def cancel_part(self):
        order = self.known_orders.pick(self.rng, "held", "booked")
        if order is None or not order["seats"]:
            return None
        seats = self.rng.sample(order["seats"], self.rng.randint(1, len(order["seats"])))
        return self.on_order("cancel", order, {"seat_numbers": seats})

    def cancel_booking(self):
        order = self.known_orders.pick(self.rng, "held", "booked")
        if order is None:
            return None
        booking = self.rng.choice(order["ids"])
        about = {"order": order["code"], "show": order["show"], "booking": booking}
        return self.new_call("cancel_booking", "POST", f"bookings/{booking}/cancel/", **about)

    def move(self):
        order = self.known_orders.pick(self.rng, "held", "booked")
        if order is None or not order["seats"]:
            return None
        here = self.world.show(order["show"])
        there = self.rng.choice(
            [here, *(show for show in self.world.on_sale if show.movie == here.movie)]
        )
        body = self.seats_body(there, min(len(order["seats"]), 4))
        self.expect_total(there, body)
        if there is not here or self.rng.random() < 0.5:
            body["show"] = there.id
        if self.rng.random() < 0.3:
            body["payment_reference"] = self.payment_reference()
        path = f"orders/{order['code']}/move/"
        return self.new_call("move", "POST", path, body, order=order["code"], show=there.id)

    def on_order(self, op, order, body=None):
        path = f"orders/{order['code']}/{op}/"
        return self.new_call(op, "POST", path, body, order=order["code"], show=order["show"])

    def orders(self):
        return self.new_call("orders", "GET", "orders/")

    def order(self):
        order = self.known_orders.pick(self.rng, "held", "booked", "cancelled", "expired")
        path = order and f"orders/{order['code']}/"
        return order and self.new_call("order", "GET", path, order=order["code"])

    def my_bookings(self):
        return self.new_call("my_bookings", "GET", "my-bookings/?page_size=100")

    def availability(self):
        show = self.rng.choice(self.world.on_sale)
        return self.new_call("availability", "GET", f"shows/{show.id}/availability/", show=show.id)

    def on_success(self, call, t):
        if call.op == "book":
            booking = t.data
            order = {"code": booking["order"], "status": "booked", "show": booking["show"]}
            self.remember(
                order | {"expires_at": None, "bookings": [booking], "former_bookings": []}
            )
        elif call.op == "orders":
            for order in t.data["results"]:
                self.remember(order)
        elif call.op not in ("cancel_booking", "my_bookings", "availability"):
            self.remember(t.data)

    def remember(self, order):
        bookings, expires_at = order["bookings"], order["expires_at"]
        self.known_orders.add(
            {
                "code": order["code"],
                "status": order["status"],
                "show": order["show"],
                "expires_at": expires_at and datetime.fromisoformat(expires_at).timestamp(),
                "seats": [b["seat_number"] for b in bookings if b["status"] in ("held", "booked")],
                "ids": [b["id"] for b in [*bookings, *order["former_bookings"]]],
            }
        )
