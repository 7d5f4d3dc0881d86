from django.urls import path
from rest_framework.routers import SimpleRouter

from payments.api.permissions import MayRecordPayments
from payments.api.views import GatewayMessagesView, OrderPaymentsViewSet, PaymentViewSet

router = SimpleRouter(use_regex_path=False)
router.register("payments", PaymentViewSet)

of_order = OrderPaymentsViewSet.as_view({"get": "payments", "post": "create"})
record = OrderPaymentsViewSet.as_view({"post": "record"}, permission_classes=[MayRecordPayments])

urlpatterns = [
    path("orders/<order_code:code>/payments/", of_order, name="order-payments"),
    path("orders/<order_code:code>/payments/record/", record, name="record-payment"),
    path(
        "payments/webhooks/<slug:gateway>/", GatewayMessagesView.as_view(), name="gateway-messages"
    ),
    *router.urls,
]
