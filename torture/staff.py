"""A member of staff blocks and unblocks seats, and cancels a show from time to time."""

from torture.client import Client


class Staff(Client):
    pause = 0.4

    def __init__(self, *, world, seconds, **client):
        """`seconds` pass from one cancelled show to the next."""
        super().__init__(**client)
        self.world, self.seconds = world, seconds
        self.blocked = []  # [(show, seats)]
        self.next_cancelling = self.history.now() + seconds

    def next_call(self):
        if self.history.now() > self.next_cancelling and self.world.to_cancel:
            self.next_cancelling = self.history.now() + self.seconds
            show = self.world.withdraw_show()
            body = {"reason": "The projector is broken"}
            return self.new_call(
                "cancel_show", "POST", f"shows/{show.id}/cancel/", body, show=show.id
            )
        if self.blocked and self.rng.random() < 0.5:
            show, seats = self.blocked.pop(self.rng.randrange(len(self.blocked)))
            return self.on_seats("unblock", show, seats)
        show = self.rng.choice(self.world.on_sale)
        seats = self.rng.choice([*show.pairs, *([seat] for seat in show.seats)])
        return self.on_seats("block", show, list(seats))

    def on_seats(self, op, show, seats):
        body = {"seat_numbers": seats, "reason": "Broken"}
        return self.new_call(op, "POST", f"shows/{show.id}/{op}/", body, show=show.id)

    def on_success(self, call, t):
        if call.op == "block":
            self.blocked.append((self.world.show(call.show), call.body["seat_numbers"]))
