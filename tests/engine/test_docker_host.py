"""A real host over SSH: what no simulation knows. (What it shares with the simulated one is in tests/contract.)"""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from core.actions import CreateContainer, PullImage, RemoveContainer, StartContainer, StopContainer
from core.errors import HostUnreachable, NoWay, PortRefused
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.link import Address, LinkOptions, open_link
from core.hosts.registry_login import Login
from core.labels import owned_by
from core.model.names import name_on_host
from core.model.task_definition import PAUSE_CONTAINER, PAUSE_IMAGE
from core.reports import ContainerSeen, Outcome, Result, SeenState
from core.secrets import Commands, SecretSources
from core.taskdef.parse import parse
from tests.engine.testbed import REGISTRY_PASSWORD, REGISTRY_USER, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.task_definition import TaskDefinition
    from tests.engine.testbed import Bed, Host

pytestmark = pytest.mark.engine

TASK = "b" * 32
BUSYBOX = "demo/busybox:1"


@dataclass
class Bench:
    """One real host, opened over SSH."""

    bed: Bed
    machine: Host
    definitions: dict[str, TaskDefinition] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    _opened: DockerHost | None = None

    @property
    def host(self) -> DockerHost:
        if self._opened is None:
            options = LinkOptions(identity_file=self.bed.key, known_hosts=self.bed.known_hosts)
            link = open_link(Address.parse(self.machine.ssh_url), options)
            secrets = SecretSources(
                (), Path("/nonexistent"), {"DOCKYARD_SECRET_PASSWORD": "hunter2"}, Commands({})
            )
            sources = Sources(self.definitions.get, secrets.value, self.logins.get)
            self._opened = DockerHost(
                link, installation="us", instance="i" * 32, sources=sources, clock=time.time
            )
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def define(self, *containers: dict[str, Any], **fields: Any) -> TaskDefinition:
        given = [{"image": BUSYBOX, "memory": 64, "command": ["sleep", "1000"], **c} for c in containers]
        definition = parse({"family": "demo", "containerDefinitions": given, **fields})
        self.definitions["demo:0"] = definition
        return definition

    def pull(self, image: str, **options: Any) -> Outcome:
        return self.host.perform(PullImage(image, **options))

    def create(self, container: str, task: str = TASK) -> Outcome:
        digest = self.definitions["demo:0"].digest
        return self.host.perform(
            CreateContainer(
                name_of(container, task),
                task,
                container,
                "demo:0",
                definition_digest=digest,
                cluster="default",
            )
        )

    def start(self, container: str, task: str = TASK, deadline_s: float = 60.0) -> Outcome:
        return self.host.perform(StartContainer(name_of(container, task), task, deadline_s))

    def run(self, container: str, task: str = TASK) -> ContainerSeen:
        self.create(container, task)
        started = self.start(container, task)
        assert started.seen is not None, started
        return started.seen

    def end(self, container: str, task: str = TASK) -> Outcome:
        self.host.perform(StopContainer(name_of(container, task), task, timeout_s=0))
        return self.host.perform(RemoveContainer(name_of(container, task), task))

    def seen(self, container: str) -> ContainerSeen:
        report = self.host.observe(deadline_s=10.0)
        return next(found for found in report.containers if found.name == name_of(container))


@pytest.fixture
def bench(bed: Bed, real_host: Host) -> Iterator[Bench]:
    made = Bench(bed, real_host)
    yield made
    made.close()


def name_of(container: str, task: str = TASK) -> str:
    return name_on_host(task, "demo:0", container)


