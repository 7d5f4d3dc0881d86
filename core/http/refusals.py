"""Requests that are refused: they count for the limit of their caller, and keep their challenge."""

from typing import Any, NoReturn

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.http.challenges import give_answer_back
from core.http.throttles import count_work


class CountsRefusals(APIView):
    """Mixin of all views: REST framework throttles only what it has let in.

    A request with an invalid token counts for its address, one without the permission for its user.
    Once the limit is reached, they raise Throttled instead. An answer to a challenge is given back.
    """

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            count_work(request, 1)
            raise

    def permission_denied(self, request: Request, *reasons: Any, **options: Any) -> NoReturn:
        count_work(request, 1)
        super().permission_denied(request, *reasons, **options)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        if final.status_code >= 400:
            give_answer_back(request)
        return final
