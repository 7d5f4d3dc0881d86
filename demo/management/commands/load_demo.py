from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from demo.accounts import ACCOUNTS, load_accounts
from demo.audience import load_bookings, load_customers
from demo.films import load_films
from demo.programme import has_shows_ahead, is_demo, load_cinemas, load_shows
from movies.models import Movie

DAYS = 14
CUSTOMERS = 400


class Command(BaseCommand):
    help = (
        "Loads films, two cinemas, two weeks of shows from today with their bookings, and two "
        "accounts. A later run adds what is missing. Needs DEBUG on: the passwords are public."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing if the database has movies, unless they are the demo's and it has no "
            "show from tomorrow on",
        )

    @transaction.atomic
    def handle(self, *, if_empty: bool, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo accounts have public passwords: this runs only with DEBUG on.")
        if if_empty and Movie.objects.exists():
            if not is_demo() or has_shows_ahead():
                self.stdout.write("The database has movies already: no demo data loaded.")
                return
            self.stdout.write("The shows of the demo are over: loading new ones.")
        movies = load_films()
        shows = load_shows(movies, load_cinemas(), days=DAYS)
        demo_user, *_ = load_accounts()
        bookings = load_bookings(shows, [*load_customers(CUSTOMERS), demo_user])
        logins = ", ".join(f"{account.username} / {account.password}" for account in ACCOUNTS)
        self.stdout.write(
            f"{len(movies)} movies, {len(shows)} new shows, {bookings} new bookings. "
            f"Accounts: {logins}"
        )
