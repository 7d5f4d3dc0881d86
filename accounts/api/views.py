"""Sign-up, log-in, tokens, passwords, and the user's own account."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from accounts import services
from accounts.api import serializers
from accounts.api.throttles import AddressThrottle, PasswordSentThrottle, give_mail_back
from accounts.models import Session
from core.http.addresses import counted_address
from core.http.challenges import HEADER, ChallengeRequired, ensure_challenge_met
from core.http.serving import answer, raises_too
from core.http.throttles import CallerThrottle, PasswordCheckThrottle, ScopedThrottle
from core.http.unknown import KnownParameters

EXPORT = {
    "exported_at": "2026-11-27T18:00:00Z",
    "account": {"username": "alice", "email": "alice@example.com"},
    "orders": [],
}


def tokens_response(pair):
    """Return the response with a pair of tokens. No cache may store it (RFC 6749, 5.1)."""
    return Response(pair, headers={"Cache-Control": "no-store"})


class AccountView(KnownParameters, generics.GenericAPIView):
    """Base of the views below."""

    permission_classes = [AllowAny]
    tag = "auth"

    def validated(self, request):
        """Return the validated body."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def finalize_response(self, request, response, *args, **kwargs):
        final = super().finalize_response(request, response, *args, **kwargs)
        if final.status_code >= 400:
            give_mail_back(request)
        return final


class AnonymousView(AccountView):
    """A view that ignores tokens. Its 401 still names the Bearer scheme, as RFC 9110 requires."""

    authentication_classes = []

    def get_authenticate_header(self, request):
        return 'Bearer realm="api"'


class SignUpView(AnonymousView):
    serializer_class = serializers.SignUpSerializer
    throttle_scope = "sign_up"
    throttle_classes = [CallerThrottle, ScopedThrottle, AddressThrottle]
    calls = {"post": services.sign_up}

    @extend_schema(
        operation_id="signUp",
        parameters=[HEADER],
        responses={201: serializers.SignUpSerializer},
    )
    @raises_too(ChallengeRequired)
    def post(self, request):
        """Sign up as a customer.

        Only `username` and `password` are required. `password_confirm` or `password2` must equal
        the password if it is sent. Unknown fields are ignored. A user name has letters of one
        script, and is taken if another user has it in any spelling, or one that looks the same. The
        `email` gets a link to verify it; the answer is the same if another account has the address.
        """
        asked = self.validated(request)
        ensure_challenge_met(request)
        user = services.sign_up(**asked)
        return Response(self.get_serializer(user).data, status=status.HTTP_201_CREATED)


class LoginView(AnonymousView):
    serializer_class = serializers.LoginSerializer
    throttle_classes = [CallerThrottle, PasswordCheckThrottle]
    calls = {"post": services.log_in}

    @extend_schema(operation_id="logIn", responses=serializers.TokensSerializer)
    def post(self, request):
        """Log in.

        By user name in any spelling, `alice` or `Alice`, or by a verified e-mail address. Put
        `access` into the header `Authorization: Bearer …`; it lasts 15 minutes. After five wrong
        passwords for one user name from one address: 429, and `Retry-After`. After ten from any
        addresses, each wrong one makes the next try later: by a second, by two, up to a minute.
        From an address that the user has logged in from, this pause does not hold. A verified
        e-mail address is told of a log-in from a new address or device. Users with a second factor
        send its `code` too: `second_factor_required` asks for it.
        """
        credentials = self.validated(request)
        return tokens_response(services.log_in(request=request._request, **credentials))


class RefreshView(AnonymousView):
    serializer_class = serializers.RefreshTokenSerializer
    calls = {"post": services.exchange_refresh_token}
    own_limits = {"post": "refresh"}

    @extend_schema(operation_id="refreshToken", responses=serializers.TokensSerializer)
    def post(self, request):
        """Exchange a refresh token for a new pair.

        For 30 seconds the old refresh token gets the same pair again, so two tabs may refresh at
        once. A later use of it ends the session, as it may have been copied: the answer is 401, and
        the owner is told by mail.
        """
        return tokens_response(services.exchange_refresh_token(**self.validated(request)))


