"""All URLs. Each app has its own list of URLs under /api/."""

from csp.decorators import csp_update
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

from accounts.api import urls as accounts
from accounts.second_factor import urls as second_factor
from bookings.api import urls as bookings
from core.http.error_pages import error_list, error_page
from core.http.handlers import unknown_path
from core.http.openapi.document import (
    DocumentView,
    MinifiedOpenApiRenderer,
    MinifiedRenderer,
)
from core.observability.metrics import metrics
from movies.api import urls as movies
from payments.api import urls as payments
from payments.trial_page import session_page
from tickets.api import urls as tickets

admin.site.site_header = admin.site.site_title = "Movie Ticket Booking"
admin.site.index_title = "Box office"

page = {"url_name": "openapi", "metadata_class": None}
minified = DocumentView.as_view(
    renderer_classes=[MinifiedRenderer, MinifiedOpenApiRenderer],
    query_parameters={},
    metadata_class=None,
)

# Redoc runs its search in a worker that it makes itself.
allow_worker = csp_update({"worker-src": ["blob:"]})

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="swagger")),
    # One list, because a miss collects the patterns that were tried from each included list.
    path(
        "api/",
        include(
            [
                *accounts.urlpatterns,
                *movies.urlpatterns,
                *bookings.urlpatterns,
                *payments.urlpatterns,
                *tickets.urlpatterns,
            ]
        ),
    ),
    path("test-gateway/<uuid:pk>/", session_page, name="test-gateway"),
    path("admin/", include(second_factor.urlpatterns)),
    path("admin/", admin.site.urls),
    path("metrics", metrics),
    path("favicon.ico", RedirectView.as_view(url=static("favicon.svg"))),
    path("errors/", error_list, name="errors"),
    path("errors/<slug:code>/", error_page, name="error"),
    path("openapi.json", minified, name="openapi"),
    path("schema/", DocumentView.as_view(metadata_class=None), name="schema"),
    path("swagger/", SpectacularSwaggerView.as_view(**page), name="swagger"),
    path("redoc/", allow_worker(SpectacularRedocView.as_view(**page)), name="redoc"),
    re_path("", unknown_path),
]

handler400 = "core.http.handlers.bad_request"
handler403 = "core.http.handlers.permission_denied"
handler404 = unknown_path
handler500 = "core.http.handlers.server_error"
