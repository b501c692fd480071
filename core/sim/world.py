"""A simulated installation: machines, a disk, an operator, and the engine's process, which may die and start again."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
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
from core.commands import Action as CommandAction
from core.commands import Command
from core.model.instance import Connectivity, ContainerInstance
from core.model.state import Kind
from core.model.task_definition import TaskDefinition
from core.sim.config_file import ConfigFile
from core.sim.disk import Disk
from core.sim.machine import Machine
from core.sim.process import Process
from core.sim.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.actions import Action
    from core.engine import Turn
    from core.fold.config import Declared
    from core.model.probe import Target
    from core.model.settings import Settings
    from core.model.state import Row
    from core.reports import HostReport, Outcome, ProbeResult, Utilisation

Rows = dict[tuple[Kind, str], "Row | None"]

#: When every story begins, in seconds since the epoch.
BEGIN: Final = 1_000_000.0


class Watcher:
    """What a world tells of itself. This one doesn't listen; the checker does."""

    def committed(self, turn: Turn, before: Rows) -> None:
        """A turn was written; `before` holds the rows it changed as they were."""

    def dispatching(self, instance: str, action: Action) -> None:
        """An action is about to leave."""

    def carried_out(self, machine: Machine, outcome: Outcome) -> None:
        """A machine did something."""

    def probed(self, target: Target, result: ProbeResult) -> None:
        """A target was checked; nobody has heard of it yet."""

    def taken_away(self, task: str, container: str) -> None:
        """Somebody else removed a container of a task."""

    def told(self, word: HostReport | Outcome | Utilisation | Declared | Command) -> None:
        """The engine is about to take a report, an outcome, a measurement, the config or a command."""

    def started(self) -> None:
        """An engine started."""

    def turning(self) -> None:
        """The engine is about to take a turn."""


