"""What has to be asked of the engine so that a schedule is as a manifest says. What it does not say stays. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.client.applying_tags import check_home, listed, stays_in, tagging, tags_wanted
from core.client.step import Step
from core.commands import Action, Command
from core.ecs import describe_schedule
from core.errors import Refusals, Refused
from core.fold.inputs import CreateSchedule
from core.fold.members import said
from core.fold.placement_input import tags_from
from core.fold.reading import document_of, input_of
from core.fold.schedule_times import check_times, deleted_itself
from core.model.ids import last_part
from core.schedule_expression import read_expression, read_moment, zone_of
from core.taskdef.describe import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.client.step import Scope
    from core.model.schedule import Schedule
    from core.model.state import State

Json = dict[str, Any]


def schedule_key(document: Json, home: str) -> str:
    """Which schedule a document is about; those that name no cluster are at `home`."""
    return f"{last_part(str(document.get('cluster') or home))}/{document.get('name')}"


def schedule_steps(
    state: State, document: Json, home: str, scope: Scope, now: float, attempt: Callable[[Action, Json], None]
) -> Iterator[Step]:
    """The steps for a schedule. `attempt` tries each request.

    One that is over and deleted itself is as the file has it: made again it would run again, or never. Raises Refused with all
    that is wrong, also for what isn't CreateSchedule's.
    """
    cluster, _, _ = schedule_key(document, home).partition("/")
    given, wanted, warnings = _read({**document, "cluster": cluster})
    check_home(cluster, home, scope)
    key = f"{cluster}/{given.name}"
    schedule = state.schedules.get(key)
    tags = tags_wanted(scope, schedule, tags_from(given.tags) if "tags" in wanted else None)
    refusals = Refusals()
    over = False
    with refusals.kept():
        check_times(given)  # for `attempt` is silent of one whose task definition is refused
        over = schedule is None and deleted_itself(given, now)
    if over:
        yield Step(f"schedule {key}: is over, and deleted itself", schedule=key)
        return
    if schedule is None:
        made = wanted | ({"tags": listed(tags)} if tags else {})
        with refusals.kept():
            attempt(Action.CREATE_SCHEDULE, made)
        refusals.conclude()
        what = f"schedule {key}: {wanted['scheduleExpression']} of {wanted['target']['taskDefinition']}"
        yield Step(what, Action.CREATE_SCHEDULE, made, warnings=warnings, schedule=key)
        return
    steps = [*tagging(schedule, tags, attempt)]
    yield from steps
    shown = describe_schedule(state, schedule)
    changes = {
        member: value
        for member, value in wanted.items()
        if member not in {"name", "cluster", "tags"} and _plain(member, value) != shown.get(member, "")
    }
    if changes:
        wants = {member: _plain(member, value) for member, value in changes.items()}
        lines = differences("", {member: shown[member] for member in changes if member in shown}, wants)
        asked = {"cluster": cluster, "name": schedule.name, **changes}
        with refusals.kept():
            attempt(Action.UPDATE_SCHEDULE, asked)
        refusals.conclude()
        warnings = (*warnings, *stays_in(schedule, scope))
        yield Step(
            f"schedule {key}", Action.UPDATE_SCHEDULE, asked, tuple(lines), warnings=warnings, schedule=key
        )
    elif not steps:
        yield Step(f"schedule {key}", schedule=key)


def schedule_deletion(schedule: Schedule, scope: Scope, attempt: Callable[[Action, Json], None]) -> Step:
    """The step for a schedule of the stack that no file names any more. Tasks of its runs run on."""
    given = {"cluster": schedule.cluster, "name": schedule.name}
    attempt(Action.DELETE_SCHEDULE, given)
    told = f"schedule {schedule.key}: of stack {scope.stack} and no longer named; tasks that run go on"
    return Step(told, Action.DELETE_SCHEDULE, given, schedule=schedule.key)


def family_of_target(given: Json) -> str:
    """The family that a schedule's request runs."""
    return last_part(str(given.get("target", {}).get("taskDefinition", ""))).partition(":")[0]


def _read(wanted: Json) -> tuple[CreateSchedule, Json, tuple[str, ...]]:
    """The request, as the engine reads it and as it is said, and warnings. Raises Refused."""
    action = Action.CREATE_SCHEDULE
    try:
        given, warnings = input_of(action, document_of(Command("", action.value, json.dumps(wanted))))
    except Refused as refused:
        _tell_with_its_time(refused, wanted)
        raise
    assert isinstance(given, CreateSchedule)
    asked = said(given)
    asked["scheduleExpression"] = " ".join(asked["scheduleExpression"].split())
    return given, asked, warnings


def _tell_with_its_time(refused: Refused, wanted: Json) -> None:
    """Raise a refusal of the request's shape with what can't be read of its time, which would not be come to."""
    refusals = Refusals()
    refusals.keep(refused)
    for member, read in (("scheduleExpression", read_expression), ("scheduleExpressionTimezone", zone_of)):
        text = wanted.get(member)
        if isinstance(text, str) and text and not any(p.startswith(f"{member}:") for p in refused.problems):
            with refusals.kept():
                read(text)
    refusals.conclude()


def _plain(member: str, value: Any) -> Any:
    """A value as the engine shows it: a date in seconds."""
    if member not in {"startDate", "endDate"} or value == "":
        return value
    try:
        return read_moment(value)
    except ValueError:
        return value  # for the engine to refuse
