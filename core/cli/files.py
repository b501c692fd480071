"""Files that verbs take: `-` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from core.bounded import bounded, content_of
from core.errors import UsageError


def read_bytes(name: str) -> bytes:
    """A file's content. Raises UsageError."""
    try:
        return bounded(sys.stdin.buffer) if name == "-" else content_of(Path(name))
    except OSError as error:
        raise UsageError(f"{called(name)}: can't be read: {error.strerror}") from error


def called(name: str) -> str:
    """What a sentence calls it."""
    return "standard input" if name == "-" else name
