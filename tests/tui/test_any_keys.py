"""Whatever is typed, in whatever view and at whatever size: the program goes on. What ends it is printed with its seed."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import pytest

from core.errors import HostError
from tests.tui import shop
from tests.tui.screens import text_of
from tui.app import DockyardApp
from tui.views import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from core.streams import Streams

STEPS = 50
NAMED = {" ": "space", "\n": "enter"}
KEYS = (
    *(string.ascii_letters + string.digits + string.punctuation),
    *("enter", "escape", "tab", "shift+tab", "space", "up", "down", "left", "right", "home", "end"),
    *("pageup", "pagedown", "backspace", "delete", "insert", "f1", "alt+x", "shift+down", "ctrl+right"),
    *(f"ctrl+{letter}" for letter in "abdefgklnoprstuvwxyz"),
    *("ctrl+@", "ctrl+backslash"),
)
#: What a person types in one go; a line end is Enter.
LINES = (
    *(f":{name}\n" for name in BY_NAME),
    *(f":services\nS{count}\n" for count in ("--5", "+-3", "9999999", "abc", "+3")),
    *(f":services\n{line}\n" for line in ("Uweb", "Xprod", "d", "w", "l", "y", "V", ":sort why")),
    *("/web\n", "/(\n", "/~:\n", "/status:RUN\n", ":tas\n", ":tasks\n>>o", "l/line\n&n"),
)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_that_is_typed_ends_the_program(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_host() -> Streams:
        raise HostError("edge-1: no answer")

    monkeypatch.chdir(tmp_path)
    chance = random.Random(seed)
    session = shop.session()
    session.open_streams = no_host
    app = DockyardApp(session)
    typed: list[str] = []
    async with app.run_test(size=(100, 30)) as pilot:
        for _ in range(STEPS):
            if chance.random() < 0.1:
                size = chance.randint(1, 160), chance.randint(1, 50)
                typed.append(str(size))
                await pilot.resize_terminal(*size)
            keys = chance.choice(LINES) if chance.random() < 0.25 else (chance.choice(KEYS),)
            typed += keys
            await pilot.press(*(NAMED.get(key, key) for key in keys))
            assert app.is_running, f"seed {seed}: {typed[-20:]}"
            text_of(app)
