"""A member of staff: keeps seats off sale, puts them back, and now and then cancels a show."""

from torture.client import Client


class Staff(Client):
    pause = 0.4

    def __init__(self, *, world, seconds, **client):
        """So many seconds pass until the next show is cancelled."""
        super().__init__(**client)
        self.world, self.seconds = world, seconds
        self.blocked = []  # [(show, seats)]
        self.next_cancelling = self.history.now() + seconds

    def choose(self):
        if self.history.now() > self.next_cancelling and self.world.doomed:
            self.next_cancelling = self.history.now() + self.seconds
            show = self.world.take_off()
            body = {"reason": "The projector is broken"}
            return self.call("cancel_show", "POST", f"shows/{show.id}/cancel/", body, show=show.id)
        if self.blocked and self.rng.random() < 0.5:
            show, seats = self.blocked.pop(self.rng.randrange(len(self.blocked)))
            return self.on_seats("unblock", show, seats)
        show = self.rng.choice(self.world.on_sale)
        seats = self.rng.choice([*show.pairs, *([seat] for seat in show.seats)])
        return self.on_seats("block", show, list(seats))

    def on_seats(self, op, show, seats):
        body = {"seat_numbers": seats, "reason": "Broken"}
        return self.call(op, "POST", f"shows/{show.id}/{op}/", body, show=show.id)

    def learn(self, call, t):
        if call.op == "block":
            self.blocked.append((self.world.show(call.show), call.body["seat_numbers"]))
