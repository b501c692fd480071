"""Running schedules now, letting them rest and run again, deleting them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.schedules import wall_time
from core.commands import Action
from core.model.schedule import ScheduleState
from core.schedule_expression import timing_of
from tui.plans.plan import Plan, Request, listed, tasks_text, twin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.schedule import Schedule
    from core.model.state import State


def run_now(state: State, keys: Iterable[str]) -> Plan:
    """Run them now, beside their occasions."""
    found = _found(state, keys)
    lines = []
    for schedule in found:
        running = len(state.tasks_of_schedule(schedule.key))
        beside = f", beside {tasks_text(running)} of earlier runs" if running else ""
        lines.append(f"{schedule.name}: runs {schedule.definition} now{beside}")
    return Plan(
        f"Run {_names(found)}",
        tuple(lines),
        tuple(
            Request(
                Action.RUN_SCHEDULE,
                _of(schedule),
                f"Schedule {schedule.name} runs",
                twin("schedule", "run", schedule.name, cluster=schedule.cluster),
            )
            for schedule in found
        ),
        "Run",
    )


def turn(state: State, keys: Iterable[str], now: float) -> Plan:
    """Let them rest; those that all rest already run again."""
    found = _found(state, keys)
    if found and not any(schedule.enabled for schedule in found):
        lines = tuple(f"{s.name}: runs again{_from(s, now)}" for s in found)
        return _turned(found, ScheduleState.ENABLED, "Enable", lines)
    found = [schedule for schedule in found if schedule.enabled]
    lines = tuple(f"{s.name}: no run begins any more; what runs goes on" for s in found)
    return _turned(found, ScheduleState.DISABLED, "Disable", lines)


def _turned(found: list[Schedule], state: ScheduleState, verb: str, lines: tuple[str, ...]) -> Plan:
    return Plan(
        f"{verb} {_names(found)}",
        lines,
        tuple(
            Request(
                Action.UPDATE_SCHEDULE,
                {**_of(schedule), "state": state.value},
                f"Schedule {schedule.name} is {state.value}",
                twin("schedule", verb.lower(), schedule.name, cluster=schedule.cluster),
            )
            for schedule in found
        ),
        verb,
    )


def delete(state: State, keys: Iterable[str]) -> Plan:
    """Delete them."""
    found = _found(state, keys)
    lines = []
    for schedule in found:
        running = len(state.tasks_of_schedule(schedule.key))
        left = f"; {tasks_text(running)} of it goes on" if running == 1 else f"; {tasks_text(running)} go on"
        lines.append(f"{schedule.name} goes{left if running else ''}")
    return Plan(
        f"Delete {_names(found)}",
        tuple(lines),
        tuple(
            Request(
                Action.DELETE_SCHEDULE,
                _of(schedule),
                f"Schedule {schedule.name} is deleted",
                twin("schedule", "rm", schedule.name, "--yes", cluster=schedule.cluster),
            )
            for schedule in found
        ),
        "Delete",
        destroys=True,
    )


def _from(schedule: Schedule, now: float) -> str:
    following = timing_of(schedule).next_after(now)
    return f", first {wall_time(schedule, following)}" if following is not None else ": but it is over"


def _found(state: State, keys: Iterable[str]) -> list[Schedule]:
    return [state.schedules[key] for key in keys if key in state.schedules]


def _of(schedule: Schedule) -> dict[str, str]:
    return {"cluster": schedule.cluster, "name": schedule.name}


def _names(found: list[Schedule]) -> str:
    return listed([schedule.name for schedule in found]) or "schedules that are gone"
