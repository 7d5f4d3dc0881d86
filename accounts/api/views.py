"""Signing up, tokens, the account of whoever is logged in."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from accounts import services
from accounts.api import serializers


class AccountView(generics.GenericAPIView):
    """What the views below share: checked input, and who may call."""

    permission_classes = [AllowAny]
    tag = "auth"

    def checked(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer


class AnonymousView(AccountView):
    """A view that looks at no token. A refusal still names the Bearer scheme, as RFC 9110 asks."""

    authentication_classes = []

    def get_authenticate_header(self, request):
        return 'Bearer realm="api"'


class SignUpView(AnonymousView):
    serializer_class = serializers.SignUpSerializer
    throttle_scope = "sign_up"

    @extend_schema(responses={201: serializers.SignUpSerializer})
    def post(self, request):
        """Sign up as a customer.

        The e-mail may be left out. Unknown fields are ignored.
        """
        user = services.sign_up(**self.checked(request).validated_data)
        return Response(self.get_serializer(user).data, status=status.HTTP_201_CREATED)


class LoginView(AnonymousView):
    serializer_class = serializers.LoginSerializer
    throttle_scope = "login"
    calls = {"post": services.log_in}

    @extend_schema(responses=serializers.TokensSerializer)
    def post(self, request):
        """Log in.

        Put `access` into the header `Authorization: Bearer …`; it lasts 15 minutes. After five
        wrong passwords for one user name from one address: 429, and `Retry-After`.
        """
        credentials = self.checked(request).validated_data
        return Response(services.log_in(request=request._request, **credentials))


class RefreshView(AnonymousView):
    serializer_class = serializers.RefreshTokenSerializer
    calls = {"post": services.exchange_token}

    @extend_schema(responses=serializers.TokensSerializer)
    def post(self, request):
        """Exchange a refresh token for a new pair.

        The token that was sent is used up.
        """
        serializer = self.checked(request)
        tokens = services.exchange_token(
            token=serializer.validated_data["refresh"], user=serializer.user
        )
        return Response(tokens)


class LogoutView(AnonymousView):
    serializer_class = serializers.RefreshTokenSerializer
    calls = {"post": services.use_up}

    @extend_schema(responses={204: None})
    def post(self, request):
        """Log out.

        The refresh token stops working at once; its access token ends within 15 minutes.
        """
        services.use_up(token=self.checked(request).validated_data["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(AccountView):
    serializer_class = serializers.MeSerializer
    permission_classes = [IsAuthenticated]

    def get(self, request):
        """Show your account."""
        return Response(self.get_serializer(request.user).data)

    def patch(self, request):
        """Change your names and e-mail."""
        serializer = self.get_serializer(request.user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        for field, value in serializer.validated_data.items():
            setattr(request.user, field, value)
        services.save_account(user=request.user, changed=list(serializer.validated_data))
        return Response(serializer.data)


class PasswordChangeView(AccountView):
    serializer_class = serializers.PasswordChangeSerializer
    permission_classes = [IsAuthenticated]
    throttle_scope = "password"
    calls = {"post": services.change_password}

    @extend_schema(responses=serializers.TokensSerializer)
    def post(self, request):
        """Change your password.

        Every token made before stops working; the answer brings a new pair.
        """
        new_password = self.checked(request).validated_data["new_password"]
        services.change_password(user=request.user, new_password=new_password)
        return Response(services.tokens_of(request.user))


class PasswordResetView(AnonymousView):
    serializer_class = serializers.PasswordResetSerializer
    throttle_scope = "password"

    @extend_schema(responses={204: None})
    def post(self, request):
        """Ask for a mail to set a new password.

        The answer is the same whether or not an account has this address.
        """
        services.send_password_reset(**self.checked(request).validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetConfirmView(AnonymousView):
    serializer_class = serializers.PasswordResetConfirmSerializer
    throttle_scope = "password"
    calls = {"post": services.change_password}

    @extend_schema(responses={204: None})
    def post(self, request):
        """Set a new password with what the mail said."""
        services.change_password(**self.checked(request).validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
