"""Whatever strangers write, the terminal gets only what it gets for clean text: judged by the bytes that come out of the real program."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.safe_text import LINE_LIMIT, coloured, plain
from tests.core.test_safe_text import FOREIGN, is_harmless
from tests.tui import hostile_app
from tests.tui.pseudo_terminal import PseudoTerminal
from tui.logs.entry import Entry
from tui.logs.ring import LogRing
from tui.pattern import Pattern
from tui.slices import Slice
from tui.views import VIEWS
from tui.widgets.text import cut, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a terminal is told: sequences as a whole, and single control characters.
_TOLD = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_\]][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x1f\x7f-\x9f]", re.DOTALL
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"\x1b\[[0-9]+;[0-9]+H")
#: Texts that attack on purpose stand among those that chance makes.
_ATTACKS = (
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1b]52;c;cm0gLXJm\x1b\\",
    "\x1bP1$r\x1b\\",
    "\x1bc",
    "\x9b2J",
    "\x1b[?1049l\x1b[?25h",
    "\x1b[6n\x1b[c",
    "\x0e\x0f\x08\x00",
    "\u202e\u2066\u200b\u2028",
    "[bold red]x[/]",
    "\x1b[5;8mblink",
    "a\r\nb\x85c",
)
TEXTS = st.lists(st.one_of(FOREIGN, st.sampled_from(_ATTACKS)), min_size=20, max_size=60)
#: Into every view, and what is said of its first row; then logs, a search in them, dialogs, a refusal, and a filter.
WALK = (
    *(key for view in VIEWS for key in (f":{view.name}\r", "d", "q", "y", "q")),
    *(":services\r", "w", "q", "l", "t", "w", "/a\r", "&", "q", "q", "q", "p", "q"),
    # A dialog takes no key that is older than its first picture: on a busy machine the second Esc is the one that counts.
    *("\r", "\r", "X", "\x1b", "\x1b", ":services\r", "R", "\t", "\r", "\x1b", "\x1b"),
    *("S", "\x1b", "\x1b", "?", "q", "\x1b", "/x", "\x1b", "\x1b"),
)


class Shown:
    """The program on its terminal, and the pipe by which it gets texts."""

    def __init__(self, columns: int, lines: int) -> None:
        reading, self._pipe = os.pipe()
        command = [sys.executable, "-m", "tests.tui.hostile_app", str(reading)]
        self.terminal = PseudoTerminal(command, columns, lines, pass_fds=(reading,), keeps=True)
        os.close(reading)
        self._count = 0
        self.terminal.until(b"engine 812")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)
        self.terminal.close()

    def walk(self, texts: list[str]) -> str:
        """All that it writes while someone looks at everything."""
        self._count += 1
        self.terminal.written.clear()
        os.write(self._pipe, json.dumps(texts).encode() + b"\n")
        self.terminal.until(f"engine {self._count},".encode())
        for key in WALK:
            self.terminal.press(key.encode())
            self.terminal.read(first_s=0.08, quiet_s=0.01)
        return self.terminal.written.decode(errors="surrogateescape")


@pytest.fixture(scope="module", params=[(80, 24), (160, 50)], ids=["80x24", "160x50"])
def shown(request: pytest.FixtureRequest) -> Iterator[Shown]:
    with Shown(*request.param) as opened:
        yield opened


def told(written: str) -> set[str]:
    """What was told to the terminal, but for colours and the cursor's place."""
    found = set(_TOLD.findall(written))
    return {each for each in found if not (_COLOURS.fullmatch(each) or _PLACE.fullmatch(each))}


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(texts=TEXTS)
def test_only_what_clean_text_has_it_write_comes_out(shown: Shown, texts: list[str]) -> None:
    clean = told(shown.walk(list(hostile_app.NAMES)))
    hostile = shown.walk([*texts, *_ATTACKS])
    assert told(hostile) <= clean
    rest = _TOLD.sub("", hostile)
    assert not [each for each in rest if not is_harmless(each)]
    assert "[bold red]" in rest, "markup is text"


@pytest.mark.parametrize(
    "piece", ["\x1b[31m", "\x1b", "\x1b]0;", "\x9d", "\u0301", "日", "\t", "\x00", "a\x1b[0m", "\u202e"]
)
def test_a_line_of_a_megabyte_costs_no_more_than_what_is_kept_of_it(piece: str) -> None:
    line = piece * (1_000_000 // len(piece))
    assert len(plain(line)) <= LINE_LIMIT
    shown = tuple((text, sgr) for sgr, text in coloured(line))
    assert sum(len(text) for text, _ in shown) <= 4 * LINE_LIMIT
    assert all(len(sgr) <= 64 for _, sgr in shown)
    assert sum(len(text) for text, _ in cut(shown, 0, 160)) <= 160 * 8 + LINE_LIMIT
    ring = LogRing()
    ring.add([Entry("", "", line[:LINE_LIMIT])])
    ring.search(Pattern("(a+)+$"))
    assert ring.scan(Slice(lambda: 0.0))
    assert len(wrapped(ring.line(0), 160)) <= 4 * LINE_LIMIT
