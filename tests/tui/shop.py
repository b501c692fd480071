"""A small installation for the tests of the terminal UI: two clusters, three hosts of which one is silent, three services."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from core.client.engine_process import EngineStatus
from core.client.submission import Submitted as Outcome
from core.commands import Answer, Command, Verdict
from core.config import CapacityConfig, Config
from core.config.values import ClusterConfig
from core.events import Event, Level, Subject
from core.lock import Holder
from core.model.capacity_provider import CapacityProvider
from core.model.cluster import Cluster
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.schedule import Overlap, Run, RunResult, Schedule, ScheduleState
from core.model.service import Deployment, DeploymentStatus, RolloutState, Service
from core.model.state import State
from core.model.tags import STACK_TAG
from core.model.task import (
    Container,
    ContainerStatus,
    DesiredStatus,
    Health,
    NetworkBinding,
    StopCode,
    Task,
    TaskStatus,
)
from core.model.task_definition import ContainerDefinition, LogConfiguration, PortMapping, TaskDefinition
from core.record import replace
from core.store import Recorded, Submitted
from core.streams import Place as Reached
from core.streams.forward import Ports
from core.version import VERSION
from core.vitals import EnginePulse, InstancePulse
from tui import keymap
from tui.glyphs import UNICODE, Glyphs
from tui.own import Forwarded, Own
from tui.session import Session
from tui.world import News, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.client.stage import Stage
    from core.commands import Action
    from core.errors import DockyardError
    from core.model.state import Row
    from core.streams import Streams
    from core.streams.forward import Forward

#: 2026-11-23 12:04:00 UTC
NOW = 1_795_435_440.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def now() -> float:
    return NOW


def host(
    number: int, connectivity: Connectivity = Connectivity.CONNECTED, cluster: str = "prod"
) -> ContainerInstance:
    return ContainerInstance(
        id=f"{number}{'e' * 31}",
        name=f"edge-{number}",
        cluster=cluster,
        url=f"ssh://deploy@edge-{number}",
        status=InstanceStatus.ACTIVE,
        connectivity=connectivity,
        connectivity_at=NOW - 40,
        problem=""
        if connectivity is Connectivity.CONNECTED
        else "connect: no answer from edge-3 within 10 s",
        cpu_units=4096,
        memory_mib=8192,
        docker_version="27.3.1",
        os="linux",
        architecture="x86_64",
        attributes=(("zone", "ab"[number % 2]),),
        marked=True,
        registered_at=NOW - 9 * DAY,
    )


def definition(name: str, image: str) -> TaskDefinition:
    family, _, revision = name.partition(":")
    container = ContainerDefinition(
        name=family,
        image=image,
        cpu_units=256,
        memory_mib=512,
        port_mappings=(PortMapping(8080),),
        environment=(("MODE", "production"),),
        log_configuration=LogConfiguration("json-file"),
    )
    source = json.dumps({"family": family, "containerDefinitions": [{"name": family, "image": image}]})
    return TaskDefinition(
        family=family,
        revision=int(revision),
        containers=(container,),
        cpu_units=256,
        memory_mib=512,
        source=source,
        digest=f"digest-{name}",
        registered_at=NOW - 3 * DAY,
        registered_by="ann@desk",
    )


def service(name: str, desired: int, revision: str, **more: Any) -> Service:
    more.setdefault("cluster", "prod")
    return Service(name=name, definition=revision, desired_count=desired, created_at=NOW - 3 * DAY, **more)


def deployment(of: Service, **more: Any) -> Deployment:
    more.setdefault("id", f"ecs-svc/{sum(map(ord, of.definition + of.name)):019}")
    more.setdefault("rollout_state", RolloutState.COMPLETED)
    return Deployment(
        cluster=of.cluster,
        service=of.name,
        definition=of.definition,
        desired_count=of.desired_count,
        created_at=NOW - 2 * HOUR,
        primary_at=NOW - 2 * HOUR,
        **more,
    )


def task(
    number: int,
    of: Service,
    on: ContainerInstance | None,
    status: TaskStatus = TaskStatus.RUNNING,
    **more: Any,
) -> Task:
    runs = status is TaskStatus.RUNNING
    task_id = f"{number:02x}" + "3fa91c0b7d2e4586" * 2
    family = of.definition.partition(":")[0]
    container = Container(
        family,
        f"registry.example.net/{of.definition}",
        ContainerStatus.RUNNING if runs else ContainerStatus.PENDING,
        runtime_id="c0ffee" * 10,
        health=Health.HEALTHY if runs else Health.UNKNOWN,
        network_bindings=(NetworkBinding(8080, 32768 + number),) if runs else (),
        started_at=NOW - HOUR if runs else None,
    )
    more.setdefault("containers", (container,))
    return Task(
        id=task_id[:32],
        cluster=of.cluster,
        definition=of.definition,
        group=f"service:{of.name}",
        service=of.name,
        deployment=deployment(of).id,
        instance=on.id if on else "",
        last_status=status,
        health=Health.HEALTHY if runs else Health.UNKNOWN,
        cpu_units=256,
        memory_mib=512,
        created_at=NOW - HOUR - number * MINUTE,
        started_at=NOW - HOUR if runs else None,
        healthy_since=NOW - HOUR if runs else None,
        **more,
    )


EDGE_1, EDGE_2, EDGE_3 = host(1), host(2), host(3, Connectivity.DISCONNECTED)
LAB = host(4, cluster="staging")
WEB = service("web", 5, "web:12", why="1 waits: 2 instances lack 512 MiB of memory, 1 is DISCONNECTED")
#: A stack of a service and a schedule.
SHOP = ((STACK_TAG, "shop"),)
API = service("api", 2, "api:3", steady=True, tags=SHOP)
TRY = service("try", 1, "api:3", cluster="staging", steady=True, tags=((STACK_TAG, "lab"),))
WAITING = task(
    5, WEB, None, TaskStatus.PROVISIONING, why="can't be placed: 2 instances lack 512 MiB, 1 is DISCONNECTED"
)
STOPPED = replace(
    task(9, API, EDGE_2),
    desired_status=DesiredStatus.STOPPED,
    last_status=TaskStatus.STOPPED,
    stop_code=StopCode.ESSENTIAL_CONTAINER_EXITED,
    stopped_reason="Essential container in task exited",
    stopped_at=NOW - 5 * MINUTE,
    containers=(
        Container(
            "api", "registry.example.net/api:3", ContainerStatus.STOPPED, exit_code=137, oom_killed=True
        ),
    ),
)
TASKS = (
    task(1, WEB, EDGE_1),
    task(2, WEB, EDGE_1),
    task(3, WEB, EDGE_2),
    task(4, WEB, EDGE_3),
    WAITING,
    task(6, API, EDGE_1),
    task(7, API, EDGE_2),
    task(8, TRY, LAB),
    STOPPED,
)
BACKUP = Schedule(
    "prod",
    "backup",
    "cron(0 3 * * ? *)",
    "Europe/Berlin",
    "api",
    '{"taskDefinition":"api"}',
    overlap=Overlap.SKIP,
    next_at=NOW + 14 * HOUR - 4 * MINUTE,
    window_minutes=60,
    planned_at=NOW + 14 * HOUR + 17 * MINUTE + 4,
    done_at=NOW - 10 * HOUR - 4 * MINUTE,
    runs=(
        Run(
            NOW - 10 * HOUR - 4 * MINUTE,
            NOW - 10 * HOUR - 4 * MINUTE,
            RunResult.SUCCEEDED,
            ("5" * 32,),
            ended_at=NOW - 10 * HOUR,
        ),
        Run(NOW - 34 * HOUR, NOW - 34 * HOUR, RunResult.SKIPPED, reason="task 5555 had not stopped"),
    ),
    created_at=NOW - 3 * DAY,
    tags=SHOP,
)
REPORT = replace(
    BACKUP,
    tags=(),
    cluster="staging",
    name="report",
    expression="rate(5 minutes)",
    timezone="UTC",
    definition="web:12",
    target='{"taskDefinition":"web:12"}',
    state=ScheduleState.DISABLED,
    window_minutes=0,
    next_at=None,
    planned_at=None,
    runs=(Run(NOW - HOUR, NOW - HOUR, RunResult.FAILED, ("6" * 32,), "task 66: main: exit code 3", NOW),),
)
PROD = Cluster(
    "prod",
    created_at=NOW - 9 * DAY,
    declared=True,
    capacity_providers=(
        CapacityProvider("spare", ("edge-2",)),
        CapacityProvider("steady", ("edge-1",)),
    ),
)
ROWS: tuple[Row, ...] = (
    PROD,
    Cluster("staging", created_at=NOW - 9 * DAY, declared=True),
    EDGE_1,
    EDGE_2,
    EDGE_3,
    LAB,
    definition("web:11", "registry.example.net/web:11"),
    definition("web:12", "registry.example.net/web:12"),
    definition("api:3", "registry.example.net/api:3"),
    WEB,
    API,
    TRY,
    deployment(WEB, rollout_state=RolloutState.IN_PROGRESS, running_count=4, pending_count=1),
    Deployment(
        "ecs-svc/0000000000000000011",
        "prod",
        "web",
        "web:11",
        DeploymentStatus.INACTIVE,
        RolloutState.COMPLETED,
        created_at=NOW - 2 * DAY,
        primary_at=NOW - 2 * DAY,
    ),
    deployment(API, running_count=2),
    deployment(TRY, running_count=1),
    *TASKS,
    BACKUP,
    REPORT,
)
EVENTS = tuple(
    Recorded(number, event)
    for number, event in enumerate(
        (
            Event(NOW - 2 * DAY, Subject.CLUSTER, "prod", "Cluster prod was created.", "prod"),
            Event(NOW - 40, Subject.INSTANCE, "edge-3", "edge-3 is DISCONNECTED.", "prod", Level.WARN),
            Event(
                NOW - 30,
                Subject.SERVICE,
                "web",
                "(service web) was unable to place a task.",
                "prod",
                Level.WARN,
            ),
        ),
        start=1,
    )
)
COMMANDS = (
    Submitted(
        1,
        Command(
            "a" * 32,
            "UpdateService",
            '{"cluster": "prod", "service": "web", "desiredCount": 5}',
            "ann@desk",
            NOW - 50,
        ),
        Answer("a" * 32, Verdict.ACCEPTED, NOW - 50, output="{}"),
    ),
    Submitted(
        2,
        Command("b" * 32, "DeleteCluster", '{"cluster": "prod"}', "bob@desk", NOW - 20),
        Answer(
            "b" * 32, Verdict.REFUSED, NOW - 20, "ClusterContainsServicesException", "prod has 2 services."
        ),
    ),
)
ENGINE = EngineStatus(
    running=True,
    holder=Holder(812, "desk", "2026-11-23 11:00:00 UTC", "engine", VERSION),
    pulse=EnginePulse(812, "desk", VERSION, NOW - HOUR, NOW),
    hosts={
        each.id: InstancePulse(
            heard_at=NOW - (40 if each is EDGE_3 else 1),
            round_trip_s=0.012,
            measured_at=NOW - 2,
            cpu_percent=34.0,
            memory_mib=4096.0,
            tasks={TASKS[0].id: {"web": (3.0, 300.0)}} if each is EDGE_1 else {},
        )
        for each in (EDGE_1, EDGE_2, EDGE_3, LAB)
    },
    beat_age_s=0.4,
)
NEWS = News(ROWS, (), True, ENGINE, EVENTS, COMMANDS, "", NOW)


@dataclass(slots=True)
class Carried:
    """A port forward that listens nowhere."""

    ports: Ports
    port: int
    open_count: int = 0
    total: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    problem: str = ""

    @property
    def here(self) -> str:
        return f"127.0.0.1:{self.port}"


def forwarded(carried: Carried, of: Task, on: ContainerInstance) -> Forwarded:
    name = of.definition.partition(":")[0]
    place = Reached(on, of.id, name, f"ecs-{name}")
    return Forwarded(cast("Forward", carried), place, NOW - 5 * MINUTE, lambda: None)


def forwards() -> dict[str, Forwarded]:
    """One that is used, and one whose container does not listen."""
    used = Carried(Ports(8080, 8080), 8080, 2, 41, 12_345, 7_654_321)
    unused = Carried(Ports(0, 5432), 40_001, 0, 3, problem="Nobody listens at 172.17.0.3:5432")
    found = (forwarded(used, TASKS[0], EDGE_1), forwarded(unused, TASKS[6], EDGE_2))
    return {each.forward.here: each for each in found}


def world(news: News = NEWS) -> World:
    """The shop, read just now."""
    made = World(now, own=Own(forwards()))
    made.absorb(news)
    return made


@dataclass(slots=True)
class Told:
    """A source that gives what a test puts into it."""

    waiting: list[News] = field(default_factory=lambda: [NEWS])
    looks: int = 0
    is_closed: bool = False
    ring: Callable[[], None] = lambda: None

    def has_news(self) -> bool:
        return bool(self.waiting)

    def listen(self, ring: Callable[[], None]) -> None:
        self.ring = ring
        if self.waiting:
            ring()

    def tell(self, news: News) -> None:
        self.waiting.append(news)
        self.ring()

    def take(self) -> News:
        return self.waiting.pop(0) if self.waiting else News(read_at=NOW)

    def look_now(self) -> None:
        self.looks += 1

    def close(self) -> None:
        self.is_closed = True


@dataclass(slots=True)
class Desk:
    """Keeps what was asked, and answers as a test wants."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusal: str = ""
    #: Of each command, before `refusal`.
    refusals: list[str] = field(default_factory=list)

    def ask(
        self, action: Action, given: dict[str, Any], tell: Callable[[Outcome | DockyardError], None]
    ) -> None:
        self.asked.append((action.value, given))
        refusal = self.refusals.pop(0) if self.refusals else self.refusal
        verdict = Verdict.REFUSED if refusal else Verdict.ACCEPTED
        tell(
            Outcome(
                "c" * 32,
                Answer("c" * 32, verdict, NOW, "ClientException", refusal, "{}"),
                engine_running=True,
            )
        )


