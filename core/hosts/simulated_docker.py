"""One simulated Docker daemon: what it holds and how it answers, in Docker's own terms, under a clock that is given.

Nothing in it waits. What a container would have done by now is worked out when somebody looks, and a verb takes effect at
the moment it is called; how long verbs take is said by `Pace` and waited for by whoever drives it (core.hosts.simulated in
real time, core.sim in virtual time). The status of each refusal is the one Docker's Engine API gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.model.names import by_digest
from core.model.ports import HostPort
from core.model.task import Health, NetworkBinding
from core.record import Record, field
from core.reports import SeenState

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.labels import Ownership

#: Docker's exit codes of a killed process, of one that ended by the stop signal, and of one whose host lost power.
KILLED: Final = 137
TERMINATED: Final = 143
POWER_LOST: Final = 255
#: What a container that is well, and one that is not, answers by HTTP.
OK: Final = 200
UNAVAILABLE: Final = 503
#: Where Docker (Linux) begins to look for a free port.
FIRST_DYNAMIC_PORT: Final = 32768


class DaemonError(Exception):
    """Docker said no. `status` is the HTTP status, the message Docker's own wording."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the status beside the message."""
        super().__init__(message)
        self.status = status
        self.message = message


class Script(Record):
    """What a container does once it is started. Times count from its start."""

    exits_after_s: float | None = None
    exit_code: int = 0
    oom_killed: bool = False
    #: When its check first passes, and it listens at its ports; None: never.
    healthy_after_s: float | None = 1.0
    unhealthy_after_s: float | None = None
    #: Its check turns between passing and failing at this period.
    flaps_every_s: float | None = None
    #: How long it takes to end after the stop signal; None: it ignores the signal, and is killed at the time-out.
    ends_after_signal_s: float | None = 0.2
    #: Docker's sentence when it can't be started at all.
    start_error: str = ""


class Spec(Record, kw_only=True):
    """What a create call asks for."""

    name: str
    image: str
    #: None for a container that is none of Dockyard's.
    owner: Ownership | None = None
    script: Script = field(default_factory=Script)
    has_check: bool = False
    #: Container port, protocol, host port (0: any free one).
    ports: tuple[tuple[int, str, int], ...] = ()


@dataclass(slots=True)
class SimulatedContainer:
    """A container; `ends_at` is the moment at which it will have ended by its script, a signal or a kill."""

    spec: Spec
    runtime_id: str
    created_at: float
    #: Which version of its image it was created from.
    digest: str = ""
    started_at: float | None = None
    #: How often it was started.
    starts: int = 0
    ends_at: float | None = None
    end_code: int = 0
    oom_killed: bool = False
    error: str = ""
    bindings: tuple[NetworkBinding, ...] = ()

    def state(self, now: float) -> SeenState:
        """Its state at a moment."""
        if self.started_at is None:
            return SeenState.CREATED
        if self.ends_at is not None and self.ends_at <= now:
            return SeenState.EXITED
        return SeenState.RUNNING

    def health(self, now: float) -> Health:
        """What its check says at a moment."""
        if not self.spec.has_check:
            return Health.UNKNOWN
        return {None: Health.UNKNOWN, OK: Health.HEALTHY, UNAVAILABLE: Health.UNHEALTHY}[self.answers(now)]

    def answers(self, now: float) -> int | None:
        """The HTTP status that it answers at a moment; None while nobody listens."""
        script = self.spec.script
        if self.state(now) is not SeenState.RUNNING or self.started_at is None:
            return None
        ran_s = now - self.started_at
        if script.healthy_after_s is None or ran_s < script.healthy_after_s:
            return None
        if script.unhealthy_after_s is not None and ran_s >= script.unhealthy_after_s:
            return UNAVAILABLE
        if script.flaps_every_s is not None and int(ran_s / script.flaps_every_s) % 2:
            return UNAVAILABLE
        return OK

    @property
    def host_ports(self) -> frozenset[HostPort]:
        """What it publishes while it runs."""
        return frozenset(HostPort(binding.host_port, binding.protocol) for binding in self.bindings)

    def end(self, at: float, code: int) -> None:
        """It ends at a moment, unless it ends earlier."""
        if self.ends_at is None or at < self.ends_at:
            self.ends_at, self.end_code, self.oom_killed = at, code, False


