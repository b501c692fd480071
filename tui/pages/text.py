"""Lines of a page: facts, sections, small tables and sentences, as pieces with their tones. Pure; all text is made safe here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.safe_text import plain
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.views.view import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Piece = tuple[str, Tone]
Line = tuple[Piece, ...]
Value = Cell | str | int | None

_GAP = 2


def facts(known: Mapping[str, Value]) -> Iterator[Line]:
    """A name and its value on each line; what is empty is left out."""
    shown = {name: _cell(value) for name, value in known.items() if value not in (None, "")}
    width = max(map(len, shown), default=0)
    for name, cell in shown.items():
        if cell.text:
            yield ((name.ljust(width + _GAP), Tone.DIM), (cell.text, cell.tone))


def section(title: str) -> Iterator[Line]:
    """An empty line and a title."""
    yield ()
    yield ((title, Tone.KEY),)


def table(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[Line]:
    """A small table, indented; nothing when it has no rows."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    widths = [max(len(title), *(cell_width(row[n].text) for row in cells)) for n, title in enumerate(titles)]
    yield tuple((title.ljust(width + _GAP), Tone.DIM) for title, width in zip(titles, widths, strict=True))
    for row in cells:
        yield tuple(
            (cell.text + " " * (width + _GAP - cell_width(cell.text)), cell.tone)
            for cell, width in zip(row, widths, strict=True)
        )


def sentences(texts: Iterable[str], tone: Tone = Tone.PLAIN) -> Iterator[Line]:
    """One line for each text."""
    for text in texts:
        yield ((plain(text), tone),)


def plain_text(lines: Iterable[Line]) -> str:
    """What a page says, without tones."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def _cell(value: Value) -> Cell:
    match value:
        case Cell():
            return Cell(plain(value.text), value.tone)
        case None:
            return Cell("–", Tone.DIM)
        case _:
            return Cell(plain(str(value)))
