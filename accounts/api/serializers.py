"""Shapes of what accounts send and receive."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.http import urlsafe_base64_decode
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import get_error_detail
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.authentication import TokenAuthentication
from accounts.models import User

TOKENS_EXAMPLE = OpenApiExample(
    "tokens", {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"}, response_only=True
)


class TextField(serializers.CharField):
    """A string, where DRF would take a number for one."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class UsernameField(TextField):
    """A user name in its one spelling (Unicode NFKC), as Django stores it."""

    def to_internal_value(self, data):
        return User.normalize_username(super().to_internal_value(data))


class PasswordField(TextField):
    """Kept as typed, spaces and all."""

    def __init__(self, **kwargs):
        super().__init__(
            max_length=128,
            trim_whitespace=False,
            write_only=True,
            style={"input_type": "password"},
            **kwargs,
        )


class TokenField(serializers.CharField):
    """A token: longer than any that is given out is not read."""

    def __init__(self, **kwargs):
        super().__init__(max_length=2048, **kwargs)


def check_password_rules(password, user, field):
    """Django's password validators, which are on in production; raises DRF's ValidationError."""
    try:
        validate_password(password, user=user)
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from error


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "sign up",
            {"username": "alice", "email": "alice@example.com", "password": "pass123"},
            request_only=True,
        ),
        OpenApiExample(
            "signed up",
            {"id": 7, "username": "alice", "email": "alice@example.com"},
            response_only=True,
        ),
    ]
)
class SignUpSerializer(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    username = UsernameField(max_length=150, validators=[User.username_validator])
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    password = PasswordField()

    def validate(self, attrs):
        user = User(username=attrs["username"], email=attrs.get("email", ""))
        check_password_rules(attrs["password"], user, "password")
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample("log in", {"username": "alice", "password": "pass123"}, request_only=True),
    ]
)
class LoginSerializer(serializers.Serializer):
    username = UsernameField(max_length=150)
    password = PasswordField()


@extend_schema_serializer(examples=[TOKENS_EXAMPLE])
class TokensSerializer(serializers.Serializer):
    access = serializers.CharField(help_text="For `Authorization: Bearer …`; 15 minutes.")
    refresh = serializers.CharField(help_text="For `auth/refresh/`, once; 14 days.")


@extend_schema_serializer(
    examples=[OpenApiExample("refresh", {"refresh": "eyJhbGciOi…"}, request_only=True)]
)
class RefreshTokenSerializer(serializers.Serializer):
    """A refresh token that is valid, not used before, and of a user who may still log in."""

    refresh = TokenField()

    def validate_refresh(self, value):
        try:
            token = RefreshToken(value)
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        self.user = TokenAuthentication().get_user(token)
        return token


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "me",
            {
                "id": 7,
                "username": "alice",
                "email": "alice@example.com",
                "first_name": "Alice",
                "last_name": "Liddell",
            },
            response_only=True,
        ),
        OpenApiExample("change", {"first_name": "Alice"}, request_only=True),
    ]
)
class MeSerializer(serializers.ModelSerializer):
    first_name = TextField(max_length=150, required=False, allow_blank=True)
    last_name = TextField(max_length=150, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)

    class Meta:
        model = User
        fields = ["id", "username", "email", "first_name", "last_name"]
        read_only_fields = ["id", "username"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "change",
            {"current_password": "pass123", "new_password": "down-the-rabbit-hole"},
            request_only=True,
        )
    ]
)
class PasswordChangeSerializer(serializers.Serializer):
    current_password = PasswordField()
    new_password = PasswordField()

    def validate_current_password(self, value):
        if not self.context["request"].user.check_password(value):
            raise serializers.ValidationError("This is not your password.", code="wrong_password")
        return value

    def validate(self, attrs):
        check_password_rules(attrs["new_password"], self.context["request"].user, "new_password")
        return attrs


@extend_schema_serializer(
    examples=[OpenApiExample("reset", {"email": "alice@example.com"}, request_only=True)]
)
class PasswordResetSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "confirm",
            {"uid": "Nw", "token": "c3v1xz-…", "new_password": "down-the-rabbit-hole"},
            request_only=True,
        )
    ]
)
class PasswordResetConfirmSerializer(serializers.Serializer):
    uid = serializers.CharField(max_length=64)
    token = serializers.CharField(max_length=128)
    new_password = PasswordField()

    def validate(self, attrs):
        user = self._user(attrs["uid"])
        if user is None or not default_token_generator.check_token(user, attrs["token"]):
            raise serializers.ValidationError(
                {"token": "This link is wrong, too old, or was used. Ask for a new one."}
            )
        check_password_rules(attrs["new_password"], user, "new_password")
        return {"user": user, "new_password": attrs["new_password"]}

    def _user(self, uid):
        try:
            return User.objects.get(pk=urlsafe_base64_decode(uid).decode(), is_active=True)
        except (ValueError, User.DoesNotExist):
            return None
