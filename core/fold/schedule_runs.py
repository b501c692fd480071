"""The occasions of schedules: what is due is run once, what was missed or overlaps goes by the schedule's policies. Pure.

A run, its tasks and the schedule's next occasion are one commit: whenever the engine dies, an occasion was seen to, or is still
to be. Nothing is remembered elsewhere. Where no place is found, tasks wait for one, as RunTask's do in ECS with a capacity
provider: EventBridge would ask again up to 185 times within the event's maximum age, which comes to the same, and so long they wait,
or until the next run begins.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.errors import Refused
from core.events import Event, Level, Subject
from core.flexible_window import Occasion, last_begun, with_next
from core.fold.inputs import RunTask
from core.fold.tasks import made_tasks
from core.lifecycle import order_stop
from core.model.schedule import AfterCompletion, MissedRuns, Overlap, Run, RunResult
from core.model.task import StopCode
from core.record import replace
from core.schedule_expression import At, moment_shown, timing_of

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.model.schedule import Schedule
    from core.model.state import State
    from core.model.task import Task

#: EventBridge runs within the minute of an occasion; one that is seen to later was missed.
PUNCTUAL_S: Final = 60.0
#: How many runs a schedule remembers.
RUNS_KEPT: Final = 20


def run_of(cluster: str, name: str, target: str) -> RunTask:
    """What the runs of a schedule ask for; `target` is as its row has it."""
    asked = json.loads(target) | {"cluster": cluster, "startedBy": f"schedule/{name}"}
    return RunTask.model_validate_json(json.dumps(asked))


def attend(state: State, schedule: Schedule, turn: TurnContext) -> float | None:
    """Judge its runs, see to what is due, and delete it where it is over and asks for that.

    Returns when time alone asks for the next look.
    """
    now = turn.now
    _end_patience(state, schedule, now)
    seen = _judged(state, schedule, now)
    if seen.next_at is not None and seen.planned_at is not None and seen.planned_at <= now:
        seen = _see_to(state, seen, seen.next_at, turn)
    state.put(seen)
    waiting = unplaced(state, seen)
    goes_at = _goes_at(seen)
    # Nobody else would end their waiting; and what became of its last run is committed before it goes.
    if goes_at is not None and goes_at <= now and not waiting and seen == schedule:
        state.delete(seen)
        text = f"is over and was deleted, as its actionAfterCompletion asks{left_told(state, seen)}."
        _say(state, seen, now, text)
        return None
    patience = (task.created_at + seen.maximum_event_age_s for task in waiting)
    ahead = None if goes_at is None or goes_at <= now else goes_at
    return min((at for at in (seen.planned_at, ahead, *patience) if at is not None), default=None)


def unplaced(state: State, schedule: Schedule) -> list[Task]:
    """The tasks of its runs that wait for a place."""
    return [task for task in state.tasks_of_schedule(schedule.key) if task.wanted and not task.instance]


def left_told(state: State, schedule: Schedule) -> str:
    """What is left of a schedule that is deleted, as the end of a sentence: empty where nothing is."""
    left = len(state.index.tasks_of_schedule[schedule.key])
    tasks = "1 task of it runs on" if left == 1 else f"{left} tasks of it run on"
    return f"; {tasks}" if left else ""


def run_now(
    state: State, schedule: Schedule, turn: TurnContext, *, due: Occasion | None = None
) -> tuple[Schedule, list[Task]]:
    """The schedule with one run more, and the run's tasks; by hand where nothing was due. Raises Refused, changing nothing."""
    asked = run_of(schedule.cluster, schedule.name, schedule.target)
    tasks = made_tasks(state, asked, turn, schedule.name)
    ids = tuple(task.id for task in tasks)
    if due is None:
        run = Run(turn.now, turn.now, RunResult.RUNNING, ids, by_hand=True)
        why = f"as {turn.submitted_by} asked" if turn.submitted_by else "by hand"
    else:
        run = replace(_seen(due, turn.now, RunResult.RUNNING), tasks=ids, ended_at=None)
        why = f"due at {moment_shown(due.at)}{' in its flexible time window' if run.planned_at else ''}"
    count = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    _say(state, schedule, turn.now, f"runs {count} of {tasks[0].definition}, {why}.")
    return _with_run(schedule, run), tasks


