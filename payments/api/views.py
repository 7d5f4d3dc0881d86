"""Paying for orders."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings.api.permissions import IsOwnOrder
from bookings.models import Order
from core.http.idempotency import idempotent
from core.http.serving import validated
from core.http.unknown import KnownParameters, NoFieldsSerializer
from payments import services
from payments.api.permissions import IsOwnPayment
from payments.api.serializers import (
    OpenPaymentSerializer,
    PaymentSerializer,
    RecordPaymentSerializer,
)
from payments.models import Payment

PLACES = "order__show__screen__cinema"


class OrderPaymentsViewSet(KnownParameters, viewsets.GenericViewSet):
    """The payments of an order."""

    queryset = Payment.objects.select_related(PLACES)
    serializer_class = PaymentSerializer
    permission_classes = [IsOwnOrder]
    pagination_class = None
    tag = "payments"
    calls = {"create": services.open_payment, "record": services.record_payment}

    def get_order(self):
        orders = Order.objects.select_related("show__screen")
        order = get_object_or_404(orders, code=self.kwargs["code"])
        self.check_object_permissions(self.request, order)
        return order

    @extend_schema(operation_id="listPayments", responses=PaymentSerializer(many=True))
    def payments(self, request, **kwargs):
        """List the payments of an order.

        The newest first. They are few.
        """
        payments = self.queryset.filter(order=self.get_order())
        return Response(self.get_serializer(payments, many=True).data)

    @extend_schema(
        operation_id="openPayment",
        request=OpenPaymentSerializer,
        responses={201: PaymentSerializer},
    )
    def create(self, request, **kwargs):
        """Pay what is due for an order.

        Send the customer to `url`. Asking again returns the payment that is open: an order has at
        most one. A hold is kept as long as its rules allow, and is booked when it is paid.
        """
        order = self.get_order()
        asked = validated(OpenPaymentSerializer, request.data)
        payment = services.open_payment(
            order=order,
            kind=asked["gateway"],
            return_url=asked.get("return_url", ""),
            plan=asked.get("outcome", ""),
        )
        return self.answer(payment)

    @extend_schema(
        operation_id="recordPayment",
        request=RecordPaymentSerializer,
        responses={201: PaymentSerializer},
    )
    @idempotent
    def record(self, request, **kwargs):
        """Record money that was received for an order.

        Staff only. A hold is booked when nothing is due any more.
        """
        order = self.get_order()
        asked = validated(RecordPaymentSerializer, request.data)
        return self.answer(services.record_payment(order=order, by=request.user, **asked))

    def answer(self, payment):
        payment = self.queryset.get(pk=payment.pk)
        return Response(self.get_serializer(payment).data, status.HTTP_201_CREATED)


class PaymentViewSet(KnownParameters, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """One payment."""

    queryset = Payment.objects.select_related(PLACES)
    lookup_value_converter = "uuid"
    serializer_class = PaymentSerializer
    permission_classes = [IsOwnPayment]
    tag = "payments"
    calls = {"refresh": services.look_at_payment}

    @extend_schema(operation_id="getPayment")
    def retrieve(self, request, **kwargs):
        """Read a payment."""
        return super().retrieve(request, **kwargs)

    @extend_schema(operation_id="refreshPayment", request=None)
    @action(detail=True, methods=["post"])
    def refresh(self, request, **kwargs):
        """Ask the gateway what became of a payment.

        Call it when the customer comes back from the gateway.
        """
        validated(NoFieldsSerializer, request.data)
        services.look_at_payment(payment=self.get_object())
        return Response(self.get_serializer(self.get_object()).data)


class GatewayMessagesView(KnownParameters, APIView):
    """Messages of gateways."""

    permission_classes = [AllowAny]
    authentication_classes = []
    tag = "payments"
    calls = {"post": services.receive_message}

    @extend_schema(
        operation_id="receiveGatewayMessage",
        request=OpenApiTypes.OBJECT,
        responses={200: None},
        examples=[OpenApiExample("request", {"id": "evt_1", "type": "…"}, request_only=True)],
    )
    def post(self, request, gateway):
        """Receive a message of a gateway.

        For gateways only: the signature is checked, and the message is stored once.
        """
        services.receive_message(kind=gateway, headers=request.headers, body=request.body)
        return Response(status=status.HTTP_200_OK)
