"""What a test sees and does: the screen as characters, compared with a file; pressing keys and waiting for the picture."""

from __future__ import annotations

import os
import time
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

from tui.screens.box import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

GOLDENS = Path(__file__).parent / "goldens"
PATIENCE_S = 60.0
#: How long a screen may take to be as it is to stay, on a machine that has other work.
_COMES_TO_REST_S = 10.0


def text_of(app: App[Any]) -> str:
    """The screen, without the spaces at the ends of its lines."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def assert_golden(pilot: Pilot[Any], name: str) -> None:
    """The screen comes to be as the file says; DOCKYARD_GOLDENS=1 writes it anew, to be looked at before it is committed."""
    path, deadline = GOLDENS / f"{name}.txt", time.monotonic() + _COMES_TO_REST_S
    if os.environ.get("DOCKYARD_GOLDENS") == "1":
        path.write_text(text_of(pilot.app) + "\n", encoding="utf-8")
    golden = path.read_text(encoding="utf-8")
    while text_of(pilot.app) + "\n" != golden and time.monotonic() < deadline:
        await pilot.pause(0.02)
    assert text_of(pilot.app) + "\n" == golden


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each after the picture of the one before; `type:abc` types letters.

    Textual's own `press` waits for the processor to rest three times a key, 20 ms each: half of what all these tests took.
    """
    for key in keys:
        for each in key.removeprefix("type:") if key.startswith("type:") else [key]:
            await _can_be_read(pilot)
            assert pilot.app._driver is not None
            pilot.app._driver.send_message(_key(pilot.app, each))
            await pilot._wait_for_screen()
        await pilot.pause()


async def _can_be_read(pilot: Pilot[Any]) -> None:
    """A person sees a box before they press a key in it; what comes sooner it takes for typed ahead."""
    deadline = time.monotonic() + PATIENCE_S
    screen = pilot.app.screen
    while isinstance(screen, Box) and not (screen._is_ended or screen._readable_at <= time.monotonic()):
        assert time.monotonic() < deadline, text_of(pilot.app)
        await pilot.pause(0.005)


def _key(app: App[Any], name: str) -> Key:
    """As App._press_keys makes it."""
    name = _character_to_key(name) if len(name) == 1 and not name.isalnum() else name
    character = name if len(name) == 1 else None
    with suppress(KeyError):
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    return Key(name, character).set_sender(app)


async def until(pilot: Pilot[Any], condition: Callable[[str], bool]) -> None:
    """Wait until the screen is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(text_of(pilot.app)):
        assert time.monotonic() < deadline, text_of(pilot.app)
        await pilot.pause(0.02)
