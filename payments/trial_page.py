"""The page of the test gateway, where somebody plays the bank."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outbox.jobs import enqueue
from payments.gateways import trial
from payments.models import TestSession

ACTS = {"pay": trial.pay, "decline": trial.decline, "close": trial.close}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a session; a POST pays, declines or closes it, or lets it be paid too late."""
    session = TestSession.objects.filter(pk=pk).first() if settings.TEST_GATEWAY else None
    if session is None:
        raise Http404
    if request.method == "POST":
        chosen = request.POST.get("act", "")
        if chosen == "pay_late":
            _plan_late_payment(session)
        elif act := ACTS.get(chosen):
            act(session_id=session.pk)
        return redirect("test-gateway", pk=session.pk)
    return render(request, "payments/trial.html", {"session": session})


def _plan_late_payment(session: TestSession) -> None:
    open_ones = TestSession.objects.filter(pk=session.pk, status=TestSession.Status.OPEN)
    if open_ones.exclude(plan=TestSession.Plan.PAY_LATE).update(plan=TestSession.Plan.PAY_LATE):
        enqueue(
            kind=trial.LATE_JOB,
            body={"session": str(session.pk)},
            run_at=session.expires_at + trial.LATE,
        )
