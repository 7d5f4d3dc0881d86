"""Which role may do what with orders and seats, with their customers, and with jobs."""

from accounts.roles import ACCOUNTS, BOX_OFFICE, MANAGER, SUPPORT, grant

grant(
    MANAGER,
    "accounts.change_user",
    "accounts.erase_user",
    "audit.view_entry",
    "bookings.block_seats",
    "bookings.change_booking",
    "bookings.change_order",
    "bookings.refund_by_rule",
    "bookings.refund_in_full",
)
for role in (MANAGER, SUPPORT):
    grant(role, "outbox.view_event", "outbox.view_job", "outbox.run_job_again")
for role in (MANAGER, BOX_OFFICE, ACCOUNTS, SUPPORT):
    grant(role, "accounts.view_user", "bookings.view_booking", "bookings.view_order")
for role in (BOX_OFFICE, SUPPORT):
    grant(role, "bookings.refund_by_rule")
grant(BOX_OFFICE, "bookings.block_seats")
grant(ACCOUNTS, "audit.view_entry")
