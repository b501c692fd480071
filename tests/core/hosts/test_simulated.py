"""The simulated host answers as Docker does, and lets real time pass while it does. (What both hosts share is in tests/contract.)"""

from __future__ import annotations

import threading
import time
from random import Random

import pytest

from core.actions import Action, CreateContainer, PullImage, RemoveContainer, StartContainer, StopContainer
from core.errors import HostUnreachable
from core.hosts.simulated import Machine, SimulatedFleet, SimulatedHost
from core.hosts.simulated_docker import DaemonError, Pace, Script, SimulatedDocker, Spec
from core.hosts.virtual import VirtualHost
from core.model.ports import HostPort
from core.model.task import Health
from core.reports import ContainerSeen, Marker, Outcome, Result, SeenState
from core.taskdef.parse import parse

QUICK = Pace((0, 0), (0, 0), (0, 0), (0, 0), (0, 0))
DEFINITION = parse(
    {
        "family": "web",
        "containerDefinitions": [
            {
                "name": "web",
                "image": "web:1",
                "memory": 64,
                "portMappings": [{"containerPort": 80, "hostPort": 8080}],
                "healthCheck": {"command": ["CMD", "true"]},
            }
        ],
    }
)


class Bench:
    """A daemon under a clock that the test moves."""

    def __init__(self, script: Script | None = None) -> None:
        self.now = 100.0
        self.docker = SimulatedDocker(lambda: self.now, Random(1), pace=QUICK)
        self.host = VirtualHost(self.docker, "us", "i1", lambda _: DEFINITION, lambda _: script or Script())

    def do(self, action: Action) -> Outcome:
        self.now = max(self.now, self.host.begin(action))
        return self.host.finish(action)

    def create(self, name: str = "a", digest: str = "d") -> Outcome:
        self.do(PullImage("web:1"))
        return self.do(CreateContainer(name, name, "web", "web:1", digest, "c"))


def _seen(outcome: Outcome) -> ContainerSeen:
    assert outcome.seen is not None
    return outcome.seen


def test_a_container_is_created_started_stopped_and_removed_once_however_often_it_is_asked() -> None:
    bench = Bench()
    assert _seen(bench.create()).state is SeenState.CREATED
    for _ in range(2):
        assert _seen(bench.do(StartContainer("a", "a"))).state is SeenState.RUNNING
    started_at = bench.docker.containers["a"].started_at
    assert bench.create().result is Result.DONE
    for _ in range(2):
        stopped = bench.do(StopContainer("a", "a", 30))
        assert (stopped.result, _seen(stopped).state, _seen(stopped).exit_code) == (
            Result.DONE,
            SeenState.EXITED,
            143,
        )
    assert _seen(bench.do(StartContainer("a", "a"))).started_at == started_at
    for _ in range(2):
        removed = bench.do(RemoveContainer("a", "a"))
        assert (removed.result, removed.looked, removed.seen) == (Result.DONE, True, None)
    assert bench.do(StopContainer("a", "a")).result is Result.DONE


def test_what_ignores_the_stop_signal_is_killed_at_the_time_out() -> None:
    bench = Bench(Script(ends_after_signal_s=None))
    bench.create()
    bench.do(StartContainer("a", "a"))
    before = bench.now
    assert _seen(bench.do(StopContainer("a", "a", 30))).exit_code == 137
    assert bench.now == before + 30


def test_names_and_containers_of_others_are_left_alone() -> None:
    bench = Bench()
    bench.docker.images.add("theirs")
    bench.docker.create(Spec(name="a", image="theirs", ports=((80, "tcp", 8080),)))
    bench.docker.start("a")
    for action in (StopContainer("a", "a"), StartContainer("a", "a"), RemoveContainer("a", "a")):
        outcome = bench.do(action)
        assert (outcome.result, outcome.seen) == (Result.FAILED, None)
    assert bench.create().result is Result.FAILED
    assert bench.docker.containers["a"].state(bench.now) is SeenState.RUNNING
    report = bench.host.look()
    assert (report.containers, report.foreign_ports) == ((), (HostPort(8080),))
    bench.create("b")
    clash = bench.do(StartContainer("b", "b"))
    assert (clash.error_name, _seen(clash).state) == ("CannotStartContainerError", SeenState.CREATED)
    assert "port is already allocated" in clash.error