class ConfirmView(AccountView):
    serializer_class = serializers.ConfirmSessionSerializer
    permission_classes = [IsAuthenticated]
    throttle_classes = [CallerThrottle, PasswordCheckThrottle]
    calls = {"post": services.confirm_session}

    @extend_schema(operation_id="confirmSession", responses={204: None})
    def post(self, request):
        """Give your password again.

        For 15 minutes, this session may then do what `password_needed` was answered to. A log-in
        counts too. Users with a second factor send its `code` too.
        """
        session = request.auth.get("session")
        services.confirm_session(user=request.user, session=session, **self.validated(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogoutView(AnonymousView):
    serializer_class = serializers.RefreshTokenSerializer
    calls = {"post": services.revoke_refresh_token}

    @extend_schema(operation_id="logOut", responses={204: None})
    def post(self, request):
        """Log out.

        Ends the session of the refresh token: all its tokens stop working at once.
        """
        services.revoke_refresh_token(**self.validated(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionsView(KnownParameters, generics.ListAPIView):
    queryset = Session.objects.all()
    serializer_class = serializers.SessionSerializer
    tag = "auth"

    def get_queryset(self):
        return Session.objects.of(self.request.user)  # type: ignore[arg-type]  # authenticated

    @extend_schema(operation_id="listSessions")
    def get(self, request):
        """List your sessions.

        Each log-in begins one, and its refreshes go on with it. The latest used one comes first.
        """
        return super().get(request)

    @extend_schema(operation_id="endAllSessions", responses={204: None})
    def delete(self, request):
        """Log out everywhere.

        Ends all your sessions, this one too. Every access and refresh token stops working at once.
        """
        services.end_all_sessions(user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionView(AccountView):
    permission_classes = [IsAuthenticated]
    calls = {"delete": services.end_session}

    @extend_schema(operation_id="endSession", responses={204: None})
    def delete(self, request, pk):
        """End one of your sessions.

        Its access and refresh tokens stop working at once.
        """
        services.end_session(user=request.user, session_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(AccountView):
    serializer_class = serializers.MeSerializer
    permission_classes = [IsAuthenticated]
    throttle_classes = [CallerThrottle, PasswordSentThrottle, AddressThrottle]
    delete_has_body = True
    calls = {"patch": services.update_account, "delete": services.erase_me}
    own_limits = {"get": "me", "patch": "me", "delete": "me"}

    @extend_schema(operation_id="getMe")
    def get(self, request):
        """Show your account.

        The account that the access token belongs to.
        """
        return answer(serializers.MeSerializer, request.user)

    @extend_schema(operation_id="changeMe")
    def patch(self, request):
        """Change your names and e-mail.

        Fields that are left out keep their values. Another `email` needs `current_password`. It
        gets a link to verify it; until that is opened, it is the `new_email`, and the verified
        address, which is told, stays. The answer is the same if another account has the address.
        """
        serializer = self.get_serializer(request.user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        user = services.update_account(user=request.user, **serializer.validated_data)
        return Response(self.get_serializer(user).data)

    @extend_schema(
        operation_id="eraseMe", request=serializers.EraseSerializer, responses={204: None}
    )
    def delete(self, request):
        """Erase your account.

        Needs the password. Names, addresses, log-ins and notes are deleted, for good. Orders and
        their sums stay without a name: a hold expires, and a booked seat stays booked.
        """
        asked = serializers.EraseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.erase_me(user=request.user, **asked.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportView(AccountView):
    permission_classes = [IsAuthenticated]
    throttle_scope = "export"

    @extend_schema(
        operation_id="exportMe",
        responses=OpenApiTypes.OBJECT,
        examples=[OpenApiExample("answer", EXPORT, response_only=True)],
    )
    def get(self, request):
        """Export everything that is stored about you.

        A file with one part for each kind of data. New kinds may come.
        """
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(services.export_data(request.user), headers=headers)


class SendLinkView(AccountView):
    permission_classes = [IsAuthenticated]
    throttle_classes = [CallerThrottle, AddressThrottle]
    calls = {"post": services.send_link_again}

    @extend_schema(operation_id="sendEmailLink", request=None, responses={204: None})
    def post(self, request):
        """Mail the link to verify your e-mail again.

        To the address that waits for it: `new_email`, or an `email` that is not verified.
        """
        services.send_link_again(user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class VerifyView(AnonymousView):
    serializer_class = serializers.VerifySerializer
    throttle_scope = "password"
    calls = {"post": services.verify_address}

    @extend_schema(operation_id="verifyEmail", responses={204: None})
    def post(self, request):
        """Verify an e-mail address with the token of the mail.

        From then on it can be used to log in and to reset the password. It works for three days,
        and again while the address stays the same.
        """
        services.verify_address(**self.validated(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordChangeView(AccountView):
    serializer_class = serializers.PasswordChangeSerializer
    permission_classes = [IsAuthenticated]
    throttle_scope = "password"
    throttle_classes = [CallerThrottle, ScopedThrottle, PasswordCheckThrottle]
    calls = {"post": services.change_password}

    @extend_schema(operation_id="changePassword", responses=serializers.TokensSerializer)
    def post(self, request):
        """Change your password.

        Every older token stops working; the answer has a new pair.
        """
        services.change_password(user=request.user, **self.validated(request))
        user_agent = request.headers.get("User-Agent", "")
        is_confirmed = not request.user.has_second_factor
        pair = services.tokens_of(request.user, user_agent=user_agent, is_confirmed=is_confirmed)
        return tokens_response(pair)


class PasswordResetView(AnonymousView):
    serializer_class = serializers.PasswordResetSerializer
    throttle_scope = "password"
    throttle_classes = [CallerThrottle, ScopedThrottle, AddressThrottle]

    @extend_schema(operation_id="requestPasswordReset", responses={204: None})
    def post(self, request):
        """Request a mail to reset your password.

        The answer is the same whether or not an account has verified this address. The link is
        valid for an hour.
        """
        services.send_password_reset(**self.validated(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetConfirmView(AnonymousView):
    serializer_class = serializers.PasswordResetConfirmSerializer
    throttle_scope = "password"
    calls = {"post": services.reset_password}

    @extend_schema(operation_id="resetPassword", responses={204: None})
    def post(self, request):
        """Set a new password with the values of the mail.

        `uid` and `token` stand in its link, and work once. Every older access and refresh token
        stops working.
        """
        services.reset_password(address=counted_address(request), **self.validated(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
