"""The form of `U`: a service goes to another revision of its family; what differs, and how its tasks are exchanged, in numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from core.client.names import find_definition
from core.commands import Action
from core.errors import Refused
from core.taskdef.describe import diff
from tui.forms.form import Entry, Judged
from tui.forms.sheet import Sheet, families
from tui.forms.trial import Trial
from tui.plans.plan import Request, twin
from tui.plans.services import exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.client.yard import Yard
    from core.model.service import Service
    from core.model.state import State
    from core.model.task_definition import TaskDefinition

_TO: Final = "task_definition"


def update(state: State, service: Service) -> Sheet:
    """UpdateService to a revision: the family's others first, the newest of them chosen."""
    family = service.definition.partition(":")[0]
    known = families(state)
    own = [name for name in known if name.startswith(f"{family}:") and name != service.definition]
    others = [name for name in known if name not in own and name != service.definition and ":" in name]
    entries = (
        Entry(
            _TO,
            "to",
            value=own[0] if own else "",
            hint="FAMILY:REVISION",
            choices=(*own, *others),
            is_required=True,
            about=("taskDefinition", "TaskDefinition", "There is no task definition"),
        ),
    )
    verb = ("service", "update", service.name)
    return Sheet(
        f"Update {service.key}, which runs {service.definition}",
        "Update",
        entries,
        verb,
        partial(_judge, service.key),
        cluster=service.cluster,
    )


def _judge(key: str, yard: Yard, values: Mapping[str, str]) -> Judged:
    trial = Trial(yard)
    service = trial.state.services.get(key)
    if service is None:
        return Judged(problems=("The service is gone",))
    if not values[_TO].strip():
        return Judged({_TO: "is missing"})
    try:
        definition = find_definition(trial.state, values[_TO].strip())
        if definition.name == service.definition:
            return Judged({_TO: f"{service.name} runs {definition.name} already; R restarts it"})
        given = {"cluster": service.cluster, "service": service.name, "taskDefinition": definition.name}
        trial.answer(Action.UPDATE_SERVICE, given)
        lines = tuple(
            _lines(
                trial,
                service,
                definition,
                trial.lines(Action.UPDATE_SERVICE, given, f"service:{service.name}"),
            )
        )
    except Refused as refused:
        return Judged({_TO: refused.message})
    words = ("service", "update", service.name, "--task-definition", definition.name)
    request = Request(
        Action.UPDATE_SERVICE,
        given,
        f"Service {service.name} rolls out {definition.name}",
        twin(*words, cluster=service.cluster),
    )
    return Judged(lines=lines, requests=(request,))


def _lines(trial: Trial, service: Service, new: TaskDefinition, fates: list[str]) -> Iterator[str]:
    yield f"{service.definition} → {new.name}: {exchange(trial.state, service)}"
    yield from fates
    old = trial.state.definitions.get(service.definition)
    changes = diff(old, new) if old is not None else []
    yield f"{count_of(len(changes), 'difference')}:" if changes else "the two say the same"
    yield from changes
