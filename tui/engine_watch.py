"""What is said when the engine ends while it is watched, and when one runs again: the status line alone is easily overlooked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.listing.row import Tone

if TYPE_CHECKING:
    from core.api import EngineStatus


class EngineWatch:
    """Remembers whether an engine ran when it was last looked."""

    def __init__(self) -> None:
        """None was seen yet: a screen that begins without an engine says so in its status line."""
        self._ran = self._has_ended = False

    def look(self, engine: EngineStatus | None) -> tuple[str, Tone] | None:
        """What is to be said of it, if anything is new."""
        if engine is None or engine.running is self._ran:
            return None
        self._ran = engine.running
        if engine.running:
            if not self._has_ended:
                return None
            pid = engine.holder.pid if engine.holder is not None else engine.pulse.pid
            return f"An engine runs again, pid {pid}", Tone.GOOD
        self._has_ended = True
        return "The engine has ended: nothing is watched or replaced. :engine starts one", Tone.BAD
