"""The document itself: generated once in each process, sent in several formats."""

# drf-spectacular has no types.
# mypy: disable-error-code="no-untyped-call"

from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, cast

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from core.http.cached_reads import CachedReads


class Rendered(NamedTuple):
    body: bytes
    etag: str


class MinifiedRenderer(JSONRenderer):
    """JSON without spaces, as REST framework renders it."""


class MinifiedOpenApiRenderer(MinifiedRenderer):
    media_type = "application/vnd.oai.openapi+json"


class DocumentView(CachedReads, SpectacularAPIView):
    """The document in YAML or JSON: by `?format=`, or else by the Accept header."""

    query_parameters = {"list": ["format"]}

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("format")
        if wanted is not None and "format" in self._known_parameters():
            # The last renderer of a format has the media type that browsers show.
            for renderer in reversed(self.get_renderers()):
                if renderer.format == wanted:
                    return renderer, renderer.media_type
            if not force:
                raise ValidationError({"format": "The formats are yaml and json."})
        return super().perform_content_negotiation(request, force=force)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        found = rendered(type(renderer))  # type: ignore[arg-type]  # the stubs lack its hash
        headers = {"ETag": found.etag}
        return HttpResponse(found.body, content_type=renderer.media_type, headers=headers)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document. It is the same for every caller."""
    return cast(dict[str, Any], SchemaGenerator().get_schema(request=None, public=True))


@cache
def rendered(renderer_class: type[BaseRenderer]) -> Rendered:
    """Return the document in a format."""
    body = cast(bytes, renderer_class().render(document(), renderer_class.media_type, {}))
    return Rendered(body, f'"{sha256(body).hexdigest()}"')
