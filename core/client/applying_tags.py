"""What has to be asked of the engine so that a service or a schedule has its tags, that of its stack among them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.client.step import Step
from core.commands import Action
from core.errors import Refused
from core.model.ids import arn
from core.model.service import Service
from core.model.tags import STACK_TAG, stack_of
from core.record import replace
from core.taskdef.describe import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from core.client.step import Scope
    from core.model.schedule import Schedule
    from core.model.tags import Tag

Json = dict[str, Any]


def tags_wanted(
    scope: Scope, standing: Service | Schedule | None, said: tuple[Tag, ...] | None
) -> dict[str, str]:
    """All tags that something is to have: as they are where nothing is said of them. Raises Refused where it is another stack's."""
    stack = scope.stack
    if stack_of(said or ()) not in {"", stack}:
        raise _invalid(f"tags: {STACK_TAG} is given by --stack, or by `stack` at the top of a TOML file.")
    if standing is not None and stack and standing.stack not in {"", stack}:
        kind = kind_of(standing)
        raise _invalid(
            f"{kind} {standing.key} is of stack {standing.stack}, not of {stack}; to take it out there: "
            f"dockyard {kind} tag {standing.key} --remove {STACK_TAG}"
        )
    tags = dict(standing.tags) if standing is not None else {}
    if said is not None:
        tags = {key: value for key, value in tags.items() if key == STACK_TAG} | dict(said)
    return tags | ({STACK_TAG: stack} if stack else {})


def tagging(
    row: Service | Schedule, tags: Mapping[str, str], attempt: Callable[[Action, Json], None]
) -> Iterator[Step]:
    """What makes its tags these. `attempt` tries each request, and raises Refused."""
    kind, now = kind_of(row), dict(row.tags)
    of = {"resourceArn": arn(kind, row.cluster, row.name)}
    new = {key: value for key, value in tags.items() if now.get(key) != value}
    gone = [key for key in now if key not in tags]
    what = f"tags of {kind} {row.key}"
    steps: list[Step] = []
    if stack := new.pop(STACK_TAG, ""):
        told = f"{kind} {row.key}: is not part of stack {stack}; it is taken in"
        given: Json = {**of, "tags": listed({STACK_TAG: stack})}
        steps.append(Step(told, Action.TAG_RESOURCE, given, takes_in=True))
    if new:
        lines = differences("", {key: now[key] for key in new if key in now}, new)
        steps.append(Step(what, Action.TAG_RESOURCE, {**of, "tags": listed(new)}, tuple(lines)))
    if gone:
        lines = differences("", {key: now[key] for key in gone}, {})
        steps.append(Step(what, Action.UNTAG_RESOURCE, {**of, "tagKeys": gone}, tuple(lines)))
    for step in steps:
        assert step.action is not None
        attempt(step.action, step.given)
        yield replace(step, service=row.key) if kind == "service" else replace(step, schedule=row.key)


def kind_of(row: Service | Schedule) -> str:
    """The word for it, in sentences, verbs and ARNs."""
    return "service" if isinstance(row, Service) else "schedule"


def stays_in(row: Service | Schedule, scope: Scope) -> tuple[str, ...]:
    """A warning where something of a stack is changed by files that name none."""
    if not row.stack or scope.stack:
        return ()
    return (f"{kind_of(row)} {row.key} is of stack {row.stack}, and stays in it.",)


def check_home(cluster: str, home: str, scope: Scope) -> None:
    """A stack is in one cluster. Raises Refused."""
    if scope.stack and cluster != home:
        raise _invalid(f"cluster: a stack is in one cluster, and {scope.stack} is in {home}.")


def listed(tags: Mapping[str, str]) -> list[Json]:
    """Tags in ECS's shape."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
