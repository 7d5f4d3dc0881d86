from django.urls import path
from rest_framework.routers import SimpleRouter

from bookings import views

router = SimpleRouter(use_regex_path=False)
router.register("shows", views.SellingViewSet, basename="selling")
router.register("bookings", views.BookingViewSet)

urlpatterns = [
    path("my-bookings/", views.MyBookingsView.as_view(), name="my-bookings"),
    *router.urls,
]
