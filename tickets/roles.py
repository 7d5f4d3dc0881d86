"""Which role may do what with tickets."""

from accounts.roles import BOX_OFFICE, DOOR, MANAGER, SUPPORT, grant

for role in (MANAGER, BOX_OFFICE, SUPPORT):
    grant(role, "tickets.view_ticket", "tickets.renew_ticket", "tickets.block_tickets")
for role in (MANAGER, BOX_OFFICE, DOOR):
    grant(role, "tickets.check_in", "tickets.view_admission")
