"""The container agent with real threads and a scripted host: nothing that hangs holds up anything else."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, TypeVar

import pytest

from core.actions import Action, PullImage, StartContainer, StopContainer
from core.agent import Agent, Item
from core.agent_settings import AgentSettings
from core.errors import HostUnreachable
from core.guard import Guard
from core.hosts.base import Executed, silent
from core.hosts.simulated_port import SimulatedPort
from core.record import replace
from core.reports import (
    ActionProgress,
    HostFacts,
    HostReport,
    Marker,
    Outcome,
    Result,
    Unreachable,
    Utilisation,
)
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.hosts.base import Progress

T = TypeVar("T")

TIMEOUT_S = 5.0
PACE = AgentSettings(
    poll_interval_s=60.0,
    hint_gap_s=0.01,
    reopen_first_s=0.01,
    reopen_max_s=0.02,
    grace_s=0.05,
    observe_deadline_s=0.2,
)


@dataclass
class ScriptedHints:
    happened: queue.SimpleQueue[bool] = field(default_factory=queue.SimpleQueue)

    def wait(self) -> bool:
        return self.happened.get()

    def close(self) -> None:
        self.happened.put(False)


@dataclass
class ScriptedHost:
    """A host whose every verb may be replaced; `gate` holds actions back until it is opened."""

    look: Callable[[], None] = lambda: None
    act: Callable[[Action, Progress], None] = lambda action, progress: None  # noqa: ARG005
    gauge: Callable[[], None] = lambda: None
    knock: Callable[[], None] = lambda: None
    stream: ScriptedHints = field(default_factory=ScriptedHints)
    subscribe: Callable[[], ScriptedHints] | None = None
    looks: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def observe(self, *, deadline_s: float) -> HostReport:
        self.looks += 1
        self.look()
        return HostReport("i1", float(self.looks), float(self.looks), HostFacts(1024, 1024), Marker.OURS)

    def perform(self, action: Action, progress: Progress = silent) -> Outcome:
        self.act(action, progress)
        return Outcome("i1", action, Result.DONE, 1.0)

    def hints(self) -> ScriptedHints:
        return self.stream if self.subscribe is None else self.subscribe()

    def dial(self, name: str, port: int, timeout_s: float) -> SimulatedPort:
        self.knock()
        return SimulatedPort(200)

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        self.knock()
        return Executed(0)

    def utilisation(self) -> Utilisation:
        self.gauge()
        return Utilisation("i1", 1.0, cpu_percent=12.5)

    def close(self) -> None:
        self.closed.set()
        self.stream.close()


@dataclass
class Bench:
    """An agent, its host, and what it posted."""

    host: ScriptedHost = field(default_factory=ScriptedHost)
    settings: AgentSettings = PACE
    posted: queue.SimpleQueue[Item] = field(default_factory=queue.SimpleQueue)
    opened: int = 0
    open_host: Callable[[], ScriptedHost] | None = None
    guard: Guard = field(default_factory=Guard)
    agent: Agent = field(init=False)

    def start(self) -> Bench:
        self.agent = Agent(
            "i1", self._open, self.posted.put, self.settings, lambda: 1.0, Random(1), self.guard
        )
        self.agent.start()
        return self

    def _open(self) -> ScriptedHost:
        self.opened += 1
        return self.host if self.open_host is None else self.open_host()

    def next(self, kind: type[T]) -> T:
        """The next posted item of a kind; the others are passed over."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            item = self.posted.get(timeout=max(0.001, deadline - time.monotonic()))
            if isinstance(item, kind):
                return item


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.agent.close()
    made.guard.close()


def hang(forever: threading.Event) -> None:
    forever.wait(TIMEOUT_S * 4)


def test_forty_stuck_stops_dont_block_a_start(bench: Bench) -> None:
    forever = threading.Event()
    bench.host.act = lambda action, _: hang(forever) if isinstance(action, StopContainer) else None
    bench.start().next(HostReport)
    for n in range(40):
        bench.agent.submit(StopContainer(f"c{n}", "t"))
    bench.agent.submit(StartContainer("fresh", "t"))
    assert bench.next(Outcome).action == StartContainer("fresh", "t")
    forever.set()


def test_a_hung_host_doesnt_block_close_and_says_nothing_after_it(bench: Bench) -> None:
    forever, began = threading.Event(), threading.Event()
    bench.settings = replace(PACE, observe_deadline_s=60.0)

    def look() -> None:
        began.set()
        hang(forever)

    bench.host.look = look
    bench.start()
    assert began.wait(TIMEOUT_S)
    bench.agent.close()
    assert bench.host.closed.wait(TIMEOUT_S)
    forever.set()
    bench.agent.submit(StartContainer("c", "t"))
    assert bench.posted.empty()


