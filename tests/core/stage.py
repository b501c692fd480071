"""A stage for stories about the engine: hosts that do what they are told, a disk, and a clock that is moved by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from core.actions import (
    Action,
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    RemoveImage,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.commands import Answer, Command, Verdict
from core.engine import Engine, Input, Turn
from core.fold.config import Declared, DeclaredInstance
from core.model.settings import Settings
from core.model.state import Kind, Row, State, kind_of
from core.record import replace
from core.reports import (
    ContainerSeen,
    HostFacts,
    HostReport,
    Marker,
    Outcome,
    ProbeVerdict,
    Result,
    SeenState,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.instance import ContainerInstance
    from core.model.probe import Probes, TargetHealth
    from core.model.service import Service
    from core.model.task import Task
    from core.scheduler.pace import Pace
    from core.scheduler.portion import Portion

WEB = {"family": "web", "containerDefinitions": [{"name": "main", "image": "demo/web:1", "memory": 64}]}


@dataclass
class StageHost:
    """One Docker. `marker` is what its marker volume says; `refuse` may end an action otherwise than well."""

    containers: dict[str, ContainerSeen] = field(default_factory=dict)
    marker: str = ""
    silent: bool = False
    memory_mib: int = 4096
    refuse: Callable[[Action], Outcome | None] = lambda _: None
    done: list[Action] = field(default_factory=list)
    #: Versions of images that are there: name and digest.
    images: set[tuple[str, str]] = field(default_factory=set)

    @property
    def up(self) -> set[str]:
        """Ids of the tasks whose containers run."""
        return {c.task for c in self.containers.values() if c.state is SeenState.RUNNING}

    def die(self) -> None:
        """Every container ends, as in a reboot."""
        for name, seen in self.containers.items():
            self.containers[name] = replace(seen, state=SeenState.EXITED, exit_code=137)


class Stage:
    """An engine in the middle of its world."""

    def __init__(
        self,
        *names: str,
        settings: Settings | None = None,
        memory_mib: int = 4096,
        pace: Pace | None = None,
        portion: Portion | None = None,
    ) -> None:
        """Hosts of these names are declared, and answer."""
        self.now = 1000.0
        self.settings = settings or Settings()
        self.hosts = {name: StageHost(memory_mib=memory_mib) for name in names}
        self.disk: dict[tuple[Kind, str], Row] = {}
        self.answers: dict[str, Answer] = {}
        self.said: list[str] = []
        #: What each image's tag stands for in its registry; an image that is not here has no digest.
        self.registry: dict[str, str] = {}
        self.chance = Random(1)
        self.engine = Engine(State(), self.settings, self.chance, self.now, pace, portion)
        self.commands = 0
        #: What agents were told to probe, by instance.
        self.probes: dict[str, Probes] = {}
        self.declare(*names)
        self.look()
        self.submit("RegisterTaskDefinition", WEB)

    # -- the engine -----------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The engine's rows."""
        return self.engine.state

    def turn(self, *inputs: Input) -> tuple[tuple[str, Action], ...]:
        """One turn, written and kept; its actions are the caller's to carry out."""
        self.wrote = self.engine.turn(inputs, self.now)
        for row in self.wrote.changes.rows:
            self.disk[kind_of(row), row.key] = row
        for entry in self.wrote.changes.deleted:
            self.disk.pop(entry)
        self.answers |= {answer.command_id: answer for answer in self.wrote.changes.answers}
        self.said += [event.message for event in self.wrote.changes.events]
        actions = self.engine.keep()
        self.probes |= self.engine.probes.take()
        return actions

    def discard(self, *inputs: Input) -> Turn:
        """A turn that can't be written."""
        turn = self.engine.turn(inputs, self.now)
        self.engine.discard()
        return turn

    def rest(self, *inputs: Input) -> None:
        """Turns until nothing more is due now; what is asked of the hosts is done."""
        actions = self.turn(*inputs)
        for _ in range(50):
            if not actions and self.wrote.wake_at > self.now:
                return
            self.now += 0.01
            actions = self.turn(*(self.perform(*action) for action in actions))
        raise AssertionError(f"the engine doesn't come to rest; it last changed {self.wrote.changes.rows}")

    def restart(self) -> None:
        """A new process: the rows on disk are all that is left."""
        self.engine = Engine(State(self.disk.values()), self.settings, self.chance, self.now)
        self.probes = {}

    def pass_s(self, seconds: float, step_s: float = 1.0) -> None:
        """Time passes; every host that isn't silent is looked at once a step."""
        ends_at = self.now + seconds
        while self.now < ends_at:
            self.now += step_s
            self.look()

    # -- hosts ----------------------------------------------------------------------------------------------------

    def declare(self, *names: str) -> None:
        """The config names these hosts."""
        capacity = tuple(
            DeclaredInstance(name=name, cluster="default", url=f"ssh://{name}") for name in names
        )
        self.rest(Declared(clusters=("default",), capacity=capacity, force=True))

    def report(self, name: str, began_at: float | None = None) -> HostReport:
        """What a look at a host shows."""
        host, instance = self.hosts[name], self.instance(name).id
        marker = {"": Marker.ABSENT, instance: Marker.OURS}.get(host.marker, Marker.OTHER_INSTANCE)
        began = self.now if began_at is None else began_at
        facts = HostFacts(4096, host.memory_mib)
        seen = tuple(host.containers.values())
        return HostReport(instance, began, began, facts, marker, host.marker, seen)

    def look(self, *names: str) -> None:
        """Look at these hosts, or at all that are named and answer, and let follow what follows."""
        named = {instance.name for instance in self.state.instances.values()}
        chosen = names or [name for name, host in self.hosts.items() if name in named and not host.silent]
        self.rest(*(self.report(name) for name in chosen))

    def perform(self, instance: str, action: Action) -> Outcome:
        """Carry an action out on its host."""
        host = self.hosts[self.state.instances[instance].name]
        if host.silent:
            return Outcome(instance, action, Result.NOT_SENT, self.now)
        host.done.append(action)
        refused = host.refuse(action)
        if refused is not None:
            return refused
        match action:
            case MarkHost():
                host.marker = instance
            case UnmarkHost():
                host.marker = ""
            case PullImage():
                pass  # see _pulled
            case RemoveImage():
                host.images.discard((action.image, action.digest))
            case RemoveContainer():
                host.containers.pop(action.name, None)
            case CreateContainer():
                host.containers[action.name] = ContainerSeen(
                    action.name, action.name, SeenState.CREATED, action.task, action.container
                )
            case StartContainer():
                seen = host.containers[action.name]
                if seen.state is SeenState.CREATED or seen.run == action.after_run:
                    fresh = {"exit_code": None, "finished_at": None, "run": f"run at {self.now}"}
                    self._become(host, action.name, SeenState.RUNNING, started_at=self.now, **fresh)
            case StopContainer():
                self._become(host, action.name, SeenState.EXITED, exit_code=143, finished_at=self.now)
        left = host.containers.get(action.target)
        looked = not isinstance(action, PullImage | RemoveImage | MarkHost | UnmarkHost)
        outcome = Outcome(instance, action, Result.DONE, self.now, seen=left, looked=looked)
        return self._pulled(host, action, outcome) if isinstance(action, PullImage) else outcome

    def _pulled(self, host: StageHost, action: PullImage, outcome: Outcome) -> Outcome:
        """What a pull found in the registry, and whether the host has had it."""
        version = (action.image, action.digest or self.registry.get(action.image, ""))
        new = version not in host.images
        host.images.add(version)
        return replace(outcome, digest=version[1], image_new=new)

    def probe_says(self, health: TargetHealth, *on: str) -> None:
        """The probes of all targets on these hosts, or on all, come to the same; and what follows from it."""
        chosen = {self.instance(name).id for name in on or self.hosts}
        told = [
            (i, target) for i, probes in sorted(self.probes.items()) for target, _ in probes if i in chosen
        ]
        self.rest(*(ProbeVerdict(instance, target, health) for instance, target in told))

    def exit(self, name: str, container: str = "main", code: int = 1) -> None:
        """Every running container of that name on a host ends by itself."""
        host = self.hosts[name]
        for seen in [c for c in host.containers.values() if c.container == container]:
            if seen.state is SeenState.RUNNING:
                self._become(host, seen.name, SeenState.EXITED, exit_code=code, finished_at=self.now)

    def _become(self, host: StageHost, name: str, state: SeenState, **changes: Any) -> None:
        host.containers[name] = replace(host.containers[name], state=state, **changes)

    # -- operators ------------------------------------------------------------------------------------------------

    def command(self, action: str, given: dict[str, Any]) -> Command:
        """A command, not submitted yet."""
        self.commands += 1
        return Command(f"c{self.commands}", action, json.dumps(given), "me", self.now)

    def submit(self, action: str, given: dict[str, Any]) -> dict[str, Any]:
        """A command that must be accepted, and what follows from it. Its output."""
        command = self.command(action, given)
        self.rest(command)
        answer = self.answers[command.id]
        assert answer.verdict is Verdict.ACCEPTED, answer
        output: dict[str, Any] = json.loads(answer.output)
        return output

    def serve(self, desired: int, name: str = "web", **more: Any) -> None:
        """Create a service and wait until it is steady."""
        self.submit(
            "CreateService", {"serviceName": name, "taskDefinition": "web", "desiredCount": desired} | more
        )
        self.pass_s(10.0)
        assert self.service(name).steady, self.service(name).why

    # -- reading --------------------------------------------------------------------------------------------------

    def instance(self, name: str) -> ContainerInstance:
        """The instance of that name."""
        found = self.state.instance_named("default", name)
        assert found is not None
        return found

    def service(self, name: str = "web") -> Service:
        """The service of that name."""
        return self.state.services[f"default/{name}"]

    def tasks(self, on: str = "", *, stopped: bool = False) -> list[Task]:
        """The tasks, or those on a host, that have not stopped, or that have."""
        instance = self.instance(on).id if on else ""
        chosen = [t for t in self.state.tasks.values() if t.stopped is stopped]
        return sorted((t for t in chosen if not on or t.instance == instance), key=lambda t: t.id)

    def wanted(self, on: str = "") -> list[Task]:
        """The tasks that should run, or those of a host."""
        return [t for t in self.tasks(on) if t.wanted]
