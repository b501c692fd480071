"""Forms and the editor end to end: the real program in tmux, real hosts over SSH; each is resized midway."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.client.engine_process import engine_runs
from tests.engine.namespaces import run
from tests.tui.tmux import Terminal, end_with_engine, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SMALL, LARGE = (80, 24), (140, 36)

#: Breaks what it is given first, and mends it when it comes back with what is wrong at its top.
EDITOR = """#!/bin/sh
if grep -q '^#! .*desired_count' "$1"; then
    sed -i 's/^desired_count = .*/desired_count = 3/' "$1"
else
    sed -i 's/^desired_count = .*/desired_count = -3/' "$1"
fi
"""


@pytest.fixture
def terminal(yard: Installation) -> Iterator[Terminal]:
    """The program on an installation without an engine."""
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as opened:
        yield opened
        if engine_runs(yard.folder / "state"):
            end_with_engine(opened)


def focused(screen: str) -> str:
    """The line of the field that is typed into, or that of the buttons with the chosen one."""
    lines = screen.splitlines()
    return next((line for line in lines if "│ › " in line), "") or next(
        (line for line in lines if "[ C" in line), ""
    )


def has_moved(before: str, screen: str) -> bool:
    """Whether another field is typed into now, or none."""
    return focused(screen) != before


def test_a_service_is_created_by_its_form(yard: Installation, terminal: Terminal) -> None:
    terminal.wait("(ours)", "live", "3/3 hosts")
    yard.register()
    terminal.wait("Task definition web:1 was registered")
    terminal.press("N")
    terminal.wait("New service", "Tab moves")
    terminal.type("shop")
    terminal.press("Tab")
    terminal.type("wbe")
    terminal.wait("There is no task definition wbe")
    terminal.resize(*SMALL)
    terminal.wait("New service", "There is no task definition wbe")
    terminal.press("BSpace", "BSpace")
    terminal.type("e")
    terminal.press("Right", "Tab", "BSpace")
    terminal.type("2")
    terminal.wait("starts 2 tasks: ", "dockyard service create shop")
    terminal.resize(*LARGE)
    while "[ Create ]" not in (screen := terminal.screen()):
        terminal.press("Tab")
        terminal.wait(until=partial(has_moved, focused(screen)))
    terminal.press("Enter")
    terminal.wait("Service shop is created", "dockyard service create shop --task-definition we")
    yard.wait(lambda: yard.truth("shop").total() == 2, "two containers run")
    terminal.wait("2/2 tasks", "COMPLETED")


def test_a_service_is_edited_in_the_operators_editor(
    yard: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = yard.folder / "editor.sh"
    editor.write_text(EDITOR)
    editor.chmod(0o700)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as terminal:
        terminal.wait("(ours)", "live", "3/3 hosts")
        yard.register()
        yard.create("web", 1)
        terminal.wait("1/1 tasks", "COMPLETED")
        terminal.press("e")
        terminal.wait("Change service default/web", "~ desiredCount: 1 → 3", "[ Cancel ]", "Esc cancels")
        terminal.resize(*SMALL)
        terminal.wait("~ desiredCount: 1 → 3", "[ Cancel ]")
        terminal.press("Tab")
        terminal.wait("[ Apply ]")
        terminal.press("Enter")
        terminal.wait("Service web is updated.", "dockyard service edit web --cluster default")
        terminal.resize(*LARGE)
        terminal.wait("3/3 tasks", "COMPLETED")
        yard.wait_steady(3)
        end_with_engine(terminal)


def test_a_host_is_added_once_its_fingerprint_was_confirmed(yard: Installation) -> None:
    first, added = yard.hosts[0], yard.hosts[1]
    known_hosts = yard.folder / "known_hosts"
    yard.write_config(hosts=[first])
    public = added.host_key.with_suffix(".pub")
    fingerprint = run("ssh-keygen", "-lf", public).split()[1]
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as terminal:
        terminal.wait("(ours)", "live", "1/1 hosts")
        terminal.type(":capacity")
        terminal.press("Enter")
        terminal.wait("Capacity(all)[1]")
        terminal.press("A")
        terminal.wait("Add capacity", "Tab moves")
        terminal.type(added.name)
        terminal.press("Tab")
        terminal.type(added.ssh_url)
        terminal.press("Tab", "Tab", "Tab")
        terminal.type(str(yard.bed.key))
        terminal.press("Tab")
        terminal.type(str(known_hosts))
        terminal.wait(f"{added.name} joins cluster default")
        for _ in range(9):
            terminal.press("Tab")
        terminal.wait("[ Add ]")
        terminal.press("Enter")
        terminal.wait("Is this the key of", fingerprint, "[ Cancel ]", "Esc cancels")
        terminal.resize(*SMALL)
        terminal.wait(fingerprint, "[ Cancel ]")
        assert not known_hosts.exists(), "nothing is trusted before it was confirmed"
        terminal.press("Tab")
        terminal.wait("[ Trust it ]")
        terminal.press("Enter")
        terminal.wait(f"{added.name} is CONNECTED.", "done")
        terminal.resize(*LARGE)
        screen = terminal.wait(f"{added.name} is CONNECTED.", "round trip", "is trusted")
        assert "FAILED" in screen, "the first time the key was not known"
        terminal.press("Enter")
        terminal.wait(f"{added.name} is added", "2/2 hosts", f"dockyard capacity add {added.name}")
        assert f"[capacity.{added.name}]" in yard.config.read_text()
        assert len(known_hosts.read_text().splitlines()) == 1
        terminal.type("jt")
        terminal.wait(f"The way to {added.name}", "Every step went well.")
        terminal.press("Escape")
        terminal.wait(f"dockyard capacity doctor {added.name}")
        end_with_engine(terminal)
