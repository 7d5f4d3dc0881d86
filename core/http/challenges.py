"""Challenges against programs that sign up or hold seats in masses. Off unless CHALLENGE names one.

A challenge is two functions: one tells a client what to answer, one checks the answer, which comes
in the header `Challenge-Answer`. `core.http.proof_of_work` has one; that of a provider of captchas
issues its site key, and verifies the answer at the provider. A third function may give an answer
back when the request is refused, so that it is good for the next try.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from drf_spectacular.utils import OpenApiParameter

from core.errors import DomainError

ANSWER = "Challenge-Answer"
MAX_ANSWER = 4096  # characters
HEADER = OpenApiParameter(
    ANSWER,
    str,
    OpenApiParameter.HEADER,
    description="Where the service asks for it: the answer to a challenge of `challenge_required`.",
)


@dataclass(frozen=True)
class Challenge:
    """`issue` returns what a client needs to answer, as JSON can hold it; `verify` may block.

    `give_back` gets an answer that was verified for a request that was then refused.
    """

    issue: Callable[[HttpRequest], dict[str, Any]]
    verify: Callable[[HttpRequest, str], bool]
    give_back: Callable[[str], None] | None = None


class ChallengeRequired(DomainError):
    """The request has no answer to a challenge, or a wrong or old one."""

    status = 403
    is_kept = False
    code = "challenge_required"
    sentence = "Answer the challenge, and send the request again with the header Challenge-Answer."
    member_schemas = {"challenge": {"type": "object", "additionalProperties": True}}
    example = {"challenge": {"kind": "proof_of_work", "token": "…", "bits": 18}}


def ensure_challenge_met(request: HttpRequest) -> None:
    """Raise ChallengeRequired unless the request has the right answer, or no challenge is set."""
    if not settings.CHALLENGE or getattr(request, "challenge_met", False):
        return  # the second happens where a lost race runs the request again
    challenge = challenge_of(settings.CHALLENGE)
    answer = request.headers.get(ANSWER, "")
    if not answer or len(answer) > MAX_ANSWER or not challenge.verify(request, answer):
        raise ChallengeRequired(challenge=challenge.issue(request))
    request.challenge_met = True  # type: ignore[attr-defined]


def give_answer_back(request: HttpRequest) -> None:
    """Let the answer of a refused request be sent again, where the challenge can do that."""
    if settings.CHALLENGE and getattr(request, "challenge_met", False):
        give_back = challenge_of(settings.CHALLENGE).give_back
        if give_back:
            give_back(request.headers[ANSWER])


@functools.cache
def challenge_of(path: str) -> Challenge:
    """Return the challenge at the dotted path. Raises ImportError."""
    found = import_string(path)
    if not isinstance(found, Challenge):
        raise ImportError(f"{path} is no core.http.challenges.Challenge.")
    return found