# -- pulls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (
            "{registry}/demo/web:nope",
            "the registry {registry} has no {registry}/demo/web:nope: check name and tag",
        ),
        ("{registry}/demo/nothing:1", "the registry {registry} has no {registry}/demo/nothing:1"),
        ("{private}/demo/web:1", "the registry {private} refuses the login, or asks for one"),
        ("{network}.2:5999/x:1", "the host can't reach the registry {network}.2:5999"),
        ("NOT//a-name", "NOT//a-name is not the name of an image"),
    ],
)
def test_an_image_that_cannot_be_had_says_why(
    bench: Bench, image: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.hosts.docker_pull.PAUSES_S", (0.0,) * 4)
    bed = bench.bed
    facts = {"registry": bed.registry, "private": bed.private_registry, "network": bed.network}
    failed = bench.pull(image.format(**facts), use_cached=True)
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotPullContainerError")
    assert failed.error.startswith(sentence.format(**facts))


def test_a_full_disk_says_so(bench: Bench) -> None:
    small = bench.bed.add_host(disk_mib=30)
    try:
        full = Bench(bench.bed, small)
        small.run(f"dd if=/dev/zero of={small.folder}/data/fill bs=1M count=100", check=False)
        failed = full.pull(f"{bench.bed.registry}/demo/web:1")
        assert failed.error.startswith("the disk of the host is full")
        full.close()
    finally:
        bench.bed.drop_host(small)


def test_a_pull_logs_in_and_its_image_has_the_registrys_digest(bench: Bench) -> None:
    image = f"{bench.bed.private_registry}/demo/web:1"
    # Another test may have left a copy, which would do.
    bench.machine.run(f"docker --host unix:///run/docker.sock rmi --force {image}", check=False)
    bench.logins[bench.bed.private_registry] = Login(REGISTRY_USER, "wrong")
    assert "refuses the login" in bench.pull(image).error
    bench.logins[bench.bed.private_registry] = Login(REGISTRY_USER, REGISTRY_PASSWORD)
    assert bench.pull(image).result is Result.DONE
    bench.define({"name": "main", "image": image})
    assert bench.run("main").image_digest.startswith("sha256:")
    # What is there serves when the registry fails, as ECS's default behaviour has it.
    bench.logins.clear()
    cached = bench.pull(image, use_cached=True)
    assert (cached.result, "the local copy is used" in cached.note) == (Result.DONE, True)
    assert bench.pull(image, use_cached=False).result is Result.FAILED


# -- tasks ------------------------------------------------------------------------------------------------------------


def test_an_awsvpc_task_shares_one_network_held_by_the_pause_container(bench: Bench) -> None:
    bench.define(
        {"name": "web", "image": "demo/web:1", "command": None, "portMappings": [{"containerPort": 80}]},
        {"name": "client", "command": ["sh", "-c", "wget -qO- http://127.0.0.1:80; sleep 1000"]},
        networkMode="awsvpc",
    )
    assert bench.pull(PAUSE_IMAGE, check_first=True).result is Result.DONE
    holder = bench.run(PAUSE_CONTAINER)
    assert holder.state is SeenState.RUNNING
    bench.run("web")
    bench.run("client")
    wait_until(lambda: bench.machine.docker("logs", name_of("client")) == "web 1", "the sibling's answer")
    (port,) = holder.network_bindings
    with urlopen(f"http://{bench.machine.ip}:{port.host_port}", timeout=5) as answer:
        assert answer.read() == b"web 1\n"
    stopped = bench.host.perform(StopContainer(name_of(PAUSE_CONTAINER), TASK, timeout_s=0))
    assert stopped.seen is not None
    assert stopped.seen.state is SeenState.EXITED


def test_a_tasks_volume_goes_with_its_last_container_and_a_shared_one_stays(bench: Bench) -> None:
    mounts = [
        {"sourceVolume": "own", "containerPath": "/own"},
        {"sourceVolume": "kept", "containerPath": "/kept"},
    ]
    bench.define(
        {"name": "a", "mountPoints": mounts},
        {"name": "b", "mountPoints": mounts},
        volumes=[
            {"name": "own"},
            {"name": "kept", "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": True}},
        ],
    )
    bench.run("a")
    bench.run("b")
    assert len(bench.machine.docker("volume", "ls", "-q").split()) == 2
    assert bench.end("a").result is Result.DONE
    assert len(bench.machine.docker("volume", "ls", "-q").split()) == 2
    assert bench.end("b").result is Result.DONE
    assert bench.machine.docker("volume", "ls", "-q").split() == ["kept"]


def test_a_shared_volume_that_must_be_there_is_a_failed_create(bench: Bench) -> None:
    bench.define(
        {"name": "a", "mountPoints": [{"sourceVolume": "kept", "containerPath": "/kept"}]},
        volumes=[{"name": "kept", "dockerVolumeConfiguration": {"scope": "shared"}}],
    )
    failed = bench.create("a")
    assert (failed.error_name, "kept" in failed.error) == ("CannotCreateVolumeError", True)


def test_a_secret_reaches_the_container_and_a_missing_one_fails_its_create(bench: Bench) -> None:
    bench.define(
        {"name": "a", "secrets": [{"name": "PASSWORD", "valueFrom": "password"}]},
        {"name": "b", "secrets": [{"name": "TOKEN", "valueFrom": "token"}]},
    )
    bench.run("a")
    assert bench.machine.docker("exec", name_of("a"), "sh", "-c", "echo $PASSWORD") == "hunter2"
    failed = bench.create("b")
    assert (failed.result, failed.error_name) == (Result.FAILED, "ResourceInitializationError")


