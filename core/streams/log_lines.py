"""A container's log as Docker sends it, taken apart into lines with their times. Pure.

Docker writes a time before each message, and a message is a line, or 16 KiB of a longer one: then the time stands within the line,
where only the frames of the wire tell it from what the container wrote.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A line without an end is given out in parts of this length.
_LONGEST_LINE_BYTES: Final = 64 * 1024
_TIME: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?: |$)")


class LogLines:
    """Takes pieces of one output as they come and gives its lines: time (RFC 3339), text without its end, and what part it is.

    The last is whether it goes on with the line before it: all parts of a line have its time. A line without a time has that of the
    line before it, so that they stay in order.
    """

    def __init__(self) -> None:
        """Begin at a line's beginning."""
        self._rest = b""
        #: Where in the rest messages begin beside its start, and so times stand.
        self._messages: list[int] = []
        self._at = ""
        #: A part of the line was given out already, with its time.
        self._is_part = False

    def feed(self, piece: bytes, *, begins: bool) -> Iterator[tuple[str, str, bool]]:
        """The lines that some more bytes complete; `begins`: they are known to begin a message."""
        if begins and (self._rest or self._is_part):
            self._messages.append(len(self._rest))
        *whole, rest = (self._rest + piece).split(b"\n")
        for line in whole:
            yield self._line(line.removesuffix(b"\r"))
            self._messages, self._is_part = [], False
        self._rest = rest
        if len(rest) > _LONGEST_LINE_BYTES:
            yield from self.end()
            self._messages, self._is_part = [], True

    def end(self) -> Iterator[tuple[str, str, bool]]:
        """What is left when nothing more comes."""
        if self._rest:
            yield self._line(self._rest)
            self._rest = b""

    def _line(self, line: bytes) -> tuple[str, str, bool]:
        time = None if self._is_part else _TIME.match(line)
        if time:
            self._at = time[1].decode()
        start = time.end() if time else 0
        text = self._joined(line, start) if self._messages else line[start:]
        return self._at, text.decode(errors="replace"), self._is_part

    def _joined(self, line: bytes, start: int) -> bytes:
        """A line without the times of the messages in it."""
        text = b""
        for end in self._messages:
            text += line[start:end]
            time = _TIME.match(line, end)
            start = time.end() if time else end
        return text + line[start:]
