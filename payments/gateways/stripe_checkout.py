"""Stripe, by a redirect to its Checkout. The official SDK does the talking.

The id of our payment or refund is the idempotency key of each write, so a call that is repeated
does nothing twice. https://docs.stripe.com/api/checkout/sessions
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.money import with_currency
from payments.gateways.base import (
    Found,
    Gateway,
    GatewayDown,
    GatewayRefused,
    InvalidMessage,
    MadeRefund,
    Message,
    Opened,
    Outcome,
    Refunded,
)
from payments.gateways.stripe_units import from_units, to_units
from payments.models import Payment, Refund

KIND = "stripe"
TIMEOUT = 20  # seconds
RETRIES = 1  # of the SDK, while the customer waits
# A session lives for 30 minutes at least. It is longer here, so that a lost call can be repeated
# with the same values; the sweeper expires it when the payment has ended.
SESSION_TIME = timedelta(hours=1)
# Stripe forgets idempotency keys after a day.
KEYS_FORGOTTEN = timedelta(hours=23)


@cache
def _client() -> Any:
    import stripe

    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=RETRIES,
    ).v1


@contextmanager
def _errors_as_ours() -> Iterator[None]:
    """Raise GatewayRefused for what Stripe will not do, GatewayDown for all that may pass."""
    import stripe

    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise GatewayRefused(error.user_message or "Stripe does not accept this.") from error
    except stripe.StripeError as error:
        raise GatewayDown(f"Stripe: {error.user_message or type(error).__name__}") from error


def open_session(payment: Payment, plan: str = "") -> Opened:
    """Create a Checkout session, or get the one that the payment has already."""
    if not payment.return_url:
        raise GatewayRefused("Stripe needs a return_url: where the customer goes afterwards.")
    session = _session_of(payment)
    return Opened(session.id, session.url or "", payment.expires_at or timezone.now())


def _session_of(payment: Payment) -> Any:
    """Return the session, created again with the same key where its answer was lost."""
    try:
        units = to_units(payment.amount, payment.currency)
    except ValueError as problem:
        raise GatewayRefused(str(problem)) from None
    about = {"payment": str(payment.pk), "order": payment.order.code}
    product = {"name": f"Order {payment.order.code}"}
    price = {
        "currency": payment.currency.lower(),
        "unit_amount": units,
        "product_data": product,
    }
    with _errors_as_ours():
        return _client().checkout.sessions.create(
            {
                "mode": "payment",
                "client_reference_id": str(payment.pk),
                "metadata": about,
                "payment_intent_data": {"metadata": about},
                "line_items": [{"quantity": 1, "price_data": price}],
                "success_url": payment.return_url,
                "cancel_url": payment.return_url,
                "expires_at": int((payment.created_at + SESSION_TIME).timestamp()),
            },
            {"idempotency_key": f"payment-{payment.pk}"},
        )


def look(payment: Payment) -> Found:
    """Return what became of the session, and the refunds of its payment."""
    with _look_errors():
        session_id = payment.reference or _session_of(payment).id
        return _found(
            _client().checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
        )


def close_session(payment: Payment) -> Found:
    """Expire the session; one that is complete cannot be."""
    with _look_errors():
        session_id = payment.reference or _session_of(payment).id
        try:
            with _errors_as_ours():
                _client().checkout.sessions.expire(session_id)
        except GatewayRefused:
            pass  # it has ended already
        return _found(
            _client().checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
        )


@contextmanager
def _look_errors() -> Iterator[None]:
    try:
        with _errors_as_ours():
            yield
    except GatewayRefused as error:
        raise GatewayDown(str(error)) from error


def _found(session: Any) -> Found:
    intent = session.payment_intent
    if session.status == "expired":
        return Found(Outcome.EXPIRED)
    if session.status != "complete":
        return Found(Outcome.OPEN)
    if session.payment_status != "paid":
        has_failed = getattr(intent, "status", "") in ("requires_payment_method", "canceled")
        return Found(Outcome.FAILED if has_failed else Outcome.OPEN)
    currency = session.currency.upper()
    refunds = _refunds_of(intent.id) if intent else []
    return Found(
        Outcome.SUCCEEDED,
        from_units(session.amount_total, currency),
        currency,
        intent=intent.id if intent else "",
        refunds=tuple(
            MadeRefund(each.id, from_units(each.amount, currency))
            for each in refunds
            if each.status in ("succeeded", "pending") and not _refund_in(each.metadata)
        ),
    )


def _refunds_of(intent: str) -> list[Any]:
    found = _client().refunds.list({"payment_intent": intent, "limit": 100})
    return list(found.auto_paging_iter())


def make_refund(refund: Refund) -> Refunded:
    """Refund through the payment intent, once for each refund, however late it is asked again."""
    payment = refund.payment
    with _errors_as_ours():
        made = _made_before(refund)
        if made is None:
            made = _client().refunds.create(
                {
                    "payment_intent": payment.intent,
                    "amount": to_units(refund.amount, payment.currency),
                    "metadata": {"refund": str(refund.pk), "payment": str(payment.pk)},
                },
                {"idempotency_key": f"refund-{refund.pk}"},
            )
    if made.status in ("failed", "canceled"):
        raise GatewayRefused(
            f"Stripe could not refund {with_currency(refund.amount, payment.currency)}: "
            f"{made.failure_reason or made.status}."
        )
    return Refunded(made.id, is_done=made.status == "succeeded")


def _made_before(refund: Refund) -> Any:
    """Return the refund at Stripe if it is known, or may be older than Stripe's memory of keys."""
    if refund.reference:
        return _client().refunds.retrieve(refund.reference)
    if refund.sent_at is None or refund.sent_at > timezone.now() - KEYS_FORGOTTEN:
        return None
    made = _refunds_of(refund.payment.intent)
    return next((each for each in made if _refund_in(each.metadata) == str(refund.pk)), None)


def _refund_in(metadata: Any) -> str:
    """Return the id of our refund; empty for one that was made by hand."""
    return getattr(metadata, "refund", "")


def read_event(headers: Mapping[str, str], body: bytes) -> Message:
    """Check the signature of a webhook, and say which payment or refund it is about."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(
            body.decode(),
            headers.get("Stripe-Signature", ""),
            settings.STRIPE_WEBHOOK_SECRET,
            stripe.Webhook.DEFAULT_TOLERANCE,
        )
        event = json.loads(body)
        about = event["data"]["object"]
        is_refund = about.get("object") == "refund"
        return Message(
            event["id"],
            event["type"],
            (about.get("payment_intent") or "") if is_refund else _session_in(about),
            event,
            refund=(about.get("metadata") or {}).get("refund", "") if is_refund else "",
        )
    except stripe.SignatureVerificationError:
        raise InvalidMessage("The signature is missing, wrong or too old.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidMessage("The message cannot be read.") from None


def _session_in(about: Any) -> str:
    """Return the id of a session of ours; others may use the same account of Stripe."""
    is_ours = about.get("object") == "checkout.session" and (about.get("metadata") or {}).get(
        "payment"
    )
    return str(about["id"]) if is_ours else ""


def forget_client() -> None:
    """Make a new client at the next call, as after a change of settings in a test."""
    _client.cache_clear()


STRIPE = Gateway(
    kind=KIND,
    open=open_session,
    look=look,
    close=close_session,
    refund=make_refund,
    read_event=read_event,
)
