"""The gateways through which customers pay online."""

from django.conf import settings

from payments.gateways.base import Gateway
from payments.gateways.trial import TRIAL


def gateways() -> dict[str, Gateway]:
    """Return the gateways that this cinema uses, by their kind."""
    return {TRIAL.kind: TRIAL} if settings.TEST_GATEWAY else {}


def gateway_of(kind: str) -> Gateway | None:
    """Return the gateway of this kind, if the cinema uses it."""
    return gateways().get(kind)
