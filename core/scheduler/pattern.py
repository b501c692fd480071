"""Regular expressions that an operator may write: refused where matching them could take for ever. Pure.

Python's engine tries every way to match, so a repeat inside a repeat, or many repeats side by side, take exponential or
high polynomial time on an unlucky value. The scan below is stricter than needed and simple to explain: no repeat inside a
repeated group, no alternatives inside a repeated group, no look-around or back-reference, and few repeats altogether.
With attribute values of at most 128 characters the worst pattern that passes takes about a tenth of a second.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Final

#: Repeats without a small bound: each multiplies the work by the value's length.
WIDE_REPEATS: Final = 3
#: The product of all choices: two for each `?`, as many as there are alternatives for each group.
WAYS: Final = 64
#: The longest pattern.
PATTERN_CHARACTERS: Final = 256

_REPEAT: Final = re.compile(r"[*+?]|\{\d*(,\d*)?\}", re.ASCII)
_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class PatternError(ValueError):
    """The pattern is malformed, or could take for ever; the message is a clause for the operator."""


@dataclass(slots=True)
class _Group:
    """One pair of parentheses, or the whole pattern, while it is scanned."""

    repeats: bool = False
    alternatives: int = 1
    #: Whether it, or a group inside it, has several.
    chosen: bool = False


def compile_pattern(text: str) -> re.Pattern[str]:
    """The pattern, to be matched against whole values. Raises PatternError."""
    if len(text) > PATTERN_CHARACTERS:
        raise PatternError(f"is longer than {PATTERN_CHARACTERS} characters")
    _scan(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return re.compile(text)
        except (re.error, OverflowError, FutureWarning, DeprecationWarning) as error:
            raise PatternError(f"is not a regular expression: {error}") from None


def _scan(text: str) -> None:
    """Refuse what could take for ever. What isn't well-formed is left to `re.compile`."""
    groups = [_Group()]
    closed: _Group | None = None
    ways = 1
    wide = position = 0
    while position < len(text):
        taken, was_closed, closed = 1, closed, None
        if found := _ESCAPE.match(text, position) or _CLASS.match(text, position):
            taken = len(found[0])
            if found[0][1:2].isdigit() and found[0][0] == "\\":
                raise PatternError(f"uses the back-reference {found[0]}, which is not served")
        elif text[position] == "(":
            if text.startswith("(?", position) and not text.startswith("(?:", position):
                raise PatternError("uses (?…), of which only (?:…) is served")
            groups.append(_Group())
            taken = 3 if text.startswith("(?:", position) else 1
        elif text[position] == ")" and len(groups) > 1:
            closed = groups.pop()
            ways *= closed.alternatives
            groups[-1].repeats |= closed.repeats
            groups[-1].chosen |= closed.chosen
        elif text[position] == "|":
            groups[-1].alternatives += 1
            groups[-1].chosen = True
        elif found := _REPEAT.match(text, position):
            taken = len(found[0])
            if was_closed is not None and (was_closed.repeats or was_closed.chosen):
                raise PatternError("repeats a group that holds a repeat or alternatives")
            groups[-1].repeats = True
            wide += found[0] != "?"
            ways *= 2 if found[0] == "?" else 1
        position += taken
    if wide > WIDE_REPEATS:
        raise PatternError(f"holds more than {WIDE_REPEATS} repeats")
    if ways * groups[0].alternatives > WAYS:
        raise PatternError(f"can be taken in more than {WAYS} ways by its optional parts and alternatives")
