from payments.models.gateways import GatewayEvent, TestRefund, TestSession
from payments.models.payments import Payment, Refund, RefundLine

__all__ = ["GatewayEvent", "Payment", "Refund", "RefundLine", "TestRefund", "TestSession"]
