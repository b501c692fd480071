"""`dockyard schedule`: ls, describe, enable, disable, run, rm; what makes and changes one is in schedule_change.py."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, protected, wait_for_engine
from core.cli.events import print_events
from core.cli.invocation import Invocation, invoked
from core.cli.listing import answered, named_cluster, show_list
from core.cli.options import cluster_option, json_option, quiet_option, wait_options, yes_option
from core.cli.printing import Cell, Column, Tone, age, count_of
from core.cli.rows import status_cell
from core.cli.task_run import ended, until_option
from core.cli.verbs import Verbs
from core.client.names import find_schedule
from core.client.schedules import last_run, next_told, problem_of, upcoming, wall_time, window_told
from core.commands import Action
from core.config.durations import format_duration
from core.events import Subject
from core.model.ids import SHORT, last_part
from core.model.schedule import AfterCompletion, ScheduleState
from core.model.tags import tags_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cli.printing import Printer, Row
    from core.model.schedule import Run, Schedule
    from core.model.state import State

_CHANGE = "core.cli.schedule_change"
#: How many of the next occasions are shown.
NEXT_SHOWN: Final = 5
_EVENTS_SHOWN: Final = 10
_COLUMNS = (
    Column("NAME"),
    Column("CLUSTER", spare=True),
    Column("EXPRESSION"),
    Column("NEXT"),
    Column("LAST", right=True),
    Column("RESULT"),
    Column("STATE"),
    Column("TASK DEFINITION", spare=True),
    Column("AGE", right=True, spare=True),
    Column("WHY"),
)


@click.group(
    "schedule",
    cls=Verbs,
    lazy={
        "create": (f"{_CHANGE}:create", "Create a schedule, or show when it would run."),
        "tag": ("core.cli.tag:schedule", "Show and change its tags."),
        "update": (f"{_CHANGE}:update", "Change a schedule; what is not said stays."),
    },
)
def verb() -> None:
    """Schedules: tasks that run by cron, at a rate, or at a time."""


@verb.command("ls", examples=["dockyard schedule ls", "dockyard schedule ls --cluster staging -q"])
@cluster_option
@json_option
@quiet_option
@invoked
def ls(invocation: Invocation, cluster: str | None, as_json: bool, quiet: bool) -> None:
    """List the schedules of all clusters, or of one."""
    state = invocation.shown_state()
    cluster = named_cluster(state, cluster)
    schedules = [s for _, s in sorted(state.schedules.items()) if cluster in {None, s.cluster}]
    now = invocation.dockyard().now()
    show_list(
        invocation.printer,
        document=lambda: _described(invocation, state, schedules),
        names=(s.name for s in schedules),
        table=lambda: print_schedules(invocation.printer, state, schedules, now),
        as_json=as_json,
        quiet=quiet,
    )


@verb.command(
    "describe", examples=["dockyard schedule describe backup", "dockyard schedule describe backup --json"]
)
@click.argument("name", shell_complete=completing.schedules)
@cluster_option
@json_option
@invoked
def describe(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Show one schedule: its next runs, and what became of the last."""
    state = invocation.shown_state()
    schedule = find_schedule(state, name, cluster)
    if as_json:
        invocation.printer.json(_described(invocation, state, [schedule]))
        return
    dockyard, printer = invocation.dockyard(), invocation.printer
    now = dockyard.now()
    show_facts(printer, state, schedule, now)
    printer.line()
    show_next(printer, schedule, now)
    printer.line()
    if schedule.runs:
        columns = ("DUE", "RESULT", "LATE", "TOOK", "TASKS")
        printer.table(
            [*(Column(title) for title in columns), Column("REASON", whole=True)],
            [_run_row(schedule, run, now) for run in schedule.runs],
        )
        printer.line()
    events = dockyard.events(
        limit=_EVENTS_SHOWN, cluster=schedule.cluster, subject=Subject.SCHEDULE.value, name=schedule.name
    )
    print_events(printer, events)


