"""What a test sees and does: the screen as characters, compared with a file; pressing keys and waiting for the picture."""

from __future__ import annotations

import os
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

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
    """Press keys, each after the picture of the one before; `type:abc` types letters.

    Textual's own `press` waits for the processor to rest three times a key, 20 ms each: half of what all these tests took.
    """
    for key in keys:
        for each in key.removeprefix("type:") if key.startswith("type:") else [key]:
            assert pilot.app._driver is not None
            pilot.app._driver.send_message(_key(pilot.app, each))
            await pilot._wait_for_screen()
        await pilot.pause()


def _key(app: App[Any], name: str) -> Key:
    """As App._press_keys makes it."""
    name = _character_to_key(name) if len(name) == 1 and not name.isalnum() else name
    try:
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = name if len(name) == 1 else None
    return Key(name, character).set_sender(app)


async def until(pilot: Pilot[Any], condition: Callable[[str], bool]) -> None:
    """Wait until the screen is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(text_of(pilot.app)):
        assert time.monotonic() < deadline, text_of(pilot.app)
        await pilot.pause(0.02)
