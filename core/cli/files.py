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


def documents_in(folder: str) -> list[str]:
    """The .toml and .json files right in a folder, by name, but for hidden ones. Raises UsageError where there is none."""
    try:
        found = [path for path in Path(folder).iterdir() if path.suffix in {".toml", ".json"}]
    except OSError as error:
        raise UsageError(f"{folder}: can't be read: {error.strerror}") from error
    # Editors leave hidden files beside what they edit. A link that leads nowhere is a file that can't be read, not one less.
    shown = [path for path in found if not path.name.startswith(".")]
    names = sorted(str(path) for path in shown if path.is_file() or not path.exists())
    if not names:
        raise UsageError(f"{folder}: there is no .toml or .json file in this folder")
    return names


def called(name: str) -> str:
    """What a sentence calls it."""
    return "standard input" if name == "-" else name
