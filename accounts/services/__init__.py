"""Writes to accounts that have rules."""

from accounts.services.passwords import change_password, reset_password, send_password_reset
from accounts.services.tokens import (
    TokenPair,
    exchange_refresh_token,
    log_in,
    revoke_refresh_token,
    tokens_of,
    user_of,
)
from accounts.services.users import sign_up, update_account

__all__ = [
    "TokenPair",
    "change_password",
    "exchange_refresh_token",
    "log_in",
    "reset_password",
    "revoke_refresh_token",
    "send_password_reset",
    "sign_up",
    "tokens_of",
    "update_account",
    "user_of",
]
