"""Count the password hashes that a test computes."""

from unittest import mock

from django.contrib.auth.hashers import MD5PasswordHasher


def counted_hashes(hasher=MD5PasswordHasher):
    """Return a patch whose mock counts the hashes; by default of the hasher that tests have."""
    return mock.patch.object(hasher, "encode", autospec=True, side_effect=hasher.encode)
