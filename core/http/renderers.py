"""Other forms of answers than JSON."""

from rest_framework.renderers import BaseRenderer, JSONRenderer


class SVGRenderer(BaseRenderer):
    """A picture; an error is still a problem in JSON."""

    media_type = "image/svg+xml"
    format = "svg"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if isinstance(data, str):
            return data.encode()
        return JSONRenderer().render(data)