@verb.command("enable", examples=["dockyard schedule enable backup"])
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.schedules)
@cluster_option
@wait_options("1m")
@invoked
def enable(
    invocation: Invocation, names: Sequence[str], cluster: str | None, wait: bool, timeout_s: float
) -> None:
    """Let schedules run again, from now on: nothing of the time between is made up for."""
    _turn(invocation, names, cluster, ScheduleState.ENABLED)
    if wait:
        wait_for_engine(invocation, timeout_s)


@verb.command("disable", examples=["dockyard schedule disable backup report"])
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.schedules)
@cluster_option
@wait_options("1m")
@invoked
def disable(
    invocation: Invocation, names: Sequence[str], cluster: str | None, wait: bool, timeout_s: float
) -> None:
    """Let schedules rest. Tasks that run go on."""
    _turn(invocation, names, cluster, ScheduleState.DISABLED)
    if wait:
        wait_for_engine(invocation, timeout_s)


@verb.command(
    "run", examples=["dockyard schedule run backup", "dockyard schedule run backup --wait --until stopped"]
)
@click.argument("name", shell_complete=completing.schedules)
@cluster_option
@wait_options("10m")
@until_option
@json_option
@quiet_option
@invoked
def run(
    invocation: Invocation,
    name: str,
    cluster: str | None,
    wait: bool,
    timeout_s: float,
    until: str,
    as_json: bool,
    quiet: bool,
) -> int | None:
    """Run a schedule's tasks now, beside its occasions: also while it is DISABLED, or an earlier run has not ended."""
    schedule = find_schedule(invocation.state(), name, cluster)
    output = ask(invocation, Action.RUN_SCHEDULE, _of(schedule))
    ids = [last_part(task["taskArn"]) for task in output["tasks"]]
    if as_json:
        invocation.printer.json(output)
    for task in ids if not as_json else ():
        invocation.printer.line(task if quiet else f"Task {task} of schedule {schedule.name}.")
    return ended(invocation, ids, until, timeout_s) if wait else None


@verb.command("rm", examples=["dockyard schedule rm backup", "dockyard schedule rm backup report --yes"])
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.schedules)
@cluster_option
@yes_option
@wait_options("1m")
@invoked
def rm(
    invocation: Invocation,
    names: Sequence[str],
    cluster: str | None,
    yes: bool,
    wait: bool,
    timeout_s: float,
) -> None:
    """Delete schedules. Tasks that run go on."""
    state = invocation.state()
    schedules = [find_schedule(state, name, cluster) for name in names]
    keys = ", ".join(s.key for s in schedules)
    for guarded in sorted({protected(invocation, s.cluster) for s in schedules}):
        confirmed(
            f"Delete {keys if len(keys) < 60 else count_of(len(schedules), 'schedule')}?",
            yes=yes,
            protected=guarded,
        )
    for schedule in schedules:
        ask(invocation, Action.DELETE_SCHEDULE, _of(schedule))
        invocation.printer.line(f"Schedule {schedule.name} is deleted.")
    if wait:
        wait_for_engine(invocation, timeout_s)


def print_schedules(printer: Printer, state: State, schedules: Sequence[Schedule], now: float) -> None:
    """A table of schedules."""
    printer.table(_COLUMNS, [_row(state, schedule, now) for schedule in schedules])


def show_facts(printer: Printer, state: State, schedule: Schedule, now: float) -> None:
    """What a schedule is and how it is, one fact a line."""
    running = len(state.tasks_of_schedule(schedule.key))
    deletes = schedule.after_completion is AfterCompletion.DELETE
    problem = problem_of(state, schedule)
    on = partial(wall_time, schedule)
    printer.facts(
        {
            "Schedule": schedule.name,
            "Cluster": schedule.cluster,
            "Description": schedule.description,
            "State": _state(schedule),
            "Expression": schedule.expression,
            "Time zone": schedule.timezone,
            "Begins": on(schedule.start_at) if schedule.start_at is not None else "",
            "Ends": on(schedule.end_at) if schedule.end_at is not None else "",
            "Flexible time window": window_told(schedule),
            "After completion": schedule.after_completion.value if deletes else "",
            "Task definition": schedule.definition,
            "Overlap": schedule.overlap.value,
            "Missed runs": f"{schedule.missed_runs.value}, up to {format_duration(schedule.maximum_event_age_s)} late",
            "Stack": schedule.stack,
            "Tags": tags_told(schedule.tags),
            "Running": count_of(running, "task") if running else "",
            "Why": Cell(problem, Tone.BAD) if problem else "",
            "Created": f"{age(now - schedule.created_at)} ago",
        }
    )


