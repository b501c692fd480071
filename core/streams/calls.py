"""Calls to a host's Docker, and what its refusals mean for a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.errors import HostError
from core.hosts.http import Stream, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.link import Link

#: How long a call that is no stream may take.
CALL_S: Final = 15.0
REFUSED: Final = 400
NOT_FOUND: Final = 404

Opened = TypeVar("Opened", bound=Stream)


def opened(answer: Opened) -> Opened:
    """An answer that is none of a refusal. Raises HostError with Docker's own sentence."""
    if answer.status < REFUSED:
        return answer
    words = answer.refusal()
    if answer.status == NOT_FOUND and words.startswith("No such container"):
        raise HostError("its container is not there: it was not created yet, or is removed already")
    raise HostError(f"Docker refused: {words}")


def call(
    link: Link, method: str, path: str, given: dict[str, Any] | None = None, *, members: Sequence[str] = ()
) -> dict[str, Any]:
    """Docker's answer with the members that are wanted of it; where none are, it is not looked into. Raises HostError."""
    body = json.dumps(given).encode() if given is not None else None
    headers = {"Content-Type": "application/json"} if body is not None else {}
    answer = opened(stream(link, method, path, headers=headers, body=body, timeout_s=CALL_S))
    text = answer.rest(CALL_S)
    if not members:
        return {}
    try:
        found = json.loads(text)
        return {member: found[member] for member in members}
    except (ValueError, LookupError, TypeError) as error:
        raise HostError(f"What answers {path} is not Docker") from error
