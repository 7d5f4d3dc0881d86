from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from movies import occupancy


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from bookings.programme_occupancy import OCCUPANCY

        occupancy.register(OCCUPANCY)

        from accounts.roles import keep_up_roles

        # Django has made all permissions when it tells the last app with models.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(keep_up_roles, sender=last, dispatch_uid="roles")
