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
        found = [
            path for path in Path(folder).iterdir() if path.suffix in {".toml", ".json"} and path.is_file()
        ]
    except OSError as error:
        raise UsageError(f"{folder}: can't be read: {error.strerror}") from error
    # Editors leave hidden files beside what they edit.
    names = sorted(str(path) for path in found if not path.name.startswith("."))
    if not names:
        raise UsageError(f"{folder}: there is no .toml or .json file in this folder")
    return names


def called(name: str) -> str:
    """What a sentence calls it."""
    return "standard input" if name == "-" else name
