from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.second_factor.factors import remove_all_factors


class Command(BaseCommand):
    help = "Remove the second factor of a user who has lost it. Superusers can do so in the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist as error:
            raise CommandError(f"There is no user {username!r}.") from error
        if not remove_all_factors(user=user):
            raise CommandError(f"{user} has no second factor.")
        self.stdout.write(f"Removed the second factor of {user}. The password alone is enough now.")
