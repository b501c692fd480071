"""What every host keeps to, the real one and the simulated one alike.

A definition serves both: its command is what the real host runs, its `dockyard.sim.…` labels say the same to the
simulated one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from core.actions import (
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    RemoveImage,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.errors import HostError, PortRefused
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.link import Address, LinkOptions, open_link
from core.hosts.probe_check import check
from core.hosts.simulated import SimulatedFleet
from core.hosts.simulated_docker import Pace, Spec
from core.labels import Ownership, container_labels
from core.model.names import name_on_host
from core.model.ports import HostPort
from core.model.probe import Probe, ProbeProtocol, Target
from core.model.task import Health
from core.reports import ContainerSeen, Marker, Outcome, ProbeEnd, Result, SeenState
from core.taskdef.parse import parse
from tests.engine.testbed import Host as RealHost
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.hosts.base import Host
    from core.hosts.link import Link
    from core.model.task_definition import TaskDefinition

INSTALLATION, INSTANCE = "us", "i" * 32
TASK = "a" * 32
IMAGE = "demo/busybox:1"
QUICK = Pace(*[(0.0, 0.01)] * 5)


class Machine(Protocol):
    """The machine behind a host, seen from beside it."""

    def open(self, definition: Callable[[str], TaskDefinition | None], instance: str = INSTANCE) -> Host: ...

    def open_beside(self, definition: Callable[[str], TaskDefinition | None]) -> Host:
        """A connection from where its containers' networks are."""

    def plant(self, name: str, port: int, owner: Ownership | None = None) -> None:
        """Run a container that this installation has not created."""

    def runs(self, name: str) -> bool: ...


class RealMachine:
    def __init__(self, host: RealHost) -> None:
        self._host = host

    def open(self, definition: Callable[[str], TaskDefinition | None], instance: str = INSTANCE) -> Host:
        return self._over(open_link(Address.parse(self._host.unix_url), LinkOptions()), definition, instance)

    def open_beside(self, definition: Callable[[str], TaskDefinition | None]) -> Host:
        bed = self._host.bed
        options = LinkOptions(identity_file=bed.key, known_hosts=bed.known_hosts)
        return self._over(open_link(Address.parse(self._host.ssh_url), options), definition, INSTANCE)

    def _over(
        self, link: Link, definition: Callable[[str], TaskDefinition | None], instance: str
    ) -> DockerHost:
        sources = Sources(definition, lambda *_: "", lambda _: None)
        return DockerHost(
            link, installation=INSTALLATION, instance=instance, sources=sources, clock=time.time
        )

    def plant(self, name: str, port: int, owner: Ownership | None = None) -> None:
        labels = container_labels(owner) if owner is not None else {}
        given = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
        self._host.docker("run", "-d", "--name", name, "-p", f"{port}:80", *given, IMAGE, "sleep", "1000")

    def runs(self, name: str) -> bool:
        return self._host.docker("ps", "-q", "--filter", f"name=^{name}$") != ""


class SimulatedMachine:
    def __init__(self) -> None:
        self._fleet = SimulatedFleet(time.time, Random(1))
        self._docker = self._fleet.machine("sim://one").docker
        self._docker.pace = QUICK

    def open(self, definition: Callable[[str], TaskDefinition | None], instance: str = INSTANCE) -> Host:
        fresh = not self._docker.markers
        host = self._fleet.open("sim://one", INSTALLATION, instance, definition)
        if fresh:
            self._docker.markers.clear()
        return host

    def open_beside(self, definition: Callable[[str], TaskDefinition | None]) -> Host:
        return self.open(definition)

    def plant(self, name: str, port: int, owner: Ownership | None = None) -> None:
        self._docker.images.add(IMAGE)
        self._docker.create(Spec(name=name, image=IMAGE, owner=owner, ports=((80, "tcp", port),)))
        self._docker.start(name)

    def runs(self, name: str) -> bool:
        return self._docker.containers[name].state(time.time()) is SeenState.RUNNING


