"""The shapes of requests and answers about accounts."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from accounts.models import Session, User
from accounts.names import NAME_VALIDATORS, USERNAME_VALIDATORS
from core.http.fields import RowNumberField
from core.http.unknown import ModelSerializer, Serializer

TOKENS_EXAMPLE = OpenApiExample(
    "tokens", {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"}, response_only=True
)


def _max_length(field):
    """Return how long a value of this column of User can be."""
    return getattr(User, field).field.max_length


class TextField(serializers.CharField):
    """A string. Rejects numbers, which REST framework would turn into strings."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class UsernameField(TextField):
    """A user name in Unicode NFKC, as Django stores it."""

    def __init__(self, column="username", **kwargs):
        super().__init__(max_length=_max_length(column), **kwargs)

    def to_internal_value(self, data):
        return User.normalize_username(super().to_internal_value(data))


class NameField(TextField):
    """A name of a person, which is not required."""

    def __init__(self, column, **kwargs):
        super().__init__(
            max_length=_max_length(column),
            required=False,
            allow_blank=True,
            validators=NAME_VALIDATORS,
            **kwargs,
        )


class EmailField(serializers.EmailField):
    """An address in its one spelling. Quoted ones are refused: they have several."""

    def __init__(self, **kwargs):
        super().__init__(max_length=_max_length("email"), **kwargs)

    def to_internal_value(self, data):
        address = super().to_internal_value(data)
        if '"' in address or "\\" in address:
            self.fail("invalid")
        return User.objects.normalize_email(address)


class PasswordField(TextField):
    """A password, unchanged, including spaces around it."""

    def __init__(self, **kwargs):
        super().__init__(
            max_length=128,
            trim_whitespace=False,
            write_only=True,
            style={"input_type": "password"},
            **kwargs,
        )


class CodeField(TextField):
    """A code of an authenticator app, or a recovery code."""

    def __init__(self, **kwargs):
        super().__init__(
            max_length=40,
            required=False,
            allow_blank=True,
            write_only=True,
            help_text="Of the authenticator app, or a recovery code: for users with one.",
            **kwargs,
        )


class TokenField(serializers.CharField):
    """A token, at most as long as our tokens can be."""

    def __init__(self, **kwargs):
        super().__init__(max_length=2048, **kwargs)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "sign up",
            {"username": "alice", "email": "alice@example.com", "password": "pass123"},
            request_only=True,
        ),
        OpenApiExample(
            "signed up",
            {"id": 1869123804273365, "username": "alice", "email": "alice@example.com"},
            response_only=True,
        ),
    ]
)
class SignUpSerializer(Serializer):
    """Ignores unknown fields, because sign-up forms send more than an account has."""

    refuses_unknown_fields = False

    id = RowNumberField()
    username = UsernameField(validators=USERNAME_VALIDATORS)
    email = EmailField(required=False, allow_blank=True)
    password = PasswordField()
    password_confirm = PasswordField(required=False, help_text="The password again.")
    password2 = PasswordField(required=False, help_text="Another name of `password_confirm`.")
    first_name = NameField("first_name", write_only=True)
    last_name = NameField("last_name", write_only=True)
    terms_accepted = serializers.BooleanField(
        required=False,
        write_only=True,
        help_text="Needed where the service has terms: `info.termsOfService` of this document.",
    )

    def validate(self, attrs):
        for name in ("password_confirm", "password2"):
            if attrs.pop(name, attrs["password"]) != attrs["password"]:
                raise serializers.ValidationError({name: "The two passwords differ."})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample("log in", {"username": "alice", "password": "pass123"}, request_only=True),
    ]
)
class LoginSerializer(Serializer):
    username = UsernameField("email", help_text="The user name, or a verified e-mail address.")
    password = PasswordField()
    code = CodeField()


@extend_schema_serializer(
    examples=[OpenApiExample("confirm", {"password": "pass123"}, request_only=True)]
)
class ConfirmSessionSerializer(Serializer):
    password = PasswordField()
    code = CodeField()


