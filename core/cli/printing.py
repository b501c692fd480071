"""What the command line prints: tables for people, JSON for programs, progress on stderr.

Whatever came from a host is made safe here, on the way out. Colour is only for terminals, and never says anything alone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any, Final
from unicodedata import combining, east_asian_width

from core.record import Record
from core.safe_text import multi_line, plain

_GAP: Final = "  "
#: No column is cut below this.
_NARROWEST: Final = 8
#: So much of a table's last column must be seen before a spare column may be.
_LAST_SEEN: Final = 24


class Tone(StrEnum):
    """What a cell's colour underlines; the value is its SGR parameter."""

    PLAIN = ""
    GOOD = "32"
    WARN = "33"
    BAD = "31"
    DIM = "2"


class Cell(Record):
    """A text in a table, with its tone."""

    text: str
    tone: Tone = Tone.PLAIN


class Column(Record):
    """A column's heading; numbers are set to the right.

    Where a terminal is too narrow, `spare` columns are left out, the last first; then the longest cells are cut, but never
    those of a last column that is `whole`: a sentence goes on in the next line.
    """

    title: str
    right: bool = False
    spare: bool = False
    whole: bool = False


Row = Sequence[Cell | str | float | None]


@dataclass(slots=True)
class Printer:
    """Standard output and error of this run."""

    out: IO[str] = field(default_factory=lambda: sys.stdout)
    err: IO[str] = field(default_factory=lambda: sys.stderr)

    def line(self, text: str = "") -> None:
        """One line of output."""
        print(text, file=self.out)

    def text(self, text: str) -> None:
        """One line that may hold foreign text."""
        self.line(plain(text))

    def note(self, text: str) -> None:
        """One line for people, beside the output."""
        print(multi_line(text), file=self.err, flush=True)

    def json(self, value: Any) -> None:
        """A document; on one line when it is one of many."""
        print(json_text(value), file=self.out)

    def json_line(self, value: Any) -> None:
        """One document of a stream."""
        print(json_text(value, indent=None), file=self.out, flush=True)

    def table(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """A table; on a terminal it is made to fit."""
        width = shutil.get_terminal_size().columns if self.out.isatty() else None
        for line in table_lines(columns, rows, width, coloured=self.coloured):
            self.line(line)

    def facts(self, facts: Mapping[str, Cell | str | float | None]) -> None:
        """Names and values, one a line; what is empty is left out."""
        shown = {
            name: _cell(value) for name, value in facts.items() if value is not None and _cell(value).text
        }
        width = max(map(len, shown), default=0)
        for name, cell in shown.items():
            self.line(f"{name:{width}}{_GAP}{self._painted(cell)}")

    def changed(self, line: str) -> None:
        """A line of a comparison, which begins with +, - or ~."""
        tone = {"+": Tone.GOOD, "-": Tone.BAD, "~": Tone.WARN}.get(line.lstrip()[:1], Tone.PLAIN)
        self.line(self._painted(Cell(line, tone)))

    def columns(self, *parts: tuple[Cell | str, int]) -> None:
        """One line of parts, each filled up to its width, shown at once: for what comes bit by bit."""
        cells = [(_cell(part), width) for part, width in parts]
        filled = (
            self._painted(cell) + " " * (width - display_width(plain(cell.text))) for cell, width in cells
        )
        print("".join(filled).rstrip(), file=self.out, flush=True)

    @property
    def coloured(self) -> bool:
        """Whether output goes to a terminal that may be coloured."""
        return self.out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def _painted(self, cell: Cell) -> str:
        return paint(plain(cell.text), cell.tone) if self.coloured else plain(cell.text)


def json_text(value: Any, indent: int | None = 4) -> str:
    """JSON in which nothing invisible is left as it is: the same document, safe on a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def paint(text: str, tone: Tone) -> str:
    """The text in its colour."""
    return f"\x1b[{tone.value}m{text}\x1b[0m" if tone.value and text else text


def table_lines(
    columns: Sequence[Column], rows: Iterable[Row], width: int | None, *, coloured: bool = False
) -> Iterable[str]:
    """The table's lines, heading first, made to fit a width where there is one."""
    cells = [[_safe(_cell(value)) for value in row] for row in rows]
    widths = [
        max([len(column.title), *(display_width(row[n].text) for row in cells)])
        for n, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    if width is not None:
        shown = _kept(columns, widths, width)
        widths = _narrowed([widths[n] for n in shown], width, whole=columns[shown[-1]].whole)
    heading = [Cell(column.title) for column in columns]
    for row in [heading, *cells]:
        parts = []
        for n, room in zip(shown, widths, strict=True):
            column, cell = columns[n], row[n]
            text = _cut(cell.text, room)
            padding = " " * (room - display_width(text))
            text = paint(text, cell.tone) if coloured else text
            parts.append(padding + text if column.right else text + padding)
        yield _GAP.join(parts).rstrip()


def _kept(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """Which columns are shown, by their numbers."""
    kept = list(range(len(columns)))
    for spare in [n for n in reversed(kept) if columns[n].spare]:
        last = min(widths[kept[-1]], _LAST_SEEN)
        if sum(widths[n] for n in kept[:-1]) + last + len(_GAP) * (len(kept) - 1) <= room:
            break
        kept.remove(spare)
    return kept


def _narrowed(natural: Sequence[int], room: int, *, whole: bool) -> list[int]:
    """Take from the widest column until all fit, or nothing more can be taken; a `whole` last one needs no room."""
    if whole:
        return [*_narrowed(natural[:-1], room, whole=False), natural[-1]]
    widths = [*natural]
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    while excess > 0 and max(widths, default=0) > _NARROWEST:
        widest = max(range(len(widths)), key=widths.__getitem__)
        others = [w for n, w in enumerate(widths) if n != widest]
        step = min(excess, max(1, widths[widest] - max([_NARROWEST, *others])))
        widths[widest] -= step
        excess -= step
    return widths


def _cell(value: Cell | str | float | None) -> Cell:
    match value:
        case Cell():
            return value
        case None:
            return Cell("-", Tone.DIM)
        case float():
            return Cell(f"{value:g}")
        case _:
            return Cell(str(value))


def _safe(cell: Cell) -> Cell:
    return Cell(plain(cell.text) or "-", cell.tone)


def display_width(text: str) -> int:
    """How many cells a terminal gives a safe text."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def _cut(text: str, room: int) -> str:
    if display_width(text) <= room:
        return text
    kept, left = [], room - 1
    for character in text:
        left -= _character_width(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def age(seconds: float) -> str:
    """A duration in at most two characters of precision: 5s, 12m, 3h, 8d."""
    for size_s, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "m")):
        if seconds >= size_s:
            return f"{int(seconds // size_s)}{unit}"
    return f"{max(0, int(seconds))}s"


def count_of(number: int, word: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def size_of(count: float) -> str:
    """`512 B`, `1.5 KiB`, `12 MiB`."""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def how_far(done_bytes: int, whole_bytes: int) -> str:
    """`12 MiB of 40 MiB`; without the whole where that is 0, not known."""
    done = size_of(done_bytes)
    return f"{done} of {size_of(whole_bytes)}" if whole_bytes else done
