from django.urls import path
from rest_framework.routers import SimpleRouter

from movies.api import views

router = SimpleRouter(use_regex_path=False)
router.register("movies", views.MovieViewSet)
router.register("cinemas", views.CinemaViewSet)
router.register("shows", views.ShowViewSet)
router.register("genres", views.GenreViewSet)
router.register("screens", views.ScreenViewSet)
router.register("seat-categories", views.SeatCategoryViewSet)
router.register("seating-plans", views.SeatingPlanViewSet)
router.register("ticket-types", views.TicketTypeViewSet)
router.register("price-lists", views.PriceListViewSet)

urlpatterns = [
    path("movies/<int:pk>/shows/", views.MovieShowsView.as_view(), name="movie-shows"),
    *router.urls,
]
