"""Logs of containers: threads that read them, and a bounded ring of raw lines that only what is visible is parsed from."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from core.safe_text import LINE_LIMIT, coloured, plain
from tui.listing.row import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from core.streams import LogLine, Place, Streams
    from tui.pattern import Pattern
    from tui.widgets.text import Line

#: Lines that are kept, and their characters; the oldest go first, so many more than need to that it is seldom done.
KEPT: Final = 100_000
KEPT_CHARACTERS: Final = 32 * 1024 * 1024
_SLACK: Final = 0.05
#: What waits for the screen; a flood drops the oldest of it and says how many lines.
_WAITING: Final = 20_000
_WAITING_CHARACTERS: Final = 8 * 1024 * 1024
#: Logs that are read at the same time: each has a connection and a thread of its own.
MOST_LOGS: Final = 100
_TAIL: Final = 1_000
#: Sorts behind all times that Docker writes.
_LAST: Final = "~"
#: One colour after the other for the names of merged logs (SGR: 256-colour numbers that read well on dark and light).
_LABEL_COLOURS: Final = ("36", "35", "33", "34", "32", "95", "96", "94")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it came; `label` names its container where several logs are merged."""

    label: str
    at: str
    text: str
    #: Not from a container: what we have to say about its log.
    is_ours: bool = False


class LogRing:
    """What was read, as a source for a pager; with a pattern, only the lines that match it."""

    def __init__(self) -> None:
        """Start empty."""
        self.entries: list[Entry] = []
        self.shows_times = False
        self.shows_labels = False
        self._pattern: Pattern | None = None
        self._matching: list[Entry] = []
        self._characters = 0
        self._labels: dict[str, str] = {}

    def __len__(self) -> int:
        """How many lines are shown."""
        return len(self._shown())

    def line(self, number: int) -> Line:
        """A line's pieces; only here is a raw line parsed."""
        return self._pieces(self._shown()[number])

    def _pieces(self, entry: Entry) -> Line:
        if entry.is_ours:
            return ((plain(entry.text), Tone.DIM),)
        pieces: list[tuple[str, str]] = []
        if self.shows_times:
            pieces.append((f"{plain(entry.at)[:23]} ", Tone.DIM))
        if self.shows_labels:
            colour = self._labels.setdefault(
                entry.label, _LABEL_COLOURS[len(self._labels) % len(_LABEL_COLOURS)]
            )
            pieces.append((f"{plain(entry.label)} ", colour))
        pieces += [(text, parameters) for parameters, text in coloured(entry.text)]
        return tuple(pieces)

    def texts(self) -> Iterator[str]:
        """All lines that are shown now, safe and without colours, the newest first; may be read in another thread."""
        shown = list(self._shown())
        return ("".join(text for text, _ in self._pieces(entry)) for entry in reversed(shown))

    def text(self, number: int) -> str:
        """A line's text as it came."""
        return self._shown()[number].text

    def add(self, entries: Iterable[Entry]) -> int:
        """Keep lines; gives how many of those that are shown were thrown away at the start."""
        fresh = list(entries)
        self.entries += fresh
        self._characters += sum(len(entry.text) for entry in fresh)
        if self._pattern is not None:
            self._matching += [entry for entry in fresh if self._pattern.is_in(entry.text)]
        if len(self.entries) <= KEPT * (1 + _SLACK) and self._characters <= KEPT_CHARACTERS * (1 + _SLACK):
            return 0
        return self._shorten()

    def _shorten(self) -> int:
        """Throw the oldest lines away."""
        gone = matching = 0
        while len(self.entries) - gone > KEPT or self._characters > KEPT_CHARACTERS:
            oldest = self.entries[gone]
            self._characters -= len(oldest.text)
            gone += 1
            # Those that match stand in the same order.
            matching += matching < len(self._matching) and self._matching[matching] is oldest
        del self.entries[:gone], self._matching[:matching]
        return gone if self._pattern is None else matching

    def only(self, pattern: Pattern | None) -> None:
        """Show only lines that match, or all of them."""
        self._pattern = pattern
        self._matching = (
            [] if pattern is None else [entry for entry in self.entries if pattern.is_in(entry.text)]
        )

    def clear(self) -> None:
        """Forget what was read so far."""
        self.entries = []
        self._matching = []
        self._characters = 0

    def _shown(self) -> list[Entry]:
        return self.entries if self._pattern is None else self._matching


class LogReader:
    """Reads any number of containers' logs at the same time. `take` is the UI's side and never waits."""

    def __init__(self, open_streams: Callable[[], Streams], ring: Callable[[], None]) -> None:
        """`ring` is called from a thread when there is something to take, once until the next `take`."""
        self._open_streams: Final = open_streams
        self._ring: Final = ring
        self._lock: Final = threading.Lock()
        self._waiting: deque[Entry] = deque(maxlen=_WAITING)
        self._waiting_characters = 0
        self._came = 0
        self._rung = False
        self._ended = False
        self._streams: Streams | None = None
        self._followed: set[tuple[str, str]] = set()
        self._reading = 0

    def follow(self, places: Iterable[Place]) -> bool:
        """Read these too, each in a thread of its own, unless they are or were read; False when that would be too many."""
        for place in places:
            key = (place.task, place.container)
            if key not in self._followed:
                with self._lock:
                    if self._reading == MOST_LOGS:
                        return False
                    self._reading += 1
                self._followed.add(key)
                threading.Thread(
                    target=self._read, args=(place,), name=f"log {place.label}", daemon=True
                ).start()
        return True

    @property
    def count(self) -> int:
        """How many logs are read."""
        return len(self._followed)

    def take(self) -> list[Entry]:
        """What came since the last time, by its time: several logs come in any order."""
        with self._lock:
            entries = list(self._waiting)
            lost = self._came - len(entries)
            self._waiting.clear()
            self._waiting_characters = 0
            self._came, self._rung = 0, False
        entries.sort(key=lambda entry: entry.at)
        if lost:
            entries.insert(
                0, Entry("", "", f"… {lost} lines came faster than they could be shown", is_ours=True)
            )
        return entries

    def close(self) -> None:
        """Stop reading; does not wait for hosts."""
        with self._lock:
            self._ended = True
            streams = self._streams
        if streams is not None:
            threading.Thread(target=streams.close, name="log end", daemon=True).start()

    def _opened(self) -> Streams:
        with self._lock:
            if self._streams is None:
                self._streams = self._open_streams()
            return self._streams

    def _read(self, place: Place) -> None:
        try:
            for line in self._opened().logs(place, follow=True, tail=_TAIL):
                if self._ended:
                    return
                self._put(_entry(line))
        except DockyardError as error:
            if not self._ended:
                self._put(Entry(place.label, _LAST, f"— {place.label}: {error}", is_ours=True))
        else:
            if not self._ended:
                self._put(Entry(place.label, _LAST, f"— {place.label}: the log ends here", is_ours=True))
        finally:
            with self._lock:
                self._reading -= 1

    def _put(self, entry: Entry) -> None:
        with self._lock:
            if len(self._waiting) == _WAITING:
                self._waiting_characters -= len(self._waiting[0].text)
            self._waiting.append(entry)
            self._waiting_characters += len(entry.text)
            while self._waiting_characters > _WAITING_CHARACTERS:
                self._waiting_characters -= len(self._waiting.popleft().text)
            self._came += 1
            if self._rung:
                return
            self._rung = True
        self._ring()


def _entry(line: LogLine) -> Entry:
    text = line.text if len(line.text) <= LINE_LIMIT else line.text[:LINE_LIMIT]
    return Entry(line.place.label, line.at, text)
