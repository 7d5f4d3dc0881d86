from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from demo.audience import load_bookings, load_customers
from demo.films import load_films
from demo.programme import load_cinemas, load_shows
from movies.models import Movie

ACCOUNTS = [
    ("demo", "demo-pass123", {}),
    ("staff", "staff-pass123", {"is_staff": True, "is_superuser": True}),
]


def load_account(username, password, rights):
    user, is_new = User.objects.get_or_create(username=username, defaults=rights)
    if is_new:
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


class Command(BaseCommand):
    help = (
        "Loads films, two cinemas, two weeks of shows from today with their bookings, and two "
        "accounts. Run again, it adds what is missing. Only with DEBUG on: passwords are public."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there are movies already"
        )

    @transaction.atomic
    def handle(self, *, if_empty, **options):
        if not settings.DEBUG:
            raise CommandError("Demo accounts have public passwords: this runs only with DEBUG on.")
        if if_empty and Movie.objects.exists():
            self.stdout.write("The database has movies already: no demo data loaded.")
            return
        movies = load_films()
        shows = load_shows(movies, load_cinemas(), days=14)
        accounts = [load_account(*account) for account in ACCOUNTS]
        bookings = load_bookings(shows, [*load_customers(400), accounts[0]])
        self.stdout.write(
            f"{len(movies)} movies, {len(shows)} new shows, {bookings} new bookings. "
            "Accounts: "
            + ", ".join(f"{username} / {password}" for username, password, _ in ACCOUNTS)
        )
