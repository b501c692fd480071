"""Schedules in stories: what the operator asks for, and what the checker holds of every occasion.

When occasions are is counted here by arithmetic of its own, in the few forms that stories use: every so many minutes, or
once an hour.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.model.schedule import MissedRuns, Overlap, Run, RunResult, Schedule
from core.model.state import Kind
from core.model.task import DesiredStatus, Task, TaskStatus
from core.sim.config_file import CLUSTER
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from core.model.state import Row
    from core.sim.world import Rows, World

Json = dict[str, Any]

#: An occasion that is seen to later was missed.
PUNCTUAL_S: Final = 60.0
#: A story has so many at once.
MOST: Final = 2


class Planner:
    """The operator's part."""

    def __init__(self, world: World, chance: Random, families: list[str]) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance
        self._families: Final = families
        self._made = 0

    def start(self) -> None:
        """There is one from the beginning: an engine is seldom away for long enough to miss something."""
        self._create()

    def habits(self) -> list[tuple[Callable[[], None], int]]:
        """What is done, and how often against the operator's other habits."""
        return [(self._create, 3), (self._update, 2), (self._run, 1), (self._delete, 1)]

    def tidy_up(self) -> None:
        """No occasion comes any more: what they began may come to rest."""
        for schedule in self._world.disk.schedules():
            if schedule.enabled:
                self._ask(Action.UPDATE_SCHEDULE, name=schedule.name, state="DISABLED")

    def _create(self) -> None:
        if len(self._world.disk.schedules()) >= MOST:
            return
        self._made += 1
        # What ends by itself is what schedules are for; the rest runs into the overlap policy.
        family = "job" if self._chance.random() < 0.6 else self._chance.choice(self._families)
        self._ask(
            Action.CREATE_SCHEDULE,
            name=f"nightly-{self._made}",
            scheduleExpression=self._expression(),
            target={"taskDefinition": family, "count": self._chance.choice((1, 1, 2))},
            overlap=self._chance.choice(tuple(Overlap)).value,
            missedRuns=self._chance.choice(("RUN_ONCE", "RUN_ONCE", "SKIP")),
            maximumEventAgeInSeconds=self._chance.choice((60, 600, 3600, 3600)),
        )

    def _expression(self) -> str:
        every = self._chance.choice((1, 5, 5, 5))
        unit = "minute" if every == 1 else "minutes"
        return self._chance.choice((f"rate({every} {unit})", f"cron(0/{every} * * * ? *)"))

    def _update(self) -> None:
        for schedule in self._any():
            change: Json = self._chance.choice(
                (
                    {"scheduleExpression": self._expression()},
                    {"overlap": self._chance.choice(tuple(Overlap)).value},
                    {"state": "DISABLED" if schedule.enabled else "ENABLED"},
                    {"missedRuns": self._chance.choice(tuple(MissedRuns)).value},
                )
            )
            self._ask(Action.UPDATE_SCHEDULE, name=schedule.name, **change)

    def _run(self) -> None:
        for schedule in self._any():
            self._ask(Action.RUN_SCHEDULE, name=schedule.name)

    def _delete(self) -> None:
        for schedule in self._any():
            self._ask(Action.DELETE_SCHEDULE, name=schedule.name)

    def _any(self) -> list[Schedule]:
        found = self._world.disk.schedules()
        return [self._chance.choice(found)] if found else []

    def _ask(self, action: Action, **given: object) -> None:
        self._world.submit(action, {"cluster": CLUSTER, **given})


