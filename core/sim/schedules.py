"""Schedules in stories: what the operator asks for, and what the checker holds of every occasion.

When occasions are is counted by hand (calendar.py). At which moment of its window one is run the engine may choose, but once
and for all.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.model.schedule import AfterCompletion, MissedRuns, Overlap, Run, RunResult, Schedule
from core.model.state import Kind
from core.model.task import DesiredStatus, Task, TaskStatus
from core.sim.calendar import following, in_window, is_occasion, is_over, last_occasion
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
MOST: Final = 3
#: Flexible time windows, in minutes; the longest is longer than any distance between occasions. 0 is OFF.
WINDOWS: Final = (0, 0, 0, 1, 2, 30)


class Planner:
    """The operator's part."""

    def __init__(self, world: World, chance: Random, families: list[str]) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance
        self._families: Final = families
        self._made = 0

    def start(self) -> None:
        """There are two from the beginning: an engine is seldom away for long enough to miss something."""
        self._create()
        self._create()

    def habits(self) -> list[tuple[Callable[[], None], int]]:
        """What is done, and how often against the operator's other habits."""
        return [(self._create, 3), (self._update, 2), (self._run, 1), (self._delete, 1)]

    def tidy_up(self) -> None:
        """No occasion comes any more: what they began may come to rest. What was missed is seen to before."""
        now = self._world.timeline.now
        for schedule in self._world.disk.schedules():
            missed = schedule.planned_at is not None and schedule.planned_at <= now
            if schedule.enabled and not missed and not _goes(schedule, now):
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
            **self._times(),
            flexibleTimeWindow=self._window(),
            target={"taskDefinition": family, "count": self._chance.choice((1, 1, 2))},
            overlap=self._chance.choice(tuple(Overlap)).value,
            missedRuns=self._chance.choice(("RUN_ONCE", "RUN_ONCE", "SKIP")),
            maximumEventAgeInSeconds=self._chance.choice((60, 600, 3600, 3600)),
        )

    def _times(self) -> Json:
        """Most go on for the whole story; the others are over in it."""
        form = self._chance.random()
        over = {"actionAfterCompletion": self._chance.choice(("DELETE", "DELETE", "NONE"))}
        if form < 0.15:
            at = datetime.fromtimestamp(self._soon(), UTC)
            return {"scheduleExpression": at.strftime("at(%Y-%m-%dT%H:%M:%S)"), **over}
        if form < 0.25:
            return {"scheduleExpression": self._expression(), "endDate": self._soon() + 200.0, **over}
        return {"scheduleExpression": self._expression()}

    def _soon(self) -> float:
        return math.floor(self._world.timeline.now) + self._chance.randint(10, 200)

    def _expression(self) -> str:
        # Of every minute nothing is missed by more than a minute; of every third most is, while an engine is away for long.
        every = self._chance.choice((1, 3, 3, 3, 5))
        unit = "minute" if every == 1 else "minutes"
        return self._chance.choice((f"rate({every} {unit})", f"cron(0/{every} * * * ? *)"))

    def _window(self) -> Json:
        minutes = self._chance.choice(WINDOWS)
        return {"mode": "FLEXIBLE", "maximumWindowInMinutes": minutes} if minutes else {"mode": "OFF"}

    def _update(self) -> None:
        for schedule in self._any():
            change: Json = self._chance.choice(
                (
                    {"scheduleExpression": self._expression()},
                    {"overlap": self._chance.choice(tuple(Overlap)).value},
                    {"state": "DISABLED" if schedule.enabled else "ENABLED"},
                    {"missedRuns": self._chance.choice(tuple(MissedRuns)).value},
                    {"flexibleTimeWindow": self._window()},
                    {"flexibleTimeWindow": {"mode": "OFF"}},
                    {"actionAfterCompletion": self._chance.choice(tuple(AfterCompletion)).value},
                    {"endDate": self._soon() + 100.0, "actionAfterCompletion": "DELETE"},
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
    """The checker's part: no occasion twice, none forgotten or passed over, each in its window, every policy kept."""

    def __init__(self, world: World) -> None:
        """No occasion came yet."""
        self._world: Final = world
        #: (schedule, when it was made, occasion) of all that were seen to.
        self._seen_to: Final[set[tuple[str, float, float]]] = set()

    def committed(
        self, changed: Iterable[Row], deleted: Iterable[tuple[Kind, str]], before: Rows
    ) -> list[Schedule]:
        """Check what a commit says of schedules, and of time that passed. Returns those that rightly deleted themselves."""
        rows = list(changed)
        new = {
            row.id: row for row in rows if isinstance(row, Task) and before.get((Kind.TASK, row.id)) is None
        }
        named: set[str] = set()
        for row in rows:
            if isinstance(row, Schedule):
                found = before.get((Kind.SCHEDULE, row.key))
                old = found if isinstance(found, Schedule) else None
                added = _added(old.runs if old is not None else (), row.runs)
                for run in added:
                    named.update(run.tasks)
                    self._check_run(old, row, run, new, before)
                self._check_next(old, row, [run for run in added if not run.by_hand])
        there = {
            schedule.key for schedule in self._world.disk.schedules()
        }  # one may be run and deleted at once
        strays = [task.id for task in new.values() if task.schedule_key in there and task.id not in named]
        demand(not strays, "a task of a schedule is of no run", strays)
        self._check_none_forgotten()
        gone = (before.get(key) for key in deleted)
        return [row for row in gone if isinstance(row, Schedule) and self._rightly_gone(row)]

    def _rightly_gone(self, schedule: Schedule) -> bool:
        """Whether it may delete itself; an operator may delete any. It may have been told to in the same commit."""
        if not schedule.enabled or not is_over(schedule, self._world.timeline.now):
            return False
        last = last_occasion(schedule)
        waits = [t.id for t in self._unstopped(schedule) if not t.instance and _wanted(t)]
        if (schedule.key, schedule.created_at, last) not in self._seen_to or waits:
            return False
        self._world.count("a schedule deleted itself")
        return True

    def _check_next(self, old: Schedule | None, row: Schedule, seen: list[Run]) -> None:
        """The next occasion follows the one that was seen to, and its moment lies in its window and stays what it was."""
        same = old is not None and old.updated_at == row.updated_at
        if old is not None and same and old.next_at is not None and old.next_at != row.next_at:
            demand(len(seen) == 1, "an occasion was passed over", row.name, old.next_at, row.next_at)
            follows = following(row, seen[0].scheduled_at)
            demand(row.next_at == follows, "an occasion was passed over", row.name, seen[0], row.next_at)
        if row.next_at is None or row.planned_at is None:
            demand(row.next_at is row.planned_at, "a moment without its occasion", row.name)
            return
        if row.next_at <= self._world.timeline.now < row.planned_at:
            self._world.count("an occasion waits in its window")
        stays = old is not None and (old.next_at, old.planned_at) == (row.next_at, row.planned_at)
        demand(
            stays or not same or old is None or old.next_at != row.next_at,
            "a moment was chosen anew",
            row.name,
        )
        inside = in_window(row, row.next_at, row.planned_at)
        demand(inside or stays, "a moment lies outside its window", row.name, row.next_at, row.planned_at)

    def _check_run(
        self, old: Schedule | None, schedule: Schedule, run: Run, new: dict[str, Task], before: Rows
    ) -> None:
        self._world.count(f"an occasion is {run.result}")
        missing = [task for task in run.tasks if task not in new]
        demand(not missing, "a run and its tasks are not one commit", schedule.name, missing)
        if run.by_hand:
            return
        occasion = (schedule.key, schedule.created_at, run.scheduled_at)
        demand(occasion not in self._seen_to, "an occasion was run twice", schedule.name, run)
        self._seen_to.add(occasion)
        due = run.scheduled_at if run.planned_at is None else run.planned_at
        demand(
            run.scheduled_at <= due <= self._world.timeline.now, "an occasion was run before its time", run
        )
        told = old.planned_at if old is not None and old.next_at == run.scheduled_at else None
        if told != due:
            demand(
                in_window(schedule, run.scheduled_at, due),
                "a moment lies outside its window",
                schedule.name,
                run,
            )
            kept = told is None or old is None or old.updated_at != schedule.updated_at
            demand(kept, "a moment was chosen anew", schedule.name, run, told)
        if run.tasks and due > run.scheduled_at:
            self._world.count("an occasion is run in its window")
        late = run.at - due > PUNCTUAL_S
        if late:
            self._world.count(f"an occasion that was missed is {run.result}")
        young = run.at - due <= schedule.maximum_event_age_s
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
            due, moment = schedule.next_at, schedule.planned_at
            passed = moment is not None and moment <= self._world.timeline.now
            demand(not passed, "an occasion passed, and nobody saw to it", schedule.name, due)
            if due is not None:
                demand(is_occasion(schedule, due), "the next occasion is none", schedule.name, due)

    def _unstopped(self, schedule: Schedule) -> list[Task]:
        return [
            t
            for t in self._world.disk.tasks()
            if t.schedule_key == schedule.key and t.last_status is not TaskStatus.STOPPED
        ]


def unrest(world: World) -> Iterator[str]:
    """Runs of which the schedule says something else than their tasks."""
    for schedule in world.disk.schedules():
        if schedule.enabled and not any(
            task.schedule_key == schedule.key and not task.instance and _wanted(task)
            for task in world.disk.tasks()
        ):
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


def _goes(schedule: Schedule, now: float) -> bool:
    """Whether it is about to delete itself, once its tasks have their places."""
    deletes = schedule.after_completion is AfterCompletion.DELETE
    return deletes and schedule.enabled and schedule.next_at is None and is_over(schedule, now)


def _wanted(task: Task) -> bool:
    return task.desired_status is DesiredStatus.RUNNING