class Pace(Record):
    """How long a daemon takes, in seconds: each verb between its two figures."""

    look: tuple[float, float] = (0.005, 0.05)
    create: tuple[float, float] = (0.02, 0.1)
    start: tuple[float, float] = (0.05, 0.4)
    remove: tuple[float, float] = (0.02, 0.1)
    pull: tuple[float, float] = (0.5, 4.0)


def only_version(image: str) -> str:
    """What every tag stands for, for good."""
    return f"sha256:{image}"


def no_pull_error(_image: str) -> str:
    """Every image can be pulled."""
    return ""


class SimulatedDocker:
    """The daemon of one machine, with what it keeps: containers, images, the marker volume."""

    def __init__(
        self,
        clock: Callable[[], float],
        chance: Random,
        *,
        cpu_units: int = 4096,
        memory_mib: int = 8192,
        pace: Pace | None = None,
    ) -> None:
        """An empty machine that is on."""
        self.clock: Final = clock
        self.chance: Final = chance
        self.cpu_units: Final = cpu_units
        self.memory_mib: Final = memory_mib
        self.pace = pace or Pace()
        self.containers: Final[dict[str, SimulatedContainer]] = {}
        #: Names and `NAME@DIGEST`s that are there, and which version each name stands for here.
        self.images: Final[set[str]] = set()
        self.tagged: Final[dict[str, str]] = {}
        #: Which version a name stands for in its registry now.
        self.registry: Callable[[str], str] = only_version
        #: Installation -> the instance id in the marker volume.
        self.markers: Final[dict[str, str]] = {}
        #: Docker's sentence when an image can't be pulled; empty when it can.
        self.pull_error: Callable[[str], str] = no_pull_error
        #: Why no stream can be opened to its containers' ports; empty where one can.
        self.no_way = ""
        self.disk_full = False
        #: Docker's sentences when it can't stop or remove anything; empty when it can.
        self.stop_error = ""
        self.remove_error = ""

    # -- images ---------------------------------------------------------------------------------------------------------

    def pull(self, image: str, digest: str = "") -> None:
        """Make an image present, or that version of it."""
        if self.disk_full:
            raise DaemonError(500, f"write /var/lib/docker/tmp/{image}: no space left on device")
        if refused := self.pull_error(image):
            raise DaemonError(404, refused)
        self.tag(image, digest or self.registry(image))

    def tag(self, image: str, digest: str) -> None:
        """Let a name stand for a version that is here."""
        self.images.update((image, by_digest(image, digest)))
        self.tagged[image] = digest

    def remove_image(self, image: str, digest: str) -> None:
        """Remove a version of an image, with its name where that stands for it."""
        name = by_digest(image, digest)
        used = [
            c for c in self.containers.values() if c.spec.image == name or (digest and c.digest == digest)
        ]
        if used:
            what = f"conflict: unable to remove repository reference {image} (must force) - container {used[0].runtime_id} uses it"
            raise DaemonError(409, what)
        self.images.discard(name)
        if self.tagged.get(image) == digest:
            self.images.discard(image)
            del self.tagged[image]

    # -- containers -----------------------------------------------------------------------------------------------------

    def create(self, spec: Spec) -> SimulatedContainer:
        """Create a container."""
        taken = self.containers.get(spec.name)
        if taken is not None:
            what = f'Conflict. The container name "/{spec.name}" is already in use by container "{taken.runtime_id}".'
            raise DaemonError(409, what)
        if spec.image not in self.images:
            raise DaemonError(404, f"No such image: {spec.image}")
        if self.disk_full:
            raise DaemonError(500, "mkdir /var/lib/docker/overlay2: no space left on device")
        digest = spec.image.partition("@")[2] or self.tagged.get(spec.image, "")
        made = SimulatedContainer(spec, f"{self.chance.getrandbits(256):064x}", self.clock(), digest)
        self.containers[spec.name] = made
        return made

    def find(self, name: str) -> SimulatedContainer:
        """Inspect a container."""
        if name not in self.containers:
            raise DaemonError(404, f"No such container: {name}")
        return self.containers[name]

    def start(self, name: str) -> None:
        """Start a container; one that runs already is left alone (Docker answers 304)."""
        container, now = self.find(name), self.clock()
        if container.state(now) is SeenState.RUNNING:
            return
        script = container.spec.script
        try:
            container.bindings = self._set_up(container)
        except DaemonError as error:
            container.error = error.message
            raise
        container.started_at, container.error, container.oom_killed = now, "", False
        container.ends_at = None
        container.starts += 1
        if script.exits_after_s is not None:
            container.ends_at, container.end_code = now + script.exits_after_s, script.exit_code
            container.oom_killed = script.oom_killed

    def signal(self, name: str, timeout_s: float) -> float:
        """Send the stop signal, and the kill after the time-out. The moment by which it has ended (Docker answers then)."""
        container, now = self.find(name), self.clock()
        if container.state(now) is not SeenState.RUNNING:
            return now
        if self.stop_error:
            raise DaemonError(500, self.stop_error)
        after_s = container.spec.script.ends_after_signal_s
        if after_s is None or after_s > timeout_s:
            container.end(now + timeout_s, KILLED)
        else:
            container.end(now + after_s, TERMINATED)
        assert container.ends_at is not None
        return container.ends_at

    def remove(self, name: str) -> None:
        """Remove a container that doesn't run."""
        container = self.find(name)
        if container.state(self.clock()) is SeenState.RUNNING:
            what = f"You cannot remove a running container {container.runtime_id}. Stop the container before attempting removal"
            raise DaemonError(409, what)
        if self.remove_error:
            raise DaemonError(500, self.remove_error)
        del self.containers[name]

    def _set_up(self, container: SimulatedContainer) -> tuple[NetworkBinding, ...]:
        """Its network, then its process."""
        taken = self.taken_ports(besides=container)
        bound: list[NetworkBinding] = []
        for inside, protocol, wanted in container.spec.ports:
            port = wanted or next(
                p for p in range(FIRST_DYNAMIC_PORT, 65536) if HostPort(p, protocol) not in taken
            )
            if HostPort(port, protocol) in taken:
                what = (
                    f"driver failed programming external connectivity on endpoint {container.spec.name}: "
                    f"Bind for 0.0.0.0:{port} failed: port is already allocated"
                )
                raise DaemonError(500, what)
            taken.add(HostPort(port, protocol))
            bound.append(NetworkBinding(inside, port, protocol))
        if container.spec.script.start_error:
            raise DaemonError(500, container.spec.script.start_error)
        return tuple(bound)

    def taken_ports(self, *, besides: SimulatedContainer | None = None) -> set[HostPort]:
        """The host ports that running containers hold."""
        now = self.clock()
        running = (c for c in self.containers.values() if c.state(now) is SeenState.RUNNING)
        return {port for c in running if c is not besides for port in c.host_ports}

    # -- what happens to it ---------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """Somebody kills a container behind our back."""
        self.find(name).end(self.clock(), KILLED)

    def lose_power(self) -> None:
        """The machine goes off: nothing runs on it any more, and nothing comes back by itself."""
        now = self.clock()
        for container in self.containers.values():
            if container.state(now) is SeenState.RUNNING:
                container.end(now, POWER_LOST)

    def restart_daemon(self) -> None:
        """The daemon is restarted: it stops its containers first, and the restart policy `no` leaves them so."""
        now = self.clock()
        for container in self.containers.values():
            if container.state(now) is SeenState.RUNNING:
                container.end(now, TERMINATED)

    def next_change_at(self) -> float | None:
        """When the state of a container, or its check, next changes by itself."""
        now = self.clock()
        moments: list[float] = []
        for container in self.containers.values():
            if container.started_at is None or container.state(now) is not SeenState.RUNNING:
                continue
            script = container.spec.script
            after = [script.healthy_after_s, script.unhealthy_after_s] if container.spec.has_check else []
            moments += [container.started_at + s for s in after if s is not None]
            if script.flaps_every_s is not None:
                ran_s = now - container.started_at
                moments.append(now + script.flaps_every_s - ran_s % script.flaps_every_s)
            if container.ends_at is not None:
                moments.append(container.ends_at)
        return min((at for at in moments if at > now), default=None)
