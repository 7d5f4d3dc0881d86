"""The door: devices of staff send what they scan."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from core.http.serving import answer, raises_too, validated
from core.http.throttles import count_work
from core.http.unknown import KnownParameters, Serializer
from movies.models import Show
from tickets import services
from tickets.api.permissions import MayCheckIn
from tickets.api.serializers.door import (
    AnnulSerializer,
    BatchSerializer,
    DoorListSerializer,
    LinesSerializer,
    RedeemedSerializer,
    RedeemSerializer,
)
from tickets.door_list import door_list_of

SCANS_OF_A_REQUEST = 10  # a batch counts as further requests
TICKETS_OF_A_REQUEST = 100  # a list too


class SinceSerializer(Serializer):
    since = serializers.DateTimeField(required=False)


class CheckInViewSet(KnownParameters, viewsets.GenericViewSet):
    """Scans of tickets at the door."""

    queryset = Show.objects.with_places()
    permission_classes = [MayCheckIn]
    serializer_class = RedeemSerializer
    tag = "door"
    large_bodies = ("batch",)
    calls = {
        "redeem": services.redeem,
        "annul": services.annul_admission,
        "tickets": door_list_of,
    }
    query_parameters = {"tickets": ["since"]}

    @extend_schema(
        operation_id="redeemTicket", request=RedeemSerializer, responses=RedeemedSerializer
    )
    def redeem(self, request):
        """Redeem a ticket.

        Lets its holder in once. The answer is 200 also where it refuses, with the reason. The same
        device and nonce get the same answer again.
        """
        asked = self.validated(RedeemSerializer)
        scanned = services.Scanned(**asked)
        return answer(RedeemedSerializer, services.redeem(scanned=scanned, by=request.user))

    @extend_schema(operation_id="redeemBatch", request=BatchSerializer, responses=LinesSerializer)
    @raises_too(Throttled)
    def batch(self, request):
        """Report people whom a device has let in while it was offline.

        Each scan has its own answer. A ticket that was used before is `double`, and the scan is
        kept: the person is inside.
        """
        asked = self.validated(BatchSerializer)["scans"]
        count_work(request, len(asked) // SCANS_OF_A_REQUEST)
        scans = [services.Scanned(**each, is_offline=True) for each in asked]
        lines = services.redeem_batch(scans=scans, by=request.user)
        return Response(LinesSerializer({"scans": lines}).data)

    @extend_schema(
        operation_id="annulAdmission", request=AnnulSerializer, responses=RedeemedSerializer
    )
    def annul(self, request):
        """Annul an admission.

        Its ticket can be used again. Needs a reason, and is on record.
        """
        asked = validated(AnnulSerializer, request.data)
        return answer(RedeemedSerializer, services.annul_admission(by=request.user, **asked))

    @extend_schema(
        operation_id="listDoorTickets",
        parameters=[
            OpenApiParameter(
                "since",
                OpenApiTypes.DATETIME,
                description="Only tickets that have changed since then: `as_of` of the last list.",
            )
        ],
        responses=DoorListSerializer,
    )
    @raises_too(Throttled)
    def tickets(self, request, pk):
        """List the tickets of a show for a device.

        With the counts of the hall, and the public keys with which a device checks codes while it
        is offline. No code is in it.
        """
        since = validated(SinceSerializer, request.query_params.dict()).get("since")
        found = door_list_of(show=self.get_object(), since=since)
        count_work(request, len(found.tickets) // TICKETS_OF_A_REQUEST)
        return answer(DoorListSerializer, found)

    def validated(self, serializer_class):
        """Return the checked body; the show in it must be one of the user's cinemas."""
        serializer = serializer_class(data=self.request.data, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
