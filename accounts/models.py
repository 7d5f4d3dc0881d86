"""The user of the API and of the admin, and sessions of the API."""

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.names import NAME_VALIDATORS, USERNAME_VALIDATORS, one_spelling, username_key
from core import row_numbers
from core.names import MAX_KEY_LENGTH

if TYPE_CHECKING:
    NullableCharField = models.CharField[str | None, str | None]
else:
    NullableCharField = models.CharField

USER = "user"  # the kind of numbers
STAMP_LENGTH = 32  # hexadecimal digits
DEVICE_LENGTH = 60


class UsernameKeyField(NullableCharField):
    """The `username_key` of the row's user name, set when the row is saved.

    It is null for a user who had the same name as an older one before names were compared by key.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_length": MAX_KEY_LENGTH, "null": True, "editable": False, **kwargs}
        )

    def pre_save(self, row: Any, add: bool) -> str | None:
        if add or row.username_key is not None:
            row.username_key = username_key(row.username)
        return row.username_key


class Users(UserManager["User"]):
    """Finds users by their name, in any spelling, or by their verified e-mail address."""

    use_in_migrations = False

    def of_name(self, username: str) -> models.QuerySet["User"]:
        """Return the users with this name in any spelling: one, or some of before version 0.2.0."""
        name = self.model.normalize_username(username)
        return self.filter(models.Q(username=name) | models.Q(username_key=username_key(name)))

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user of this very name, or else of this name in any spelling.

        Django calls it at a log-in. Raises User.DoesNotExist.
        """
        found = {user.username: user for user in self.of_name(username or "")}
        if not found:
            raise self.model.DoesNotExist
        exact = found.get(self.model.normalize_username(username or ""))
        return exact or next(iter(found.values()))

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address as it is stored and compared: one spelling, but for the case."""
        return one_spelling(email or "")

    def of_address(self, email: str) -> models.QuerySet["User"]:
        """Return the users with this address in any case, verified or not."""
        address = models.Value(self.normalize_email(email))
        return self.alias(lower_email=Lower("email")).filter(lower_email=Lower(address))

    def verified(self, email: str) -> models.QuerySet["User"]:
        """Return the one user, if any, who has verified this address."""
        return self.of_address(email).filter(email_verified=True).exclude(email="")

    def locked(self) -> models.QuerySet["User"]:
        """Lock the rows that are read. Rows that refer to them can still be added."""
        return self.select_for_update(no_key=True).order_by()

    def who_logs_in_as(self, name: str) -> "User | None":
        """Return the user whom a log-in means, if any: of this verified address, or of this name.

        One query, two for a name that can be an address. The holder of a mailbox comes before a
        user who has its address as name, so nobody keeps another from logging in by taking a name.
        """
        owner = self.verified(name).first() if "@" in name else None
        try:
            named = self.get_by_natural_key(name)
        except self.model.DoesNotExist:
            return owner
        return owner or named


class User(AbstractUser):
    """A customer or a member of staff.

    The e-mail is optional, and nobody's until it is verified: several users can have it till then.
    Only a verified one is used to log in, to reset the password and to tell of log-ins.
    """

    username = models.CharField(
        max_length=150,
        unique=True,
        help_text="At most 150 letters and digits of one script, and @ . + - _",
        validators=USERNAME_VALIDATORS,
        error_messages={"unique": "This user name is taken."},
    )
    username_key = UsernameKeyField()
    first_name = models.CharField(max_length=150, blank=True, validators=NAME_VALIDATORS)
    last_name = models.CharField(max_length=150, blank=True, validators=NAME_VALIDATORS)
    email_verified = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether a link that was mailed to the address was opened.",
    )
    new_email = models.EmailField(
        blank=True,
        default="",
        db_default="",
        help_text="Replaces the verified address when its own link is opened.",
    )
    accepted_terms = models.URLField(
        blank=True, default="", db_default="", help_text="The terms that were accepted at sign-up."
    )
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When the names and addresses of the person were erased."
    )
    used_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="The last day of a session that was deleted.",
    )
    factor_stamp = models.CharField(
        max_length=STAMP_LENGTH, blank=True, default="", db_default="", editable=False
    )
    carried_stamp = models.CharField(
        max_length=2 * STAMP_LENGTH, blank=True, default="", db_default="", editable=False
    )

    objects: ClassVar[Users] = Users()

    class Meta(AbstractUser.Meta):
        permissions = [("erase_user", "Can export and erase the data of customers")]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(email_verified=True) & ~models.Q(email=""),
                name="user_email_unique_without_case",
                violation_error_message="Another account has this e-mail address.",
            ),
            models.UniqueConstraint(fields=["username_key"], name="user_name_unique_by_key"),
        ]
        indexes = [models.Index(Lower("email"), name="users_by_email")]

    @property
    def number(self) -> int:
        """The API's id of the user, not in sequence."""
        return row_numbers.shown_number(USER, self.pk)

    @property
    def verified_address(self) -> str:
        """The address for mails about the account; empty if there is none that is verified."""
        return self.email if self.email_verified else ""

    @property
    def has_second_factor(self) -> bool:
        """Whether a log-in needs an app's code or a security key too.

        `factor_stamp` is empty without a second factor, and changes when one is removed.
        """
        return bool(self.factor_stamp)

    @property
    def password_stamp(self) -> str:
        """What tokens carry: a new password changes it, a new hash of the same one does not.

        `carried_stamp` is the digest of the present hash and the stamp that this hash goes on with.
        """
        digest = get_md5_hash_password(self.password)
        if self.carried_stamp.startswith(digest):
            return self.carried_stamp[STAMP_LENGTH:]
        return digest

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password. Renews a hash that is out of date."""

        def renew(raw_password: str) -> None:
            stamp, checked = self.password_stamp, self.password
            self.set_password(raw_password)
            self._password = None  # the password is the same, so nothing is to be told of a change
            self.carried_stamp = get_md5_hash_password(self.password) + stamp
            # Only if no other request has set another password meanwhile.
            User.objects.filter(pk=self.pk, password=checked).update(
                password=self.password, carried_stamp=self.carried_stamp
            )

        return check_password(raw_password, self.password, renew)


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


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> Self:
        """Filter the sessions that have not ended."""
        return self.filter(ended_at=None, expires_at__gt=timezone.now())

    def of(self, user: User) -> Self:
        """Filter the live sessions of a user: those before a new password are over."""
        return self.live().filter(user=user, password_stamp=user.password_stamp)


class Session(models.Model):
    """A log-in of the API on one device: the family of refresh tokens that follow from it.

    A refresh token carries the id of its session and its generation, from 0. `generation` is that
    of the newest one. `exchanges` has the times, in milliseconds, at which the tokens just before
    it were exchanged, the latest last.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    password_stamp = models.CharField(max_length=STAMP_LENGTH)
    device = models.CharField(max_length=DEVICE_LENGTH, blank=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(
        null=True, help_text="When the password and the second factor were given last."
    )
    generation = models.PositiveIntegerField(default=0)
    exchanges = models.JSONField(default=list)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-last_used_at", "id"]
        indexes = [models.Index(fields=["expires_at"], name="sessions_by_expiry")]

    def __str__(self) -> str:
        return f"{self.user} {self.device}".rstrip()
