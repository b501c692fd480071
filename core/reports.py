"""What comes back from a host: reports, outcomes and the like, as plain values. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.actions import Action
from core.model.ports import HostPort
from core.model.probe import Target, TargetHealth, TargetReason
from core.model.task import Health, NetworkBinding
from core.record import Record, field


class SeenState(StrEnum):
    """Docker's container states, folded to what matters: paused and restarting count as running, dead as exited."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    REMOVING = "removing"


class ContainerSeen(Record):
    """One of our containers as seen on a host. Times are the engine's clock, the host's skew taken off."""

    name: str
    runtime_id: str
    state: SeenState
    #: From its labels.
    task: str
    container: str
    definition_digest: str = ""
    service: str = ""
    deployment: str = ""
    definition: str = ""
    cluster: str = ""
    image: str = ""
    image_digest: str = ""
    health: Health = Health.UNKNOWN
    exit_code: int | None = None
    oom_killed: bool = False
    #: Docker's own words when the start failed, or the last output of a failing health check.
    error: str = ""
    network_bindings: tuple[NetworkBinding, ...] = ()
    created_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    #: Docker's own text of when it was last started: tells its runs apart, whatever clocks do. Empty before its first start.
    run: str = ""


class HostFacts(Record):
    """What a host says of itself."""

    cpu_units: int
    memory_mib: int
    docker_version: str = ""
    api_version: str = ""
    os: str = "linux"
    architecture: str = "x86_64"
    #: ECS attribute names and values (ecs.os-type, ecs.cpu-architecture, com.amazonaws.ecs.capability.…), sorted.
    attributes: tuple[tuple[str, str], ...] = ()
    clock_skew_s: float = 0.0
    #: The way to the host when others share it: the last jump host's name. Empty for a direct connection.
    route: str = ""


class Marker(StrEnum):
    """What the marker volume on the host says: engine ids are no identity (hosts made from one image share them)."""

    OURS = "ours"
    #: No marker: a host that never was ours, or another Docker at the address of one that was.
    ABSENT = "absent"
    #: Ours, but of another instance of this installation: two names for one host.
    OTHER_INSTANCE = "other instance"


class HostReport(Record):
    """What one look at a host showed. `began_at` is when the list began: nothing finished after it is contradicted by it."""

    instance: str
    began_at: float
    ended_at: float
    #: None while Docker has not said: it answers this much later than everything else when a pull hangs on a name lookup.
    facts: HostFacts | None
    marker: Marker
    #: The instance id in the marker volume; empty when there is none.
    marker_instance: str = ""
    containers: tuple[ContainerSeen, ...] = ()
    #: Ports published by containers that are not ours.
    foreign_ports: tuple[HostPort, ...] = ()
    round_trip_s: float = 0.0


class Result(StrEnum):
    """How an action ended."""

    DONE = "done"
    #: Docker said no: the same again would fail the same way.
    FAILED = "failed"
    #: The answer never came, or the deadline passed: it was probably carried out. Observe, then decide.
    UNKNOWN = "unknown"
    #: It never left: no connection.
    NOT_SENT = "not sent"


class Outcome(Record):
    """How an action ended, and what was then seen of its container (None: it is not there)."""

    instance: str
    action: Action
    result: Result
    finished_at: float
    seen: ContainerSeen | None = None
    #: Whether `seen` says something: True also when the container is known to be absent.
    looked: bool = False
    #: ECS's error name (CannotPullContainerError, …) and Docker's sentence, when it failed.
    error_name: str = ""
    error: str = ""
    timed_out: bool = False
    #: The digest of the image that a pull made present; empty where it has none, for it never was in a registry.
    digest: str = ""
    #: Whether the pull brought an image that the host did not have, under whatever name.
    image_new: bool = False
    #: A remark for people, such as "pull failed, the local copy is used".
    note: str = ""


class Utilisation(Record):
    """What a host uses now, cpu in percent of all its cores and memory in MiB; and what our containers use of it.

    `cpu_percent`, `memory_mib` and `load` (the average of one minute) count everything that runs there; None: not known.
    """

    instance: str
    at: float
    cpu_percent: float | None = None
    memory_mib: float | None = None
    load: float | None = None
    #: (task id, container name) -> (cpu percent of the whole host, memory MiB)
    containers: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)


class Unreachable(Record):
    """A look at a host failed. `step` is one of core.errors.STEPS."""

    instance: str
    at: float
    step: str
    message: str
    hint: str = ""


class ActionProgress(Record):
    """How far an action is, in words such as "34/120 MiB". At most one a second for each action."""

    instance: str
    action: Action
    text: str


class ProbeEnd(StrEnum):
    """How one check of a target ended."""

    PASSED = "passed"
    FAILED = "failed"
    #: It can't be made from here: nothing is known, and nothing is held against the task.
    NO_WAY = "no way"
    #: Our connection to the host broke, or its Docker did not answer: that is no word about the task.
    CUT = "cut"


class ProbeResult(Record):
    """One check. A `doubtful` failure is one in which nobody answered: it counts when its host is seen to have answered since."""

    end: ProbeEnd
    reason: TargetReason | None = None
    description: str = ""
    doubtful: bool = False


class ProbeVerdict(Record):
    """What a target's probe has come to say of it, whenever that changes: its state, or how near it is to turning unhealthy."""

    instance: str
    target: Target
    health: TargetHealth