# -- what is due --------------------------------------------------------------------------------------------------------


def _see_to(state: State, schedule: Schedule, first: float, turn: TurnContext) -> Schedule:
    """See to the occasions from the `first` that nobody saw to until now: one run at the most comes of them."""
    now = turn.now
    try:
        timing = timing_of(schedule)
    except Refused as refused:  # its time zone is gone from this machine
        _say(state, schedule, now, f"can't run any more: {refused.message}", Level.ERROR)
        return replace(
            _failed(schedule, Occasion(first, first), now, refused.message), next_at=None, planned_at=None
        )
    due = last_begun(schedule, timing, now)
    last = due.at
    schedule = replace(with_next(schedule, timing, timing.next_after(last)), done_at=last)
    late_s = now - due.planned_at
    missed = (
        f"its run of {moment_shown(last)}" if first == last else f"its runs from {moment_shown(first)} on"
    )
    if late_s > PUNCTUAL_S:
        if schedule.missed_runs is MissedRuns.SKIP:
            return _missed(
                state, schedule, due, now, f"{missed}: the engine did not run, and it skips what is missed"
            )
        if late_s > schedule.maximum_event_age_s:
            age = f"the latest is older than {schedule.maximum_event_age_s} s"
            return _missed(state, schedule, due, now, f"{missed}: the engine did not run, and {age}")
        _say(state, schedule, now, f"missed {missed}: the engine did not run. It runs once, now.", Level.WARN)
    elif first != last:
        text = f"missed its runs from {moment_shown(first)} until {moment_shown(last)}: the engine did not run. That one is run."
        _say(state, schedule, now, text, Level.WARN)
    return _run(state, schedule, due, turn)


def _run(state: State, schedule: Schedule, due: Occasion, turn: TurnContext) -> Schedule:
    """Run an occasion as the overlap policy has it."""
    due_at = due.at
    earlier = state.tasks_of_schedule(schedule.key)
    if earlier and schedule.overlap is Overlap.SKIP:
        others = f" and {len(earlier) - 1} more" if len(earlier) > 1 else ""
        reason = f"task {earlier[0].id}{others} of an earlier run had not stopped"
        _say(state, schedule, turn.now, f"skipped its run of {moment_shown(due_at)}: {reason}.", Level.WARN)
        return _with_run(schedule, _seen(due, turn.now, RunResult.SKIPPED, reason))
    by = f"the run of schedule {schedule.name} that was due at {moment_shown(due_at)}"
    if schedule.overlap is Overlap.REPLACE:
        for task in (task for task in earlier if task.wanted):
            state.put(order_stop(task, turn.now, StopCode.USER_INITIATED, f"Replaced by {by}"))
    # Else all that waited for a host would start at once when it is back: of what could not run, the latest is run. What was run by
    # hand a moment ago, in this very turn it may be, has no reason yet why it can't be placed.
    for task in (task for task in unplaced(state, schedule) if task.why):
        reason = f"It found no place before {by}"
        state.put(order_stop(task, turn.now, StopCode.TASK_FAILED_TO_START, reason))
    try:
        return run_now(state, schedule, turn, due=due)[0]
    except Refused as refused:
        text = f"could not run what was due at {moment_shown(due_at)}: {refused.message}"
        _say(state, schedule, turn.now, text, Level.ERROR)
        return _failed(schedule, due, turn.now, refused.message)


def _missed(state: State, schedule: Schedule, due: Occasion, now: float, what: str) -> Schedule:
    _say(state, schedule, now, f"missed {what}.", Level.WARN)
    return _with_run(schedule, _seen(due, now, RunResult.MISSED, what.partition(": ")[2]))


def _failed(schedule: Schedule, due: Occasion, now: float, why: str) -> Schedule:
    return _with_run(schedule, _seen(due, now, RunResult.FAILED, why))


def _seen(due: Occasion, now: float, result: RunResult, reason: str = "") -> Run:
    """An occasion that is seen to and ends with that."""
    planned_at = None if due.planned_at == due.at else due.planned_at
    return Run(due.at, now, result, reason=reason, ended_at=now, planned_at=planned_at)


