"""The headless engine's output: one readable line for each event, or one JSON object."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TextIO

from core.events import Level
from core.safe_text import plain

if TYPE_CHECKING:
    from core.events import Event

_LEVELS: Final = {Level.INFO: logging.INFO, Level.WARN: logging.WARNING, Level.ERROR: logging.ERROR}
_NAMES: Final = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARN",
    logging.ERROR: "ERROR",
}


def stamp(at: float) -> str:
    """A moment as people and machines read it: UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EngineLog:
    """Writes to one stream; a stream that is gone (a closed terminal) silences it, and never stops the engine."""

    def __init__(self, log_format: str, stream: TextIO | None = None) -> None:
        """`log_format` is `text` or `json`."""
        self._json: Final = log_format == "json"
        self._stream: Final = stream if stream is not None else sys.stdout

    def event(self, event: Event) -> None:
        """One event of the state."""
        self._write(
            event.at,
            event.level.value,
            event.message,
            subject=event.subject.value,
            name=event.name,
            cluster=event.cluster,
            event=event.event_name,
        )

    def say(self, at: float, level: int, message: str) -> None:
        """A word of the engine's process about itself."""
        self._write(at, _NAMES.get(level, "ERROR"), message, subject="engine")

    def _write(self, at: float, level: str, message: str, **details: str) -> None:
        if self._json:
            told = {name: value for name, value in details.items() if value}
            line = json.dumps({"at": stamp(at), "level": level, "message": message} | told)
        else:
            line = f"{stamp(at)} {level:<5} {plain(message)}"
        try:
            print(line, file=self._stream, flush=True)
        except OSError:
            return