@dataclass
class Bench:
    """A host, and the definitions it may be asked for."""

    machine: Machine
    definitions: dict[str, TaskDefinition] = field(default_factory=dict)
    _hosts: list[Host] = field(default_factory=list)

    @property
    def host(self) -> Host:
        return self._hosts[0] if self._hosts else self.open()

    def open(self, instance: str = INSTANCE) -> Host:
        self._hosts.append(self.machine.open(self.definitions.get, instance))
        return self._hosts[-1]

    def open_beside(self) -> Host:
        self._hosts.append(self.machine.open_beside(self.definitions.get))
        return self._hosts[-1]

    def close(self) -> None:
        for host in self._hosts:
            host.close()

    def define(self, *command: str, labels: dict[str, str] | None = None, **fields: Any) -> TaskDefinition:
        """Register a definition of one container, `main`."""
        container = {
            "name": "main",
            "image": IMAGE,
            "memory": 64,
            "command": list(command or ("sleep", "1000")),
            "dockerLabels": {f"dockyard.sim.{name}": value for name, value in (labels or {}).items()},
            **fields,
        }
        definition = parse({"family": "demo", "containerDefinitions": [container]})
        self.definitions["demo:0"] = definition
        return definition

    def create(self, task: str = TASK, **changes: Any) -> Outcome:
        definition = self.definitions["demo:0"]
        pulled = self.host.perform(PullImage(IMAGE, check_first=True))
        assert pulled.result is Result.DONE, pulled
        given = {"definition_digest": definition.digest, "cluster": "default", "service": "web"} | changes
        return self.host.perform(
            CreateContainer(name=name_of(task), task=task, container="main", definition="demo:0", **given)
        )

    def start(self, task: str = TASK, after_run: str = "") -> Outcome:
        return self.host.perform(StartContainer(name_of(task), task, after_run=after_run))

    def run(self, task: str = TASK) -> ContainerSeen:
        self.create(task)
        return seen(self.start(task))

    def stop(self, timeout_s: int = 1, task: str = TASK) -> Outcome:
        return self.host.perform(StopContainer(name_of(task), task, timeout_s))

    def remove(self, task: str = TASK) -> Outcome:
        return self.host.perform(RemoveContainer(name_of(task), task))

    def look(self) -> dict[str, ContainerSeen]:
        return {found.name: found for found in self.host.observe(deadline_s=10.0).containers}

    def until(self, reached: Callable[[ContainerSeen], bool], what: str) -> ContainerSeen:
        wait_until(lambda: reached(self.look()[name_of(TASK)]), what, 10.0)
        return self.look()[name_of(TASK)]


