"""Who must have a second factor."""

from django.conf import settings

from accounts.models import User


def lacks_factor(user: User) -> bool:
    """Return whether the user has to set up a second factor before anything else. No query."""
    is_required = settings.STAFF_SECOND_FACTOR == "required"
    return is_required and user.is_staff and not user.has_second_factor
