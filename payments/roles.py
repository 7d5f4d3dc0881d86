"""Which role may do what with money."""

from accounts.roles import ACCOUNTS, BOX_OFFICE, MANAGER, SUPPORT, grant

for role in (MANAGER, BOX_OFFICE, ACCOUNTS, SUPPORT):
    grant(role, "payments.view_payment", "payments.view_refund")
for role in (MANAGER, BOX_OFFICE):
    grant(role, "payments.record_payment")
for role in (MANAGER, ACCOUNTS):
    grant(role, "payments.pay_out_refund", "payments.view_gatewayevent")
