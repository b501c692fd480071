"""What is kept of logs: a bounded ring of raw lines, in the order of their times; only what is visible is parsed."""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from core.safe_text import coloured, plain
from tui.listing.row import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.logs.entry import Entry
    from tui.pattern import Pattern
    from tui.slices import Slice
    from tui.widgets.text import Piece

#: Lines that are kept, and their characters; the oldest go first, so many more than need to that it is seldom done.
KEPT: Final = 100_000
KEPT_CHARACTERS: Final = 32 * 1024 * 1024
_SLACK: Final = 0.05
#: A line of one log may come later than younger ones of another: among so many it is still put where it belongs.
_LATE: Final = 20_000
#: One colour after the other for the names of merged logs (SGR: 256-colour numbers that read well on dark and light).
_LABEL_COLOURS: Final = ("36", "35", "33", "34", "32", "95", "96", "94")
_AT: Final = attrgetter("at")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;:]*m")


class LogRing:
    """What was read, as a source for a pager. What is searched for is looked for in slices, and in what comes later too.

    Lines have numbers of two kinds: those of the pager, and those that count what was thrown away too and never change.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.entries: list[Entry] = []
        self.shows_times = False
        self.shows_labels = False
        self.shows_matching = False
        #: Lines that were kept once and had to make room.
        self.thrown_away = 0
        self._first = 0
        self._pattern: Pattern | None = None
        self._matches: list[int] = []
        self._searched = 0
        self._characters = 0
        self._labels: dict[str, str] = {}

    # Reading

    def __len__(self) -> int:
        """How many lines are shown."""
        return len(self._matches) if self.shows_matching else len(self.entries)

    def entry(self, number: int) -> Entry:
        """A line as it is kept."""
        return self.entries[self._kept(number) - self._first]

    def line(self, number: int) -> Iterator[Piece]:
        """A line's pieces; only here is a raw line parsed, as far as it is shown."""
        return self._pieces(self.entry(number))

    def text(self, number: int) -> str:
        """A line's text as it came."""
        return self.entry(number).text

    def texts(self) -> Iterator[str]:
        """All lines that are shown now, safe and without colours, the newest first; may be read in another thread."""
        if self.shows_matching:
            shown = [self.entries[number - self._first] for number in self._matches]
        else:
            shown = self.entries.copy()
        return ("".join(text for text, _ in self._pieces(entry)) for entry in reversed(shown))

    def _pieces(self, entry: Entry) -> Iterator[Piece]:
        if entry.is_ours:
            yield plain(entry.text), Tone.DIM
            return
        if self.shows_times:
            yield f"{plain(entry.at)[:23]} ", Tone.DIM
        if self.shows_labels:
            colour = self._labels.setdefault(
                entry.label, _LABEL_COLOURS[len(self._labels) % len(_LABEL_COLOURS)]
            )
            yield f"{plain(entry.label)} ", colour
        for parameters, text in coloured(entry.text):
            yield text, parameters

    def _kept(self, number: int) -> int:
        return self._matches[number] if self.shows_matching else self._first + number

    # Changing

    def add(self, entries: Iterable[Entry]) -> int:
        """Keep lines; gives how many of those that are shown were thrown away at the start."""
        fresh = list(entries)
        if fresh and self.entries and fresh[0].at < self.entries[-1].at:
            self._merge(fresh)
        else:
            self.entries += fresh
        self._characters += sum(len(entry.text) for entry in fresh)
        if len(self.entries) <= KEPT * (1 + _SLACK) and self._characters <= KEPT_CHARACTERS * (1 + _SLACK):
            return 0
        return self._shorten()

    def _merge(self, fresh: list[Entry]) -> None:
        """Put lines among those that are there; the numbers behind the first of them are others now."""
        start = bisect_left(self.entries, fresh[0].at, max(0, len(self.entries) - _LATE), key=_AT)
        self.entries[start:] = sorted([*self.entries[start:], *fresh], key=_AT)
        del self._matches[bisect_left(self._matches, self._first + start) :]
        self._searched = min(self._searched, self._first + start)

    def _shorten(self) -> int:
        """Throw the oldest lines away."""
        gone = 0
        while len(self.entries) - gone > KEPT or self._characters > KEPT_CHARACTERS:
            self._characters -= len(self.entries[gone].text)
            gone += 1
        del self.entries[:gone]
        self._first += gone
        self.thrown_away += gone
        self._searched = max(self._searched, self._first)
        matching = bisect_left(self._matches, self._first)
        del self._matches[:matching]
        return matching if self.shows_matching else gone

    def clear(self) -> None:
        """Forget what was read so far."""
        self._first += len(self.entries)
        self.entries, self._matches = [], []
        self._searched, self._characters, self.thrown_away = self._first, 0, 0

    # Searching

    def search(self, pattern: Pattern | None) -> None:
        """Look for this from now on; nothing has been found of it yet."""
        self._pattern = pattern
        self._matches, self._searched = [], self._first
        if pattern is None:
            self.shows_matching = False

    @property
    def matching(self) -> int:
        """How many lines were found."""
        return len(self._matches)

    def scan(self, slice_: Slice) -> bool:
        """Look for it until the slice is over; True when all lines were looked at."""
        pattern, end = self._pattern, self._first + len(self.entries)
        if pattern is None:
            return True
        for number in range(self._searched, end):
            entry = self.entries[number - self._first]
            if pattern.is_in(_seen(entry)):
                self._matches.append(number)
            if slice_.is_over():
                self._searched = number + 1
                return self._searched == end
        self._searched = end
        return True

    def match(self, _pattern: Pattern, start: int, step: int) -> int | None:
        """The first line that was found from `start` on, or before it for -1, going round."""
        if not self._matches:
            return None
        if self.shows_matching:
            return start % len(self._matches)
        place = bisect_left(self._matches, self._first + start + (step < 0)) - (step < 0)
        return self._matches[place % len(self._matches)] - self._first

    def place(self, _pattern: Pattern, number: int | None) -> tuple[int, int]:
        """Which of the lines that were found a line is, from 1 on (0: none of them), and how many were found so far."""
        if number is None or number >= len(self):
            return 0, len(self._matches)
        kept = self._kept(number)
        place = bisect_left(self._matches, kept)
        return place + 1 if self._matches[place : place + 1] == [kept] else 0, len(self._matches)

    def number_of(self, entry: Entry, start: int) -> int:
        """Where a line is that was at `start` before others came in between."""
        return next((n for n in range(start, len(self)) if self.entry(n) is entry), start)

    def show_matching(self, only: bool, number: int) -> int:
        """Show only lines that were found, or all; gives the new number of the line that had this one, or of the next."""
        kept = self._kept(number) if number < len(self) else self._first + len(self.entries)
        self.shows_matching = only
        return bisect_left(self._matches, kept) if only else kept - self._first


def _seen(entry: Entry) -> str:
    """A line's text without colours: they are no part of what one looks for. What else is hidden in it may be found."""
    return _COLOUR.sub("", entry.text) if "\x1b" in entry.text else entry.text
