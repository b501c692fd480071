"""What an operator names, found in the state: an exact name or id wins, a prefix of an id will do, doubt is refused. Pure.

Names are resolved before a command is submitted, so that the commands table carries full names and ids. Without a cluster
all clusters are searched, and `CLUSTER/NAME` says which one is meant.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from core.client.stacks import stacks
from core.errors import Refused
from core.model.ids import SHORT, last_part
from core.model.service import ServiceStatus
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.client.stacks import Stack
    from core.model.cluster import Cluster
    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition

#: A shorter prefix of an id is more likely a slip than a choice.
SHORTEST_PREFIX: Final = 4

_CANDIDATES_SHOWN: Final = 6

Named = TypeVar("Named")


class _Kind(Record):
    """What is looked for, and ECS's exception and words when it isn't there."""

    word: str
    code: str


_CLUSTER: Final = _Kind("cluster", "ClusterNotFoundException")
_SERVICE: Final = _Kind("service", "ServiceNotFoundException")
_STACK: Final = _Kind("stack", "ResourceNotFoundException")
_SCHEDULE: Final = _Kind("schedule", "ResourceNotFoundException")
_TASK: Final = _Kind("task", "InvalidParameterException")
_INSTANCE: Final = _Kind("container instance", "InvalidParameterException")
_DEFINITION: Final = _Kind("task definition", "ClientException")


class _Candidate(Record, Generic[Named]):
    """A row, the names it goes by, its id if it has one, and how it is told from others of the same name."""

    row: Named
    names: tuple[str, ...]
    id: str
    label: str


def find_cluster(state: State, text: str) -> Cluster:
    """The cluster of that name or ARN. Raises Refused."""
    rows = [_Candidate(c, (c.name,), "", c.name) for c in state.clusters.values()]
    return _pick(_CLUSTER, last_part(text), rows)


def find_service(state: State, text: str, cluster: str | None = None) -> Service:
    """The service, not INACTIVE, of that name, `CLUSTER/NAME` or ARN. Raises Refused."""
    cluster, name = _split(state, text, cluster)
    rows = [
        _Candidate(s, (s.name,), "", s.key)
        for s in state.services.values()
        if cluster in {None, s.cluster} and s.status is not ServiceStatus.INACTIVE
    ]
    return _pick(_SERVICE, name, rows)


def find_stack(state: State, text: str, cluster: str | None = None) -> Stack:
    """The stack of that name, or `CLUSTER/NAME`. Raises Refused."""
    cluster, name = _split(state, text, cluster)
    rows = [_Candidate(s, (s.name,), "", s.key) for s in stacks(state, cluster)]
    return _pick(_STACK, name, rows)


def find_schedule(state: State, text: str, cluster: str | None = None) -> Schedule:
    """The schedule of that name, `CLUSTER/NAME` or ARN. Raises Refused."""
    cluster, name = _split(state, text, cluster)
    rows = [
        _Candidate(s, (s.name,), "", s.key) for s in state.schedules.values() if cluster in {None, s.cluster}
    ]
    return _pick(_SCHEDULE, name, rows)


def find_task(state: State, text: str, cluster: str | None = None) -> Task:
    """The task of that id, prefix of an id, or ARN. Raises Refused."""
    cluster, name = _split(state, text, cluster)
    rows = [
        _Candidate(t, (), t.id, f"{t.id[:SHORT]} ({t.group})")
        for t in state.tasks.values()
        if cluster in {None, t.cluster}
    ]
    return _pick(_TASK, name, rows)


def find_instance(state: State, text: str, cluster: str | None = None) -> ContainerInstance:
    """The container instance of that name, id, prefix of an id, or ARN. Raises Refused."""
    cluster, name = _split(state, text, cluster)
    rows = [
        _Candidate(i, (i.name,), i.id, f"{i.cluster}/{i.name}")
        for i in state.instances.values()
        if cluster in {None, i.cluster}
    ]
    return _pick(_INSTANCE, name, rows)


def find_definition(state: State, text: str) -> TaskDefinition:
    """The revision `FAMILY:REVISION` names, or the family's latest ACTIVE one; an ARN will do. Raises Refused."""
    name = last_part(text)
    if name in state.definitions:
        return state.definitions[name]
    family, _, revision = name.partition(":")
    latest = state.latest_definition(family)
    if not revision and latest is not None:
        return latest
    known = {d.family for d in state.definitions.values()}
    if family in known:
        revisions = sorted(d.revision for d in state.definitions.values() if d.family == family and d.active)
        there = (
            f"ACTIVE: {', '.join(map(str, revisions))}" if revisions else "none of its revisions is ACTIVE"
        )
        raise Refused(_DEFINITION.code, f"There is no task definition {name}; {there}.")
    raise _missing(_DEFINITION, family, sorted(known))


def _split(state: State, text: str, cluster: str | None) -> tuple[str | None, str]:
    """The cluster to look in, and the name there: `CLUSTER/NAME` and long ARNs name the cluster themselves."""
    name = text
    if text.startswith("arn:"):
        parts = text.rpartition(":")[2].split("/")
        cluster, name = (parts[1] if len(parts) > 2 else cluster), parts[-1]
    elif "/" in text:
        cluster, _, name = text.rpartition("/")
    return (None if cluster is None else find_cluster(state, cluster).name), name


def _pick(kind: _Kind, text: str, candidates: Iterable[_Candidate[Named]]) -> Named:
    rows = sorted(candidates, key=lambda c: c.label)
    found = [c for c in rows if text in c.names or text == c.id]
    if not found and len(text) >= SHORTEST_PREFIX:
        found = [c for c in rows if c.id.startswith(text.lower())]
    match found:
        case [one]:
            return one.row
        case []:
            raise _missing(kind, text, [name for c in rows for name in c.names])
        case _:
            shown = ", ".join(c.label for c in found[:_CANDIDATES_SHOWN])
            more = len(found) - _CANDIDATES_SHOWN
            shown += f" and {more} more" if more > 0 else ""
            raise Refused(kind.code, f"{text} names more than one {kind.word}: {shown}.")


def _missing(kind: _Kind, text: str, names: list[str]) -> Refused:
    close = get_close_matches(text, names, n=1, cutoff=0.6)
    hint = f"; did you mean {close[0]}?" if close else "."
    if not close and kind is _TASK and len(text) < SHORTEST_PREFIX:
        hint = f"; an id's prefix has at least {SHORTEST_PREFIX} characters."
    return Refused(kind.code, f"There is no {kind.word} {text}{hint}")
