"""Members of staff who change the prices, and who reschedule shows that are on sale."""

from datetime import UTC, datetime
from random import Random

from torture.client import Client

STEP = 20 * 60  # seconds between two starts
STEPS = range(-12, 13)
POPULAR_SECONDS = 1.5  # so long schedulers want the same screen at the same time
RARELY = 0.1


class PriceManager(Client):
    """Changes all prices, again and again."""

    pause = 0.3

    def __init__(self, *, prices, **client):
        super().__init__(**client)
        self.prices = prices

    def next_call(self):
        path = f"price-lists/{self.prices.price_list}/"
        return self.new_call("change_prices", "PUT", path, self.prices.next_body())

    def on_success(self, call, t):
        self.prices.acknowledge()


class Scheduler(Client):
    """Gives shows other times and screens; sometimes also another movie, or another cinema."""

    pause = 0.1

    def __init__(self, *, world, **client):
        super().__init__(**client)
        self.world = world

    def next_call(self):
        if self.rng.random() < RARELY:
            return self.replace_what_was_sold()
        mobile = [show for show in self.world.shows if len(show.screens) > 1]
        show = self.rng.choice(mobile if self.rng.random() < 0.8 else self.world.on_sale)
        if show in mobile and self.rng.random() < 0.5:
            popular = Random(int(self.history.now() / POPULAR_SECONDS))
            return self.reschedule(show, self.place(show, popular, show.screens[1:]))
        return self.reschedule(show, self.place(show, self.rng, [None, *show.screens]))

    def place(self, show, rng, screens):
        """Return a body with a start, a screen, or both."""
        body = {}
        if screen := rng.choice(screens):
            body["screen"] = screen
        if not body or rng.random() < 0.7:
            starts_at = show.at_first.starts_at + rng.choice(STEPS) * STEP
            body["starts_at"] = datetime.fromtimestamp(starts_at, UTC).isoformat()
        return body

    def replace_what_was_sold(self):
        """Try what is possible only while no order of the show is held or booked."""
        show, elsewhere = self.rng.choice(self.world.shows), self.world.elsewhere
        if self.rng.random() < 0.3:
            return self.reschedule(show, {"screen": elsewhere})
        body = self.rng.choice([{"movie": self.world.other_movie}, {"screen": elsewhere}])
        return self.new_call("change_show", "PATCH", f"shows/{show.id}/", body, show=show.id)

    def reschedule(self, show, body):
        body["reason"] = "The projector is broken"
        return self.new_call(
            "reschedule", "POST", f"shows/{show.id}/reschedule/", body, show=show.id
        )