@extend_schema_serializer(examples=[TOKENS_EXAMPLE])
class TokensSerializer(Serializer):
    access = serializers.CharField(help_text="For `Authorization: Bearer …`; 15 minutes.")
    refresh = serializers.CharField(help_text="For one `auth/refresh/`; 14 days.")


@extend_schema_serializer(
    examples=[OpenApiExample("refresh", {"refresh": "eyJhbGciOi…"}, request_only=True)]
)
class RefreshTokenSerializer(Serializer):
    refresh = TokenField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "me",
            {
                "id": 1869123804273365,
                "username": "alice",
                "email": "alice@example.com",
                "email_verified": True,
                "new_email": "",
                "first_name": "Alice",
                "last_name": "Liddell",
            },
            response_only=True,
        ),
        OpenApiExample("change", {"first_name": "Alice"}, request_only=True),
        OpenApiExample(
            "another e-mail address",
            {"email": "alice@wonderland.example", "current_password": "pass123"},
            request_only=True,
        ),
    ]
)
class MeSerializer(ModelSerializer):
    id = RowNumberField()
    first_name = NameField("first_name")
    last_name = NameField("last_name")
    email = EmailField(required=False, allow_blank=True)
    email_verified = serializers.BooleanField(
        read_only=True, help_text="Whether the link that was mailed to `email` was opened."
    )
    new_email = serializers.CharField(
        read_only=True, help_text="Replaces `email` when its link is opened; empty if none waits."
    )
    current_password = PasswordField(required=False, help_text="Needed for another `email`.")

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "email",
            "email_verified",
            "new_email",
            "first_name",
            "last_name",
            "current_password",
        ]
        read_only_fields = ["username"]


@extend_schema_serializer(
    examples=[OpenApiExample("erase", {"password": "pass123"}, request_only=True)]
)
class EraseSerializer(Serializer):
    password = PasswordField()


@extend_schema_serializer(
    examples=[OpenApiExample("verify", {"token": "Wzcx…"}, request_only=True)]
)
class VerifySerializer(Serializer):
    token = TokenField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "change",
            {"current_password": "pass123", "new_password": "down-the-rabbit-hole"},
            request_only=True,
        )
    ]
)
class PasswordChangeSerializer(Serializer):
    current_password = PasswordField()
    new_password = PasswordField()


@extend_schema_serializer(
    examples=[OpenApiExample("reset", {"email": "alice@example.com"}, request_only=True)]
)
class PasswordResetSerializer(Serializer):
    email = EmailField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "confirm",
            {"uid": "Nw", "token": "c3v1xz-…", "new_password": "down-the-rabbit-hole"},
            request_only=True,
        )
    ]
)
class PasswordResetConfirmSerializer(Serializer):
    uid = serializers.CharField(max_length=64)
    token = serializers.CharField(max_length=128)
    new_password = PasswordField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "session",
            {
                "id": "5f0c6a3e-6d0f-4b0e-9f57-3a2f4d1b8c90",
                "device": "Firefox on Windows",
                "created_at": "2026-11-26T18:00:00Z",
                "last_used_at": "2026-11-26T19:30:00Z",
                "expires_at": "2026-12-10T19:30:00Z",
                "current": True,
            },
            response_only=True,
        )
    ]
)
class SessionSerializer(ModelSerializer):
    device = serializers.CharField(
        read_only=True, help_text="Browser and system, or the program; empty if unknown."
    )
    last_used_at = serializers.DateTimeField(
        read_only=True, help_text="The latest log-in or refresh."
    )
    expires_at = serializers.DateTimeField(
        read_only=True, help_text="When it ends by itself; each refresh moves this."
    )
    current = serializers.SerializerMethodField(help_text="Whether this request is of the session.")

    class Meta:
        model = Session
        fields = ["id", "device", "created_at", "last_used_at", "expires_at", "current"]
        read_only_fields = ["created_at"]

    def get_current(self, session) -> bool:
        return self.context["request"].auth.get("session") == session.pk.hex
