"""What became of the commands of one plan, as one message: a refusal is not covered up by what came after it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from tui.listing.row import Tone

if TYPE_CHECKING:
    from core.api import Submitted
    from tui.plans.plan import Request


class Outcomes:
    """Those that came so far."""

    def __init__(self, asked: int) -> None:
        """Wait for the answers to so many commands."""
        self._asked: Final = asked
        #: The command lines of those that were accepted.
        self._twins: list[str] = []
        self._failed = 0
        #: The first failure, with the command line of what failed.
        self._failure = ("", "")

    @property
    def all_accepted(self) -> bool:
        """Whether all of them were."""
        return len(self._twins) == self._asked

    def told(self, request: Request, outcome: Submitted | DockyardError) -> tuple[str, Tone, str]:
        """What to say now, its tone, and the command line that belongs to it: those of all, once all are accepted."""
        text, is_good = _judged(request, outcome)
        if is_good:
            self._twins.append(request.twin)
        else:
            self._failed += 1
            self._failure = self._failure if self._failed > 1 else (text, request.twin)
        if self._failed:
            text, twin = self._failure
            which = ", the first" if self._failed > 1 else ""
            return self._of(self._failed, f"failed{which}", text), Tone.BAD, twin
        which = ", the last" if len(self._twins) > 1 else ""
        twin = " && ".join(dict.fromkeys(self._twins)) if self.all_accepted else request.twin
        return self._of(len(self._twins), f"accepted{which}", text), Tone.GOOD, twin

    def _of(self, count: int, how: str, text: str) -> str:
        return text if self._asked == 1 else f"{count} of {self._asked} {how}: {text}"


def _judged(request: Request, outcome: Submitted | DockyardError) -> tuple[str, bool]:
    """An outcome in words, and whether it is what was wanted."""
    if isinstance(outcome, DockyardError):
        return str(outcome), False
    try:
        failures = outcome.output().get("failures") or ()
    except DockyardError as error:
        return str(error), False
    if failures:
        return "; ".join(str(each.get("detail") or each.get("reason")) for each in failures), False
    waits = "" if outcome.engine_running else "; it waits for an engine"
    return f"{request.done}{waits}", True
