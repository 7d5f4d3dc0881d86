"""Who makes a request, by its token."""

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User
from config.statements import Statement

USER = Statement(lambda pk: User.objects.filter(pk=pk).order_by())


class TokenAuthentication(JWTAuthentication):
    """Access tokens of SimpleJWT. The user is asked for each time, so that a token ends at once
    with its account or password; with one compiled statement, as every request needs it.
    """

    def get_user(self, validated_token):
        """The user of the token; raises AuthenticationFailed, InvalidToken among them."""
        found = USER(pk=_user_id(validated_token))
        if not (found and found[0].is_active):
            raise AuthenticationFailed("There is no such account, or no longer.")
        [user] = found
        if validated_token.get("hash_password") != get_md5_hash_password(user.password):
            raise AuthenticationFailed("The password was changed.")
        return user


def _user_id(token):
    try:
        return int(token["user_id"])
    except (KeyError, TypeError, ValueError):
        raise InvalidToken from None
