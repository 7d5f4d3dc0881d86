from django.urls import path, register_converter
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from bookings.api.orders import BookingViewSet, MyBookingsView, OrderViewSet
from bookings.api.seats import AvailabilityView, ShowSeatsViewSet
from bookings.models import CODE_LENGTH
from core.http.renderers import SVGRenderer


class OrderCode:
    """The code of an order, in upper or lower case."""

    regex = f"[0-9A-Za-z]{{{CODE_LENGTH}}}"

    def to_python(self, value):
        return value.upper()

    def to_url(self, value):
        return value


register_converter(OrderCode, "order_code")

router = SimpleRouter(use_regex_path=False)
router.register("shows", ShowSeatsViewSet, basename="show-seats")
router.register("orders", OrderViewSet)
router.register("bookings", BookingViewSet)

picture = ShowSeatsViewSet.as_view(
    {"get": "picture"}, permission_classes=[AllowAny], renderer_classes=[SVGRenderer]
)

urlpatterns = [
    path("shows/<int:pk>/availability/", AvailabilityView.as_view(), name="availability"),
    path("shows/<int:pk>/seats.svg", picture, name="seats-picture"),
    path("my-bookings/", MyBookingsView.as_view(), name="my-bookings"),
    *router.urls,
]
