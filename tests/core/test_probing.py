"""The prober with real threads: what hangs costs itself alone, and nothing is said of anybody over a connection that is gone."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pytest

from core.hosts.base import Executed
from core.hosts.simulated_port import SimulatedPort
from core.model.probe import Probe, ProbeProtocol, Target, TargetHealth, TargetState
from core.probing import Prober
from core.reports import ProbeVerdict
from tests.core.test_agent import PACE, TIMEOUT_S, Bench
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.model.probe import Probes

NEW = TargetHealth()
HTTP = Probe(ProbeProtocol.HTTP, "web", 80, interval_s=1, timeout_s=1)


def target(name: str, probe: Probe = HTTP) -> Target:
    return Target(name, probe, name, name, "1")


def new(*names: str) -> Probes:
    return tuple((target(name), NEW) for name in names)


@dataclass
class Containers:
    """A host whose containers answer by their names: `hangs` waits for a gate, `sick` answers 503."""

    gate: threading.Event = field(default_factory=threading.Event)
    asked: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    breaks: bool = False

    def dial(self, name: str, port: int, timeout_s: float) -> SimulatedPort:
        self.asked.put(name)
        if self.breaks:
            raise RuntimeError("a defect")
        if name.startswith("hangs"):
            self.gate.wait(TIMEOUT_S)
        if name == "sleeps":
            self.gate.wait(1.1)
            raise TimeoutError
        return SimulatedPort(503 if name == "sick" else 200)

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        return Executed(0)


@dataclass
class Posted:
    prober: Prober = field(init=False)
    host: Containers = field(default_factory=Containers)
    verdicts: queue.SimpleQueue[ProbeVerdict] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.prober = Prober("i1", self.verdicts.put, Random(1))

    def next(self) -> tuple[str, TargetState]:
        verdict = self.verdicts.get(timeout=TIMEOUT_S)
        return verdict.target.task, verdict.health.state


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("i1-probe")]


@pytest.fixture(autouse=True)
def ends() -> Iterator[None]:
    """Every thread ends with its test."""
    yield
    wait_until(lambda: threads() == [], "every thread ends", TIMEOUT_S)


def test_a_container_that_hangs_holds_up_no_other() -> None:
    posted = Posted()
    posted.prober.connect(posted.host)
    posted.prober.take(new("hangs", "well"))
    assert posted.next() == ("well", TargetState.HEALTHY)
    posted.host.gate.set()
    assert posted.next() == ("hangs", TargetState.HEALTHY)
    posted.prober.close()


def test_at_most_four_are_asked_at_once() -> None:
    posted = Posted()
    posted.prober.take(new(*(f"hangs {n}" for n in range(9))))
    posted.prober.connect(posted.host)
    asked = {posted.host.asked.get(timeout=TIMEOUT_S) for _ in range(4)}
    assert len(asked) == 4
    assert posted.host.asked.empty()
    posted.host.gate.set()
    assert {posted.next()[0] for _ in range(9)} == {f"hangs {n}" for n in range(9)}
    posted.prober.close()


def test_what_is_answered_over_a_connection_that_was_lost_says_nothing() -> None:
    posted = Posted()
    posted.prober.take(new("hangs"))
    posted.prober.connect(posted.host)
    posted.host.asked.get(timeout=TIMEOUT_S)
    posted.prober.cut()
    posted.host.gate.set()
    wait_until(lambda: threads() == [], "every thread ends", TIMEOUT_S)
    assert posted.verdicts.empty()
    posted.prober.connect(posted.host)
    assert posted.next() == ("hangs", TargetState.HEALTHY)
    posted.prober.close()


def test_there_is_no_thread_without_a_connection_or_without_targets() -> None:
    posted = Posted()
    posted.prober.take(new("well"))
    assert threads() == []
    posted.prober.connect(posted.host)
    posted.next()
    posted.prober.take(())
    wait_until(lambda: threads() == [], "its thread ends", TIMEOUT_S)
    posted.prober.close()
    posted.prober.take(new("well"))
    posted.prober.connect(posted.host)
    assert threads() == [], "what was closed stays so"


def test_a_defect_is_no_word_about_a_task_and_ends_nothing() -> None:
    posted = Posted()
    posted.host.breaks = True
    posted.prober.connect(posted.host)
    posted.prober.take(new("well"))
    posted.host.asked.get(timeout=TIMEOUT_S)
    posted.host.breaks = False
    assert posted.next() == ("well", TargetState.HEALTHY)
    posted.prober.close()


def test_silence_while_this_process_slept_is_nobodys_fault() -> None:
    posted = Posted()
    once = Probe(ProbeProtocol.HTTP, "web", 80, interval_s=1, timeout_s=0, unhealthy_threshold=1)
    posted.prober.connect(posted.host)
    posted.prober.take(((target("sleeps", once), NEW),))
    for _ in range(2):
        posted.host.asked.get(timeout=TIMEOUT_S)
    posted.prober.heard(time.monotonic(), -1.0)
    assert posted.verdicts.empty()
    posted.prober.close()


def test_failures_in_a_row_are_told_once() -> None:
    posted = Posted()
    posted.prober.connect(posted.host)
    once = Probe(ProbeProtocol.HTTP, "web", 80, interval_s=1, timeout_s=1, unhealthy_threshold=1)
    posted.prober.take(((target("sick", once), NEW),))
    assert posted.next() == ("sick", TargetState.UNHEALTHY)
    for _ in range(2):
        posted.host.asked.get(timeout=TIMEOUT_S)
    assert posted.verdicts.empty()
    posted.prober.close()


def test_an_agent_looks_and_works_while_a_probe_hangs() -> None:
    gate = threading.Event()
    bench = Bench(settings=PACE)

    def wait() -> None:
        gate.wait(TIMEOUT_S)

    bench.host.knock = wait
    bench.start()
    bench.agent.probe(new("hangs"))
    wait_until(
        lambda: bool([n for n in threads() if n.endswith("-probe")]), "a probe is under way", TIMEOUT_S
    )
    looks = bench.host.looks
    bench.agent.look_now()
    wait_until(lambda: bench.host.looks > looks, "it looks", TIMEOUT_S)
    gate.set()
    found: list[ProbeVerdict] = []
    while not found:
        item = bench.posted.get(timeout=TIMEOUT_S)
        found += [item] if isinstance(item, ProbeVerdict) else []
    assert found[0].health.state is TargetState.HEALTHY
    bench.agent.close()
    wait_until(lambda: threads() == [], "every thread ends", TIMEOUT_S)
