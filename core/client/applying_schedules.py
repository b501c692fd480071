"""What has to be asked of the engine so that a manifest's schedules are as it says. What it does not say stays. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.client.applying import Step, shown
from core.commands import Action, Command
from core.ecs import describe_schedule
from core.errors import Refused
from core.fold.members import said
from core.fold.reading import document_of, input_of
from core.model.ids import last_part
from core.schedule_expression import read_expression, read_moment, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.client.manifest import Manifest
    from core.model.state import State

Json = dict[str, Any]


def schedule_steps(state: State, manifest: Manifest, cluster: str) -> list[Step]:
    """The steps for schedules, after those of `plan`; `cluster` is where they go that name none. Raises Refused."""
    beside = {str(definition.get("family", "")) for definition in manifest.definitions}
    return [_step(state, wanted, cluster, beside) for wanted in manifest.schedules]


def _step(state: State, document: Json, cluster: str, beside: set[str]) -> Step:
    cluster = last_part(str(document.get("cluster", cluster)))
    key = f"{cluster}/{document.get('name', '')}"
    wanted, warnings = _read(key, {**document, "cluster": cluster})
    _check_definition(state, key, wanted, beside)
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
    lines = tuple(
        f"~ {member}: {shown(now.get(member))} → {shown(value)}" for member, value in changes.items()
    )
    given = {"cluster": cluster, "name": schedule.name, **changes}
    return Step(f"schedule {key}", Action.UPDATE_SCHEDULE, given, lines, warnings=warnings)


def _read(key: str, wanted: Json) -> tuple[Json, tuple[str, ...]]:
    """The request as it is said, and warnings. Raises Refused for what CreateSchedule would refuse, before anything is done."""
    try:
        action = Action.CREATE_SCHEDULE
        given, warnings = input_of(action, document_of(Command("", action.value, json.dumps(wanted))))
        asked = said(given)
        asked["scheduleExpression"] = " ".join(asked["scheduleExpression"].split())
        read_expression(asked["scheduleExpression"])
        zone_of(asked.get("scheduleExpressionTimezone", "UTC"))
    except Refused as refused:
        raise Refused(refused.code, f"schedule {key}: {refused.message}") from None
    return asked, warnings


def _check_definition(state: State, key: str, wanted: Mapping[str, Any], beside: set[str]) -> None:
    named = last_part(wanted["target"]["taskDefinition"])
    family = named.partition(":")[0]
    found = state.definitions.get(named) if ":" in named else state.latest_definition(family)
    if found is None and not (named == family and family in beside):
        raise Refused("ClientException", f"schedule {key}: there is no task definition {named}.")


def _plain(member: str, value: Any) -> Any:
    """A value as the engine shows it: a date in seconds."""
    if member not in {"startDate", "endDate"} or value == "":
        return value
    try:
        return read_moment(value)
    except ValueError:
        return value  # for the engine to refuse