def test_an_image_is_pulled_once_at_a_time_and_two_images_at_once(bench: Bench) -> None:
    gate, running = threading.Semaphore(0), queue.SimpleQueue[str]()

    def act(action: Action, _: Progress) -> None:
        running.put(action.target)
        gate.acquire(timeout=TIMEOUT_S)

    bench.host.act = act
    bench.start().next(HostReport)
    for image in ("a", "a", "b", "c"):
        bench.agent.submit(PullImage(image))
    assert {running.get(timeout=TIMEOUT_S) for _ in range(2)} == {"image:a", "image:b"}
    assert running.empty()
    gate.release(4)
    assert [bench.next(Outcome).result for _ in range(4)] == [Result.DONE] * 4
    assert sorted(running.get(timeout=TIMEOUT_S) for _ in range(2)) == ["image:a", "image:c"]


def test_hints_that_come_during_a_look_make_one_more_look(bench: Bench) -> None:
    looking, gate = threading.Semaphore(0), threading.Semaphore(0)

    def look() -> None:
        looking.release()
        gate.acquire(timeout=TIMEOUT_S)

    bench.settings = replace(PACE, observe_deadline_s=60.0)
    bench.host.look = look
    bench.start()
    assert looking.acquire(timeout=TIMEOUT_S)
    gate.release()
    # The stream is open: what happened before it was is seen by one more look.
    assert looking.acquire(timeout=TIMEOUT_S)
    for _ in range(100):
        bench.host.stream.happened.put(True)
    wait_until(bench.host.stream.happened.empty, "the hints to be heard", TIMEOUT_S)
    gate.release()
    assert looking.acquire(timeout=TIMEOUT_S)
    gate.release()
    for _ in range(3):
        bench.next(HostReport)
    assert not looking.acquire(timeout=0.2)
    assert bench.host.looks == 3


def test_a_start_that_never_returns_is_unknown_at_its_deadline_and_gives_its_place_back(bench: Bench) -> None:
    forever = threading.Event()
    bench.settings = replace(PACE, starts=1)
    bench.host.act = lambda action, _: hang(forever) if action.target == "stuck" else None
    bench.start().next(HostReport)
    bench.agent.submit(StartContainer("stuck", "t", deadline_s=0.1))
    bench.agent.submit(StartContainer("next", "t"))
    first, second = bench.next(Outcome), bench.next(Outcome)
    assert (first.action.target, first.result, first.timed_out) == ("stuck", Result.UNKNOWN, True)
    assert (second.action.target, second.result) == ("next", Result.DONE)
    forever.set()
    bench.agent.submit(StartContainer("last", "t"))
    assert bench.next(Outcome).action.target == "last"  # the late answer of "stuck" is not posted


def test_a_look_that_never_returns_costs_the_connection_and_the_host_is_opened_anew(bench: Bench) -> None:
    forever = threading.Event()
    hung, healthy = ScriptedHost(look=lambda: hang(forever)), ScriptedHost()
    hosts = iter([hung, healthy])
    bench.open_host = lambda: next(hosts)
    bench.start()
    assert bench.next(Unreachable).step == "answer"
    bench.next(HostReport)
    assert hung.closed.wait(TIMEOUT_S)
    assert healthy.looks >= 1
    forever.set()


def test_nothing_is_sent_before_the_host_was_observed(bench: Bench) -> None:
    looking, gate = threading.Event(), threading.Event()
    bench.settings = replace(PACE, observe_deadline_s=60.0)

    def look() -> None:
        looking.set()
        gate.wait(TIMEOUT_S)

    bench.host.look = look
    bench.start()
    assert looking.wait(TIMEOUT_S)
    bench.agent.submit(StartContainer("c", "t"))
    assert bench.next(Outcome).result is Result.NOT_SENT
    gate.set()
    bench.next(HostReport)
    bench.agent.submit(StartContainer("c", "t"))
    assert bench.next(Outcome).result is Result.DONE


def test_every_failed_try_to_open_is_told_and_the_next_one_follows(bench: Bench) -> None:
    def open_host() -> ScriptedHost:
        if bench.opened < 4:
            raise HostUnreachable("login", "the key is refused", "dockyard capacity doctor edge")
        return ScriptedHost()

    bench.settings = replace(PACE, reopen_slow_max_s=0.01)
    bench.open_host = open_host
    bench.start()
    told = [bench.next(Unreachable) for _ in range(3)]
    assert {(item.step, item.message, item.hint) for item in told} == {
        ("login", "the key is refused", "dockyard capacity doctor edge")
    }
    bench.next(HostReport)