class Yard:
    """The shop for another thread: what forms are tried on."""

    config_path = Path("/etc/dockyard.toml")

    def __init__(self) -> None:
        self.now = now
        self._state = State(ROWS)
        self._state.keep()

    def state(self) -> State:
        return self._state

    def config(self) -> Config:
        hosts = {
            each.name: CapacityConfig(each.name, each.url, each.cluster)
            for each in (EDGE_1, EDGE_2, EDGE_3, LAB)
        }
        clusters = {name: ClusterConfig(name) for name in ("prod", "staging")}
        return Config(self.config_path, "stamp", clusters=clusters, capacity=hosts)

    def engine(self) -> EngineStatus:
        return ENGINE

    def wait(self, judge: Callable[[State], Stage], timeout_s: float, tell: Callable[[str], None]) -> Stage:
        stage = judge(self._state)
        tell(stage.text)
        return stage

    def close(self) -> None:
        pass


def no_streams() -> Streams:
    raise AssertionError("no test reads logs of hosts here")


def session(
    *,
    glyphs: Glyphs = UNICODE,
    source: Told | None = None,
    desk: Desk | None = None,
    keys: keymap.Keymap | None = None,
) -> Session:
    """The shop, ready for the screens."""
    return Session(
        World(now), source or Told(), desk or Desk(), keys or keymap.resolve(), glyphs, no_streams, Yard
    )
