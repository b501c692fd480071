"""What the message line said since the screen was opened, the newest first: whole, for the line is short. Pure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.safe_text import plain
from tui.listing.row import Tone
from tui.pages.text import sentences

if TYPE_CHECKING:
    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World


def messages(world: World, _thing: Thing) -> list[Line]:
    """A line for each with its time, and one for the command line that does the same."""
    lines: list[Line] = []
    for said in reversed(world.own.said):
        clock = time.strftime("%H:%M:%S", time.localtime(said.at))
        lines.append(((f"{clock}  ", Tone.DIM), (plain(said.text), said.tone)))
        if said.twin:
            lines.append(((f"          {plain(said.twin)}", Tone.DIM),))
    return lines or list(sentences(["Nothing was said yet."], Tone.DIM))
