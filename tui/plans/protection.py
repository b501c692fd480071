"""Protecting tasks from scale-in and deployments for a while, and no longer. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import ceil
from typing import TYPE_CHECKING

from core.commands import Action
from core.config.durations import format_duration
from core.model.ids import SHORT
from core.scheduler.standing import protected
from tui.plans.plan import Plan, Request, duration_of, listed, tasks_text, twin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.state import State
    from core.model.task import Task

#: What the field is for.
PROTECT_LABEL = "for how long: 2h, 30m … up to 48h; or off"
_OFF = "off"
_LONGEST_MINUTES = 48 * 60
#: As many as one command may name (ECS).
_MOST_NAMED = 10


def first_typed(state: State, ids: Iterable[str], now: float) -> str:
    """What stands in the field at first: ECS's two hours, or `off` where all are protected already."""
    tasks = _tasks(state, ids)
    return _OFF if tasks and all(protected(task, now) for task in tasks) else "2h"


def protect(state: State, ids: Iterable[str], typed: str) -> Plan:
    """Protect tasks for as long as was typed, or `off`."""
    every = _tasks(state, ids)
    tasks = [task for task in every if task.service]
    title = f"Protect {listed([task.id[:SHORT] for task in tasks]) or 'tasks'}"
    alone = len(every) - len(tasks)
    lines = [f"{tasks_text(alone)} of no service: only a service's can be protected"] if alone else []
    said = typed.strip()
    minutes = None
    if said != _OFF:
        try:
            minutes = ceil(duration_of(said) / 60)
        except ValueError:
            return Plan(title, (f'"{said}" is neither a duration like 2h or 30m nor off',), (), "Protect")
        if not 1 <= minutes <= _LONGEST_MINUTES:
            return Plan(title, (f'"{said}" is not between 1m and 48h',), (), "Protect")
    for service, count in sorted(Counter(task.service for task in tasks).items()):
        lines.append(
            f"{service}: {tasks_text(count)}"
            + (
                " no longer protected: scale-in, deployments and draining may stop them"
                if minutes is None
                else f" left alone by scale-in, deployments and draining for {format_duration(minutes * 60)}"
            )
        )
    if minutes is not None and tasks:
        lines.append("Stopping, failed checks, a lost host and a drain's deadline end them all the same")
        lines.append("Type another time, 48h at the most, or off")
    return Plan(title, tuple(lines), _requests(tasks, minutes), "Protect" if minutes else "Unprotect")


def _tasks(state: State, ids: Iterable[str]) -> list[Task]:
    return [state.tasks[key] for key in ids if key in state.tasks and state.tasks[key].wanted]


def _requests(tasks: list[Task], minutes: int | None) -> tuple[Request, ...]:
    by_cluster: defaultdict[str, list[str]] = defaultdict(list)
    for task in tasks:
        by_cluster[task.cluster].append(task.id)
    more = {} if minutes is None else {"expiresInMinutes": minutes}
    options = [] if minutes is None else ["--for", format_duration(minutes * 60)]
    verb = "unprotect" if minutes is None else "protect"
    return tuple(
        Request(
            Action.UPDATE_TASK_PROTECTION,
            {"cluster": cluster, "tasks": some, "protectionEnabled": minutes is not None, **more},
            f"{tasks_text(len(some))} {'protected' if minutes else 'no longer protected'}",
            twin("task", verb, *(key[:SHORT] for key in some), *options, cluster=cluster),
        )
        for cluster, ids in by_cluster.items()
        for some in (ids[at : at + _MOST_NAMED] for at in range(0, len(ids), _MOST_NAMED))
    )
