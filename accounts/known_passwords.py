"""Passwords that attackers try first: those of breaches, and simple changes of them."""

import re

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

BEFORE, AFTER = re.compile(r"\A[\W\d_]+"), re.compile(r"[\W\d_]+\Z")  # digits and signs
LETTERS_OF = str.maketrans("@4301!$57", "aaeoiisst")
MIN_WORD = 4  # letters; shorter words are in the list by chance


class KnownPasswordValidator(CommonPasswordValidator):
    """Rejects the passwords of two lists: Django's 20,000, and the 30,000 of zxcvbn.

    Also one with digits and signs around it, and with signs for letters: `P@ssw0rd2026!`.
    """

    def __init__(self) -> None:
        super().__init__()
        from zxcvbn.frequency_lists import FREQUENCY_LISTS  # slow, and only used in production

        self.passwords |= set(FREQUENCY_LISTS["passwords"])

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        whole = password.lower().strip()
        words = {AFTER.sub("", whole), BEFORE.sub("", whole), BEFORE.sub("", AFTER.sub("", whole))}
        words |= {word.translate(LETTERS_OF) for word in words}
        candidates = {whole, whole.translate(LETTERS_OF)}
        candidates |= {word for word in words if len(word) >= MIN_WORD}
        if not candidates.isdisjoint(self.passwords):
            raise ValidationError(
                "This password is known to attackers, or a simple change of such a one.",
                code="password_too_common",
            )