def test_a_host_that_was_away_for_hours_is_still_tried(bench: Bench) -> None:
    away = 1100  # doubled so often, a pause is no number any more

    def open_host() -> ScriptedHost:
        if bench.opened <= away:
            raise HostUnreachable("connect", "no route to host")
        return bench.host

    bench.settings = replace(PACE, reopen_first_s=0.0, reopen_max_s=0.0)
    bench.open_host = open_host
    bench.start().next(HostReport)
    assert bench.opened == away + 1


def test_a_connection_that_is_lost_at_once_is_not_made_again_at_once(bench: Bench) -> None:
    looked = threading.Semaphore(0)

    def look() -> None:
        looked.release()
        if bench.host.looks == 2:
            raise HostUnreachable("connect", "the connection broke")

    bench.settings = replace(PACE, reopen_first_s=60.0, reopen_max_s=60.0)
    bench.host.look = look
    bench.start().next(Unreachable)
    assert looked.acquire(timeout=TIMEOUT_S)
    assert looked.acquire(timeout=TIMEOUT_S)
    assert not looked.acquire(timeout=0.2)
    bench.agent.look_now()
    assert looked.acquire(timeout=TIMEOUT_S)
    assert bench.opened == 2


def test_what_waits_when_the_connection_is_lost_is_not_sent(bench: Bench) -> None:
    forever, fail = threading.Event(), threading.Event()

    def look() -> None:
        if fail.is_set():
            raise HostUnreachable("connect", "no route to host")

    first = ScriptedHost(look=look, act=lambda *_: hang(forever))
    hosts = iter([first, ScriptedHost()])
    bench.settings = replace(PACE, starts=1)
    bench.open_host = lambda: next(hosts)
    bench.start().next(HostReport)
    bench.agent.submit(StartContainer("running", "t"))
    bench.agent.submit(StartContainer("waiting", "t"))
    fail.set()
    bench.agent.look_now()
    outcome = bench.next(Outcome)
    assert (outcome.action.target, outcome.result) == ("waiting", Result.NOT_SENT)
    forever.set()


def test_a_defect_in_a_host_is_told_and_survived(bench: Bench) -> None:
    defects = iter([ZeroDivisionError("by zero")])

    def look() -> None:
        for defect in defects:
            raise defect

    bench.host.look = look
    bench.start()
    assert "ZeroDivisionError: by zero" in bench.next(Unreachable).message
    bench.agent.look_now()
    bench.next(HostReport)


def test_a_stream_of_hints_that_breaks_is_taken_up_again_once_a_beat(bench: Bench) -> None:
    class Broken(ScriptedHints):
        def wait(self) -> bool:
            raise ZeroDivisionError

    subscribed: list[ScriptedHints] = []

    def subscribe() -> ScriptedHints:
        subscribed.append(Broken() if len(subscribed) < 2 else ScriptedHints())
        return subscribed[-1]

    bench.host.subscribe = subscribe
    bench.settings = replace(PACE, poll_interval_s=0.1)
    bench.start()
    wait_until(lambda: len(subscribed) == 3, "the third subscription", TIMEOUT_S)
    # The look that its opening asks for, the beat, and no more.
    assert bench.host.looks <= 3 * len(subscribed)


def test_a_measurement_that_fails_is_not_the_last_one(bench: Bench) -> None:
    tried = queue.SimpleQueue[None]()

    def gauge() -> None:
        tried.put(None)
        if tried.qsize() == 1:
            raise KeyError("cpu_stats")

    bench.host.gauge = gauge
    bench.start().next(HostReport)

    def tried_again() -> bool:
        bench.agent.measure()
        return tried.qsize() > 1

    wait_until(tried_again, "the next measurement", TIMEOUT_S)
    bench.next(Utilisation)


def test_progress_is_told_at_most_once_a_second(bench: Bench) -> None:
    def act(_: Action, progress: Progress) -> None:
        for percent in range(100):
            progress(f"{percent} %")

    bench.host.act = act
    bench.start().next(Utilisation)
    bench.agent.submit(PullImage("a"))
    assert bench.next(ActionProgress).text == "0 %"
    assert isinstance(bench.next(object), Outcome)


def test_utilisation_comes_with_the_first_look_and_when_asked(bench: Bench) -> None:
    assert bench.start().next(Utilisation).cpu_percent == 12.5
    bench.agent.measure()
    assert bench.next(Utilisation).cpu_percent == 12.5
