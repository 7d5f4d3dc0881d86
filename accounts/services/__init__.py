"""Writes to accounts that have rules."""

from accounts.messages import send_password_reset
from accounts.services.addresses import (
    announce_address,
    change_address,
    send_link_again,
    verify_address,
)
from accounts.services.confirming import confirm_session, ensure_session_confirmed
from accounts.services.passwords import change_password, reset_password
from accounts.services.personal_data import (
    erase_me,
    erase_user,
    export_data,
    refusal_to_erase,
)
from accounts.services.sessions import (
    end_all_sessions,
    end_session,
    exchange_refresh_token,
    revoke_refresh_token,
)
from accounts.services.tokens import TokenPair, log_in, tokens_of, user_of
from accounts.services.users import sign_up, update_account

__all__ = [
    "TokenPair",
    "announce_address",
    "change_address",
    "change_password",
    "confirm_session",
    "end_all_sessions",
    "end_session",
    "ensure_session_confirmed",
    "erase_me",
    "erase_user",
    "exchange_refresh_token",
    "export_data",
    "log_in",
    "refusal_to_erase",
    "reset_password",
    "revoke_refresh_token",
    "send_link_again",
    "send_password_reset",
    "sign_up",
    "tokens_of",
    "update_account",
    "user_of",
    "verify_address",
]
