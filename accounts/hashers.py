"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from accounts.hashing import OneAtATime


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
