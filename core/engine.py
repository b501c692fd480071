"""The engine: one turn takes what came in, folds it, plans what follows, and says what to write and then to do.

It does no I/O and reads no clock: the runner drives it in real time, the simulator in virtual time, both by the same steps:

    turn = engine.turn(inputs, now)     fold, plan
    store.commit(turn.changes)          the intent is on disk
    engine.keep()  -> actions           only now may they leave      (or engine.discard(), and the same inputs again)

A turn costs what changed: rows that changed mark their service and their instance, and only those are planned again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from core.alarms import Alarms
from core.changed import Changed
from core.commands import Action as CommandAction
from core.commands import Answer, Command, Verdict
from core.fold.commands import fold_command, run_task_answer
from core.fold.config import Declared, fold_config
from core.fold.context import TurnContext
from core.fold.draining import end_drain
from core.fold.host_work import tell_waiting, tell_work
from core.fold.judge import judge, ripen
from core.fold.placing import place_waiting
from core.fold.plans import keep_service
from core.fold.probes import fold_verdict
from core.fold.reports import fold_outcome, fold_report, fold_unreachable
from core.fold.retire import retire, retire_instance
from core.fold.returning import forget_stand_ins, let_in
from core.fold.scalings import ALARM as SCALING
from core.fold.scalings import Scalings
from core.fold.schedule_runs import attend
from core.model.instance import ContainerInstance
from core.model.service import ServiceStatus
from core.model.settings import Settings
from core.model.task import DesiredStatus, Task
from core.observed import HostView
from core.record import Record, replace
from core.reports import ActionProgress, HostReport, Outcome, ProbeVerdict, Unreachable, Utilisation
from core.scheduler.pace import Pace
from core.scheduler.patience import Patience
from core.scheduler.portion import Portion, split
from core.scheduler.room import Rooms
from core.scheduler.sweep import Sweep, sweep
from core.told_probes import ToldProbes
from core.vigil import Vigil
from core.vitals import BEAT_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from core.actions import Action
    from core.model.state import Changes, Row, State

Input = (
    Command
    | HostReport
    | Outcome
    | Unreachable
    | ActionProgress
    | ProbeVerdict
    | Utilisation
    | Declared
    | Settings
)

#: How often it looks whether it may plan again, when nothing comes in.
SETTLE_LOOK_S: Final = 0.5
#: How often rows whose time is over are looked for.
RETIRE_EVERY_S: Final = 60.0


class Left(Record):
    """What turns have left to be planned, the longest waiting first."""

    services: Sequence[str] = ()
    instances: Sequence[str] = ()
    #: Instances whose work waits until less is under way everywhere.
    paced: Sequence[str] = ()


class Turn(Record):
    """What a turn came to. The actions leave after the commit; `wake_at` is when time alone asks for another turn."""

    changes: Changes
    actions: tuple[tuple[str, Action], ...]
    wake_at: float


class Engine:
    """The state with what is known of the hosts. One thread, one writer."""

    def __init__(
        self,
        state: State,
        settings: Settings,
        chance: Random,
        now: float,
        pace: Pace | None = None,
        portion: Portion | None = None,
    ) -> None:
        """Awake at `now`: silence starts here, and nothing is done to a host that was not observed since."""
        self.state: Final = state
        self.settings = settings
        self._chance: Final = chance
        self.vigil: Final = Vigil(now)
        self._retire_at = now
        self._rooms: Final = Rooms(state)
        self._patience: Final[defaultdict[str, Patience]] = defaultdict(Patience)
        self._pace: Final = pace or Pace()
        self._portion: Final = portion or Portion()
        self._left = Left()
        self._alarms: Final = Alarms()
        self._views: Final[dict[str, HostView]] = {}
        self.scalings: Final = Scalings(self._alarms)
        #: What changed and is still to be planned; a turn takes them, and gives them back when it is discarded.
        self._changed = Changed(
            set(state.services), set(state.instances), set(state.clusters), set(state.schedules)
        )
        self._taken = Changed()
        self._planned: list[tuple[str, Action]] = []
        #: What agents are to probe; it leaves like actions, after the commit.
        self.probes: Final = ToldProbes()
        #: What a discarded turn puts back beside the state.
        self._before: tuple[float, Left] = (self._retire_at, self._left)
        self._set_deadlines()

    @property
    def isolated(self) -> str:
        """Why the engine takes itself to be cut off from its hosts; empty when it doesn't."""
        return self.vigil.silence.isolated

    @property
    def settling(self) -> str:
        """Why nothing is planned for the moment; empty when planning goes on."""
        return self.vigil.settling

    def view(self, instance: str) -> HostView:
        """What is known of a host."""
        found = self._views.get(instance)
        if found is None:
            row = self.state.instances.get(instance)
            impaired = row is not None and row.impaired
            found = self._views[instance] = (
                HostView.impaired_at(self.vigil.awake_since) if impaired else HostView()
            )
        return found

    # -- a turn -------------------------------------------------------------------------------------------------

    def turn(self, inputs: Iterable[Input], now: float) -> Turn:
        """Fold the inputs, plan what follows. Nothing is final before `keep`."""
        self._before = (self._retire_at, self._left)
        if self.vigil.begin_turn(self.state, now, self.settings):
            self._changed.instances.update(self.state.instances)
        placing: list[tuple[Command, list[str]]] = []
        for item in inputs:
            self._fold(item, now, placing)
        self._mark_changed(now)
        if self.vigil.judge(self.state, self.view, now, self.settings):
            self._alarms.set("silence", self.vigil.due_at)
        self._mark_changed(now)
        for key in self._alarms.due(now):
            self._wake(key, now)
        self.vigil.settle(self.state, self.view, now)
        if not self.settling:
            self._attend_schedules(now)
            self._plan_services(now)
            self._place(now, placing)
            self._let_returned_in(now)
        planned = self._sweep_hosts(now)
        self.probes.plan(self.state, sorted(self._taken.instances))
        self._retire(now)
        self._planned = [(key, action) for key, action in planned if key in self.state.instances]
        self._mark_changed(now)
        return Turn(self.state.changes(), tuple(self._planned), self._wake_at(now))

    def keep(self) -> tuple[tuple[str, Action], ...]:
        """The turn is on disk: its actions may leave."""
        self.state.keep()
        self.probes.keep()
        self.vigil.keep()
        for view in self._judged():
            view.news, view.judged = set(), False
        self._taken = Changed()
        for instance, action in self._planned:
            self.view(instance).in_flight[action.target] = action
            self._pace.sent(instance, action, self.vigil.last_turn_at)
        planned, self._planned = self._planned, []
        return tuple(planned)

    def discard(self) -> None:
        """The turn could not be written: nothing of it happened, and the same inputs are to come again."""
        self.state.undo()
        self.vigil.discard()
        self._retire_at, self._left = self._before
        self._rooms.clear()
        for view in self._judged():
            view.judged = False
        self._changed.update(self._taken)
        self._taken = Changed()
        self._planned = []
        self.probes.discard()
        self._set_deadlines()

    def _judged(self) -> list[HostView]:
        """The hosts of which this turn judged what a look showed."""
        return [view for view in map(self.view, self._taken.instances) if view.judged]

    def refuse(self, command: Command, now: float) -> Turn:
        """Answer a command that can't be carried out for a defect of ours; without an answer it would come again for ever."""
        text = "The engine could not carry this out for a defect of its own; its log says which."
        self.state.answer(Answer(command.id, Verdict.REFUSED, now, code="ServerException", message=text))
        return Turn(self.state.changes(), (), now)

    def _wake_at(self, now: float) -> float:
        """When another turn is due: at once while planning still changes things, for planning looks until it doesn't."""
        if self.settling:
            return now + SETTLE_LOOK_S
        if self._changed or self._left.services or self._left.instances:
            return now
        more_at = self._pace.wake_at(now) if self._left.paced else None
        rest_s = min(self.settings.poll_interval_s, BEAT_EVERY_S)
        moments = (self._alarms.next_at, more_at, self._retire_at, now + rest_s)
        return min(at for at in moments if at is not None)

    # -- fold ---------------------------------------------------------------------------------------------------

    def _fold(self, item: Input, now: float, placing: list[tuple[Command, list[str]]]) -> None:
        match item:
            case Command():
                self._mark_changed(now)
                fold_command(self.state, item, TurnContext(now, self._chance, self.settings, by_engine=True))
                if item.action in {CommandAction.RUN_TASK, CommandAction.START_TASK}:
                    placing.append((item, self._new_tasks(now)))
            case Declared():
                fold_config(self.state, item, TurnContext(now, self._chance, self.settings, by_engine=True))
            case Settings():
                self._set(item, now)
            case HostReport() if item.instance in self.state.instances:
                self._take_look(item, now)
            case Outcome() if item.instance in self.state.instances:
                self._pace.ended(item.instance, item.action, now)
                fold_outcome(self.state, self.view(item.instance), item, now, self.settings)
                self._changed.instances.add(item.instance)
            case ProbeVerdict() if item.instance in self.state.instances:
                fold_verdict(self.state, item, now)
            case Unreachable() if item.instance in self.state.instances:
                fold_unreachable(self.state, self.view(item.instance), item)
            case ActionProgress() if item.instance in self.state.instances:
                view = self.view(item.instance)
                if item.action.target in view.in_flight:  # else its outcome overtook it
                    view.progress[item.action.target] = item.text
                    self._changed.instances.add(item.instance)
            case Utilisation() if item.instance in self.state.instances:
                self.scalings.take(self.state, item, self.settings.auto_scaling_period_s)
            case _:
                self._views.pop(item.instance, None)  # a word from a host that is no longer ours

    def _take_look(self, report: HostReport, now: float) -> None:
        """Fold a look. One that shows what is known, at a host where nothing is under way, costs no plan."""
        # Of a host that did not answer before, what was due there is due still.
        was_silent = not self._answers(report.instance)
        has_news = fold_report(self.state, self.view(report.instance), report, now, self.settings)
        if has_news or was_silent:
            self._changed.instances.add(report.instance)

    def _set(self, settings: Settings, now: float) -> None:
        """New settings: whatever waits for a moment may have to wait for another one."""
        if settings != self.settings:
            self.settings = settings
            self.vigil.due_at = now
            self._changed.services.update(self.state.services)
            self._changed.instances.update(self.state.instances)

    def _new_tasks(self, now: float) -> list[str]:
        """The tasks that the command just folded made."""
        made: list[str] = []
        for old, row in self.state.take_fresh():
            self._note(old, row, now)
            if old is None and isinstance(row, Task):
                made.append(row.id)
        return made

    # -- what changed -------------------------------------------------------------------------------------------

    def _mark_changed(self, now: float) -> None:
        """Mark what the rows that changed since the last look concern."""
        for old, row in self.state.take_fresh():
            self._note(old, row, now)

    def _note(self, old: Row | None, new: Row | None, now: float) -> None:
        self._changed.note(self.state, self._rooms, old, new)
        self.vigil.note(old, new, now)
        if isinstance(new, ContainerInstance) and (
            not isinstance(old, ContainerInstance) or old.drain_deadline != new.drain_deadline
        ):
            self._alarms.set(f"drain {new.id}", new.drain_deadline)
        self.scalings.note(old, new, now, self.settings.auto_scaling_period_s)

    def _set_deadlines(self) -> None:
        """An alarm for what has a moment of its own: of an engine that begins, or whose turn was undone with its alarms."""
        for instance in self.state.instances.values():
            if instance.drain_deadline is not None:
                self._alarms.set(f"drain {instance.id}", instance.drain_deadline)
        self.scalings.begin(self.state, self.vigil.last_turn_at)

    def _wake(self, key: str, now: float) -> None:
        kind, _, name = key.partition(" ")
        match kind:
            case "service":
                self._changed.services.add(name)
            case "cluster":
                self._changed.clusters.add(name)
            case "schedule":
                self._changed.schedules.add(name)
            case "drain":
                end_drain(self.state, name, now)
            case kind if kind == SCALING:
                self.scalings.wake(self.state, name, now, self.settings.auto_scaling_period_s)
            case "instance":
                # Time may have run out for a task's containers (startTimeout) as well as for the host's work.
                self._changed.instances.add(name)
                for task in self.state.tasks_on(name) if self._answers(name) else ():
                    judge(self.state, self.view(name), task, now, self.settings)
            case _:
                pass  # silence was judged before

    # -- plan ---------------------------------------------------------------------------------------------------

    def _attend_schedules(self, now: float) -> None:
        # Like everything that is planned: what is known of an earlier run's tasks must be true, or overlaps are misjudged.
        self._mark_changed(now)
        self._taken.schedules, self._changed.schedules = self._changed.schedules, set()
        turn = TurnContext(now, self._chance, self.settings, by_engine=True)
        for key in sorted(self._taken.schedules):
            schedule = self.state.schedules.get(key)
            self._alarms.set(
                f"schedule {key}", None if schedule is None else attend(self.state, schedule, turn)
            )

    def _plan_services(self, now: float) -> None:
        # Folding a plan marks its service again, so it is looked at once more in the next turn, until nothing changes.
        due = tuple(dict.fromkeys((*self._left.services, *sorted(self._changed.services))))
        now_due, left = split(due, self._portion.service_rows, self._service_rows)
        self._taken.services, self._changed.services = set(now_due), set()
        self._left = replace(self._left, services=left)
        for key in now_due:
            service = self.state.services.get(key)
            if service is None or service.status is ServiceStatus.INACTIVE:
                continue
            ripens_at = ripen(self.state, service, now, self.settings, self._answers)
            plan = keep_service(
                self.state, service, self._rooms, now, self._chance, self.settings.backoff_max_s
            )
            self._alarms.set(
                f"service {key}", min((a for a in (plan.wake_at, ripens_at) if a is not None), default=None)
            )
            self._end_unplaced(key, now)

    def _service_rows(self, key: str) -> int:
        return 1 + len(self.state.index.tasks_of_service[key])

    def _answers(self, instance: str) -> bool:
        return self.vigil.answers(self.state.instances.get(instance), self.view)

    def _end_unplaced(self, service_key: str, now: float) -> None:
        """Tasks that were told to stop before anything of them came up end at once, where that is known."""
        for task in self.state.tasks_of_service(service_key):
            if task.desired_status is DesiredStatus.STOPPED and self._answers(task.instance):
                judge(self.state, self.view(task.instance), task, now, self.settings)

    def _place(self, now: float, placing: list[tuple[Command, list[str]]]) -> None:
        self._mark_changed(now)
        self._taken.clusters, self._changed.clusters = self._changed.clusters, set()
        for cluster in sorted(self._taken.clusters):
            if not self.state.index.unplaced_of_cluster[cluster]:
                continue
            patience, most = self._patience[cluster], self._portion.candidates
            placed = place_waiting(self.state, cluster, self._rooms, patience, now, self._chance, most)
            self._alarms.set(f"cluster {cluster}", patience.wake_at)
            if placed.is_cut:
                self._changed.clusters.add(cluster)
            for command, made in placing:
                mine = [task for task in made if task in placed.results]
                if mine:
                    run_task_answer(self.state, command.id, mine, placed.results)

    def _let_returned_in(self, now: float) -> None:
        for key in self.state.index.returning_of_cluster.all():
            instance = self.state.instances[key]
            forget_stand_ins(self.state, instance)
            if let_in(self.state, instance, self.view(instance.id), now):
                self._mark_changed(now)

    def _sweep_hosts(self, now: float) -> list[tuple[str, Action]]:
        self._mark_changed(now)
        self._taken.instances, self._changed.instances = self._changed.instances, set()
        planned: list[tuple[str, Action]] = []
        room = self._pace.room(now)
        told = frozenset(self._left.paced) - self._taken.instances
        due = dict.fromkeys((*self._left.instances, *self._left.paced, *sorted(self._taken.instances)))
        paced: list[str] = []
        left: list[str] = []
        swept = 0
        for key in due:
            instance = self.state.instances.get(key)
            if instance is None or not self._answers(key):
                continue
            if room <= 0:
                paced.append(key)
                if key not in told:
                    tell_waiting(self.state, key, self._pace.most)
                continue
            if swept == self._portion.hosts:
                left.append(key)
                continue
            swept += 1
            plan = sweep(
                Sweep(
                    instance,
                    self.state.tasks_on(key),
                    self._ended_on(key),
                    self.state.definitions,
                    self.state.deployments,
                    self.view(key),
                    now,
                    self.settings,
                )
            )
            planned.extend((key, action) for action in plan.actions)
            room -= self._pace.weight(plan.actions)
            self._alarms.set(f"instance {key}", plan.wake_at)
            tell_work(self.state, key, plan, now)
        self._left = replace(self._left, instances=left, paced=paced)
        return planned

    def _ended_on(self, instance: str) -> list[Task]:
        """The stopped tasks of which something is left on a host. Their rows stay for much longer."""
        left = {seen.task for seen in self.view(instance).containers.values()}
        return [
            self.state.tasks[t]
            for t in sorted(left.intersection(self.state.index.stopped_of_instance[instance]))
        ]

    def _retire(self, now: float) -> None:
        for key in sorted(self._taken.instances):
            retire_instance(self.state, self.view(key), key, now)
        if now >= self._retire_at and not self.settling:
            retire(self.state, self.view, now, self.settings)
            self._retire_at = now + RETIRE_EVERY_S
