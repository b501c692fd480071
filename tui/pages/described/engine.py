"""The page of the engine. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age as duration
from tui.faults import engine_faults
from tui.listing.row import Tone
from tui.pages.described.shared import ago
from tui.pages.text import facts, section, sentences
from tui.views.view import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.pages.text import Line
    from tui.world import World


def describe_engine(world: World, _key: str) -> Iterator[Line]:
    """How the engine is, as far as it is known."""
    engine = world.engine
    running = engine is not None and engine.running
    pulse = world.engine_pulse()
    holder = engine.holder if engine is not None else None
    beat = engine.beat_age_s if engine is not None else None
    yield from facts(
        {
            "Engine": Cell("runs", Tone.GOOD) if running else Cell("none runs", Tone.BAD),
            "Pid": holder.pid if holder is not None else "",
            "On": holder.host if holder is not None else "",
            "Version": pulse.version,
            "Started": ago(world, pulse.started_at or None),
            "Last beat": f"{duration(beat)} ago" if beat is not None else "",
            "Config": pulse.config_path,
            "Isolated": Cell(pulse.isolated, Tone.BAD) if pulse.isolated else "",
            "Settling": Cell(pulse.settling, Tone.BUSY) if pulse.settling else "",
        }
    )
    if faults := list(engine_faults(world)):
        yield from section("Faults")
        yield from sentences(faults, Tone.BAD)
