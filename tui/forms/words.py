"""What a form says below its fields: what is wrong, or what will happen and the command line for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from core.safe_text import plain
from tui.listing.row import Tone
from tui.wording import LONG_IN_TEXT, shortened

if TYPE_CHECKING:
    from core.api import Submitted
    from tui.forms.form import Judged
    from tui.widgets.text import Line

#: Of what follows (tui/plans/foresight.py).
_WARNINGS: Final = ("not placed", " for a place", " below its minimum ", " healthy at the end: ")
_SIGNS: Final = {"+": Tone.GOOD, "-": Tone.BAD, "~": Tone.WARN, "=": Tone.DIM, "$": Tone.DIM}


def said(judged: Judged, refusal: str, intro: str) -> list[Line]:
    """The lines. A refusal is the engine's last word on what stands there; the intro is for when nothing is known yet."""
    bad = [refusal] if refusal else list(judged.problems)
    lines: list[Line] = [((plain(line), Tone.BAD),) for line in bad]
    if judged.is_good:
        twins = [f"$ {request.twin}" for request in judged.requests]
        lines += [((_shown(line), _tone(line)),) for line in (*judged.lines, *twins)]
    elif not bad and intro:
        lines = [((intro, Tone.DIM),)]
    return lines or [((" ", Tone.DIM),)]


def _shown(line: str) -> str:
    """The command line, which can be copied, has every name whole."""
    return plain(line) if line.startswith("$") else shortened(plain(line), LONG_IN_TEXT)


def _tone(line: str) -> Tone:
    """Differences by their sign, what can't be and warnings as such."""
    if line.startswith("warning") or any(words in line for words in _WARNINGS):
        return Tone.WARN
    return _SIGNS.get(line[:1], Tone.PLAIN) if line[1:2] == " " else Tone.PLAIN


def has_made(outcome: Submitted | DockyardError) -> bool:
    """Whether tasks were made, though not all: asked for once more, they would be made twice."""
    if isinstance(outcome, DockyardError):
        return False
    try:
        return bool(outcome.output().get("tasks"))
    except DockyardError:
        return False
