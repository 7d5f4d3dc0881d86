"""The certificate of passes in `manage.py check --deploy`, which `make serve` runs."""

from collections.abc import Sequence
from datetime import timedelta

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils import timezone

from tickets.wallet.signer import configured_signer

WARNED_BEFORE = timedelta(days=30)
HINT = "Renew it at Apple, or leave WALLET_CERTIFICATE and WALLET_KEY empty to offer no passes."


@register(Tags.security, deploy=True)
def certificate_of_passes_is_valid(
    *, app_configs: Sequence[AppConfig] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Report a WALLET_CERTIFICATE that has ended, and warn of one that ends soon."""
    signer = configured_signer()
    if signer is None or signer.ends_at - timezone.now() > WARNED_BEFORE:
        return []
    day = f"{signer.ends_at:%Y-%m-%d}"
    if signer.is_over:
        sentence = f"WALLET_CERTIFICATE has ended on {day}: telephones refuse its passes."
        return [Error(sentence, hint=HINT, id="tickets.E001")]
    return [Warning(f"WALLET_CERTIFICATE ends on {day}.", hint=HINT, id="tickets.W001")]
