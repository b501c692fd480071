"""A key with a passphrase that no agent holds: asked for once, by whoever has a terminal, and used by the engine for every host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.testbed import PASSPHRASE
from tests.tui.tmux import Terminal, end_with_engine, missing

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture
def locked(yard: Installation) -> Installation:
    """An installation whose hosts are all reached with one encrypted key."""
    yard.write_config(identity_file=yard.bed.encrypted_key)
    return yard


def arguments(yard: Installation) -> tuple[str, ...]:
    return ("--config", str(yard.config), "--state", str(yard.state_dir))


def test_the_terminal_ui_asks_once_for_its_engine_and_for_itself(locked: Installation) -> None:
    with Terminal(*arguments(locked)) as terminal:
        terminal.wait(f"Passphrase for {locked.bed.encrypted_key}", "Esc cancels")
        terminal.type("quay")
        terminal.press("Enter")
        terminal.wait("That was not it.", "Esc cancels")
        terminal.type(PASSPHRASE)
        terminal.press("Enter")
        terminal.wait("3/3 hosts", until=lambda screen: "Passphrase" not in screen)
        assert "Passphrase" not in terminal.screen()
        locked.register(command=["sh", "-c", "echo afloat; sleep 1000"], stopTimeout=2)
        locked.create("web", 3, wait=False)
        terminal.wait("3/3 tasks")
        terminal.press("l")
        terminal.wait("[3 logs]", "afloat")
        end_with_engine(terminal)
    kept = [path for path in locked.state_dir.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if PASSPHRASE.encode() in path.read_bytes()]


def test_an_engine_in_a_terminal_asks_there(locked: Installation) -> None:
    with Terminal(*arguments(locked), "--no-ui") as terminal:
        terminal.wait(f"Passphrase for {locked.bed.encrypted_key}:")
        terminal.type("quay")
        terminal.press("Enter")
        terminal.wait(until=lambda screen: screen.count("Passphrase for") == 2)
        terminal.type(PASSPHRASE)
        terminal.press("Enter")
        locked.wait(locked.all_connected, "all hosts connected")
        screen = terminal.screen()
        assert screen.count("Passphrase for") == 2
        assert PASSPHRASE not in screen
        terminal.press("C-c")
        assert terminal.exit_code() == 0


def test_a_question_that_is_interrupted_leaves_the_terminal_as_it_was(locked: Installation) -> None:
    with Terminal(*arguments(locked), "--no-ui") as terminal:
        terminal.wait(f"Passphrase for {locked.bed.encrypted_key}:")
        terminal.press("C-c")
        assert terminal.exit_code() == 0
        terminal.type("this is echoed")
        terminal.wait("this is echoed")


def test_without_a_terminal_the_host_says_what_to_do(locked: Installation) -> None:
    locked.launch()
    told = f"{locked.bed.encrypted_key} is encrypted, and nobody gave its passphrase: ssh-add it"
    locked.wait(
        lambda: [told in host.problem for host in locked.state().instances.values()] == [True] * 3,
        "it is told",
    )
    assert told in locked.do("capacity", "describe", locked.hosts[0].name)
