"""`dockyard schedule create --dry-run`: what the engine would answer, and when the schedule would run."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

from core.cli.schedule import nexts_shown, show_facts, show_next
from core.commands import Action, Command
from core.ecs import describe_schedule
from core.fold.context import TurnContext
from core.fold.inputs import CreateSchedule
from core.fold.reading import document_of, input_of
from core.fold.schedules import new_schedule
from core.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.cli.invocation import Invocation


def show_trial(invocation: Invocation, asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Print it. Raises Refused as the engine would."""
    state, now = invocation.state(), invocation.dockyard().now()
    action = Action.CREATE_SCHEDULE
    given, warnings = input_of(action, document_of(Command("trial", action.value, json.dumps(asked))))
    assert isinstance(given, CreateSchedule)
    schedule = new_schedule(state, given, TurnContext(now, Random(0), Settings(), by_engine=False))
    for warning in warnings:
        invocation.printer.note(f"warning: {warning}")
    if as_json:
        shown = describe_schedule(state, schedule)
        invocation.printer.json({"schedule": shown, "nextRuns": nexts_shown(schedule)})
        return
    show_facts(invocation.printer, state, schedule, now)
    invocation.printer.line()
    show_next(invocation.printer, schedule, now)
    invocation.printer.note("Nothing was created.")
