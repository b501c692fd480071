"""Lines of toned text: cut or wrapped to a width, SGR parameters as a style. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.cells import chop_cells, set_cell_size
from rich.style import Style
from rich.text import Text

from tui.listing.order import cell_width

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A text and what it looks like: a Tone, or SGR parameters as they came in a log.
Piece = tuple[str, str]
Line = tuple[Piece, ...]

#: Characters looked at for one cell of a line: more combining marks than that begin a line of their own.
_MOST_MARKS: Final = 4


def cut(line: Iterable[Piece], left: int, width: int) -> Line:
    """The part of a line that is on the screen; what lies behind it is not looked at."""
    shown: list[Piece] = []
    at = 0
    for text, style in line:
        size = cell_width(text)
        start, end = max(0, left - at), min(size, left + width - at)
        at += size
        if start < end:
            part = text[start:end] if text.isascii() else set_cell_size(_behind(text, start), end - start)
            shown.append((part, style))
        if at >= left + width:
            break
    return tuple(shown)


def _behind(text: str, cells: int) -> str:
    """What is left of a text behind so many cells."""
    for number, character in enumerate(text):
        if cells <= 0:
            return text[number:]
        cells -= cell_width(character)
    return ""


def wrapped(line: Iterable[Piece], width: int) -> list[Line]:
    """A line in parts that fit."""
    width = max(width, 2)  # the widest character
    parts: list[list[Piece]] = [[]]
    room = width
    for text, style in line:
        rest = text
        while rest:
            # Something goes on every line, whatever its width is said to be: else it would never end.
            piece = _fitting(rest, room) or (rest[0] if room == width else "")
            parts[-1] += [(piece, style)] if piece else []
            room -= cell_width(piece)
            rest = rest[len(piece) :]
            if room == 0:
                # The space at which a line is broken stands on neither part.
                rest = rest.removeprefix(" ")
            if rest:
                parts.append([])
                room = width
    return [tuple(part) for part in parts]


def _fitting(text: str, room: int) -> str:
    """The start of a text that fits, up to the end of a word where that leaves no more than half of the room empty."""
    if room < 2:
        piece = text[:room] if room > 0 and cell_width(text[0]) <= room else ""
    else:
        piece = text[:room] if text.isascii() else _chopped(text[: room * _MOST_MARKS], room)
    if len(piece) == len(text) or text[len(piece)] == " ":
        return piece
    end = piece.rfind(" ") + 1
    return piece[:end] if end > room // 2 else piece


def _chopped(text: str, room: int) -> str:
    """The start of a text that fits; nothing but combining marks fits as a whole."""
    return next(iter(chop_cells(text, room)), text)


@lru_cache(maxsize=512)
def sgr_style(parameters: str) -> Style:
    """The style that SGR parameters stand for."""
    text = Text.from_ansi(f"\x1b[{parameters}mx")
    return text.spans[0].style if text.spans and isinstance(text.spans[0].style, Style) else Style()
