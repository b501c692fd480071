"""Files that verbs take: `-` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from core.errors import UsageError


def read_bytes(name: str) -> bytes:
    """A file's content. Raises UsageError."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: can't be read: {error.strerror}") from error