class World:
    """Everything there is, and the clock."""

    def __init__(self, seed: int | str, settings: Settings, machines: int) -> None:
        """Machines that are on, a disk that is empty, and no engine yet."""
        self.seed: Final = seed
        self.settings: Final = settings
        self.timeline: Final = Timeline(BEGIN)
        self.chance: Final = Random(f"{seed} world")
        self.disk: Final = Disk()
        self.trace: Final[list[str]] = []
        self.counts: Final[Counter[str]] = Counter()
        self.watcher = Watcher()
        self.process: Process | None = None
        #: Where the engine is to be killed next: the point, and how often it is passed before.
        self.dies: tuple[str, int] | None = None
        #: How long it may be until the next engine starts.
        self.downtimes_s: tuple[float, ...] = (0.2, 1.0, 5.0, 40.0)
        #: How often each such point was passed.
        self.passed: Final[Counter[str]] = Counter()
        #: How often the tag of an image has moved.
        self.moved: Final[Counter[str]] = Counter()
        #: What services have to do, by name, in tasks that use all that they reserve.
        self.load: Final[dict[str, float]] = {}
        self._lives = 0
        self._commands = 0
        self.machines: Final = [self._machine(f"host-{number}") for number in range(1, machines + 1)]
        self.config: Final = ConfigFile(self.machines, self.timeline, Random(f"{seed} config"))
        #: Machines that went with what is ours on them, until they are back.
        self.left_behind: Final[set[str]] = set()
        #: What strikes a machine, by its name, at the moment at which it comes back.
        self.ambushes: Final[dict[str, Callable[[], None]]] = {}

    def _machine(self, name: str) -> Machine:
        machine = Machine(name, self.timeline, Random(f"{self.seed} {name}"), self.definition)
        machine.on_done = self._carried_out
        machine.on_probed = self._probed
        machine.registry = self.version_of
        return machine

    @property
    def now(self) -> float:
        """Seconds since the story began."""
        return self.timeline.now - BEGIN

    def say(self, text: str) -> None:
        """Add to the trace."""
        self.trace.append(f"{self.now:10.3f} {text}")

    def count(self, what: str) -> None:
        """Count something that the report names."""
        self.counts[what] += 1

    # -- who is who -------------------------------------------------------------------------------------------------

    def version_of(self, image: str) -> str:
        """What a tag stands for in its registry now."""
        return f"sha256:{image} version {self.moved[image]}"

    def definition(self, name: str) -> TaskDefinition | None:
        """A task definition, as agents look it up: on the disk."""
        row = self.disk.rows.get((Kind.DEFINITION, name))
        return row if isinstance(row, TaskDefinition) else None

    def machine_at(self, url: str) -> Machine | None:
        """The machine at an address."""
        return next((machine for machine in self.machines if machine.url == url), None)

    def machine_of(self, instance: str) -> Machine | None:
        """The machine at the address of an instance."""
        row = self.disk.instance(instance)
        return None if row is None else self.machine_at(row.url)

    def instance_of(self, machine: Machine) -> ContainerInstance | None:
        """The instance that a machine is registered as."""
        return next((row for row in self.disk.instances() if row.url == machine.url), None)

    # -- the operator -----------------------------------------------------------------------------------------------

    def submit(self, action: CommandAction, given: Mapping[str, object]) -> str:
        """A client writes a command; returns its id."""
        self._commands += 1
        command = Command(f"c{self._commands:05d}", action.value, json.dumps(given), "sim", self.timeline.now)
        self.say(f"operator: {action.value} {command.input}")
        self.disk.submit(command)
        if self.process is not None:
            self.process.wake(0.02)
        return command.id

    # -- the engine -------------------------------------------------------------------------------------------------

    def start_engine(self) -> None:
        """An engine starts from what is on disk."""
        self._lives += 1
        self.say(f"engine {self._lives} starts")
        self.process = Process(self, self.disk.load(), Random(f"{self.seed} engine {self._lives}"))
        self.watcher.started()
        self.process.start(self.config.declared())

    def kill_engine(self) -> None:
        """A kill -9, and a new start some time later."""
        if self.process is None:
            return
        self.say("engine killed")
        self.process.kill()
        self.process = None
        self.timeline.after(self.chance.choice(self.downtimes_s), self.start_engine)

    def suspend_engine(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT some time later."""
        process = self.process
        if process is None or process.suspended:
            return
        self.say(f"engine suspended for {seconds:.0f} s")
        process.suspend()

        def go_on() -> None:
            if process.alive:
                self.say("engine goes on")
                process.resume()

        self.timeline.after(seconds, go_on)

    def dies_at(self, point: str) -> bool:
        """Whether the engine is to be killed at this point of its turn."""
        self.passed[point] += 1
        if self.dies is None or self.dies[0] != point:
            return False
        if self.dies[1] > 0:
            self.dies = (point, self.dies[1] - 1)
            return False
        self.dies = None
        self.count(f"engine killed {point}")
        return True

    # -- what is heard ----------------------------------------------------------------------------------------------

    def committed(self, turn: Turn, before: Rows) -> None:
        """A turn was written."""
        for event in turn.changes.events:
            self.say(f"event: {event.message}")
        for answer in turn.changes.answers:
            self.say(f"answer {answer.command_id}: {answer.verdict} {answer.message}")
            self.count(f"{self.disk.commands[answer.command_id].action} {answer.verdict}")
        self.watcher.committed(turn, before)
        for row in turn.changes.rows:
            old = before.get((Kind.INSTANCE, row.key))
            if isinstance(row, ContainerInstance) and isinstance(old, ContainerInstance):
                self._spring_ambush(old, row)

    def _spring_ambush(self, old: ContainerInstance, new: ContainerInstance) -> None:
        """What waits for a host that comes back strikes before anything is asked of it."""
        returns = new.connectivity is Connectivity.RETURNING is not old.connectivity
        if returns and new.name in self.ambushes:
            self.ambushes.pop(new.name)()

    def dispatching(self, instance: str, action: Action) -> None:
        """An action is about to leave."""
        machine = self.machine_of(instance)
        self.say(f"-> {machine.name if machine else instance}: {words(action)}")
        self.watcher.dispatching(instance, action)

    def _carried_out(self, machine: Machine, outcome: Outcome) -> None:
        error = f": {outcome.error}" if outcome.error else ""
        self.say(f"   {machine.name}: {outcome.result} {words(outcome.action)}{error}")
        self.count(f"{type(outcome.action).__name__} {outcome.result}")
        self.watcher.carried_out(machine, outcome)
        self.hint(machine)
        change_at = machine.docker.next_change_at()
        if change_at is not None:
            self.timeline.at(change_at, lambda: self.hint(machine))

    def _probed(self, target: Target, result: ProbeResult) -> None:
        self.count(f"probe {target.probe.protocol} {result.end}")
        self.watcher.probed(target, result)

    def hint(self, machine: Machine) -> None:
        """Docker on a machine sends an event."""
        if self.process is not None:
            self.process.hint(machine)


def words(action: Action) -> str:
    """An action in a trace."""
    match action:
        case PullImage() | RemoveImage():
            return f"{'pull' if isinstance(action, PullImage) else 'remove'} {action.image} {action.digest}"
        case MarkHost() | UnmarkHost():
            return "mark" if isinstance(action, MarkHost) else "unmark"
        case CreateContainer():
            return f"create {action.name}"
        case StartContainer():
            return f"start {action.name}"
        case StopContainer():
            return f"stop {action.name}"
        case RemoveContainer():
            return f"remove {action.name}"
