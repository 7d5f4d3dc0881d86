"""The mail about a log-in from a device or an address that the user has not used before."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts import messages
from accounts.devices import device_of
from accounts.models import KnownAddress, Session, User
from accounts.slow_names import KNOWN_FOR
from core.http.addresses import counted_address
from core.http.handlers import is_admin

FIRST_LOG_IN = timedelta(hours=1)  # after the sign-up, none is new


def tell_of_new_device(user: User, request: HttpRequest) -> None:
    """Mail the user about a log-in from an unknown address, or by an unknown device.

    A device is known while a session of it is stored: two weeks after its last use. Log-ins of the
    admin have no such sessions, so their devices are not looked at.
    """
    if not user.verified_address or timezone.now() - user.date_joined < FIRST_LOG_IN:
        return
    device = device_of(request.headers.get("User-Agent", ""))
    address = counted_address(request)
    is_known = _is_known_address(user, address) and (
        is_admin(request) or _is_known_device(user, device)
    )
    if not is_known:
        messages.send_new_log_in(user, device=device, address=address)


def _is_known_address(user: User, address: str) -> bool:
    known = KnownAddress.objects.filter(user=user, seen_at__gt=timezone.now() - KNOWN_FOR)
    return not address or known.filter(address=address).exists()


def _is_known_device(user: User, device: str) -> bool:
    return Session.objects.filter(user=user, device=device).exists()
