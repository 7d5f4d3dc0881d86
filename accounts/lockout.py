"""What a locked-out log-in is answered. django-axes counts the failures and calls this."""

import math

from axes.models import AccessAttempt
from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from rest_framework.exceptions import Throttled

from config.problems import problem_json


def locked_out(request, response, credentials):
    """429 with Retry-After: a problem for the API, a page for the admin."""
    wait = _seconds_left(request, credentials or {})
    if request.path_info.startswith("/admin/"):
        return render(
            request,
            "locked_out.html",
            {"minutes": math.ceil(wait / 60)},
            status=429,
        )
    error = Throttled(wait=wait)
    error.detail = f"Too many failed attempts. Try again in {wait} seconds."
    return problem_json(error, request)


def _seconds_left(request, credentials):
    last = (
        AccessAttempt.objects.filter(
            username=credentials.get("username"), ip_address=request.META.get("REMOTE_ADDR")
        )
        .order_by("-attempt_time")
        .first()
    )
    since = last.attempt_time if last else timezone.now()
    left = since + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(1, math.ceil(left.total_seconds()))
