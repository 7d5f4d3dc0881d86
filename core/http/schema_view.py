"""The OpenAPI document, cached and compressed as other public reads are."""

from drf_spectacular.views import SpectacularAPIView

from core.http.cached_reads import CachedReads


class SchemaView(CachedReads, SpectacularAPIView):
    metadata_class = None  # OPTIONS is answered without a description
