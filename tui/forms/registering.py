"""The form that registers a task definition from a file: everything that is wrong with it, or how it differs from the latest revision."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from core.bounded import content_of
from core.commands import Action
from core.errors import Refused
from core.fold.definitions import definition_from
from core.homes import expanded
from core.model.ids import last_part
from core.taskdef.describe import diff
from core.taskdef.parse import decode
from tui.forms.form import Entry, Judged
from tui.forms.paths import goes_on
from tui.forms.sheet import Sheet
from tui.forms.trial import Trial
from tui.plans.plan import Request, listed, twin
from tui.views.definitions import users

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.client.yard import Yard
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]
_FILE: Final = "file"


def register() -> Sheet:
    """RegisterTaskDefinition."""
    entries = (
        Entry(_FILE, "file", hint="web.json: what aws ecs register-task-definition takes", is_required=True),
    )
    return Sheet("Register a task definition", "Register", entries, ("taskdef", "register"), _judge)


def _judge(yard: Yard, values: Mapping[str, str]) -> Judged:
    name = values[_FILE].strip()
    known = {_FILE: goes_on(name, {".json"})}
    path = expanded(name)
    if not name or os.path.isdir(path):  # noqa: PTH112  # as above, where a folder on the way may not be read
        return Judged({_FILE: "is missing"}, known=known)
    try:
        document = decode(content_of(path))
        trial = Trial(yard)
        output = trial.answer(Action.REGISTER_TASK_DEFINITION, document)
        definition = definition_from(document)
    except OSError as error:
        return Judged({_FILE: f"can't be read: {error.strerror}"}, known=known)
    except Refused as refused:
        problems = refused.problems
        if len(problems) == 1:
            return Judged({_FILE: problems[0]}, known=known)
        return Judged(
            {_FILE: f"{len(problems)} problems, see below; Ctrl-r reads it again"}, problems, known=known
        )
    made = f"{definition.family}:{output['taskDefinition']['revision']}"
    request = Request(
        Action.REGISTER_TASK_DEFINITION,
        document,
        f"Task definition {made} is registered",
        twin("taskdef", "register", name),
    )
    lines = _lines(trial, definition, made)
    return Judged(lines=tuple(lines), requests=(request,), known=known)


def _lines(trial: Trial, definition: TaskDefinition, made: str) -> Iterator[str]:
    latest = trial.state.latest_definition(definition.family)
    if latest is None:
        yield f"{made}: the first revision of {definition.family}"
    else:
        changes = diff(latest, definition)
        same = "nothing differs from it" if not changes else "what differs:"
        yield f"{made}: a new revision after {last_part(latest.name)}; {same}"
        yield from changes
        used = users(trial.state, family=definition.family)
        if used:
            yield f"{listed(used)} go on with what they have until they are updated (U)"
    yield from (f"warning: {warning}" for warning in definition.warnings)
