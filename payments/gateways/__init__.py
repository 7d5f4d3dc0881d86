"""The gateways through which customers pay online."""

from django.conf import settings

from payments.gateways.base import Gateway
from payments.gateways.stripe_checkout import STRIPE
from payments.gateways.trial import TRIAL


def gateways() -> dict[str, Gateway]:
    """Return the gateways that this cinema uses, by their kind."""
    used = []
    if settings.STRIPE_SECRET_KEY:
        used.append(STRIPE)
    if settings.TEST_GATEWAY:
        used.append(TRIAL)
    return {gateway.kind: gateway for gateway in used}


def gateway_of(kind: str) -> Gateway | None:
    """Return the gateway of this kind, if the cinema uses it."""
    return gateways().get(kind)
