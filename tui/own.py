"""What this screen itself has under way, beside the engine: port forwards, copies, files that it applies, and commands that were
run in containers; and what it said.

Changed in the UI's own thread alone; the figures of forwards and results of commands are read as they are.
"""

from __future__ import annotations

import shlex
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.streams import Place
    from core.streams.comparing import Ran
    from core.streams.copying import Progress
    from core.streams.forward import Forward
    from tui.listing.row import Tone


#: Runs that are kept with what they printed: MiB of each, where it was run in many containers.
MOST_RUNS: Final = 20
#: Messages that can be read again.
MOST_SAID: Final = 500
#: How long the end of the screen waits for what clears up behind itself.
_END_S: Final = 2.0


class Forwarded(Record):
    """A port forward, and what it leads to."""

    forward: Forward
    place: Place
    since: float
    #: Ends it and the connection that it alone uses; may take its time where the host is silent.
    close: Callable[[], None]


class Copy(Record, eq=False):
    """A copy that is under way: it ends soon after it is cancelled, and leaves nothing half."""

    progress: Progress
    ended: threading.Event

    def cancel(self) -> None:
        """Returns at once."""
        self.progress.is_cancelled = True


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


class Said(Record):
    """A message as it stood in its line, and the command line that does the same."""

    at: float
    text: str
    tone: Tone
    twin: str = ""


@dataclass(slots=True)
class Own:
    """All of it."""

    #: By the address here: `127.0.0.1:8080`.
    forwards: dict[str, Forwarded] = field(default_factory=dict)
    #: By their numbers.
    runs: dict[str, Run] = field(default_factory=dict)
    copies: set[Copy] = field(default_factory=set)
    #: What goes on by itself though nobody looks at it any more, by its title.
    walks: set[str] = field(default_factory=set)
    said: deque[Said] = field(default_factory=lambda: deque(maxlen=MOST_SAID))

    def cut_short(self) -> list[str]:
        """What would not come to its end if the screen were left now: a line for each."""
        return [
            f"{title} is under way: what is done stays done, the rest is not." for title in sorted(self.walks)
        ]

    def add_run(self, run: Run) -> str:
        """Keep a run, in place of the oldest where there are many; its key."""
        key = str(int(next(reversed(self.runs), "0")) + 1)
        self.runs[key] = run
        if len(self.runs) > MOST_RUNS:
            del self.runs[next(iter(self.runs))]
        return key

    def end(self, key: str) -> threading.Thread | None:
        """End a forward, in a thread; None where there is none."""
        forwarded = self.forwards.pop(key, None)
        if forwarded is None:
            return None
        closing = threading.Thread(target=forwarded.close, name="end of forward", daemon=True)
        closing.start()
        return closing

    def close(self) -> None:
        """End everything: the screen is left. Waits a moment for what clears up behind itself."""
        closing = [self.end(key) for key in list(self.forwards)]
        for copy in self.copies:
            copy.cancel()
        until = time.monotonic() + _END_S
        for thread in closing:
            if thread is not None:
                thread.join(max(0.0, until - time.monotonic()))
        for copy in self.copies:
            copy.ended.wait(max(0.0, until - time.monotonic()))
