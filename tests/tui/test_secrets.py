"""The passphrases that an engine misses are asked for once each, and only for an engine that is our child."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, cast

from core.client.engine_process import EngineStatus
from core.vitals import EnginePulse
from tests.tui import shop
from tui.secrets import EngineKeys

if TYPE_CHECKING:
    from pathlib import Path

    from core.api import EngineChild
    from tui.session import Session

PID = 812


class Child:
    """An engine that would be a child of ours, whose keys all open with the same word."""

    pid = PID

    def __init__(self) -> None:
        self.tried: SimpleQueue[tuple[str, str]] = SimpleQueue()

    def unlock(self, path: Path, passphrase: str) -> bool:
        self.tried.put((str(path), passphrase))
        return passphrase == "harbour"


def missing(session: Session, *paths: str, pid: int = PID) -> None:
    """The engine's pulse says that it misses keys."""
    session.world.engine = EngineStatus(True, None, EnginePulse(pid, locked_keys=paths))


def test_each_key_is_asked_for_until_it_opens_and_no_more_once_nothing_was_answered() -> None:
    session, child = shop.session(), Child()
    session.child = cast("EngineChild", child)
    answers = {("/one", False): "quay", ("/one", True): "harbour", ("/two", False): ""}
    asked: SimpleQueue[tuple[str, bool]] = SimpleQueue()

    def ask(question: str, again: bool) -> str:
        path = question.removeprefix("Passphrase for ")
        asked.put((path, again))
        return answers.get((path, again), "harbour")

    session.ask_secret = ask
    keys = EngineKeys(session)
    missing(session, "/one", "/two")
    keys.look()
    keys.look()
    assert [asked.get(timeout=10) for _ in range(3)] == [("/one", False), ("/one", True), ("/two", False)]
    assert [child.tried.get(timeout=10) for _ in range(2)] == [("/one", "quay"), ("/one", "harbour")]
    missing(session, "/two", "/three")
    keys.look()
    assert asked.get(timeout=10) == ("/three", False), "the second is not asked for again"
    assert child.tried.get(timeout=10) == ("/three", "harbour")


def test_an_engine_that_is_not_our_child_is_left_alone() -> None:
    session = shop.session()
    asked: SimpleQueue[str] = SimpleQueue()

    def ask(question: str, _again: bool) -> str:
        asked.put(question)
        return ""

    session.ask_secret = ask
    keys = EngineKeys(session)
    missing(session, "/before-it-is-ours")
    keys.look()
    session.child = cast("EngineChild", Child())
    missing(session, "/of-another", pid=PID + 1)
    keys.look()
    missing(session, "/ours")
    keys.look()
    assert asked.get(timeout=10) == "Passphrase for /ours"
    assert asked.empty()
