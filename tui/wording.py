"""How moments and long names are written. Pure but for the time zone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from core.model.ids import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Digests, fingerprints and most names stand as they are in a text; in a title there is less room.
LONG_IN_TEXT: Final = 72
LONG_IN_TITLE: Final = 40
_ENDS: Final = ",;:."
_ID: Final = re.compile(rf"\b([0-9a-f]{{{SHORT}}})[0-9a-f]{{{32 - SHORT}}}\b")


def moment(at: float, now: float) -> str:
    """The time of day, with its date when that is not today's."""
    then, today = datetime.fromtimestamp(at).astimezone(), datetime.fromtimestamp(now).astimezone()
    return f"{then:%H:%M:%S}" if then.date() == today.date() else f"{then:%m-%d %H:%M}"


def shortened(text: str, most: int = LONG_IN_TITLE) -> str:
    """A text whose longer words are cut in the middle: a name of 255 characters leaves no room for what is said of it."""
    return re.sub(rf"\S{{{most + 1},}}", lambda word: _cut(word[0], most), text)


def with_short_ids(text: str) -> str:
    """A sentence whose ids are as tables show them: the whole of each takes half a narrow line."""
    return _ID.sub(r"\1", text)


def with_whole_words(lines: Iterable[str], also: str = "") -> list[str]:
    """Lines whose long words are cut, and below them those words whole; also those of a title that cuts its own."""
    given = list(lines)
    words = [*re.findall(rf"\S{{{LONG_IN_TITLE + 1},}}", also)]
    words += [word for line in given for word in re.findall(rf"\S{{{LONG_IN_TEXT + 1},}}", line)]
    whole = dict.fromkeys(word.rstrip(_ENDS) for word in words)
    told = [word for word in whole if not any(word in other for other in whole if other != word)]
    return [*(shortened(line, LONG_IN_TEXT) for line in given), *([""] if told else []), *told]


def _cut(word: str, most: int) -> str:
    start = most // 2
    return f"{word[:start]}…{word[start + 1 - most :]}"
