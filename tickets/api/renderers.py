"""Renderers of files; errors are still problems in JSON."""

from rest_framework.renderers import BaseRenderer, JSONRenderer


class FileRenderer(BaseRenderer):
    """Sends bytes as they are."""

    charset = None
    render_style = "binary"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data if isinstance(data, bytes) else JSONRenderer().render(data)


class PDFRenderer(FileRenderer):
    media_type = "application/pdf"
    format = "pdf"


class PassRenderer(FileRenderer):
    """A pass for Apple Wallet."""

    media_type = "application/vnd.apple.pkpass"
    format = "pkpass"
