from django.apps import AppConfig
from django.db.models.signals import post_migrate

from movies import occupancy


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from bookings.programme_occupancy import OCCUPANCY

        occupancy.register(OCCUPANCY)

        from accounts.roles import keep_up_roles

        # This is the last app with permissions: Django has made all of them by now.
        post_migrate.connect(keep_up_roles, sender=self, dispatch_uid="roles")
