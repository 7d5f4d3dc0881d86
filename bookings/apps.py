from django.apps import AppConfig

from movies import occupancy


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from bookings.programme_occupancy import OCCUPANCY

        occupancy.register(OCCUPANCY)
