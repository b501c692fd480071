"""What has to be asked of the engine so that a schedule is as a manifest says. What it does not say stays. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.client.step import Step
from core.commands import Action, Command
from core.ecs import describe_schedule
from core.fold.members import said
from core.fold.reading import document_of, input_of
from core.schedule_expression import read_moment
from core.taskdef.describe import differences

if TYPE_CHECKING:
    from core.model.state import State

Json = dict[str, Any]


def schedule_step(state: State, document: Json, cluster: str) -> Step:
    """The step for a schedule in a cluster. Raises Refused for what isn't CreateSchedule's; folding it refuses the rest."""
    wanted, warnings = _read({**document, "cluster": cluster})
    key = f"{cluster}/{wanted['name']}"
    schedule = state.schedules.get(key)
    if schedule is None:
        target = wanted["target"]["taskDefinition"]
        what = f"schedule {key}: {wanted['scheduleExpression']} of {target}"
        return Step(what, Action.CREATE_SCHEDULE, wanted, warnings=warnings)
    now = describe_schedule(state, schedule)
    changes = {
        member: value
        for member, value in wanted.items()
        if member not in {"name", "cluster"} and _plain(member, value) != now.get(member, "")
    }
    if not changes:
        return Step(f"schedule {key}")
    wants = {member: _plain(member, value) for member, value in changes.items()}
    lines = differences("", {member: now[member] for member in changes if member in now}, wants)
    given = {"cluster": cluster, "name": schedule.name, **changes}
    return Step(f"schedule {key}", Action.UPDATE_SCHEDULE, given, tuple(lines), warnings=warnings)


def _read(wanted: Json) -> tuple[Json, tuple[str, ...]]:
    """The request as it is said, and warnings. Raises Refused."""
    action = Action.CREATE_SCHEDULE
    given, warnings = input_of(action, document_of(Command("", action.value, json.dumps(wanted))))
    asked = said(given)
    asked["scheduleExpression"] = " ".join(asked["scheduleExpression"].split())
    return asked, warnings


def _plain(member: str, value: Any) -> Any:
    """A value as the engine shows it: a date in seconds."""
    if member not in {"startDate", "endDate"} or value == "":
        return value
    try:
        return read_moment(value)
    except ValueError:
        return value  # for the engine to refuse
