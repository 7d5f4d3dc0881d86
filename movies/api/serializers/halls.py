"""JSON shapes of cinemas, screens, seat categories and seating plans."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.http.examples import sent, shown
from core.http.fields import IdField
from core.http.unknown import ModelSerializer, Serializer
from core.names import same_name
from core.validators import no_hidden_characters
from movies.api.serializers.fields import CoordinateField, InOwnCinemas
from movies.api.serializers.names import UniqueNameValidator
from movies.limits import MAX_REFUND_TIERS
from movies.models import Cinema, RefundTier, Screen, SeatCategory, SeatingPlan
from movies.seating.plan import Point
from movies.seating.text_format import MAX_TEXT
from movies.seating.text_writer import to_text

SCREEN = {
    "cinema": 1,
    "name": "Screen 2",
    "turnaround_minutes": 15,
    "seating_plan": 4,
    "single_seats": "warn",
}
CINEMA = {
    "name": "Astoria",
    "city": "London",
    "address": "1 High Street",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "trailer_minutes": 15,
    "refund_tiers": [{"hours_before": 24, "percent": 100}, {"hours_before": 2, "percent": 50}],
}
CATEGORY = {
    "name": "Couple",
    "color": "#b5507a",
    "is_accessible": False,
    "is_companion": False,
    "is_sold_in_pairs": True,
    "has_restricted_view": False,
}
PLAN_TEXT = "A  ssss_ssss\\nB  ssss_ssss\\n\\nC  pppp_pppp\\n"
FOCAL_POINT = {"x": 120, "y": 70}
PLAN_LAYOUT = {
    "name": "Small hall",
    "categories": [{"name": "Standard", "color": "#4a7fb5"}],
    "size": {"width": 60, "height": 30},
    "zones": [
        {
            "name": "Hall",
            "position": {"x": 0, "y": 0},
            "rows": [
                {
                    "row_number": "A",
                    "position": {"x": 0, "y": 0},
                    "seats": [
                        {
                            "seat_guid": "A1",
                            "seat_number": "1",
                            "position": {"x": 0, "y": 0},
                            "category": "Standard",
                        }
                    ],
                }
            ],
            "areas": [],
        }
    ],
}


@extend_schema_serializer(examples=[shown(SCREEN), sent(SCREEN)])
class ScreenSerializer(InOwnCinemas, ModelSerializer):
    serializer_related_field = IdField

    class Meta:
        model = Screen
        fields = ["id", "cinema", "name", "turnaround_minutes", "seating_plan", "single_seats"]


class ScreenOfCinemaSerializer(ModelSerializer):
    class Meta:
        model = Screen
        fields = ["id", "name"]


class RefundTierSerializer(ModelSerializer):
    class Meta:
        model = RefundTier
        fields = ["hours_before", "percent"]

    def validate(self, attrs):
        """Require both fields in a PATCH too, where DRF makes every field optional."""
        missing = {
            name: field.error_messages["required"]
            for name, field in self.fields.items()
            if name not in attrs
        }
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return attrs


@extend_schema_serializer(
    examples=[shown(CINEMA, screens=[{"id": 2, "name": "Screen 2"}]), sent(CINEMA)]
)
class CinemaSerializer(ModelSerializer):
    refund_tiers = RefundTierSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        max_length=MAX_REFUND_TIERS,
        help_text="The percentage that is refunded until some hours before a show, the most hours "
        "first. After the last tier, nothing. Empty: everything, until the show starts.",
    )
    screens = ScreenOfCinemaSerializer(many=True, read_only=True)

    class Meta:
        model = Cinema
        fields = [
            "id",
            "name",
            "city",
            "address",
            "time_zone",
            "currency",
            "trailer_minutes",
            "refund_tiers",
            "screens",
        ]


@extend_schema_serializer(examples=[shown(CATEGORY), sent(CATEGORY)])
class SeatCategorySerializer(ModelSerializer):
    class Meta:
        model = SeatCategory
        fields = [
            "id",
            "name",
            "color",
            "is_accessible",
            "is_companion",
            "is_sold_in_pairs",
            "has_restricted_view",
        ]
        extra_kwargs = {
            "name": {
                "validators": [
                    no_hidden_characters,
                    UniqueNameValidator(SeatCategory.objects.all()),
                ]
            }
        }

    def validate_name(self, name):
        """Keep a name in use, but for its spelling: plans refer to their categories by name."""
        row = self.instance
        if row and not same_name(name, row.name) and row.seating_plans.exists():
            raise serializers.ValidationError("Seating plans use this name.", code="in_use")
        return name


@extend_schema_serializer(
    examples=[
        shown(
            {"name": "Small hall", "version": 1, "seat_count": 24, "is_typed": True},
            created_at="2026-11-22T17:03:11.482913Z",
        )
    ]
)
class SeatingPlanSummarySerializer(ModelSerializer):
    """A seating plan without its seats."""

    is_typed = serializers.SerializerMethodField()

    class Meta:
        model = SeatingPlan
        fields = ["id", "name", "version", "seat_count", "is_typed", "created_at"]

    def get_is_typed(self, seating_plan) -> bool:
        return bool(seating_plan.text)


class FocalPointSerializer(Serializer):
    x = CoordinateField()
    y = CoordinateField()

    def validate(self, attrs):
        return Point(**attrs)


@extend_schema_serializer(
    examples=[
        shown(
            {"name": "Small hall", "version": 1, "seat_count": 24},
            categories=["Standard", "Premium"],
            focal_point=FOCAL_POINT,
            text=PLAN_TEXT,
            layout=PLAN_LAYOUT,
            created_at="2026-11-22T17:03:11.482913Z",
        ),
        OpenApiExample(
            "typed",
            {"name": "Small hall", "text": PLAN_TEXT, "focal_point": FOCAL_POINT},
            request_only=True,
        ),
        OpenApiExample("imported", {"layout": PLAN_LAYOUT}, request_only=True),
    ]
)
class SeatingPlanSerializer(ModelSerializer):
    """A seating plan in both forms; sent in one of them."""

    # The fields of each form; the others go with both. core.http.openapi reads these.
    forms = {"text": ["text"], "layout": ["layout"]}
    nullable_answers = ["text"]

    name = serializers.CharField(
        max_length=SeatingPlan._meta.get_field("name").max_length,
        required=False,
        validators=[no_hidden_characters],
        help_text="Default: the name in the layout. A new version keeps the name.",
    )
    text = serializers.CharField(
        max_length=MAX_TEXT,
        required=False,
        trim_whitespace=False,
        help_text="The typed form; null where a plan cannot be typed.",
    )
    layout = serializers.JSONField(required=False, help_text="The open seating plan format.")
    focal_point = FocalPointSerializer(
        required=False,
        allow_null=True,
        help_text="The place of the best seats, in the plan's units. null: in the middle, two "
        "thirds of the way back. Left out, a new version keeps it.",
    )
    categories: serializers.SlugRelatedField = serializers.SlugRelatedField(
        slug_field="name", many=True, read_only=True
    )

    class Meta:
        model = SeatingPlan
        fields = [
            "id",
            "name",
            "version",
            "seat_count",
            "categories",
            "focal_point",
            "text",
            "layout",
            "created_at",
        ]
        read_only_fields = ["version", "seat_count", "created_at"]
        validators: list[Any] = []  # the service keeps name and version unique

    def validate(self, attrs):
        if ("text" in attrs) == ("layout" in attrs):
            raise serializers.ValidationError("Send the plan as text or as layout, one of them.")
        if self.instance:
            if not same_name(attrs.setdefault("name", self.instance.name), self.instance.name):
                raise serializers.ValidationError({"name": "A new version keeps the name."})
            attrs.setdefault("focal_point", self.instance.focal_point)
        elif "name" not in attrs:
            attrs["name"] = self._name_in(attrs.get("layout"))
        return attrs

    def _name_in(self, layout):
        name = layout.get("name") if isinstance(layout, dict) else None
        try:
            return self.fields["name"].run_validation(name)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"name": error.detail}) from error

    def to_representation(self, seating_plan):
        shown = super().to_representation(seating_plan)
        shown["text"] = seating_plan.text or to_text(seating_plan.plan)
        return shown
