"""How passwords are hashed, and how a failed log-in takes as long for every name."""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    PBKDF2PasswordHasher,
    get_hashers,
    identify_hasher,
    is_password_usable,
)

from accounts.hashing import OneAtATime
from core.cache import cached

HOUR = 3600  # of MEMORY_SECONDS


class Argon2idHasher(OneAtATime, Argon2PasswordHasher):
    """Argon2id with the least cost that OWASP recommends, which a log-in has to wait for.

    Django's own cost takes 100 MiB and eight threads for each log-in.
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1


class PBKDF2Hasher(OneAtATime, PBKDF2PasswordHasher):
    """Django's own, for hashes of version 0.1.0."""


def spend_other_hashes(password: str, encoded: str) -> None:
    """Make the hashes that the check of a wrong password has not made; empty for an unknown name.

    A check takes PBKDF2 for a hash of version 0.1.0, and Argon2id for all others: ten times less.
    So a wrong password costs both, as long as any hash of the former is left. Log-ins that succeed
    do not pay for it.
    """
    preferred, *older = get_hashers()
    checked = preferred.algorithm
    if is_password_usable(encoded):
        checked = _algorithm_of(encoded) or checked
    if checked != preferred.algorithm:
        preferred.encode(password, preferred.salt())
    for hasher in older:
        if hasher.algorithm == checked:
            hasher.harden_runtime(password, encoded)
        elif hasher.algorithm and is_in_use(hasher.algorithm):
            hasher.encode(password, hasher.salt())


@cached(max_entries=8, ttl=HOUR)
def is_in_use(algorithm: str) -> bool:
    """Return whether any user has a hash of this algorithm. One query an hour."""
    users = get_user_model()._default_manager.filter(password__startswith=f"{algorithm}$")
    return users.order_by().exists()


def _algorithm_of(encoded: str) -> str | None:
    try:
        return identify_hasher(encoded).algorithm
    except ValueError:  # empty, or of a hasher that is gone: Django has made the preferred hash
        return None
