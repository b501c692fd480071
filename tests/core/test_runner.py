"""The runner with a real engine, a store that can't always be written, and no hosts."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

from core.agents import Agents
from core.clock import Clock
from core.commands import Command, Verdict
from core.engine import Engine
from core.engine_log import EngineLog
from core.errors import StoreError
from core.fold.commands import fold_command
from core.inbox import Inbox
from core.model.cluster import Cluster
from core.model.settings import Settings
from core.model.state import State
from core.pulse import Pulses
from core.runner import Runner
from core.store.memory import MemoryStore
from core.vitals import EnginePulse
from tests.engine.namespaces import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    import pytest

    from core.fold.context import TurnContext
    from core.model.state import Changes
    from core.store import Pulse


class FullDisk(MemoryStore):
    """Refuses to be written while `full`."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.full = False
        self.refused = 0

    def commit(self, changes: Changes) -> int:
        self._fail_if_full()
        return super().commit(changes)

    def put_pulses(self, pulses: Iterable[Pulse], gone: Collection[str] = ()) -> None:
        self._fail_if_full()
        super().put_pulses(pulses, gone)

    def _fail_if_full(self) -> None:
        if self.full:
            self.refused += 1
            raise StoreError("state.db: can't be written, the disk is full")


@contextmanager
def running(store: FullDisk, output: io.StringIO) -> Iterator[Runner]:
    clock, inbox = Clock(), Inbox()
    engine = Engine(State(), Settings(poll_interval_s=0.4), Random(1), clock())
    agents = Agents(lambda _: None, inbox.put, clock, Random(1))  # type: ignore[arg-type, return-value]  # no instance is ever opened
    pulses = Pulses(store, EnginePulse())
    runner = Runner(engine, store, agents, inbox, pulses, clock, EngineLog("text", output))
    thread = threading.Thread(target=runner.run, daemon=True)
    thread.start()
    try:
        yield runner
        assert thread.is_alive()
    finally:
        runner.stop()
        thread.join(5.0)


def create_cluster(store: FullDisk, name: str) -> None:
    store.submit(Command(name, "CreateCluster", f'{{"clusterName": "{name}"}}', "me", 1.0))


def accepted(store: FullDisk, name: str) -> bool:
    answer = store.answer_of(name)
    return answer is not None and answer.verdict is Verdict.ACCEPTED


def test_a_disk_that_has_no_room_for_pulses_doesnt_end_the_engine() -> None:
    store = FullDisk()
    store.full = True
    with running(store, io.StringIO()):
        wait_until(lambda: store.refused > 0, "a refused pulse")
        store.full = False
        create_cluster(store, "later")
        wait_until(lambda: accepted(store, "later"), "the answer")


def test_a_turn_that_cant_be_written_comes_again_and_is_told_once() -> None:
    store, output = FullDisk(), io.StringIO()
    store.full = True
    with running(store, output):
        create_cluster(store, "blue")
        wait_until(lambda: store.refused > 2, "refused commits")
        assert store.answer_of("blue") is None
        store.full = False
        wait_until(lambda: accepted(store, "blue"), "the answer")
        wait_until(lambda: "Cluster blue was created" in output.getvalue(), "the event in the log")
    assert output.getvalue().count("The state can't be written") == 1
    assert output.getvalue().count("The state can be written again") == 1


def test_an_input_that_meets_a_defect_is_left_out_and_everything_else_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, output = FullDisk(), io.StringIO()

    def fold(state: State, command: Command, turn: TurnContext) -> None:
        if command.id == "poison":
            state.put(Cluster("half done"))
            raise ZeroDivisionError
        fold_command(state, command, turn)

    monkeypatch.setattr("core.engine.fold_command", fold)
    for name in ("before", "poison", "after"):
        create_cluster(store, name)
    with running(store, output):
        wait_until(lambda: accepted(store, "before") and accepted(store, "after"), "the commands beside it")
        wait_until(lambda: store.answer_of("poison") is not None, "an answer to the one that met it")
        answer = store.answer_of("poison")
    assert answer is not None
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "ServerException")
    assert "half done" not in {row.key for row in store.load().rows}
    assert "ZeroDivisionError" in output.getvalue()
