"""Which part of a log is read: its end, its beginning, or so many minutes. Pure."""

from __future__ import annotations

from typing import Final

from core.record import Record

#: Lines of each log that are read of its end or of its beginning.
LINES: Final = 1_000


class Span(Record):
    """`name` is the end of its command's id."""

    name: str
    #: In a title; the usual one needs none.
    title: str = ""
    #: The last so long; None for a number of lines.
    last_s: float | None = None
    is_head: bool = False

    @property
    def tail(self) -> int | None:
        """How many lines of the end are asked for; None for all from some moment on."""
        return LINES if self.last_s is None and not self.is_head else None


TAIL: Final = Span("tail")
HEAD: Final = Span("head", "from its beginning", is_head=True)
SPANS: Final = (
    TAIL,
    HEAD,
    *(Span(f"{minutes}m", f"last {minutes}m", minutes * 60.0) for minutes in (1, 5, 15, 30)),
    Span("1h", "last 1h", 3600.0),
)