def test_a_secret_that_docker_repeats_in_its_complaint_is_hidden(bench: Bench) -> None:
    """It tells of a log option that it can't use with its value: at the start, and in the container's state from then on."""
    secret = [{"name": "max-size", "valueFrom": "password"}]
    bench.define({"name": "a", "logConfiguration": {"logDriver": "json-file", "secretOptions": secret}})
    bench.create("a")
    failed = bench.start("a")
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotStartContainerError")
    assert "invalid size: '(hidden)'" in failed.error
    assert "invalid size: '(hidden)'" in bench.seen("a").error
    assert "hunter2" not in repr(failed) + repr(bench.host.observe(deadline_s=10.0))


def test_a_memory_kill_is_reported(bench: Bench) -> None:
    greedy = "yes | tr '\\n' x | head -c 100m | grep n"
    bench.define({"name": "a", "memory": 8, "command": ["sh", "-c", greedy]})
    bench.run("a")
    wait_until(lambda: bench.seen("a").state is SeenState.EXITED, "its end")
    assert (bench.seen("a").oom_killed, bench.seen("a").exit_code) == (True, 137)


def test_a_program_that_is_not_there_is_a_failed_start_in_a_sentence(bench: Bench) -> None:
    bench.define({"name": "a", "command": ["/nope"]})
    bench.create("a")
    failed = bench.start("a")
    assert (failed.result, failed.error_name) == (Result.FAILED, "CannotStartContainerError")
    assert failed.error.startswith('the image has no program "/nope"')


def test_a_failing_check_reports_its_last_output(bench: Bench) -> None:
    check = {"command": ["CMD-SHELL", "echo no database; exit 1"], "interval": 5, "timeout": 2, "retries": 1}
    bench.define({"name": "a", "healthCheck": check})
    bench.run("a")
    wait_until(lambda: bench.seen("a").error == "no database", "the failed check", 15.0)


@pytest.mark.parametrize("mode", ["bridge", "awsvpc"])
def test_a_range_of_ports_is_adjacent_on_the_host_and_nobody_else_s(bench: Bench, mode: str) -> None:
    mappings = [{"containerPortRange": "9000-9019"}, {"containerPortRange": "9000-9004", "protocol": "udp"}]
    bench.define({"name": "a", "portMappings": mappings}, networkMode=mode)
    publishing = "a" if mode == "bridge" else PAUSE_CONTAINER
    if mode == "awsvpc":
        assert bench.pull(PAUSE_IMAGE).result is Result.DONE
    tasks = [digit * 32 for digit in "0123456789ab"]
    bench.host.observe(deadline_s=10.0)  # opened once, as an agent does it: the threads below share it
    with ThreadPoolExecutor(6) as pool:
        created = list(pool.map(lambda task: bench.create(publishing, task), tasks))
    assert {outcome.result for outcome in created} == {Result.DONE}, created
    held: list[tuple[int, str]] = []
    for task in tasks:
        # Created together, started one after the other: what is not started yet shows in no list of ports.
        started = bench.start(publishing, task)
        assert started.result is Result.DONE, started
        assert started.seen is not None
        for protocol, length in (("tcp", 20), ("udp", 5)):
            ports = [b.host_port for b in started.seen.network_bindings if b.protocol == protocol]
            assert ports == list(range(ports[0], ports[0] + length))
            assert ports[0] >= 61000
            held += [(port, protocol) for port in ports]
    assert len(held) == len(set(held)) == 25 * len(tasks)


def test_logs_that_are_sent_away_are_read_from_docker_s_copy(bench: Bench) -> None:
    """Of the drivers that only send, this holds for all that need nobody who listens: it is one part of Docker.

    The copy is local's, and so are local's own logs.
    """
    away = {
        "local": {"max-size": "5m"},
        "syslog": {"syslog-address": "udp://127.0.0.1:5140"},
        "gelf": {"gelf-address": "udp://127.0.0.1:12201"},
        "fluentd": {"fluentd-address": "127.0.0.1:24224", "fluentd-async": "true"},
    }
    for number, (driver, options) in enumerate(away.items()):
        task = str(number) * 32
        bench.define(
            {
                "name": "a",
                "command": ["sh", "-c", f"echo by {driver}"],
                "logConfiguration": {"logDriver": driver, "options": options},
            }
        )
        bench.run("a", task)
        logs = ("logs", name_of("a", task))
        wait_until(lambda logs=logs: bench.machine.docker(*logs) != "", f"the copy of {driver}'s logs")  # type: ignore[misc]
        assert bench.machine.docker(*logs) == f"by {driver}"
    bench.define({"name": "a", "logConfiguration": {"logDriver": "none"}})
    assert bench.run("a").state is SeenState.RUNNING


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_hung_docker_fails_the_look_at_its_deadline_and_leaves_actions_unknown(bench: Bench) -> None:
    bench.define({"name": "a"})
    bench.create("a")
    bench.machine.hang()
    with pytest.raises(HostUnreachable) as caught:
        bench.host.observe(deadline_s=0.3)
    assert caught.value.step == "answer"
    outcome = bench.start("a", deadline_s=0.3)
    assert (outcome.result, outcome.timed_out) == (Result.UNKNOWN, True)
    bench.machine.resume()
    wait_until(lambda: bench.seen("a").state in {SeenState.CREATED, SeenState.RUNNING}, "the host's answer")
    assert bench.start("a").result is Result.DONE


