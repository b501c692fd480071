"""Reads logs, each in a thread of its own. What waits for the screen is bounded."""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from core.safe_text import LINE_LIMIT
from tui.logs.entry import Entry
from tui.logs.span import LINES, TAIL, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from core.streams import LogLine, Streams
    from tui.logs.sources import LogSource

#: What waits for the screen; a flood drops the oldest of it and says how many lines.
_WAITING: Final = 20_000
_WAITING_CHARACTERS: Final = 8 * 1024 * 1024
#: Logs that are read at the same time: each has a connection and a thread of its own.
MOST_LOGS: Final = 100
_AT: Final = attrgetter("at")


class LogReader:
    """Reads any number of containers' logs at the same time. `take` is the UI's side and never waits."""

    def __init__(
        self,
        open_streams: Callable[[], Streams],
        ring: Callable[[], None],
        span: Span = TAIL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`ring` is called from a thread when there is something to take, once until the next `take`."""
        self._open_streams: Final = open_streams
        self._ring: Final = ring
        self.span: Final = span
        self._began_at: Final = clock()
        self._lock: Final = threading.Lock()
        self._waiting: deque[Entry] = deque(maxlen=_WAITING)
        self._waiting_characters = 0
        self._came = 0
        #: Lines that came faster than they could be shown.
        self.missed = 0
        self._rung = False
        self._ended = False
        #: They are opened behind a lock of their own: a config file is read for it, and `take` never waits.
        self._opening: Final = threading.Lock()
        self._streams: Streams | None = None
        self._followed: set[tuple[str, str]] = set()
        self._reading = 0

    def follow(self, sources: Iterable[LogSource]) -> bool:
        """Read these too, each in a thread of its own, unless they are or were read; False when that would be too many."""
        for source in sources:
            place = source.place
            key = (place.task, place.container)
            if key not in self._followed:
                with self._lock:
                    if self._reading == MOST_LOGS:
                        return False
                    self._reading += 1
                self._followed.add(key)
                threading.Thread(
                    target=self._read, args=(source,), name=f"log {place.label}", daemon=True
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
            missed = self._came - len(entries)
            self._waiting.clear()
            self._waiting_characters = 0
            self._came, self._rung = 0, False
        if self.count > 1:
            entries.sort(key=_AT)
        if missed:
            self.missed += missed
            at = entries[0].at if entries else ""
            entries.insert(
                0, Entry("", at, f"… {missed} lines came faster than they could be shown", is_ours=True)
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
        with self._opening:
            if self._streams is None:
                streams = self._open_streams()
                with self._lock:
                    self._streams, is_over = streams, self._ended
                if is_over:
                    streams.close()
            return self._streams

    def _read(self, source: LogSource) -> None:
        label, at, count = source.place.label, "", 0
        try:
            for line in self._lines(source):
                if self._ended:
                    return
                if line.is_rest:  # more of it than is kept of a line
                    continue
                at, text, count = line.at, line.text, count + 1
                self._put(Entry(label, at, text if len(text) <= LINE_LIMIT else f"{text[: LINE_LIMIT - 1]}…"))
        except DockyardError as error:
            if not self._ended:
                self._put(Entry(label, at, f"— {label}: {error}", is_ours=True))
        else:
            if not self._ended:
                self._put(Entry(label, at, f"— {label}: {self._end(source, count)}", is_ours=True))
        finally:
            with self._lock:
                self._reading -= 1

    def _end(self, source: LogSource, count: int) -> str:
        """Why nothing more comes of a log."""
        if self.span.is_head and count == LINES:
            return f"its first {LINES} lines end here"
        return "that is all so far" if self.span.is_head and not source.is_over else "the log ends here"

    def _lines(self, source: LogSource) -> Iterator[LogLine]:
        """The part of a log that is wanted."""
        span, logs = self.span, self._opened().logs
        if span.is_head:
            return islice(logs(source.place, earlier=source.earlier), LINES)
        if span.last_s is not None:
            since = (source.ended_at or self._began_at) - span.last_s
            return logs(source.place, follow=not source.is_over, since=since, earlier=source.earlier)
        if source.earlier:
            # Docker takes the tail first and looks where it is to end afterwards.
            return iter(deque(logs(source.place, earlier=True), maxlen=LINES))
        return logs(source.place, follow=not source.is_over, tail=span.tail)

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
