from django.urls import path, register_converter
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from bookings.api import views
from bookings.models import CODE_LENGTH
from core.http.renderers import SVGRenderer


class OrderCode:
    """The code of an order, in capitals or not."""

    regex = f"[0-9A-Za-z]{{{CODE_LENGTH}}}"

    def to_python(self, value):
        return value.upper()

    def to_url(self, value):
        return value


register_converter(OrderCode, "order_code")

router = SimpleRouter(use_regex_path=False)
router.register("shows", views.SellingViewSet, basename="selling")
router.register("orders", views.OrderViewSet)
router.register("bookings", views.BookingViewSet)

picture = views.SellingViewSet.as_view(
    {"get": "picture"}, permission_classes=[AllowAny], renderer_classes=[SVGRenderer]
)

urlpatterns = [
    path("shows/<int:pk>/availability/", views.AvailabilityView.as_view(), name="availability"),
    path("shows/<int:pk>/seats.svg", picture, name="seats-picture"),
    path("my-bookings/", views.MyBookingsView.as_view(), name="my-bookings"),
    *router.urls,
]