def test_closing_ends_what_is_under_way(bench: Bench) -> None:
    bench.define({"name": "a"})
    bench.run("a")
    outcomes: list[Outcome] = []
    stop = StopContainer(name_of("a"), TASK, timeout_s=60)
    worker = threading.Thread(target=lambda: outcomes.append(bench.host.perform(stop)), daemon=True)
    hints = bench.host.hints()
    worker.start()
    signalled = ("events", "--since", "0", "--until", "0s", "--filter", "event=kill")
    wait_until(lambda: bench.machine.docker(*signalled) != "", "the stop to be under way")
    bench.host.close()
    worker.join(5.0)
    assert not worker.is_alive()
    assert not hints.wait()
    assert outcomes[0].result in {Result.UNKNOWN, Result.NOT_SENT}


def test_a_restarted_docker_is_seen_again_over_the_same_connection(bench: Bench) -> None:
    # A daemon that was killed first stops what it finds running, for as long as its stop time-out.
    bench.define({"name": "a", "stopTimeout": 2})
    bench.run("a")
    bench.machine.stop_docker()
    with pytest.raises(HostUnreachable):
        bench.host.observe(deadline_s=5.0)
    assert bench.start("a").result is Result.NOT_SENT
    bench.machine.restore_docker()
    assert bench.seen("a").state is SeenState.EXITED


def test_an_unchanged_host_is_looked_at_without_a_single_inspect(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.define({"name": "a"}, {"name": "b"})
    bench.run("a")
    bench.create("b")
    first = bench.host.observe(deadline_s=10.0)
    known = sorted(key for key, _ in bench.host._lookout._seen.values())

    def refuse(*_: object) -> None:
        listed = bench.host._api.containers(time.monotonic() + 10, label=owned_by("us"), stopped=True)
        pytest.fail(f"inspected: known were {known}, listed are {listed}")

    monkeypatch.setattr(bench.host._api, "container", refuse)
    second = bench.host.observe(deadline_s=10.0)
    assert [c.name for c in second.containers] == [c.name for c in first.containers]
    assert len(second.containers) == 2


def test_a_container_restarted_by_hand_is_inspected_again_because_an_event_named_it(bench: Bench) -> None:
    bench.define({"name": "a"})
    started_at = bench.run("a").started_at
    hints = bench.host.hints()
    bench.machine.docker("restart", "-t", "0", name_of("a"))
    assert all(hints.wait() for _ in range(2))
    wait_until(lambda: bench.seen("a").started_at != started_at, "the new start")


def test_a_command_that_does_not_end_is_not_started_beside_itself(bench: Bench) -> None:
    """Docker knows no way to end one: a probe that hangs would fill its container with them."""
    bench.define({"name": "main"})
    bench.run("main")
    command = ["sh", "-c", "echo begun >> /tmp/begun; sleep 2"]
    for _ in range(3):
        with pytest.raises(TimeoutError):
            bench.host.execute(name_of("main"), command, 0.4)
    counted = ["sh", "-c", "wc -l < /tmp/begun"]
    assert bench.host.execute(name_of("main"), counted, 5.0).last_line == "1"

    def again() -> bool:
        with contextlib.suppress(TimeoutError):
            bench.host.execute(name_of("main"), command, 0.4)
        return bench.host.execute(name_of("main"), counted, 5.0).last_line == "2"

    wait_until(again, "it is run anew when it has ended", 10.0)
    refused = bench.host.execute(name_of("main"), ["no-such-command"], 5.0)
    assert refused.exit_code in {126, 127}
    assert "no-such-command" in refused.last_line


def test_a_task_in_a_namespace_of_its_own_is_reached_at_its_pause_container(bench: Bench) -> None:
    serve = ["sh", "-c", "httpd -f -p 80 -h /www"]
    bench.define({"name": "main", "command": serve}, networkMode="awsvpc")
    assert bench.pull(PAUSE_IMAGE).result is Result.DONE
    bench.run(PAUSE_CONTAINER)
    bench.run("main")

    def listens() -> bool:
        with contextlib.suppress(PortRefused):
            bench.host.dial(name_of(PAUSE_CONTAINER), 80, 5.0).close()
            return True
        return False

    wait_until(listens, "it listens", 10.0)
    with pytest.raises(NoWay):
        bench.host.dial(name_of("main"), 80, 5.0)
