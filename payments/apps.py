from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from bookings import received
        from payments import jobs, roles  # noqa: F401 - register themselves
        from payments.reads import READS

        received.register(READS)
