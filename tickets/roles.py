"""Which role may do what with tickets."""

from accounts.roles import BOX_OFFICE, MANAGER, SUPPORT, grant

for role in (MANAGER, BOX_OFFICE, SUPPORT):
    grant(role, "tickets.view_ticket", "tickets.renew_ticket")
