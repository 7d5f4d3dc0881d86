from django.urls import path
from rest_framework.routers import SimpleRouter

from movies import views

router = SimpleRouter(use_regex_path=False)
router.register("movies", views.MovieViewSet)
router.register("cinemas", views.CinemaViewSet)
router.register("genres", views.GenreViewSet)
router.register("screens", views.ScreenViewSet)
router.register("shows", views.ShowViewSet)

urlpatterns = [
    path("movies/<int:pk>/shows/", views.MovieShowsView.as_view(), name="movie-shows"),
    *router.urls,
]
