"""Shapes of payments and of the requests to pay."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.http.fields import BEFORE_THE_POINT_OF_A_TOTAL, SentAmountField, ShownAmountField
from core.http.unknown import Serializer
from movies.api.serializers.fields import CinemaTimeField
from payments.models import Payment, TestSession
from payments.models.payments import REFERENCE_LENGTH

PAYMENT = {
    "id": "0b1f7c5e-5d0e-4f4b-9a53-3c1a1f0f4d2e",
    "order": "7GQ2MXK4TD",
    "kind": "test",
    "status": "pending",
    "amount": "16.50",
    "refunded": "0.00",
    "currency": "GBP",
    "reference": "8f6d0f5e-2a8a-4c36-8c0b-6b2b9f8f1c11",
    "url": "https://tickets.example/test-gateway/8f6d0f5e-2a8a-4c36-8c0b-6b2b9f8f1c11/",
    "created_at": "2026-11-22T17:04:02.113922+00:00",
    "expires_at": "2026-11-22T17:23:11.482913+00:00",
    "settled_at": None,
}


@extend_schema_serializer(examples=[OpenApiExample("answer", PAYMENT, response_only=True)])
class PaymentSerializer(serializers.ModelSerializer):
    """Times are sent with the offset of the show's cinema."""

    order = serializers.CharField(source="order.code", read_only=True)
    amount = ShownAmountField()
    refunded = ShownAmountField(help_text="What was refunded of it, or is about to be.")
    url = serializers.SerializerMethodField(help_text="Send the customer there to pay.")
    created_at = CinemaTimeField(read_only=True)
    expires_at = CinemaTimeField(
        read_only=True,
        allow_null=True,
        help_text="Until when it can be paid.",
    )
    settled_at = CinemaTimeField(read_only=True, allow_null=True, help_text="When it succeeded.")

    class Meta:
        model = Payment
        fields = [
            "id",
            "order",
            "kind",
            "status",
            "amount",
            "refunded",
            "currency",
            "reference",
            "url",
            "created_at",
            "expires_at",
            "settled_at",
        ]
        read_only_fields = fields

    def get_url(self, payment) -> str:
        if not payment.url or not payment.is_open:
            return ""
        request = self.context["request"]
        return request.build_absolute_uri(payment.url)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "request",
            {"gateway": "test", "return_url": "https://cinema.example/paid"},
            request_only=True,
        )
    ]
)
class OpenPaymentSerializer(Serializer):
    gateway = serializers.CharField(max_length=20, help_text="Such as test.")
    return_url = serializers.URLField(
        max_length=500,
        required=False,
        help_text="Where the gateway sends the customer afterwards.",
    )
    outcome = serializers.ChoiceField(
        choices=TestSession.Plan.choices,
        required=False,
        help_text="For programs and tests: what the test gateway shall do without its page.",
    )

    def validate(self, attrs):
        if "outcome" in attrs and attrs["gateway"] != Payment.Kind.TEST:
            raise serializers.ValidationError(
                {"outcome": "Only the test gateway takes an outcome."}
            )
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "request",
            {"kind": "terminal", "amount": "16.50", "reference": "0417"},
            request_only=True,
        )
    ]
)
class RecordPaymentSerializer(Serializer):
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in Payment.RECORDED])
    amount = SentAmountField(
        BEFORE_THE_POINT_OF_A_TOTAL,
        required=False,
        help_text="What was received of what is due; without it all of it.",
    )
    reference = serializers.CharField(
        max_length=REFERENCE_LENGTH,
        required=False,
        help_text="Such as the number of the terminal's receipt: for one payment of its kind.",
    )