class Occasions:
    """The checker's part: no occasion twice, none forgotten, every policy kept."""

    def __init__(self, world: World) -> None:
        """No occasion came yet."""
        self._world: Final = world
        #: (schedule, when it was made, occasion) of all that were seen to.
        self._seen_to: Final[set[tuple[str, float, float]]] = set()

    def committed(self, changed: Iterable[Row], before: Rows) -> None:
        """Check what a commit says of schedules, and of time that passed."""
        rows = list(changed)
        new = {
            row.id: row for row in rows if isinstance(row, Task) and before.get((Kind.TASK, row.id)) is None
        }
        named: set[str] = set()
        for row in rows:
            if isinstance(row, Schedule):
                old = before.get((Kind.SCHEDULE, row.key))
                known = old.runs if isinstance(old, Schedule) else ()
                for run in _added(known, row.runs):
                    named.update(run.tasks)
                    self._check_run(row, run, new, before)
        there = {
            schedule.key for schedule in self._world.disk.schedules()
        }  # one may be run and deleted at once
        strays = [task.id for task in new.values() if task.schedule_key in there and task.id not in named]
        demand(not strays, "a task of a schedule is of no run", strays)
        self._check_none_forgotten()

    def _check_run(self, schedule: Schedule, run: Run, new: dict[str, Task], before: Rows) -> None:
        self._world.count(f"an occasion is {run.result}")
        missing = [task for task in run.tasks if task not in new]
        demand(not missing, "a run and its tasks are not one commit", schedule.name, missing)
        if run.by_hand:
            return
        occasion = (schedule.key, schedule.created_at, run.scheduled_at)
        demand(occasion not in self._seen_to, "an occasion was run twice", schedule.name, run)
        self._seen_to.add(occasion)
        demand(run.scheduled_at <= self._world.timeline.now, "an occasion was run before its time", run)
        late = run.at - run.scheduled_at > PUNCTUAL_S
        if late:
            self._world.count(f"an occasion that was missed is {run.result}")
        young = run.at - run.scheduled_at <= schedule.maximum_event_age_s
        wanted = not late or (young and schedule.missed_runs is MissedRuns.RUN_ONCE)
        if run.result is RunResult.MISSED:
            demand(not wanted, "an occasion was called missed against its policy", schedule.name, run)
            return
        demand(wanted, "an occasion that was missed was run against its policy", schedule.name, run)
        earlier = [t for t in self._unstopped(schedule) if t.id not in run.tasks]
        if run.tasks and schedule.overlap is Overlap.SKIP:
            # What is not stopped after the commit was not before it either.
            demand(not earlier, "a run began beside an earlier one", schedule.name, [t.id for t in earlier])
        if run.tasks and schedule.overlap is Overlap.REPLACE:
            wanted_on = [t.id for t in earlier if t.desired_status is DesiredStatus.RUNNING]
            demand(not wanted_on, "a run that was to be replaced goes on", schedule.name, wanted_on)
        if run.result is RunResult.SKIPPED:
            was = [row for (kind, _), row in before.items() if kind is Kind.TASK and isinstance(row, Task)]
            ended = [
                t for t in was if t.schedule_key == schedule.key and t.last_status is not TaskStatus.STOPPED
            ]
            demand(bool(earlier or ended), "an occasion was skipped beside nothing", schedule.name, run)

    def _check_none_forgotten(self) -> None:
        """An engine that plans has seen to everything until now."""
        process = self._world.process
        if process is None or process.engine.settling:
            return
        for schedule in self._world.disk.schedules():
            due = schedule.next_at
            passed = due is not None and due <= self._world.timeline.now
            demand(not passed, "an occasion passed, and nobody saw to it", schedule.name, due)
            if due is not None:
                demand(_is_occasion(schedule, due), "the next occasion is none", schedule.name, due)

    def _unstopped(self, schedule: Schedule) -> list[Task]:
        return [
            t
            for t in self._world.disk.tasks()
            if t.schedule_key == schedule.key and t.last_status is not TaskStatus.STOPPED
        ]


def unrest(world: World) -> Iterator[str]:
    """Runs of which the schedule says something else than their tasks."""
    for schedule in world.disk.schedules():
        if schedule.enabled:
            yield f"schedule {schedule.name} is still ENABLED"
        for run in schedule.runs:
            tasks = [task for task in map(world.disk.task, run.tasks) if task is not None]
            ended = all(task.last_status is TaskStatus.STOPPED for task in tasks)
            if tasks and ended is (run.result is RunResult.RUNNING):
                yield f"schedule {schedule.name} calls a run {run.result}: {[t.last_status for t in tasks]}"


def _added(known: tuple[Run, ...], runs: tuple[Run, ...]) -> list[Run]:
    """The runs that were not there before, whatever became of those that were."""
    there = {(run.scheduled_at, run.at, run.by_hand, run.tasks) for run in known}
    return [run for run in runs if (run.scheduled_at, run.at, run.by_hand, run.tasks) not in there]


def _is_occasion(schedule: Schedule, at: float) -> bool:
    """Whether it is one by the schedule's expression, counted by hand."""
    kind, _, inner = schedule.expression.partition("(")
    if kind == "rate":
        return (at - math.ceil(schedule.created_at)) % (int(inner.split()[0]) * 60) == 0
    first, _, every = inner.split()[0].partition("/")
    return at % 60 == 0 and (at % 3600 // 60 - int(first)) % int(every or 60) == 0
