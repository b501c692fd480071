"""Every command of the registry, by its key in each of its scopes: what it does, and that its twin on the command line does the same."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import sys
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.events import Key

from core.api import Dockyard
from core.cli import main as command_line
from core.config import read
from core.model.state import Changes
from core.store.sqlite import open_store
from tests.tui import shop
from tests.tui.every_command import (
    CHANGES,
    EFFECTS,
    ELSEWHERE,
    PLACES,
    ROWS,
    SCOPES_ELSEWHERE,
    TEXT,
    WAYS,
    Change,
    news,
    session,
)
from tests.tui.screens import press, text_of, until
from tui.app import DockyardApp
from tui.commands import BY_ID, COMMANDS, Command, Scope
from tui.place import Place
from tui.screens.box import Box
from tui.screens.main import Main

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from textual.pilot import Pilot

    from core.client.submission import Submitted
    from core.commands import Action
    from core.config import Config
    from tui.listing.row import Tone

ROOT = Path(__file__).parents[2]
#: A dialog or a form that has not said everything yet.
WORKING = re.compile("working out|judging …")
DOES = [
    pytest.param(BY_ID[name], scope, change, id=f"{name}-{scope}-{number}")
    for (name, scope), changes in CHANGES.items()
    for number, change in enumerate(changes)
]


def test_every_command_of_the_registry_is_pressed_here_or_elsewhere() -> None:
    missing = [
        f"{command.id} in {scope}"
        for command in COMMANDS
        for scope in sorted(command.scopes)
        if not {command.id, f"{command.id} in {scope}"} & ELSEWHERE.keys()
        and command.id not in EFFECTS
        and (command.id, scope) not in CHANGES
    ]
    assert not missing, "tests/tui/every_command.py doesn't say what they do"
    elsewhere = {name.partition(" in ")[0] for name in ELSEWHERE}
    unknown = {*EFFECTS, *elsewhere, *(name for name, _ in CHANGES)} - BY_ID.keys()
    assert not unknown, "they are in no registry"
    changing = {name for name, _ in CHANGES}
    assert all(BY_ID[name].dangerous for name in changing), "what changes something is dangerous"
    assert not any(BY_ID[name].dangerous for name in EFFECTS), "what is dangerous says what it submits"


def test_what_is_tested_elsewhere_is_tested_there() -> None:
    for where in (*ELSEWHERE.values(), *SCOPES_ELSEWHERE.values()):
        file, _, name = where.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8")


@asynccontextmanager
async def opened(
    desk: shop.Desk, config: Config | None = None
) -> AsyncIterator[tuple[Pilot[int], Main, shop.Told]]:
    source = shop.Told([news(config) if config is not None else news()])
    app = DockyardApp(session(desk, source))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        main = app.main()
        assert main is not None
        await pilot.pause()
        yield pilot, main, source


def looked_at(
    pilot: Pilot[int], main: Main, source: shop.Told, folder: Path
) -> Mapping[str, Callable[[], Any]]:
    """What a command can change of the screen."""
    table, pager = main.tables.table, main.texts.pager
    is_table = main.pane is main.tables
    return {
        "place": lambda: main.trail.here.place,
        "line": lambda: main.tables.listing.cursor_place() if is_table else pager.top,
        "side": lambda: main.tables.listing.scrolled_columns if is_table else pager.left,
        "marks": lambda: frozenset(main.tables.listing.marks),
        "prompt": lambda: main.prompt.is_open,
        "only_faults": lambda: main.tables.listing.only_faults,
        "sorted": lambda: (main.tables.listing.sort_column, main.tables.listing.descending),
        "wide": lambda: table.is_wide,
        "clipboard": lambda: pilot.app.clipboard,
        "saved": lambda: len(list(folder.iterdir())),
        "message": lambda: text_of(pilot.app).splitlines()[-2],
        "match": lambda: (pager._match, pager.top),
        "wrapped": lambda: pager.is_wrapped,
        "follows": lambda: pager.is_following,
        "matching": lambda: main.logs.ring.shows_matching,
        "span": lambda: main.logs.span,
        "full": lambda: main.is_full,
        "times": lambda: main.logs.ring.shows_times,
        "count": lambda: len(main.logs.ring),
        "screen": lambda: type(pilot.app.screen),
        "looks": lambda: source.looks,
        "folded": lambda: main.is_folded,
        "mouse": lambda: main.session.mouse,
        "compact": lambda: main.session.compact,
        "ended": lambda: pilot.app._exit,
    }


async def tap(pilot: Pilot[Any], *keys: str) -> None:
    """As a terminal's driver gives keys to the application, without waiting for a picture after each: there are thousands.

    What stands over the screen takes none that is older than its first picture.
    """
    for key in keys:
        for each in key.removeprefix("type:") if key.startswith("type:") else [key]:
            if isinstance(pilot.app.screen, Box):
                await pilot.pause()
            await pilot.app.on_event(Key(each, each if len(each) == 1 else None))
            await asyncio.sleep(0)


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope not in SCOPES_ELSEWHERE])
async def test_what_only_looks_changes_what_it_says(
    scope: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One screen for all commands of a scope, since each begins in a view that is entered anew."""
    monkeypatch.chdir(tmp_path)
    desk = shop.Desk()
    # What ends the program comes last.
    commands = sorted(
        (c for c in COMMANDS if c.id in EFFECTS and scope in c.scopes), key=lambda c: c.id == "quit"
    )
    async with opened(desk) as (pilot, main, source):
        for command in commands:
            effect = EFFECTS[command.id]
            for key in main.session.keymap.keys[command.id] or ("",):
                await _arrive(pilot, main, scope)
                await tap(pilot, *effect.before_for(scope))
                seen = looked_at(pilot, main, source, tmp_path)[effect.seen]
                was = seen()
                if key:
                    await tap(pilot, key)
                else:
                    main.run_command(command)
                    await pilot.pause()
                if effect.seen == "saved":
                    await until(pilot, lambda screen: "Saved " in screen)
                assert seen() != was, f"{command.id} by {key}"
                if main.prompt.is_open:
                    await tap(pilot, "escape")
                if not isinstance(pilot.app.screen, Main):
                    await tap(pilot, "escape")
                    await pilot.pause()
    assert desk.asked == []


