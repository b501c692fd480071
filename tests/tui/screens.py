"""What a test sees and does: the screen as characters, compared with a file; pressing keys and waiting for the picture."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

GOLDENS = Path(__file__).parent / "goldens"
PATIENCE_S = 60.0


def text_of(app: App[Any]) -> str:
    """The screen, without the spaces at the ends of its lines."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def assert_golden(app: App[Any], name: str) -> None:
    """The screen is as the file says; DOCKYARD_GOLDENS=1 writes the file anew, to be looked at before it is committed."""
    path, shown = GOLDENS / f"{name}.txt", text_of(app) + "\n"
    if os.environ.get("DOCKYARD_GOLDENS") == "1":
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each after the picture of the one before; `type:abc` types letters."""
    for key in keys:
        for each in key.removeprefix("type:") if key.startswith("type:") else [key]:
            await pilot.press(each)
            await pilot.pause()


async def until(pilot: Pilot[Any], condition: Callable[[str], bool]) -> None:
    """Wait until the screen is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(text_of(pilot.app)):
        assert time.monotonic() < deadline, text_of(pilot.app)
        await pilot.pause(0.02)
