"""What is said when the engine ends while it is watched, and when one runs again: the status line alone is easily overlooked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.listing.row import Tone

if TYPE_CHECKING:
    from core.api import EngineStatus


class EngineWatch:
    """Remembers whether an engine ran when it was last looked."""

    def __init__(self) -> None:
        """Nothing is known yet: a screen that begins without an engine says so in its status line."""
        self._ran: bool | None = None

    def look(self, engine: EngineStatus | None) -> tuple[str, Tone] | None:
        """What is to be said of it, if anything is new."""
        if engine is None or engine.running is self._ran:
            return None
        before, self._ran = self._ran, engine.running
        if before is None:
            return None
        if engine.running:
            pid = engine.holder.pid if engine.holder is not None else engine.pulse.pid
            return f"An engine runs again, pid {pid}", Tone.GOOD
        return "The engine has ended: nothing is watched or replaced. :engine starts one", Tone.BAD
