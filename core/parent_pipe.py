"""The pipe from a terminal UI to the engine that is its child: its end means that the UI is gone, its lines say what is asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stay(Record):
    """The engine is to go on without the UI."""


class Passphrase(Record):
    """What opens a private key that hosts want."""

    path: Path
    secret: str


Said = Stay | Passphrase


def say(descriptor: int, said: Said) -> None:
    """Write a line. Raises OSError when the engine is gone."""
    match said:
        case Stay():
            line: dict[str, str] = {"say": "stay"}
        case Passphrase(path, secret):
            line = {"say": "passphrase", "path": str(path), "secret": secret}
    os.write(descriptor, json.dumps(line).encode() + b"\n")


def heard(descriptor: int) -> Iterator[Said]:
    """What is said until the end of the pipe, as it comes; half a line at the end was not said."""
    with os.fdopen(descriptor, "rb") as pipe:
        for line in pipe:
            if not line.endswith(b"\n"):
                return
            match json.loads(line):
                case {"say": "stay"}:
                    yield Stay()
                case {"say": "passphrase", "path": path, "secret": secret}:
                    yield Passphrase(Path(path), secret)
