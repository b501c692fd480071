"""What a judgement of how far something has come says. Pure."""

from __future__ import annotations

from core.record import Record


class Stage(Record):
    """Where it is: a line for people, and whether it came to its end, one way or the other."""

    text: str
    done: bool = False
    failed: bool = False
