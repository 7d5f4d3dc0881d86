"""The user of the API and of the admin."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A customer or a member of staff. The e-mail is optional, but no two users share one."""

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique_without_case",
                violation_error_message="Another account has this e-mail address.",
            )
        ]


class KnownAddress(models.Model):
    """An address from which a user has logged in, as `counted_address` writes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    address = models.GenericIPAddressField()
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["user", "address"], name="known_address_unique")
        ]
        indexes = [models.Index(fields=["seen_at"], name="known_address_age")]

    def __str__(self) -> str:
        return str(self.address)


def users_with_email(email: str) -> models.QuerySet[User]:
    """Return the users with this address, ignoring case, by the index of the constraint."""
    users = User.objects.alias(lower_email=Lower("email"))
    return users.filter(lower_email=Lower(models.Value(email)))