@pytest.fixture(params=["simulated", pytest.param("docker", marks=pytest.mark.engine)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    real = request.param == "docker"
    made = Bench(RealMachine(request.getfixturevalue("real_host")) if real else SimulatedMachine())
    yield made
    made.close()


def name_of(task: str) -> str:
    return name_on_host(task, "demo:0", "main")


def seen(outcome: Outcome) -> ContainerSeen:
    assert outcome.seen is not None, outcome
    return outcome.seen


def test_a_container_lives_its_life_and_every_step_may_be_repeated(bench: Bench) -> None:
    definition = bench.define()
    for _ in range(2):
        created = bench.create()
        assert (created.result, seen(created).state) == (Result.DONE, SeenState.CREATED)
    for _ in range(2):
        started = bench.start()
        assert (started.result, seen(started).state) == (Result.DONE, SeenState.RUNNING)
    assert seen(bench.create()).state is SeenState.RUNNING  # the same create again finds what is there
    (running,) = bench.look().values()
    assert (running.task, running.container, running.service) == (TASK, "main", "web")
    assert (running.definition_digest, running.cluster, running.image) == (
        definition.digest,
        "default",
        IMAGE,
    )
    for _ in range(2):
        stopped = bench.stop()
        assert (stopped.result, seen(stopped).state, seen(stopped).exit_code) == (
            Result.DONE,
            SeenState.EXITED,
            137 if seen(stopped).exit_code == 137 else 143,
        )
    again = bench.start()  # what has run and ended is not run a second time
    assert (again.result, seen(again).state) == (Result.DONE, SeenState.EXITED)
    for _ in range(2):
        removed = bench.remove()
        assert (removed.result, removed.looked, removed.seen) == (Result.DONE, True, None)
    assert bench.look() == {}


def test_a_container_is_started_again_after_the_run_that_is_named_and_after_no_other(bench: Bench) -> None:
    """An order that comes twice, or late, starts nothing: each run was decided by itself."""
    bench.define(portMappings=[{"containerPort": 80}])
    first = bench.run()
    assert first.run
    assert seen(bench.start(after_run=first.run)).run == first.run, "it runs"
    assert seen(bench.stop()).run == first.run
    assert seen(bench.start(after_run="another")).state is SeenState.EXITED
    second = seen(bench.start(after_run=first.run))
    assert (second.state, second.runtime_id, second.exit_code) == (
        SeenState.RUNNING,
        first.runtime_id,
        None,
    )
    assert second.run != first.run
    assert second.network_bindings
    bench.stop()
    late = seen(bench.start(after_run=first.run))
    assert (late.state, late.run) == (SeenState.EXITED, second.run)
    assert bench.look()[name_of(TASK)].run == second.run
    assert seen(bench.start(after_run=second.run)).state is SeenState.RUNNING


def test_a_restart_for_which_a_port_is_taken_fails_and_leaves_the_run_that_ended(bench: Bench) -> None:
    bench.define(portMappings=[{"containerPort": 80, "hostPort": 8085}])
    first = bench.run()
    bench.stop()
    bench.machine.plant("foreign", port=8085)
    failed = bench.start(after_run=first.run)
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotStartContainerError")
    assert "8085" in failed.error
    assert (seen(failed).state, seen(failed).run) == (SeenState.EXITED, first.run)


def test_times_are_in_order_and_on_our_clock(bench: Bench) -> None:
    bench.define()
    before = time.time()
    bench.run()
    stopped = bench.stop()
    last = seen(stopped)
    assert last.created_at is not None
    assert last.started_at is not None
    assert last.finished_at is not None
    assert before - 1 <= last.created_at <= last.started_at <= last.finished_at <= stopped.finished_at + 1
    report = bench.host.observe(deadline_s=10.0)
    assert stopped.finished_at <= report.began_at <= report.ended_at <= time.time()


def test_an_exit_code_is_reported(bench: Bench) -> None:
    bench.define("sh", "-c", "exit 3", labels={"exits-after": "0", "exit-code": "3"})
    bench.run()
    ended = bench.until(lambda found: found.state is SeenState.EXITED, "its end")
    assert (ended.exit_code, ended.oom_killed) == (3, False)


def test_health_is_reported_as_it_changes(bench: Bench) -> None:
    bench.define(
        *("sh", "-c", "sleep 1; touch /tmp/ready; sleep 1000"),
        healthCheck={"command": ["CMD", "test", "-e", "/tmp/ready"], "interval": 5},
        labels={"healthy-after": "1"},
    )
    assert bench.run().health is Health.UNKNOWN
    bench.until(lambda found: found.health is Health.HEALTHY, "the first passed check")


def test_a_range_s_ports_are_adjacent_also_beside_one_that_is_created_alone(bench: Bench) -> None:
    bench.define(portMappings=[{"containerPortRange": "9000-9009"}])
    tasks = ["a" * 32, "b" * 32, "c" * 32]
    for task in tasks:
        bench.create(task)
    held = [[bound.host_port for bound in seen(bench.start(task)).network_bindings] for task in tasks]
    assert all(ports == list(range(ports[0], ports[0] + 10)) for ports in held)
    assert len({port for ports in held for port in ports}) == 30


def test_ports_are_bound_and_reported(bench: Bench) -> None:
    bench.define(portMappings=[{"containerPort": 80, "hostPort": 8081}, {"containerPort": 81}])
    fixed, dynamic = sorted(bench.run().network_bindings, key=lambda bound: bound.container_port)
    assert (fixed.container_port, fixed.host_port, fixed.protocol) == (80, 8081, "tcp")
    assert dynamic.container_port == 81
    assert dynamic.host_port > 1023


def test_a_taken_port_is_a_failed_start_that_names_it(bench: Bench) -> None:
    bench.machine.plant("foreign", port=8082)
    bench.define(portMappings=[{"containerPort": 80, "hostPort": 8082}])
    bench.create()
    failed = bench.start()
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotStartContainerError")
    assert "8082" in failed.error
    assert (failed.looked, seen(failed).state) == (True, SeenState.CREATED)
    assert HostPort(8082) in bench.host.observe(deadline_s=10.0).foreign_ports


def test_a_name_that_is_not_ours_is_refused_and_left_alone(bench: Bench) -> None:
    bench.define()
    bench.machine.plant(name_of(TASK), port=8083)
    for failed in (bench.create(), bench.start(), bench.stop(), bench.remove()):
        assert failed.result is Result.FAILED, failed
        assert failed.error
    assert bench.machine.runs(name_of(TASK))
    assert bench.look() == {}


def test_a_container_of_another_installation_is_not_ours(bench: Bench) -> None:
    bench.define()
    owner = Ownership(
        installation="them",
        instance=INSTANCE,
        cluster="default",
        task=TASK,
        container="main",
        family="demo",
        revision=0,
        definition_digest=bench.definitions["demo:0"].digest,
    )
    bench.machine.plant(name_of(TASK), port=8084, owner=owner)
    assert bench.stop().result is Result.FAILED
    assert bench.machine.runs(name_of(TASK))
    assert bench.look() == {}


def test_a_name_of_ours_for_something_else_is_not_adopted(bench: Bench) -> None:
    bench.define()
    bench.create()
    failed = bench.create(definition_digest="another")
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotCreateContainerError")


def test_what_runs_is_not_removed(bench: Bench) -> None:
    bench.define()
    bench.run()
    failed = bench.remove()
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotRemoveContainerError")
    assert bench.machine.runs(name_of(TASK))


def test_a_start_of_what_is_gone_fails_and_a_stop_of_it_is_done(bench: Bench) -> None:
    started, stopped = bench.start(), bench.stop()
    assert (started.result, started.looked, started.seen) == (Result.FAILED, True, None)
    assert (stopped.result, stopped.looked, stopped.seen) == (Result.DONE, True, None)


def test_an_image_that_a_container_uses_is_not_removed_and_one_that_is_gone_is(bench: Bench) -> None:
    bench.define()
    bench.run()
    failed = bench.host.perform(RemoveImage(IMAGE))
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotRemoveImageError")
    bench.stop()
    assert bench.host.perform(RemoveImage(IMAGE)).result is Result.FAILED
    assert seen(bench.create(task="b" * 32)).state is SeenState.CREATED
    gone = RemoveImage("demo/gone:1", f"sha256:{'0' * 64}", ("demo/gone:1",))
    assert bench.host.perform(gone).result is Result.DONE


def test_what_is_there_and_not_asked_of_a_registry_is_not_new(bench: Bench) -> None:
    bench.define()
    bench.run()
    cached = bench.host.perform(PullImage(IMAGE, check_first=True))
    assert (cached.result, cached.image_new) == (Result.DONE, False)


def test_a_definition_that_is_not_known_is_a_failed_create(bench: Bench) -> None:
    failed = bench.host.perform(
        CreateContainer("x-1", TASK, "main", "gone:7", definition_digest="d", cluster="default")
    )
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotCreateContainerError")
    assert "gone:7" in failed.error


def test_the_marker_tells_whose_host_it_is_and_is_written_once(bench: Bench) -> None:
    assert bench.host.observe(deadline_s=10.0).marker is Marker.ABSENT
    for _ in range(2):
        assert bench.host.perform(MarkHost(INSTANCE)).result is Result.DONE
    report = bench.host.observe(deadline_s=10.0)
    assert (report.marker, report.marker_instance) == (Marker.OURS, INSTANCE)
    other = bench.open("j" * 32)
    report = other.observe(deadline_s=10.0)
    assert (report.marker, report.marker_instance) == (Marker.OTHER_INSTANCE, INSTANCE)
    assert other.perform(MarkHost("j" * 32)).result is Result.FAILED


def test_a_former_instance_s_marker_gives_way_and_no_other_does(bench: Bench) -> None:
    assert bench.host.perform(MarkHost(INSTANCE)).result is Result.DONE
    other = bench.open("j" * 32)
    assert other.perform(MarkHost("j" * 32, instead_of="k" * 32)).result is Result.FAILED
    assert bench.host.observe(deadline_s=10.0).marker is Marker.OURS
    assert other.perform(MarkHost("j" * 32, instead_of=INSTANCE)).result is Result.DONE
    assert other.observe(deadline_s=10.0).marker is Marker.OURS


def test_only_its_own_instance_takes_a_marker_away(bench: Bench) -> None:
    assert bench.host.perform(MarkHost(INSTANCE)).result is Result.DONE
    assert bench.open("j" * 32).perform(UnmarkHost("j" * 32)).result is Result.DONE
    assert bench.host.observe(deadline_s=10.0).marker is Marker.OURS
    for _ in range(2):
        assert bench.host.perform(UnmarkHost(INSTANCE)).result is Result.DONE
        assert bench.host.observe(deadline_s=10.0).marker is Marker.ABSENT


def test_facts_are_there(bench: Bench) -> None:
    facts = bench.host.observe(deadline_s=10.0).facts
    assert facts is not None
    assert facts.cpu_units % 1024 == 0
    assert facts.memory_mib > 0
    attributes = dict(facts.attributes)
    assert (attributes["ecs.os-type"], attributes["ecs.os-family"]) == ("linux", "LINUX")
    assert "ecs.capability.external" in attributes
    assert list(facts.attributes) == sorted(facts.attributes)


def test_a_hint_comes_when_a_container_starts_and_close_ends_the_stream(bench: Bench) -> None:
    bench.define()
    bench.create()
    hints = bench.host.hints()
    heard: list[bool] = []

    def listen() -> None:
        while hints.wait():
            heard.append(True)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    bench.start()
    wait_until(lambda: heard != [], "a hint", 5.0)
    hints.close()
    listener.join(5.0)
    assert not listener.is_alive()


def test_utilisation_names_each_running_container(bench: Bench) -> None:
    bench.define("sh", "-c", "while :; do :; done")
    bench.run()
    measured = bench.host.utilisation()
    cpu, memory = measured.containers[TASK, "main"]
    assert 0 < cpu <= 100
    assert memory > 0
    assert measured.cpu_percent is not None
    assert 0 < measured.cpu_percent <= 100
    assert measured.memory_mib is not None
    assert measured.memory_mib > memory
    assert measured.load is not None


def test_forty_threads_may_use_one_host(bench: Bench) -> None:
    bench.define()
    bench.create()
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(bench.start())) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {outcome.result for outcome in outcomes} == {Result.DONE}
    assert {seen(outcome).state for outcome in outcomes} == {SeenState.RUNNING}


def target(protocol: ProbeProtocol, port: int = 0, command: tuple[str, ...] = ()) -> Target:
    probe = Probe(protocol, "main", port, command=command, timeout_s=2)
    return Target(TASK, probe, name_of(TASK), name_of(TASK), "1")


def test_a_container_is_probed_at_its_own_port_and_from_within(bench: Bench) -> None:
    """The simulated one listens at all ports, and runs every command, from half a second on."""
    bench.define(
        *("sh", "-c", "sleep 0.5; echo well > /www/index.html; httpd -f -p 80 -h /www"),
        labels={"healthy-after": "0.5"},
    )
    host = bench.open_beside()
    web = target(ProbeProtocol.HTTP, 80)
    assert check(host, web).end is ProbeEnd.CUT, "there is no container yet: that is not its fault"
    bench.run()
    refused = check(host, web)
    assert (refused.end, refused.doubtful) == (ProbeEnd.FAILED, False)
    assert "Nobody listens at" in refused.description
    with pytest.raises(PortRefused):
        host.dial(name_of(TASK), 80, 2.0)
    wait_until(lambda: check(host, web).end is ProbeEnd.PASSED, "it answers", 10.0)
    assert check(host, target(ProbeProtocol.TCP, 80)).end is ProbeEnd.PASSED
    assert check(host, target(ProbeProtocol.EXEC, command=("true",))).end is ProbeEnd.PASSED
    stream = host.dial(name_of(TASK), 80, 2.0)
    stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
    answer = bytearray(12)
    assert stream.recv_into(memoryview(answer)) == 12
    assert answer[-3:] == b"200"
    stream.close()
    bench.stop()
    later = bench.open_beside()  # which has not seen it run
    with pytest.raises(HostError):
        later.dial(name_of(TASK), 80, 2.0)
    with pytest.raises(HostError):
        later.execute(name_of(TASK), ["true"], 2.0)


def test_nothing_is_asked_of_a_container_that_is_not_ours(bench: Bench) -> None:
    bench.define()
    host = bench.open_beside()
    bench.machine.plant(name_of(TASK), port=8086)
    with pytest.raises(HostError):
        host.execute(name_of(TASK), ["true"], 2.0)
    with pytest.raises(HostError):
        host.dial(name_of(TASK), 80, 2.0)