def show_next(printer: Printer, schedule: Schedule, now: float) -> None:
    """The next occasions, in the schedule's time zone."""
    found = upcoming(schedule, NEXT_SHOWN)
    if not found:
        printer.line("No next run: it is DISABLED." if not schedule.enabled else "No next run: it is over.")
        return
    if not schedule.window_minutes:
        columns = (Column("NEXT RUNS"), Column("IN", right=True))
        printer.table(columns, [(wall_time(schedule, run.at), age(run.planned_at - now)) for run in found])
        return
    printer.table(
        (Column("NEXT RUNS"), Column("RUN AT"), Column("IN", right=True)),
        [
            (wall_time(schedule, run.at), wall_time(schedule, run.planned_at), age(run.planned_at - now))
            for run in found
        ],
    )


def nexts_shown(schedule: Schedule) -> list[dict[str, float]]:
    """Its next occasions for JSON, in the words of its runs."""
    return [{"scheduledAt": run.at, "plannedAt": run.planned_at} for run in upcoming(schedule, NEXT_SHOWN)]


def _turn(invocation: Invocation, names: Sequence[str], cluster: str | None, state: ScheduleState) -> None:
    """Enable or disable. All are found before any is turned."""
    now_is = invocation.state()
    for schedule in [find_schedule(now_is, name, cluster) for name in names]:
        ask(invocation, Action.UPDATE_SCHEDULE, _of(schedule) | {"state": state.value})
        changed = invocation.state().schedules.get(schedule.key, schedule)
        following = f", next {told}" if (told := next_told(changed)) else ""
        invocation.printer.line(f"Schedule {schedule.name} is {state.value}{following}.")


def _of(schedule: Schedule) -> dict[str, str]:
    return {"cluster": schedule.cluster, "name": schedule.name}


def _described(invocation: Invocation, state: State, schedules: Sequence[Schedule]) -> dict[str, Any]:
    from core.ecs import describe_schedule  # noqa: PLC0415  # only JSON needs ECS's shapes

    return answered(
        invocation,
        lambda _: {
            "schedules": [describe_schedule(state, s) | {"nextRuns": nexts_shown(s)} for s in schedules]
        },
    )


def _row(state: State, schedule: Schedule, now: float) -> Row:
    last = last_run(schedule)
    return (
        schedule.name,
        schedule.cluster,
        schedule.expression if schedule.timezone == "UTC" else f"{schedule.expression} {schedule.timezone}",
        next_told(schedule) or None,
        age(now - last.at) if last is not None else None,
        status_cell(last.result) if last is not None else None,
        _state(schedule),
        schedule.definition,
        age(now - schedule.created_at),
        problem_of(state, schedule) or None,
    )


def _state(schedule: Schedule) -> Cell:
    return Cell("over", Tone.DIM) if schedule.over else status_cell(schedule.state)


def _run_row(schedule: Schedule, run: Run, now: float) -> Row:
    took_s = (run.ended_at if run.ended_at is not None else now) - run.at
    return (
        "by hand " + wall_time(schedule, run.at) if run.by_hand else wall_time(schedule, run.scheduled_at),
        status_cell(run.result),
        age(run.late_s) if run.late_s >= 1 else None,
        age(took_s) if run.tasks else None,
        ", ".join(task[:SHORT] for task in run.tasks) or None,
        run.reason or None,
    )
