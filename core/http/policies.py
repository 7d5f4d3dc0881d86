"""What browsers may do with each response: Content-Security-Policy and Permissions-Policy.

Pages have the policy of the setting CONTENT_SECURITY_POLICY, with a nonce for each inline script
and style. Everything else, such as JSON, is no page: it may load and run nothing.
"""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# The element of a hall has one style attribute, so that the picture shrinks with its container.
PICTURE = f"{NO_PAGE}; style-src-attr 'unsafe-inline'"
UNUSED = "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi"
UNUSED += " payment publickey-credentials-get screen-wake-lock usb xr-spatial-tracking"
PERMISSIONS = ", ".join(f"{feature}=()" for feature in UNUSED.split())


class PolicyMiddleware(CSPMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        content_type = response.headers.get("Content-Type", "")
        if content_type.startswith("text/html"):
            return super().process_response(request, response)
        is_picture = content_type.startswith("image/svg+xml")
        response.headers.setdefault(HEADER, PICTURE if is_picture else NO_PAGE)
        return response
