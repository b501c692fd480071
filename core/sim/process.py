"""One life of the engine's process: the real engine, driven turn by turn as core.runner does it, with agents in virtual time.

The order of a turn's end is the runner's: commit, keep, dispatch. Between any two of these the process may be killed; what
is on disk and what runs on the machines is then all that is left, and the next process starts from it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from core.commands import Command
from core.engine import Engine
from core.errors import StoreError
from core.fold.config import Declared
from core.inbox import Inbox
from core.model.state import kind_of
from core.reports import HostReport, Outcome, Utilisation
from core.scheduler.pace import MOST, Pace
from core.scheduler.portion import Portion
from core.sim.agent import SimulatedAgent
from core.sim.load import measured
from core.usage import concerns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from core.actions import Action
    from core.engine import Input, Turn
    from core.model.state import State
    from core.sim.world import Rows, World

#: A turn takes at most so many inputs.
TURN_INPUTS: Final = 1000
#: A commit that failed is tried again after so long.
COMMIT_RETRY_S: Final = 0.5
#: Two turns are at least so far apart.
COMMIT_GAP_S: Final = 0.01
#: How often hosts are measured in one of auto scaling's periods.
MEASURED_A_PERIOD: Final = 2
#: The points of a turn at which a process can be killed.
POINTS: Final = ("before the commit", "after the commit", "before a dispatch", "after a dispatch")


class Process:
    """An engine with its agents and its inbox, until it is killed."""

    def __init__(self, world: World, state: State, chance: Random) -> None:
        """Start: the engine reads the state, and is told what the config declares."""
        self._world: Final = world
        self._timeline: Final = world.timeline
        self._chance: Final = chance
        pace = Pace(chance.choice((1, 3, MOST)))
        portion = chance.choice((Portion(1, 1, 1), Portion(5, 6, 2), Portion()))
        self.engine: Final = Engine(state, world.settings, chance, world.timeline.now, pace, portion)
        self.alive = True
        self._inbox: Final = Inbox()
        self._agents: Final[dict[str, SimulatedAgent]] = {}
        #: Inputs of a turn that could not be written.
        self._again: list[Input] = []
        self._turn_at: float | None = None
        #: After a commit that failed no turn is taken before this moment.
        self._held_until = 0.0
        #: While the process is suspended: what it does when it goes on.
        self._waiting: list[Callable[[], None]] | None = None

    def start(self, declared: Input) -> None:
        """Take the first turn."""
        self._post(declared)
        self._sync_agents()
        self._measure_later()

    def _measure_later(self) -> None:
        """Measure the hosts again and again, as core.headless does; where nothing is auto-scaled nobody would listen."""

        def measure() -> None:
            if any(service.auto_scaling for service in self.engine.state.services.values()):
                for _, agent in sorted(self._agents.items()):
                    agent.measure(self._measured)
            self._measure_later()

        every_s = self._world.settings.auto_scaling_period_s / MEASURED_A_PERIOD
        self._timeline.after(every_s, lambda: self._awake(measure))

    def _measured(self, used: Utilisation) -> None:
        """What no auto-scaled service's tasks use never reaches the engine."""
        concerned = concerns(self.engine.state, used)
        if concerned is not None:
            self._post(concerned)

    def reload(self, declared: Callable[[], Declared]) -> None:
        """Look at the config file, now or when the process goes on."""
        self._awake(lambda: self._post(declared()))

    # -- what happens to it -----------------------------------------------------------------------------------------

    def kill(self) -> None:
        """A kill -9: what was only in memory is gone."""
        self.alive = False
        for agent in self._agents.values():
            agent.close()

    @property
    def suspended(self) -> bool:
        """Whether it is stopped and will go on."""
        return self._waiting is not None

    def suspend(self) -> None:
        """SIGSTOP: nothing of the process runs, its machines do."""
        self._waiting = []

    def resume(self) -> None:
        """SIGCONT: a turn first, then whatever came meanwhile."""
        waiting, self._waiting = self._waiting or [], None
        self._turn_at = None
        self.wake()
        for happens in waiting:
            self._timeline.at(self._timeline.now, partial(self._awake, happens))

    def _awake(self, happens: Callable[[], None]) -> None:
        """Run an event of this process now, or when it goes on."""
        if not self.alive:
            return
        if self._waiting is None:
            happens()
        else:
            self._waiting.append(happens)

    # -- turns ------------------------------------------------------------------------------------------------------

    def wake(self, after_s: float = 0.0) -> None:
        """Plan a turn, unless an earlier one is planned."""
        moment = max(self._timeline.now + after_s, self._held_until)
        if self._turn_at is not None and self._turn_at <= moment:
            return
        self._turn_at = moment

        def turn() -> None:
            if self._turn_at == moment:
                self._turn_at = None
                self._take_turn()

        self._timeline.at(moment, lambda: self._awake(turn))

    def _post(self, item: Input) -> None:
        if self.alive:
            self._inbox.put(item)
            self.wake(self._chance.uniform(0.001, 0.02))

    def _take_turn(self) -> None:
        world = self._world
        world.watcher.turning()
        inputs = [*self._again, *self._commands(), *self._inbox.take(TURN_INPUTS)]
        for item in inputs:
            if isinstance(item, HostReport | Outcome | Utilisation | Declared | Command):
                world.watcher.told(item)
        turn = self.engine.turn(inputs, self._timeline.now)
        if self._killed("before the commit"):
            return
        before = self._rows_before(turn)
        if turn.changes:
            try:
                world.disk.commit(turn.changes)
            except StoreError:
                self._held(inputs)
                return
            world.committed(turn, before)
            if self._killed("after the commit"):
                return
        self._again = []
        self._dispatch(self.engine.keep())
        self._plan_next(turn)

    def _commands(self) -> Iterable[Command]:
        known = {item.id for item in self._again if isinstance(item, Command)}
        return [command for command in self._world.disk.pending() if command.id not in known]

    def _rows_before(self, turn: Turn) -> Rows:
        keys = [*((kind_of(row), row.key) for row in turn.changes.rows), *turn.changes.deleted]
        return {key: self._world.disk.rows.get(key) for key in keys}

    def _held(self, inputs: list[Input]) -> None:
        """The turn could not be written: nothing of it happened, and its inputs come again."""
        self._world.count("commit failed")
        self.engine.discard()
        self._again = inputs
        self._held_until = self._timeline.now + COMMIT_RETRY_S
        self.wake()

    def _plan_next(self, turn: Turn) -> None:
        if not self.alive:
            return
        self._sync_agents()
        self.wake(max(COMMIT_GAP_S, turn.wake_at - self._timeline.now))

    def _dispatch(self, actions: Sequence[tuple[str, Action]]) -> None:
        self._sync_agents()
        for instance, probes in sorted(self.engine.probes.take().items()):
            agent = self._agents.get(instance)
            if agent is not None:
                agent.probe(probes)
        for instance, action in actions:
            if self._killed("before a dispatch"):
                return
            self._world.dispatching(instance, action)
            agent = self._agents.get(instance)
            if agent is not None:
                agent.submit(action)
            if self._killed("after a dispatch"):
                return

    def _killed(self, point: str) -> bool:
        """Whether the process dies here."""
        if self._world.dies_at(point):
            self._world.kill_engine()
        return not self.alive

    # -- agents -----------------------------------------------------------------------------------------------------

    def _sync_agents(self) -> None:
        instances = self.engine.state.instances
        for gone in sorted(self._agents.keys() - instances.keys()):
            self._agents.pop(gone).close()
        for instance in sorted(instances.keys() - self._agents.keys()):
            machine = self._world.machine_at(instances[instance].url)
            if machine is None:
                continue
            agent = SimulatedAgent(
                instance,
                machine,
                self._post,
                self._timeline,
                self._chance,
                self._awake,
                partial(measured, self._world, machine, instance),
            )
            self._agents[instance] = agent
            agent.start()

    def hint(self, machine: object) -> None:
        """Something happened on a machine."""
        for _, agent in sorted(self._agents.items()):
            if agent.machine is machine:
                agent.hint()
