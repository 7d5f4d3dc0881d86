"""An authenticator app, as a telephone has it."""

import time
from base64 import b32decode
from unittest import mock

from django_otp.oath import hotp
from django_otp.plugins.otp_totp.models import default_key

from accounts.second_factor.factors import add_app

STEP = 30  # seconds for which a code is shown
EARLIER = -2 * STEP  # its code is too old to be accepted, and to be the one that was shown later


class App:
    """Shows the codes of one key."""

    def __init__(self, key=None):
        self.key = key or default_key()

    @classmethod
    def of_text(cls, text):
        """Return the app into which this key was typed."""
        return cls(b32decode(text).hex())

    def code(self, seconds=0):
        """Return the code that is shown so many seconds from now."""
        step = int(time.time() + seconds) // STEP
        return f"{hotp(bytes.fromhex(self.key), step):06d}"

    def wrong_code(self):
        """Return a code that the app does not show now, nor just before or after."""
        near = {self.code(seconds) for seconds in (-2 * STEP, -STEP, 0, STEP, 2 * STEP)}
        return next(code for code in map("{:06d}".format, range(10)) if code not in near)


def give_app(user, name="Telephone"):
    """Give the user an app; return it with the recovery codes. Its next code can be used."""
    app = App()
    with mock.patch("time.time", return_value=time.time() + EARLIER):
        added = add_app(user=user, key=app.key, code=app.code(), name=name)
    user.refresh_from_db()
    return app, added.recovery_codes