async def _arrive(pilot: Pilot[int], main: Main, scope: Scope) -> None:
    """A view of this scope, entered anew, with something before it and after it in history."""
    main.is_folded = False
    main.fold()
    for place in (Place("clusters"), Place("commands" if scope is Scope.EVENTS else "events")):
        main.jump(place)
        await asyncio.sleep(0)
    for place in (PLACES[scope], Place("raw", "prod", PLACES[Scope.TEXT].of)):
        main.enter(place)
        await asyncio.sleep(0)
    main.go(main.trail.back)
    if scope is Scope.LOGS:
        await until(pilot, lambda screen: "the log ends here" in screen)
    else:
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The screens' rows in a store."""
    folder = tmp_path_factory.mktemp("store") / "state"
    with closing(open_store(folder, holder=True)) as store:
        store.commit(Changes(rows=ROWS))
    return folder


class _Line:
    """The real command line on a store of its own; what it submits is kept, and carried out there."""

    def __init__(self, state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copytree(state, folder / "state")
        self._config = folder / "config.toml"
        self._config.write_text(TEXT)
        self._state = folder / "state"
        self.asked: list[tuple[str, dict[str, Any]]] = []
        submit = Dockyard.submit

        def kept(yard: Dockyard, action: Action, given: Mapping[str, Any], **more: Any) -> Submitted:
            self.asked.append((action.value, dict(given)))
            return submit(yard, action, given, **more)

        monkeypatch.setattr(Dockyard, "submit", kept)
        monkeypatch.delenv("DOCKYARD_CLUSTER", raising=False)

    def run(self, line: str) -> int:
        program, *words = shlex.split(line)
        assert program == "dockyard"
        return command_line(["--config", str(self._config), "--state", str(self._state), *words])


def _has_asked(desk: shop.Desk, count: int, _screen: str) -> bool:
    return len(desk.asked) >= count


class _NoTerminal:
    """Standard input where nobody can be asked."""

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize(("command", "scope", "change"), DOES)
async def test_what_changes_something_submits_it_and_so_does_its_twin(
    command: Command,
    scope: Scope,
    change: Change,
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    twins: list[str] = []
    say = Main.say

    def kept(main: Main, text: str, tone: Tone, twin: str = "") -> None:
        for line in filter(None, twin.split(" && ")):
            if line not in twins:
                twins.append(line)
        say(main, text, tone, twin)

    monkeypatch.chdir(tmp_path)
    for name, text in change.files.items():
        (tmp_path / name).write_text(text)
    file = tmp_path / "screen.toml"
    pressed: list[tuple[str, ...]] = [(key,) for key in command.keys]
    for keys in pressed or [change.by]:
        twins.clear()
        monkeypatch.setattr(Main, "say", kept)
        desk = shop.Desk()
        file.write_text(TEXT)
        async with opened(desk, read(file)) as (pilot, main, _):
            await press(pilot, *WAYS[scope], *change.at)
            assert change.at[:1] != ("/",) or len(main.pane.things()) == 1, "the filter leaves one row"
            await press(pilot, *keys)
            await until(pilot, lambda screen: "Cancel" in screen and not WORKING.search(screen))
            await press(pilot, *change.answer)
            await until(pilot, partial(_has_asked, desk, len(change.asked)))
            assert tuple(desk.asked) == change.asked
            await until(pilot, lambda screen: change.said in screen)
            assert "Cancel" not in text_of(pilot.app)
        monkeypatch.setattr(Main, "say", say)
    monkeypatch.setattr(sys, "stdin", _NoTerminal())
    line = _Line(state, tmp_path, monkeypatch)
    assert twins
    for twin in twins:
        assert line.run(twin) == 0, capsys.readouterr().err
    assert tuple(line.asked) == change.asked
    assert (tmp_path / "config.toml").read_text() == file.read_text(), "the config file is edited alike"
