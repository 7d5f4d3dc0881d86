"""The URLs of the views for comparison, then those of the service."""

from django.urls import path

from benchmarks import views
from config import urls

urlpatterns = [
    path("benchmark/constant/", views.constant),
    path("benchmark/shows/<int:show_id>/book/", views.book),
    *urls.urlpatterns,
]

handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500
