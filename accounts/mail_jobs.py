"""The jobs that send the mails about accounts. Tokens of links are made here, and never stored."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.utils.http import urlsafe_base64_encode

from accounts import messages
from accounts.messages import NOTICE, PASSWORD_RESET, VERIFICATION, compose, hours, how
from accounts.models import User
from accounts.services.links import SECONDS, token_of
from outbox.mails import MAIL, deliver
from outbox.models import Job
from outbox.registry import handles

MAX_UNVERIFIED = 3  # users with one address who get the link that verifies it


@handles(NOTICE, **MAIL)
def send_notice(job: Job) -> None:
    """Send a text as it is to the address of the job."""
    user = _user_of(job)
    if user is not None:
        to, values = job.body["to"], job.body["values"]
        deliver(compose(job.body["text"], user, to=to, **values), job)


@handles(VERIFICATION, **MAIL)
def send_verification(job: Job) -> None:
    """Mail the link that verifies the address; or tell the user who has verified it already.

    Sends nothing if the user no longer waits for it.
    """
    user, address = _user_of(job), job.body["to"]
    if user is None or address not in {user.email, user.new_email} - {user.verified_address}:
        return
    owner = User.objects.verified(address).exclude(pk=user.pk).first()
    if owner is not None:
        deliver(compose("address_known", owner, to=owner.email), job)
        return
    link = how("verify it", settings.EMAIL_VERIFY_URL, token=token_of(user, address))
    deliver(compose("verify", user, to=address, how=link, hours=hours(SECONDS)), job)


@handles(PASSWORD_RESET, **MAIL)
def send_password_reset(job: Job) -> None:
    """Mail a link to the active user who has verified the address, if one with a password has.

    Users who have not verified it get the link that does.
    """
    users = User.objects.of_address(job.body["to"]).filter(is_active=True)
    for user in users.order_by("-email_verified", "pk")[:MAX_UNVERIFIED]:
        if user.email_verified:
            if user.has_usable_password():
                deliver(_reset_mail(user), job)
            return
        messages.send_verification(user, address=user.email)


def _reset_mail(user: User) -> EmailMessage:
    link = how(
        "set a new password",
        settings.PASSWORD_RESET_URL,
        uid=urlsafe_base64_encode(str(user.number).encode()),
        token=default_token_generator.make_token(user),
    )
    valid_for = hours(settings.PASSWORD_RESET_TIMEOUT)
    return compose("reset", user, to=user.email, how=link, hours=valid_for)


def _user_of(job: Job) -> User | None:
    """Return the user; None for one who was erased meanwhile."""
    return User.objects.filter(pk=job.body["user"], erased_at=None).first()