def _goes_at(schedule: Schedule) -> float | None:
    """From when on it is to be deleted; None where it runs again, or stays.

    EventBridge deletes it after its last run, and no recurring one without an endDate. Here a recurring one stays until its
    endDate: until then a file that is applied again finds it, and does not make it anew with more runs.
    """
    if not schedule.over or schedule.after_completion is AfterCompletion.NONE:
        return None
    try:
        timing = timing_of(schedule)
    except Refused:  # its time zone is gone from this machine: it is stuck, not over
        return None
    if timing.next_after(schedule.done_at) is not None:
        return None
    return schedule.done_at if isinstance(timing.expression, At) else schedule.end_at


def _with_run(schedule: Schedule, run: Run) -> Schedule:
    return replace(schedule, runs=(run, *schedule.runs)[:RUNS_KEPT])


# -- what became of it --------------------------------------------------------------------------------------------------


def _judged(state: State, schedule: Schedule, now: float) -> Schedule:
    """The schedule with its runs as their tasks are."""
    runs = tuple(_as_it_is(state, schedule, run, now) if run.running else run for run in schedule.runs)
    return replace(schedule, runs=runs)


def _end_patience(state: State, schedule: Schedule, now: float) -> None:
    """End tasks that have waited for a place for as long as an event may live."""
    for task in unplaced(state, schedule):
        if task.created_at + schedule.maximum_event_age_s <= now:
            reason = f"It waited {schedule.maximum_event_age_s} s for a place: {task.why or 'none was found'}"
            state.put(order_stop(task, now, StopCode.TASK_FAILED_TO_START, reason))


def _as_it_is(state: State, schedule: Schedule, run: Run, now: float) -> Run:
    tasks = [state.tasks[key] for key in run.tasks if key in state.tasks]
    if any(not task.stopped for task in tasks):
        waiting = next((task for task in tasks if task.wanted and not task.instance and task.why), None)
        if waiting is not None and not run.reason:
            _say(state, schedule, now, f"waits for a place for task {waiting.id}: {waiting.why}.", Level.WARN)
        return replace(run, reason=waiting.why if waiting is not None else "")
    ended_at = max((task.stopped_at or now for task in tasks), default=now)
    result, reason = _result(state, tasks)
    if result is RunResult.FAILED:
        text = f"the run of {moment_shown(run.scheduled_at)} failed: {reason}."
        _say(state, schedule, now, text, Level.ERROR)
    return replace(run, result=result, reason=reason, ended_at=ended_at)


def _result(state: State, tasks: list[Task]) -> tuple[RunResult, str]:
    """What stopped tasks came to, and why where it is no success: one that failed speaks for all."""
    problems = [(task, _problem(state, task)) for task in tasks]
    for task, problem in problems:
        if problem and task.stop_code is not StopCode.USER_INITIATED:
            return RunResult.FAILED, f"task {task.id}: {problem}"
    if stopped := next((problem for _, problem in problems if problem), ""):
        return RunResult.STOPPED, stopped
    return (RunResult.SUCCEEDED, "") if tasks else (RunResult.FAILED, "its tasks are gone")


def _problem(state: State, task: Task) -> str:
    """Why a stopped task did not succeed; empty when it did.

    The essential container that ended first decides (ECS: executionStoppedAt): the others were stopped because it had ended.
    """
    if task.stop_code is not StopCode.ESSENTIAL_CONTAINER_EXITED:
        return task.stopped_reason or "it was stopped"
    definition = state.definitions.get(task.definition)
    essential = {c.name for c in definition.containers if c.essential} if definition is not None else set()
    ended = [c for c in task.containers if c.name in essential and c.finished_at is not None]
    first = min(ended, key=lambda c: (c.finished_at or 0.0, c.name), default=None)
    if first is None or first.exit_code is None:
        return task.stopped_reason or "no exit code is known"
    return "" if first.exit_code == 0 else f"{first.name}: {first.reason or f'exit code {first.exit_code}'}"


def _say(state: State, schedule: Schedule, now: float, text: str, level: Level = Level.INFO) -> None:
    message = f"(schedule {schedule.name}) {text}"
    state.say(Event(now, Subject.SCHEDULE, schedule.name, message, schedule.cluster, level))
