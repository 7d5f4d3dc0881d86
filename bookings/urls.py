from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from bookings import views
from config.renderers import SVGRenderer

router = SimpleRouter(use_regex_path=False)
router.register("shows", views.SellingViewSet, basename="selling")
router.register("bookings", views.BookingViewSet)

picture = views.SellingViewSet.as_view(
    {"get": "picture"}, permission_classes=[AllowAny], renderer_classes=[SVGRenderer]
)

urlpatterns = [
    path("shows/<int:pk>/seats.svg", picture, name="seats-picture"),
    path("shows/<int:pk>/availability/", views.AvailabilityView.as_view(), name="availability"),
    path("my-bookings/", views.MyBookingsView.as_view(), name="my-bookings"),
    *router.urls,
]
