"""Histories written by hand: the answers to the clients, and the rows in the database."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from django.test import SimpleTestCase

from torture.checks import check
from torture.checks.facts import Facts, Placing, ShowFacts
from torture.history import Call, History, Try

ALICE, BOB, STAFF = 1, 2, 9
SHOW, OTHER_SHOW = 1, 2
SCREEN, OTHER_SCREEN, ELSEWHERE = 1, 2, 3
MOVIE, OTHER_MOVIE = 1, 2
HALL, SMALLER_HALL = 1, 2
PLACES = {SHOW: Placing(SCREEN, 10_000, 17_000), OTHER_SHOW: Placing(OTHER_SCREEN, 10_000, 17_000)}
SEATS = [str(number) for number in range(1, 9)]
MAX_SEATS, MAX_HOLD = 5, 5
PRICE = Decimal("10.00")
REFUND_TIERS = {1: {2: 100, 1: 50}, 2: {}}  # of each cinema: {hours before the start: percent}


class ScenarioTests(SimpleTestCase):
    def setUp(self):
        self.scenario = Scenario()

    def assert_good(self):
        self.assertEqual(self.scenario.findings(), [])

    def assert_found(self, *kinds):
        """Assert that these are found. Other checks may find the same fault too."""
        self.assertLessEqual(set(kinds), set(self.scenario.kinds()), self.scenario.findings())

    def assert_only(self, *kinds):
        self.assertEqual(self.scenario.kinds(), sorted(kinds), self.scenario.findings())


class Scenario:
    """Calls and rows. They begin correct; a test makes some wrong. A call takes one second."""

    def __init__(self, history=None):
        self.history = history or History()
        self.bookings, self.orders, self.records = [], [], []
        self.changes = []
        self.shows = [self.show_row(pk, place) for pk, place in PLACES.items()]
        self.is_calm = False

    def kinds(self):
        """Return the kinds of the findings, each once."""
        return sorted({kind for kind, _ in self.findings()})

    def findings(self):
        rows = {"bookings": self.bookings, "orders": self.orders, "records": self.records}
        screens = [(SCREEN, 1), (OTHER_SCREEN, 1), (ELSEWHERE, 2)]
        rows["screens"] = [
            {"id": pk, "cinema": cinema, "turnaround_minutes": 10} for pk, cinema in screens
        ]
        facts = Facts(
            self.history,
            rows | {"shows": self.shows, "changes": self.changes},
            [self.show_facts(pk, place) for pk, place in PLACES.items()],
            prices={("Standard", "Adult"): PRICE, ("Standard", "Child"): PRICE / 2},
            plans={HALL: set(SEATS), SMALLER_HALL: set(SEATS[:-1])},
            refund_tiers=REFUND_TIERS,
            max_seats=MAX_SEATS,
            max_hold=MAX_HOLD,
            is_calm=self.is_calm,
        )
        return check(facts)

    # Calls

    def book(self, seat, *, at, user=ALICE, show=SHOW, price=PRICE, **body):
        """Return a call that booked a seat and was answered, and its row."""
        call = self.call("book", at, user=user, show=show, body={"seat_number": seat, **body})
        fields = {"status": "booked", "booked_at": at + 0.5, "price": Decimal(price)}
        row = self.row(seat, call, at, user=user, show=show, **fields)
        self.answer(call, 201, self.booking_json(row) | {"order": row["order__code"], "show": show})
        return call, row

    def hold(self, *seats, at, user=ALICE, lasts=2.0, **body):
        """Return a call that held seats and was answered, and its rows, all of one order."""
        call = self.call("hold", at, user=user, body={"seat_numbers": list(seats), **body})
        end = at + 0.5 + lasts
        rows = [self.row(s, call, at, user=user, status="held", expires_at=end) for s in seats]
        for row in rows[1:]:
            self.orders.remove(self.order_of(row))
            row["order"], row["order__code"] = rows[0]["order"], rows[0]["order__code"]
        self.order_of(rows[0])["total"] = PRICE * len(rows)
        self.answer(call, 201, self.order_json(rows))
        return call, rows

    def confirm(self, rows, *, at, payment="", user=ALICE):
        body = {"payment_reference": payment} if payment else {}
        call = self.call("confirm", at, user=user, order=rows[0]["order__code"], body=body)
        self.order_of(rows[0]).update(status="booked", expires_at=None)
        for row in rows:
            change = {"booked_at": at + 0.5, "booked_request_id": call.tries[0].id}
            change["payment_reference"] = payment
            row.update(status="booked", expires_at=None, **change)
        self.answer(call, 200, self.order_json(rows))
        return call

    def extend(self, rows, *, at, lasts=2.0):
        call = self.call("extend", at, order=rows[0]["order__code"])
        for row in [*rows, self.order_of(rows[0])]:
            row["expires_at"] = at + 0.5 + lasts
        self.answer(call, 200, self.order_json(rows))
        return call

    def cancel(self, rows, *, at):
        call = self.call(
            "cancel", at, user=rows[0]["order__customer"], order=rows[0]["order__code"]
        )
        self.order_of(rows[0]).update(status="cancelled", total=Decimal(0))
        for row in rows:
            self.end(row, call, at)
        self.answer(call, 200, self.order_json(rows))
        return call

    def move(self, rows, *seats, at, to=SHOW, payment="", price=PRICE):
        """Return the call and the new rows."""
        order = self.order_of(rows[0])
        about = {"user": order["customer"], "order": order["code"], "show": to}
        body = {"seat_numbers": list(seats)} | ({"payment_reference": payment} if payment else {})
        call = self.call("move", at, body=body, **about)
        for row in rows:
            self.end(row, call, at)
            row["refund"] = Decimal(0)
        fields = {"user": order["customer"], "show": to, "status": order["status"]}
        fields["payment_reference"] = payment or rows[0]["payment_reference"]
        fields |= {"expires_at": order["expires_at"], "price": Decimal(price)}
        if order["status"] == "booked":
            fields["booked_at"] = at + 0.5
        created = [self.row(seat, call, at, **fields) for seat in seats]
        for row in created:
            self.orders.remove(self.order_of(row))
            row["order"], row["order__code"] = order["id"], order["code"]
        order.update(show=to, total=Decimal(price) * len(created))
        self.answer(call, 200, self.order_json(created, former=rows))
        return call, created

    def cancel_show(self, rows, *, at, show=SHOW):
        call = self.call("cancel_show", at, user=STAFF, show=show)
        self.shows[show - 1].update(cancelled_at=at + 0.4, cancelled_by=STAFF)
        for row in rows:
            self.order_of(row).update(status="cancelled", total=Decimal(0))
            self.end(row, call, at)
        self.answer(call, 200, {})
        return call

    def block(self, seat, *, at):
        call = self.call("block", at, user=STAFF, body={"seat_numbers": [seat]})
        row = self.row(seat, call, at, user=None, status="blocked", blocked_by=STAFF)
        self.answer(call, 200, {"seats": []})
        return call, row

    def refuse(self, op, status, code, *, at, user=ALICE, **call):
        members = call.pop("members", {})
        call = self.call(op, at, user=user, **call)
        seats = [{"seat_number": call.body.get("seat_number", "1")}]
        body = {"code": code, "seats": seats, **members}
        self.answer(call, status, body)
        return call

    def read_availability(self, *, at, **seats):
        taken = {"held": [], "booked": [], "blocked": []} | seats
        call = self.call("availability", at)
        call.key = ""
        free = 8 - sum(map(len, taken.values()))
        self.answer(call, 200, {"on_sale": True, "available_seats": free, **taken})
        return call

    def read_order(self, rows, *, at, status):
        call = self.call("order", at, order=rows[0]["order__code"])
        call.key = ""
        self.answer(call, 200, self.order_json(rows, status=status))
        return call

    def retry(self, call, *, at, **fields):
        """Add a try with the first answer, replayed; `fields` change it."""
        first = call.tries[0]
        number = len(call.tries)
        t = Try(f"{call.id}-{number}", at, at + 1, first.status, first.body, is_replayed=True)
        for name, value in fields.items():
            setattr(t, name, value)
        call.tries.append(t)
        return t

    def change_prices(self, price, *, at):
        """Return a call of staff that set the price of an adult, half of it for a child."""
        amounts = {"Adult": Decimal(price), "Child": Decimal(price) / 2}
        prices = [
            {"category": "Standard", "ticket_type": name, "amount": str(amount)}
            for name, amount in amounts.items()
        ]
        call = self.call("change_prices", at, user=STAFF, body={"prices": prices})
        call.method, call.key = "PUT", ""
        self.answer(call, 200, {})
        return call

    def reschedule(self, *, at, show=SHOW, plan=HALL, **body):
        """Return a call that gave a show another start or screen, and its record."""
        call = self.call("reschedule", at, user=STAFF, show=show, body=body)
        row = self.shows[show - 1]
        before = self.show_json(row)
        if "starts_at" in body:
            length = row["ends_at"] - row["starts_at"]
            body["starts_at"], starts_at = as_text(body["starts_at"]), body["starts_at"]
            row.update(starts_at=starts_at, ends_at=starts_at + length)
        row.update(screen=body.get("screen", row["screen"]), seating_plan=plan)
        change = {"id": len(self.changes) + 1, "show": show, "kind": "rescheduled"}
        change |= {"made_at": at + 0.5, "made_by": STAFF, "request_id": call.tries[0].id}
        change |= {"before": before, "after": self.show_json(row)}
        self.changes.append(change)
        self.answer(call, 200, self.show_json(row))
        return call, change

    def change_show(self, *, at, show=SHOW, **body):
        call = self.call("change_show", at, user=STAFF, show=show, body=body)
        call.method, call.key = "PATCH", ""
        self.shows[show - 1].update(body)
        self.answer(call, 200, self.show_json(self.shows[show - 1]))
        return call

    # Parts

    def show_row(self, pk, place):
        row = {"id": pk, "movie": MOVIE, "seating_plan": HALL, "cancelled_at": None}
        return row | place._asdict()

    def show_facts(self, pk, place):
        categories = dict.fromkeys(SEATS, "Standard")
        sizes, screens = {len(SEATS), len(SEATS) - 1}, [SCREEN, OTHER_SCREEN]
        return ShowFacts(
            pk, MOVIE, categories, sizes, [("7", "8")], ["Adult", "Child"], screens, place
        )

    def show_json(self, row):
        times = {name: as_text(row[name]) for name in ("starts_at", "ends_at")}
        cinema = 2 if row["screen"] == ELSEWHERE else 1
        names = ("movie", "screen", "seating_plan")
        return times | {"cinema": cinema} | {name: row[name] for name in names}

    def call(self, op, at, *, user=ALICE, show=SHOW, body=None, **about):
        name = f"{op}-{len(self.history.calls)}"
        call = Call(name, op, user, "POST", "/", body or {}, f"key-{name}", show=show, **about)
        call.tries.append(Try(f"{name}-0", at, at + 1))
        self.history.add(call)
        return call

    def answer(self, call, status, body):
        [t] = call.tries
        t.status, t.body = status, json.dumps(body).encode()
        if call.is_write and status in (200, 201, 400):
            record = {"user": call.user, "key": call.key, "status": status, "body": t.body}
            self.records.append(record)

    def lose_answer(self, call):
        t = call.tries[0]
        t.status, t.body = 0, b""

    def row(self, seat, call, at, *, user, show=SHOW, **fields):
        number = len(self.bookings) + 1
        row = {
            "id": number,
            "number": number,
            "show": show,
            "seat_number": seat,
            "order__customer": user,
            "order": None,
            "order__code": None,
            "ticket_type__name": "Adult",
            "payment_reference": "",
            "blocked_by": None,
            "price": PRICE,
            "refund": None,
            "refund_limit": None,
            "created_at": at + 0.5,
            "expires_at": None,
            "booked_at": None,
            "cancelled_at": None,
            "cancelled_by": None,
            "request_id": call.tries[0].id,
            "booked_request_id": "",
            "end_request_id": "",
        }
        row |= fields
        if row["booked_at"]:
            row["booked_request_id"] = row["request_id"]
        if user:
            row["order"], row["order__code"] = number, f"ORDER{number}"
            order = {"id": number, "code": f"ORDER{number}", "customer": user, "show": show}
            order |= {
                "status": row["status"],
                "total": row["price"],
                "expires_at": row["expires_at"],
            }
            self.orders.append(order)
        self.bookings.append(row)
        return row

    def end(self, row, call, at):
        row.update(
            status="cancelled",
            cancelled_at=at + 0.5,
            cancelled_by=call.user,
            end_request_id=call.tries[0].id,
            refund=PRICE if row["booked_at"] else Decimal(0),
        )

    def expire(self, *rows, by):
        """Expire these rows, and their order, by a call that takes the seats."""
        self.order_of(rows[0])["status"] = "expired"
        for row in rows:
            row.update(status="expired", end_request_id=by.tries[0].id)

    def order_of(self, row):
        return next(order for order in self.orders if order["id"] == row["order"])

    def booking_json(self, row):
        names = ("id", "seat_number", "status")
        return {"price": str(row["price"])} | {name: row[name] for name in names}

    def order_json(self, rows, *, former=(), **booking):
        order = self.order_of(rows[0])
        expires_at = order["expires_at"]
        return {
            "code": order["code"],
            "status": order["status"],
            "show": order["show"],
            "total": str(order["total"]),
            "expires_at": expires_at and as_text(expires_at),
            "bookings": [self.booking_json(row) | booking for row in rows],
            "former_bookings": [self.booking_json(row) for row in former],
        }


def as_text(moment):
    return datetime.fromtimestamp(moment, UTC).isoformat()
