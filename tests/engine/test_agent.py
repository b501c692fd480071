"""The container agent with a real host over SSH."""

from __future__ import annotations

import queue
import time
from random import Random
from typing import TYPE_CHECKING, TypeVar

import pytest

from core.actions import CreateContainer, StartContainer
from core.agent import Agent, Item
from core.agent_settings import AgentSettings
from core.guard import Guard
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.link import Address, LinkOptions, open_link
from core.model.names import name_on_host
from core.reports import HostReport, Outcome, Result, SeenState, Unreachable, Utilisation
from core.taskdef.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.testbed import Bed, Host

pytestmark = pytest.mark.engine

T = TypeVar("T")
TIMEOUT_S = 15.0
DEFINITION = parse(
    {
        "family": "demo",
        "containerDefinitions": [
            {"name": "main", "image": "demo/busybox:1", "memory": 16, "command": ["sleep", "1000"]}
        ],
    }
)


class Bench:
    def __init__(self, bed: Bed, machine: Host) -> None:
        self.machine = machine
        self._bed = bed
        self._posted: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self.guard = Guard()
        # A minute between beats: within it only hints can tell.
        settings = AgentSettings(poll_interval_s=60.0, observe_deadline_s=0.5, reopen_max_s=0.2)
        self.agent = Agent("i" * 32, self._open, self._posted.put, settings, time.time, Random(1), self.guard)
        self.agent.start()

    def _open(self) -> DockerHost:
        options = LinkOptions(identity_file=self._bed.key, known_hosts=self._bed.known_hosts)
        link = open_link(Address.parse(self.machine.ssh_url), options)
        sources = Sources({"demo:0": DEFINITION}.get, lambda *_: "", lambda _: None)
        return DockerHost(link, installation="us", instance="i" * 32, sources=sources, clock=time.time)

    def next(self, kind: type[T], wanted: Callable[[T], bool] = lambda _: True) -> T:
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            item = self._posted.get(timeout=max(0.001, deadline - time.monotonic()))
            if isinstance(item, kind) and wanted(item):
                return item

    def run(self, task: str) -> Outcome:
        name = name_on_host(task, "demo:0", "main")
        self.agent.submit(CreateContainer(name, task, "main", "demo:0", DEFINITION.digest, "default"))
        self.next(Outcome)
        self.agent.submit(StartContainer(name, task))
        return self.next(Outcome)


@pytest.fixture
def bench(bed: Bed, real_host: Host) -> Iterator[Bench]:
    made = Bench(bed, real_host)
    yield made
    made.agent.close()
    made.guard.close()


def test_the_death_of_a_container_is_reported_by_a_hint_long_before_the_beat(bench: Bench) -> None:
    bench.next(HostReport)
    assert bench.run("a" * 32).result is Result.DONE
    bench.machine.docker("kill", name_on_host("a" * 32, "demo:0", "main"))
    report = bench.next(HostReport, lambda r: [c.state for c in r.containers] == [SeenState.EXITED])
    assert report.containers[0].exit_code == 137


def test_a_hung_docker_is_told_and_its_return_too(bench: Bench) -> None:
    bench.next(HostReport)
    bench.machine.hang()
    bench.agent.look_now()
    assert bench.next(Unreachable).step == "answer"
    bench.machine.resume()
    bench.agent.look_now()
    bench.next(HostReport)


def test_a_rebooted_host_is_opened_anew_and_given_work_again(bench: Bench) -> None:
    bench.next(HostReport)
    bench.run("a" * 32)
    bench.machine.reboot()
    bench.agent.look_now()
    report = bench.next(HostReport, lambda r: [c.state for c in r.containers] == [SeenState.EXITED])
    assert report.containers[0].task == "a" * 32
    assert bench.run("b" * 32).result is Result.DONE


def test_utilisation_is_measured_beside_the_looks(bench: Bench) -> None:
    assert bench.next(Utilisation).containers == {}
    bench.run("a" * 32)
    bench.agent.measure()
    assert list(bench.next(Utilisation).containers) == [("a" * 32, "main")]
