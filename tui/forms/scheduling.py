"""The forms of schedules: a new one, and one that is there in other words. Each is its verb's command line, in fields."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from core.cli import requests
from core.client.names import find_definition
from core.client.schedules import upcoming, wall_time, window_told
from core.commands import Action
from core.config.durations import format_duration
from core.ecs import describe_schedule
from core.errors import Refused
from core.model.schedule import AfterCompletion, MissedRuns, Overlap
from core.record import replace
from core.taskdef.describe import differences
from tui.forms.entries import (
    cluster_entry,
    container_entries,
    definition_entry,
    placement_entries,
    tag_entries,
)
from tui.forms.form import NO, YES, Entry, Kind
from tui.forms.judging import Spoken, spoken_sheet
from tui.forms.sheet import first_cluster
from tui.forms.verbs import schedule_create, schedule_update
from tui.plans.plan import tasks_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.model.schedule import Schedule
    from core.model.state import State
    from tui.forms.sheet import Sheet
    from tui.forms.trial import Trial

Json = dict[str, Any]
#: How many of a schedule's next runs are told.
_RUNS_TOLD: Final = 3
_OFF: Final = "off"
#: What the command line says where a field of a schedule that is there was emptied.
_CLEARED: Final[Mapping[str, tuple[str, ...]]] = {
    "timezone": ("--timezone", "UTC"),
    "count": ("--count", "1"),
    "flexible_time_window": ("--flexible-time-window", _OFF),
    "start_date": ("--start-date", ""),
    "end_date": ("--end-date", ""),
    "maximum_event_age": ("--maximum-event-age", "24h"),
    "description": ("--description", ""),
    "command": ("--without", "command"),
    "environment": ("--without", "env"),
    "placement_strategy": ("--without", "placement-strategy"),
    "placement_constraints": ("--without", "placement-constraint"),
    "capacity_provider_strategy": ("--without", "capacity-provider"),
    "group": ("--without", "group"),
    "launch_type": ("--without", "launch-type"),
    "tags": ("--without", "tag"),
    "managed_tags": ("--no-enable-ecs-managed-tags",),
}


def new_schedule(state: State, here: str, definition: str = "") -> Sheet:
    """CreateSchedule."""
    when, zone, count, *how = _entries(state)
    entries = (
        Entry("name", "name", is_required=True, hint="backup", about=("name", "Schedule")),
        definition_entry(state, definition, "definition", "--task-definition"),
        when,
        zone,
        count,
        cluster_entry(state, first_cluster(state, here)),
        *how,
        Entry("disabled", "not yet", Kind.FLAG, "--disabled", "no", "yes: it rests until it is enabled"),
    )
    spoken = Spoken(
        ("schedule", "create"),
        schedule_create,
        Action.CREATE_SCHEDULE,
        requests.create_schedule,
        lambda asked: f"Schedule {asked['name']} is created",
        _told_new,
    )
    return spoken_sheet("New schedule", "Create", entries, spoken)


def change_schedule(state: State, schedule: Schedule) -> Sheet:
    """UpdateSchedule: every field holds what is so; what is typed over it is said."""
    standing = _standing(schedule, state)
    when, *how = _entries(state)
    entries = tuple(
        replace(
            entry,
            value=standing.get(entry.id, ""),
            usual=standing.get(entry.id, ""),
            cleared=_CLEARED.get(entry.id, ()),
        )
        for entry in (when, definition_entry(state, "", "definition", "--task-definition"), *how)
    )
    spoken = Spoken(
        ("schedule", "update"),
        schedule_update,
        Action.UPDATE_SCHEDULE,
        requests.update_schedule,
        lambda asked: f"Schedule {asked['name']} is changed",
        _told_change,
        (schedule.name, "--cluster", schedule.cluster),
    )
    return spoken_sheet(f"Change schedule {schedule.key}", "Change", entries, spoken, schedule.cluster)


def _entries(state: State) -> tuple[Entry, ...]:
    """What both forms have; the first says when."""
    return (
        Entry(
            "expression",
            "when",
            option="--expression",
            is_required=True,
            hint="cron(0 3 * * ? *), rate(5 minutes) or at(2027-01-31T03:00:00)",
            about=("scheduleExpression", "The schedule"),
        ),
        Entry(
            "timezone",
            "time zone",
            option="--timezone",
            hint="Europe/Berlin; else UTC",
            about=("scheduleExpressionTimezone",),
        ),
        Entry("count", "tasks", option="--count", value="1", hint="1 to 10", about=("target.count",)),
        Entry(
            "overlap",
            "overlap",
            Kind.CHOICE,
            "--overlap",
            Overlap.ALLOW,
            "while an earlier run goes on: run beside it, don't run, or stop it and run",
            tuple(Overlap),
            usual=Overlap.ALLOW,
            about=("overlap",),
        ),
        Entry(
            "missed_runs",
            "missed runs",
            Kind.CHOICE,
            "--missed-runs",
            MissedRuns.RUN_ONCE,
            "while no engine ran: run once, late, or not at all",
            tuple(MissedRuns),
            usual=MissedRuns.RUN_ONCE,
            about=("missedRuns",),
        ),
        Entry(
            "flexible_time_window",
            "time window",
            option="--flexible-time-window",
            hint="15m: at some moment within so long after its time; else at its time",
            about=("flexibleTimeWindow",),
        ),
        Entry(
            "action_after_completion",
            "when it is over",
            Kind.CHOICE,
            "--action-after-completion",
            AfterCompletion.NONE,
            "once it will never run again: it stays, or is deleted",
            tuple(AfterCompletion),
            usual=AfterCompletion.NONE,
            about=("actionAfterCompletion",),
        ),
        Entry(
            "start_date",
            "not before",
            option="--start-date",
            hint="2027-01-31T03:00:00Z; a rate counts from then",
            about=("startDate",),
        ),
        Entry("end_date", "not after", option="--end-date", hint="2027-12-31T03:00:00Z", about=("endDate",)),
        Entry(
            "maximum_event_age",
            "at most late",
            option="--maximum-event-age",
            hint="1m to 24h, and so long its tasks may wait for a place; else 24h",
            about=("maximumEventAgeInSeconds",),
        ),
        *container_entries("target.overrides"),
        *placement_entries(state, "target."),
        Entry("group", "group", option="--group", hint="else family:NAME", about=("target.group",)),
        *tag_entries("tags of its tasks", "target."),
        Entry("description", "description", option="--description", about=("description",)),
    )


# -- what stands there ----------------------------------------------------------------------------------------------------


def _standing(schedule: Schedule, state: State) -> dict[str, str]:
    """A schedule in the words of the command line, by the ids of the fields."""
    target = json.loads(schedule.target)
    return {
        "definition": schedule.definition,
        "expression": schedule.expression,
        "timezone": schedule.timezone,
        "count": str(target.get("count", 1)),
        "overlap": schedule.overlap.value,
        "missed_runs": schedule.missed_runs.value,
        "flexible_time_window": window_told(schedule),
        "action_after_completion": schedule.after_completion.value,
        "start_date": _date(schedule.start_at),
        "end_date": _date(schedule.end_at),
        "maximum_event_age": format_duration(schedule.maximum_event_age_s),
        **_overridden(state, schedule, target.get("overrides", {})),
        "placement_strategy": _several(map(_strategy, target.get("placementStrategy", ()))),
        "placement_constraints": _several(map(_constraint, target.get("placementConstraints", ()))),
        "capacity_provider_strategy": _several(map(_share, target.get("capacityProviderStrategy") or ())),
        "group": target.get("group", ""),
        "tags": _several(f"{tag['key']}={tag.get('value', '')}" for tag in target.get("tags", ())),
        "launch_type": target.get("launchType", ""),
        "propagate_tags": target.get("propagateTags", "NONE"),
        "managed_tags": YES if target.get("enableECSManagedTags") else NO,
        "description": schedule.description,
    }


def _overridden(state: State, schedule: Schedule, overrides: Json) -> dict[str, str]:
    """What stands for the container that an update is about, where it says none."""
    container = requests.overridden_container(overrides)
    if not container:
        with suppress(Refused):
            container = find_definition(state, schedule.definition).containers[0].name
    own: Json = next((o for o in overrides.get("containerOverrides", ()) if o["name"] == container), {})
    return {
        "command": _several(own.get("command") or ()),
        "environment": _several(f"{e['name']}={e.get('value', '')}" for e in own.get("environment") or ()),
        "container": container if own else "",
    }


def _several(words: Iterable[str]) -> str:
    return shlex.join(words)


def _date(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _strategy(given: Json) -> str:
    return f"{given['type']}={given['field']}" if given.get("field") else str(given["type"])


def _constraint(given: Json) -> str:
    return f"{given['type']}={given['expression']}" if given.get("expression") else str(given["type"])


def _share(given: Json) -> str:
    base = f",base={given['base']}" if given.get("base") else ""
    return f"{given['capacityProvider']}={given.get('weight', 0)}{base}"


# -- what will happen -----------------------------------------------------------------------------------------------------


def _told_new(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    schedule = _made(trial, Action.CREATE_SCHEDULE, asked)
    target = asked["target"]
    return [
        f"{schedule.name}: {tasks_text(target['count'])} of {target['taskDefinition']} a run",
        _runs(schedule),
    ]


def _told_change(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    before = trial.state.schedules[f"{asked['cluster']}/{asked['name']}"]
    after = _made(trial, Action.UPDATE_SCHEDULE, asked)
    changes = differences("", _shown(trial.state, before, asked), _shown(trial.state, after, asked))
    return [*changes, _runs(after)] if changes else ["It is so already"]


def _made(trial: Trial, action: Action, asked: Json) -> Schedule:
    key = f"{asked['cluster']}/{asked['name']}"
    return trial.made(action, asked, lambda state: state.schedules[key])


def _shown(state: State, schedule: Schedule, asked: Json) -> Json:
    """Those members of which something is asked, as people read them."""
    shown = describe_schedule(state, schedule)
    dates = {"startDate": _date(schedule.start_at), "endDate": _date(schedule.end_at)}
    shown |= {member: date for member, date in dates.items() if date}
    return {member: value for member, value in shown.items() if member in asked.keys() - {"cluster", "name"}}


def _runs(schedule: Schedule) -> str:
    if not schedule.enabled:
        return "it rests until it is enabled (E)"
    runs = ", then ".join(wall_time(schedule, run.planned_at) for run in upcoming(schedule, _RUNS_TOLD))
    return f"runs {runs}" if runs else "it never runs"
