"""What this screen itself has under way, beside the engine: port forwards, copies, and commands that were run in containers.

Changed in the UI's own thread alone; the figures of forwards and results of commands are read as they are.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.streams import Place
    from core.streams.comparing import Ran
    from core.streams.forward import Forward


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A port forward, and what it leads to."""

    forward: Forward
    place: Place
    since: float
    #: Ends it and the connection that it alone uses.
    close: Callable[[], None]


@dataclass(slots=True)
class Run:
    """A command in several containers, and what came of it so far."""

    command: tuple[str, ...]
    places: tuple[Place, ...]
    results: list[Ran] = field(default_factory=list)

    @property
    def told(self) -> str:
        """The command as it would be typed."""
        return shlex.join(self.command)


@dataclass(slots=True)
class Own:
    """All of it."""

    #: By the address here: `127.0.0.1:8080`.
    forwards: dict[str, Forwarded] = field(default_factory=dict)
    #: By their numbers.
    runs: dict[str, Run] = field(default_factory=dict)
    #: How copies that are under way are ended: they clear up behind them.
    copies: dict[int, Callable[[], None]] = field(default_factory=dict)

    def add_run(self, run: Run) -> str:
        """Keep a run; its key."""
        key = str(len(self.runs) + 1)
        self.runs[key] = run
        return key

    def end(self, key: str) -> None:
        """End a forward."""
        if (forwarded := self.forwards.pop(key, None)) is not None:
            forwarded.close()

    def close(self) -> None:
        """End everything: the screen is left."""
        for key in list(self.forwards):
            self.end(key)
        for cancel in list(self.copies.values()):
            cancel()