def test_create_adopts_what_is_ours_and_the_same_and_nothing_else() -> None:
    bench = Bench()
    bench.create()
    assert bench.create().result is Result.DONE
    other = bench.create(digest="another")
    assert (other.result, other.error_name) == (Result.FAILED, "CannotCreateContainerError")


def test_a_failed_pull_says_why_or_takes_the_local_copy() -> None:
    bench = Bench()
    bench.docker.disk_full = True
    assert "no space left on device" in bench.do(PullImage("web:1")).error
    bench.docker.disk_full = False
    bench.docker.pull_error = lambda image: f"manifest for {image} not found"
    assert bench.do(PullImage("web:1")).error == "manifest for web:1 not found"
    bench.docker.images.add("web:1")
    assert "local copy" in bench.do(PullImage("web:1")).note
    assert bench.do(PullImage("web:1", use_cached=False)).result is Result.FAILED


def test_health_exits_and_power_follow_the_clock() -> None:
    bench = Bench(Script(healthy_after_s=2, unhealthy_after_s=5, exits_after_s=9, exit_code=3))
    bench.create()
    bench.do(StartContainer("a", "a"))
    seen = {}
    for after_s in (1, 3, 6, 10):
        bench.now = 100 + after_s
        seen[after_s] = bench.host.look().containers[0]
    assert [seen[s].health for s in (1, 3, 6, 10)] == [
        Health.UNKNOWN,
        Health.HEALTHY,
        Health.UNHEALTHY,
        Health.UNKNOWN,
    ]
    assert (seen[10].exit_code, seen[10].finished_at) == (3, 109)
    bench.create("b")
    bench.do(StartContainer("b", "b"))
    bench.docker.lose_power()
    assert {c.state for c in bench.host.look().containers} == {SeenState.EXITED}
    with pytest.raises(DaemonError, match="No such container"):
        bench.docker.kill("c")


def _host(pace: Pace) -> tuple[SimulatedHost, Machine]:
    fleet = SimulatedFleet(time.monotonic, Random(1))
    host = fleet.open("sim://edge?cpu=2048", "us", "i1", lambda _: DEFINITION)
    machine = fleet.machine("sim://edge")
    machine.docker.pace = pace
    return host, machine


def test_the_blocking_host_observes_works_and_hints() -> None:
    host, _ = _host(QUICK)
    report = host.observe(deadline_s=5)
    assert report.facts is not None
    assert (report.marker, report.facts.cpu_units) == (Marker.OURS, 2048)
    hints = host.hints()
    said: list[str] = []
    host.perform(PullImage("web:1"), said.append)
    assert hints.wait()
    created = host.perform(CreateContainer("a", "t", "web", "web:1", "d", "c"))
    assert created.result is Result.DONE
    host.perform(StartContainer("a", "t"))
    assert set(host.utilisation().containers) == {("t", "web")}
    assert [c.state for c in host.observe(deadline_s=5).containers] == [SeenState.RUNNING]


def test_a_machine_that_does_not_answer_costs_no_more_than_the_deadline_and_close_ends_every_call() -> None:
    host, machine = _host(Pace(pull=(60, 60)))
    machine.reachable = False
    with pytest.raises(HostUnreachable):
        host.observe(deadline_s=0.01)
    assert host.perform(PullImage("web:1")).result is Result.NOT_SENT
    machine.reachable = True
    late = host.perform(PullImage("web:1", deadline_s=0.01))
    assert (late.result, late.timed_out) == (Result.UNKNOWN, True)
    ended: list[object] = []
    hints = host.hints()
    threads = [
        threading.Thread(target=lambda: ended.append(host.perform(PullImage("web:2")).result)),
        threading.Thread(target=lambda: ended.append([hints.wait(), hints.wait()])),
    ]
    for thread in threads:
        thread.start()
    host.close()
    hints.close()
    for thread in threads:
        thread.join(5)
    assert len(ended) == 2
    assert Result.DONE not in ended
