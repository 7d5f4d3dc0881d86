from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from bookings import integrity, received
        from payments import jobs  # noqa: F401 - registers itself
        from payments.integrity_checks import CHECKS
        from payments.reads import READS

        received.register(READS)
        integrity.register(*CHECKS)
