"""What the door stores about customers."""

from typing import Any

from accounts.data_registry import Part, register
from accounts.models import User
from audit.erasing import erase_entries
from tickets.models import Admission, TicketBlock


def _admissions(user: User) -> list[dict[str, Any]]:
    """Return the scans of the user's tickets, the oldest first."""
    found = Admission.objects.filter(booking__order__customer=user).select_related("booking__order")
    return [
        {
            "order": each.booking.order.code if each.booking and each.booking.order else None,
            "seat_number": each.booking.seat_number if each.booking else None,
            "scanned_at": each.scanned_at.isoformat(),
            "result": each.result,
            "reason": each.reason,
        }
        for each in found.order_by("id")
    ]


def _erase_admissions(user: User) -> None:
    """Erase why staff annulled admissions and blocked tickets: that may name somebody."""
    admissions = Admission.objects.filter(booking__order__customer=user)
    erase_entries(Admission, admissions.values_list("pk", flat=True), typed={"reason"})
    pks = list(admissions.exclude(annul_reason="").values_list("pk", flat=True))
    Admission.objects.filter(pk__in=pks).update(annul_reason="")
    blocks = TicketBlock.objects.filter(order__customer=user)
    erase_entries(TicketBlock, blocks.values_list("pk", flat=True), typed={"reason"})
    TicketBlock.objects.filter(order__customer=user).exclude(reason="").update(reason="")


register("admissions", Part(_admissions, _erase_admissions))
