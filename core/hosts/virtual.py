"""From actions and looks to the verbs of a simulated daemon, and back to outcomes and reports; nothing here waits.

An action has two moments: `begin`, at which the request reaches the daemon, says when the daemon will be done; `finish`, to
be called then, carries it out and says what is known. core.hosts.simulated lets real time pass between the two, core.sim
virtual time. What an outcome says is held against the real host's by the contract tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from core.errors import HostError, NoWay, PortRefused
from core.hosts.base import Executed
from core.hosts.simulated_docker import OK, DaemonError, Script, Spec
from core.hosts.simulated_port import SimulatedPort
from core.labels import Ownership
from core.model.names import by_digest
from core.model.task_definition import PAUSE_IMAGE, NetworkMode
from core.record import replace
from core.reports import ContainerSeen, HostFacts, HostReport, Marker, Outcome, Result, SeenState
from core.taskdef.port_ranges import adjacent, host_port_of, wanted_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.actions import Action
    from core.hosts.simulated_docker import SimulatedContainer, SimulatedDocker
    from core.model.task_definition import ContainerDefinition, TaskDefinition
    from core.taskdef.port_ranges import Wanted

#: What a simulated engine says of itself.
DOCKER_VERSION: Final = "27.0.0-simulated"
API_VERSION: Final = "1.46"
_ATTRIBUTES: Final = (
    ("ecs.capability.external", ""),
    ("ecs.cpu-architecture", "x86_64"),
    ("ecs.os-family", "LINUX"),
    ("ecs.os-type", "linux"),
)
#: ECS's error name for each action that Docker may refuse.
_ERROR_NAMES: Final = {
    PullImage: "CannotPullContainerError",
    RemoveImage: "CannotRemoveImageError",
    CreateContainer: "CannotCreateContainerError",
    StartContainer: "CannotStartContainerError",
    StopContainer: "CannotStopContainerError",
    RemoveContainer: "CannotRemoveContainerError",
    MarkHost: "CannotCreateVolumeError",
    UnmarkHost: "CannotRemoveVolumeError",
}


class VirtualHost:
    """One installation's hand on one simulated daemon."""

    def __init__(
        self,
        docker: SimulatedDocker,
        installation: str,
        instance: str,
        definition: Callable[[str], TaskDefinition | None],
        script: Callable[[ContainerDefinition], Script],
    ) -> None:
        """`definition` finds a revision by its name, `script` says how a container of it behaves here."""
        self.docker = docker
        self.installation: Final = installation
        self.instance: Final = instance
        self._definition: Final = definition
        self._script: Final = script
        #: Docker holds a lock on each container: what comes second waits for what came first.
        self._busy_until: Final[dict[str, float]] = {}

    # -- looking ----------------------------------------------------------------------------------------------------

    def look(self) -> HostReport:
        """What a look at this moment shows."""
        docker, now = self.docker, self.docker.clock()
        ours = [c for c in docker.containers.values() if self._owned(c)]
        foreign = {
            port
            for container in docker.containers.values()
            if not self._owned(container) and container.state(now) is SeenState.RUNNING
            for port in container.host_ports
        }
        marker = docker.markers.get(self.installation, "")
        return HostReport(
            instance=self.instance,
            began_at=now,
            ended_at=now,
            facts=HostFacts(
                cpu_units=docker.cpu_units,
                memory_mib=docker.memory_mib,
                docker_version=DOCKER_VERSION,
                api_version=API_VERSION,
                attributes=_ATTRIBUTES,
            ),
            marker=self._marker(marker),
            marker_instance=marker,
            containers=tuple(self.seen(c) for c in sorted(ours, key=lambda c: c.spec.name)),
            foreign_ports=tuple(sorted(foreign)),
        )

    def _marker(self, marker: str) -> Marker:
        if not marker:
            return Marker.ABSENT
        return Marker.OURS if marker == self.instance else Marker.OTHER_INSTANCE

    def _owned(self, container: SimulatedContainer) -> bool:
        owner = container.spec.owner
        return owner is not None and owner.installation == self.installation

    def seen(self, container: SimulatedContainer) -> ContainerSeen:
        """A container as a report shows it."""
        now = self.docker.clock()
        owner, state = container.spec.owner, container.state(now)
        assert owner is not None
        exited = state is SeenState.EXITED
        return ContainerSeen(
            name=container.spec.name,
            runtime_id=container.runtime_id,
            state=state,
            task=owner.task,
            container=owner.container,
            definition_digest=owner.definition_digest,
            service=owner.service,
            deployment=owner.deployment,
            definition=owner.definition,
            cluster=owner.cluster,
            image=container.spec.image,
            image_digest=container.digest,
            health=container.health(now),
            exit_code=container.end_code if exited else None,
            oom_killed=exited and container.oom_killed,
            error=container.error,
            network_bindings=container.bindings if state is SeenState.RUNNING else (),
            created_at=container.created_at,
            started_at=container.started_at,
            finished_at=container.ends_at if exited else None,
            run=run_of(container),
        )

    # -- reaching into containers -----------------------------------------------------------------------------------

    def dial(self, name: str, port: int, timeout_s: float) -> SimulatedPort:
        """A stream to a port of a container, every one of which answers alike. Raises HostError."""
        del timeout_s
        status = self._answer(name)
        if self.docker.no_way:
            raise NoWay(self.docker.no_way)
        if status is None:
            raise PortRefused(f"Nobody listens at port {port}")
        return SimulatedPort(status)

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        """A command that asks its own container whether it is well. Raises HostError."""
        del command, timeout_s
        return Executed(0) if self._answer(name) == OK else Executed(1, "not well")

    def _answer(self, name: str) -> int | None:
        """What a container that runs answers now; the one that holds its task's namespaces is found by those which share them."""
        found, now = self._ours(name), self.docker.clock()
        if found is None or found.state(now) is not SeenState.RUNNING:
            raise HostError(f"the container {name} does not run")
        if found.spec.image != PAUSE_IMAGE:
            return found.answers(now)
        ours = (c for c in self.docker.containers.values() if c is not found and self._owned(c))
        task = found.spec.owner.task if found.spec.owner is not None else ""
        answers = (c.answers(now) for c in ours if c.spec.owner is not None and c.spec.owner.task == task)
        return next((status for status in answers if status is not None), None)

    # -- acting -----------------------------------------------------------------------------------------------------

    def begin(self, action: Action) -> float:
        """The request reaches the daemon. The moment at which it will be done: call `finish` then."""
        docker = self.docker
        now = max(docker.clock(), self._busy_until.get(action.target, 0.0))
        done_at = now
        match action:
            case PullImage() if now > docker.clock():
                pass  # a daemon joins pulls of one image
            case PullImage():
                cached = self._is_local(action)
                done_at += (
                    0.0 if cached or action.image == PAUSE_IMAGE else docker.chance.uniform(*docker.pace.pull)
                )
            case StopContainer():
                if self._ours(action.name) is not None and not docker.stop_error:
                    done_at = max(now, docker.signal(action.name, action.timeout_s))
            case CreateContainer() | MarkHost():
                done_at += docker.chance.uniform(*docker.pace.create)
            case StartContainer():
                done_at += docker.chance.uniform(*docker.pace.start)
            case RemoveContainer() | RemoveImage() | UnmarkHost():
                done_at += docker.chance.uniform(*docker.pace.remove)
        self._busy_until[action.target] = done_at
        return done_at

    def finish(self, action: Action) -> Outcome:
        """Carry an action out, at the moment that `begin` named, and say what is then known."""
        images = frozenset(self.docker.images)
        try:
            note = self._carry_out(action)
        except DaemonError as error:
            return self._outcome(action, Result.FAILED, error=error.message)
        done = self._outcome(action, Result.DONE, note=note)
        if not isinstance(action, PullImage):
            return done
        return replace(done, image_new=by_digest(action.image, done.digest) not in images)

    def _carry_out(self, action: Action) -> str:
        """Do it; what is done already is done. Returns a remark for people."""
        match action:
            case PullImage():
                return self._pull(action)
            case RemoveImage():
                self.docker.remove_image(action.image, action.digest)
            case MarkHost() | UnmarkHost():
                self._mark(action)
            case CreateContainer():
                self._create(action)
            case StartContainer():
                container = self._find(action.name)
                if container is None:
                    raise DaemonError(404, f"No such container: {action.name}")
                ended = container.state(self.docker.clock()) is SeenState.EXITED
                # One run of a container follows one decision.
                if container.started_at is None or (
                    ended and action.after_run and run_of(container) == action.after_run
                ):
                    self.docker.start(action.name)
            case StopContainer():
                if self._find(action.name) is not None:
                    self.docker.signal(action.name, 0)
            case RemoveContainer():
                if self._find(action.name) is not None:
                    self.docker.remove(action.name)
        return ""

    def _mark(self, action: MarkHost | UnmarkHost) -> None:
        markers = self.docker.markers
        if isinstance(action, UnmarkHost) and self.docker.remove_error:
            raise DaemonError(500, self.docker.remove_error)
        if isinstance(action, MarkHost) and self.docker.disk_full:
            raise DaemonError(500, "create volume: no space left on device")
        former = action.instead_of if isinstance(action, MarkHost) else action.instance
        if markers.get(self.installation) == former:
            del markers[self.installation]
        if isinstance(action, UnmarkHost):
            return
        marker = markers.setdefault(self.installation, action.instance)
        if marker != action.instance:
            raise DaemonError(409, f"the host is marked as container instance {marker}")

    def _pull(self, action: PullImage) -> str:
        docker = self.docker
        if action.image == PAUSE_IMAGE:
            docker.images.add(action.image)
            return ""
        if self._is_local(action):
            if action.digest:
                docker.tag(action.image, action.digest)
            return ""
        try:
            docker.pull(action.image, action.digest)
        except DaemonError as error:
            cached = by_digest(action.image, action.digest) in docker.images
            if not (cached and action.use_cached):
                raise
            return f"the pull failed ({error.message}); the local copy is used"
        return ""

    def _is_local(self, action: PullImage) -> bool:
        """Whether nothing needs to be pulled: a version that is there is the one that is wanted."""
        asks = action.check_first or bool(action.digest)
        return asks and by_digest(action.image, action.digest) in self.docker.images

    def _create(self, action: CreateContainer) -> None:
        definition = self._definition(action.definition)
        if definition is None:
            raise DaemonError(400, f"the task definition {action.definition} is not known")
        family, _, revision = action.definition.rpartition(":")
        owner = Ownership(
            installation=self.installation,
            instance=self.instance,
            cluster=action.cluster,
            task=action.task,
            container=action.container,
            family=family,
            revision=int(revision),
            definition_digest=action.definition_digest,
            service=action.service,
            deployment=action.deployment,
        )
        try:
            self.docker.create(self._spec(action, definition, owner))
        except DaemonError as error:
            if error.status != 409 or self.docker.find(action.name).spec.owner != owner:
                raise

    def _spec(self, action: CreateContainer, definition: TaskDefinition, owner: Ownership) -> Spec:
        container = definition.container(action.container)
        shared = definition.network_mode is NetworkMode.AWSVPC
        host_ranges = self._host_ranges(action, definition)
        if container is None:
            script = Script(ends_after_signal_s=None)
            every = definition.containers if shared else ()
            return Spec(
                name=action.name,
                image=PAUSE_IMAGE,
                owner=owner,
                script=script,
                ports=_ports(host_ranges, *every),
            )
        return Spec(
            name=action.name,
            image=by_digest(container.image, action.image_digest),
            owner=owner,
            script=self._script(container),
            has_check=container.health_check is not None,
            ports=() if shared else _ports(host_ranges, container),
        )

    def _host_ranges(self, action: CreateContainer, definition: TaskDefinition) -> dict[Wanted, int]:
        taken = {(port.port, port.protocol) for port in self.docker.taken_ports()}
        taken |= {
            (host, protocol) for c in self.docker.containers.values() for _, protocol, host in c.spec.ports
        }
        found = adjacent(wanted_ranges(definition, action.container), taken, action.name)
        if found is None:
            raise DaemonError(500, "the host has no adjacent free ports")
        return found

    def _find(self, name: str) -> SimulatedContainer | None:
        """A container of ours by its name. Raises DaemonError where the name is a foreign container's."""
        if name in self.docker.containers and self._ours(name) is None:
            raise DaemonError(409, f"the container {name} on this host is not Dockyard's: it is left alone")
        return self._ours(name)

    def _ours(self, name: str) -> SimulatedContainer | None:
        container = self.docker.containers.get(name)
        return container if container is not None and self._owned(container) else None

    def _outcome(self, action: Action, result: Result, *, error: str = "", note: str = "") -> Outcome:
        container = self._ours(action.target)
        return Outcome(
            instance=self.instance,
            action=action,
            result=result,
            finished_at=self.docker.clock(),
            seen=None if container is None else self.seen(container),
            looked=not isinstance(action, PullImage | RemoveImage | MarkHost | UnmarkHost),
            error_name=_ERROR_NAMES[type(action)] if error else "",
            error=error,
            digest=self._digest(action) if result is Result.DONE else "",
            note=note,
        )

    def _digest(self, action: Action) -> str:
        """What a pull made present."""
        if not isinstance(action, PullImage):
            return ""
        return action.digest or self.docker.tagged.get(action.image, "")


def run_of(container: SimulatedContainer) -> str:
    """What tells its runs apart."""
    return "" if container.started_at is None else repr(container.started_at)


def _ports(
    host_ranges: Mapping[Wanted, int], *containers: ContainerDefinition
) -> tuple[tuple[int, str, int], ...]:
    return tuple(
        (port.container_port, port.protocol, host_port_of(port, host_ranges))
        for container in containers
        for port in container.port_mappings
    )
