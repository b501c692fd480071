"""Files that verbs take: `-` is standard input."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_bytes(name: str) -> bytes:
    """A file's content. Raises UsageError."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: can't be read: {error.strerror}") from error


@contextmanager
def judging(name: str) -> Iterator[None]:
    """A refusal of what a file says names the file."""
    try:
        yield
    except Refused as refused:
        where = "standard input" if name == "-" else name
        raise Refused(refused.code, f"{where}: {refused.message}") from None
