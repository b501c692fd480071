"""Which instances can take a task, by filters that explain themselves. Pure.

Source of the filters and of the failure reasons: ECS Developer Guide, "Task placement" and "API failure reasons".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from core.model.instance import Connectivity, InstanceStatus
from core.model.task_definition import ALL_GPUS
from core.scheduler.providers import has
from core.scheduler.query import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.model.instance import ContainerInstance
    from core.scheduler.need import Need
    from core.scheduler.room import Room, Rooms


class Refusal(NamedTuple):
    """Why an instance can't take a task: ECS's reason, and the words for one instance and for several."""

    code: str
    one: str
    many: str


# In the order in which they are asked: the first refusal is the one that is told.


def _status(room: Room, _: Need) -> Refusal | None:
    match room.instance.status:
        case InstanceStatus.ACTIVE:
            return None
        case InstanceStatus.REGISTERING:
            return Refusal("AGENT", "has not answered yet", "have not answered yet")
        case status:
            return Refusal("INACTIVE", f"is {status}", f"are {status}")


def _connectivity(room: Room, _: Need) -> Refusal | None:
    if room.instance.connectivity is Connectivity.CONNECTED:
        return None
    state = room.instance.connectivity
    return Refusal("AGENT", f"is {state}", f"are {state}")


def _impaired(room: Room, _: Need) -> Refusal | None:
    if not room.instance.impaired:
        return None
    return Refusal("AGENT", "is IMPAIRED (actions time out)", "are IMPAIRED (actions time out)")


def _marked(room: Room, _: Need) -> Refusal | None:
    """What answers there may yet turn out to be another Docker, of another size; and nothing is done there before."""
    if room.instance.marked:
        return None
    return Refusal("AGENT", "is not marked as ours yet", "are not marked as ours yet")


def _provider(room: Room, need: Need) -> Refusal | None:
    if need.provider is None:
        return None
    if need.provider.expression and room.subject is None:
        room.subject = subject_of(room)
    if has(need.provider, room.instance.name, room.subject):
        return None
    text = f"of the capacity provider {need.provider.name}"
    return Refusal("EMPTY CAPACITY PROVIDER", f"is not {text}", f"are not {text}")


def _attributes(room: Room, need: Need) -> Refusal | None:
    name = _lacking(room.instance, need)
    if name is None:
        return None
    return Refusal("ATTRIBUTE", f"lacks the attribute {name}", f"lack the attribute {name}")


def _lacking(instance: ContainerInstance, need: Need) -> str | None:
    """The first required attribute that an instance has not, or has with another value."""
    for wanted in need.attributes:
        value = instance.attribute(wanted.name)
        if value is None or (wanted.value is not None and value != wanted.value):
            return wanted.name if wanted.value is None else f"{wanted.name}={wanted.value}"
    return None


def _expressions(room: Room, need: Need) -> Refusal | None:
    if not need.expressions:
        return None
    if room.subject is None:
        room.subject = subject_of(room)
    for expression in need.expressions:
        if not expression.matches(room.subject):
            text = f"the constraint {expression.text}"
            return Refusal(
                "MemberOf placement constraint unsatisfied.", f"doesn't meet {text}", f"don't meet {text}"
            )
    return None


def _distinct(room: Room, need: Need) -> Refusal | None:
    if not need.distinct or not room.groups[need.group]:
        return None
    return Refusal(
        "DistinctInstance placement constraint unsatisfied.",
        f"already has a task of {need.group}",
        f"already have a task of {need.group}",
    )


def _cpu(room: Room, need: Need) -> Refusal | None:
    if need.cpu_units <= max(0, room.cpu_units):
        return None
    return Refusal("RESOURCE:CPU", f"lacks {need.cpu_units} CPU units", f"lack {need.cpu_units} CPU units")


def _memory(room: Room, need: Need) -> Refusal | None:
    if need.memory_mib <= max(0, room.memory_mib):
        return None
    return Refusal("RESOURCE:MEMORY", f"lacks {need.memory_mib} MiB", f"lack {need.memory_mib} MiB")


def _gpus(room: Room, need: Need) -> Refusal | None:
    if not need.gpu_count:
        return None
    free, there = len(room.gpus), len(room.instance.gpus)
    wanted = there if need.gpu_count == ALL_GPUS else need.gpu_count
    if there and free >= wanted:
        return None
    what = f"{free} of {there} GPUs free" if there else "no GPUs that the config names"
    return Refusal("RESOURCE:GPU", f"has {what}", f"have {what}")


def _ports(room: Room, need: Need) -> Refusal | None:
    for port in need.ports:
        if not room.takes(port):
            what = f"port {port.port}/{port.protocol} taken"
            return Refusal("RESOURCE:PORTS", f"has {what}", f"have {what}")
    return None


FILTERS: Final[tuple[Callable[[Room, Need], Refusal | None], ...]] = (
    _status,
    _connectivity,
    _impaired,
    _marked,
    _provider,
    _attributes,
    _expressions,
    _distinct,
    _cpu,
    _memory,
    _gpus,
    _ports,
)


def suits(instance: ContainerInstance, need: Need, rooms: Rooms) -> bool:
    """Whether an instance meets what is required of it, whatever its state and however full it is.

    Its room is counted only where an expression asks for what runs on it. One without GPUs never has any free.
    """
    if _lacking(instance, need) is not None or (need.gpu_count and not instance.gpus):
        return False
    return not need.expressions or _expressions(rooms[instance.id], need) is None


def refusal(room: Room, need: Need) -> Refusal | None:
    """Why an instance can't take the task; None when it can."""
    found = refused(room, need)
    return found[1] if found is not None else None


def refused(room: Room, need: Need) -> tuple[int, Refusal] | None:
    """The first filter that refuses, by its number, and why: those that ask for room are the last."""
    for number, asks in enumerate(FILTERS):
        found = asks(room, need)
        if found is not None:
            return number, found
    return None


def subject_of(room: Room) -> Subject:
    """An instance as the query language sees it."""
    instance = room.instance
    return Subject(
        agent_connected=instance.connected,
        agent_version=instance.docker_version,
        instance_id=instance.id,
        registered_at=instance.registered_at,
        running_tasks_count=room.running_count,
        groups=frozenset(room.groups),
        attributes=dict(instance.attributes),
    )


def explain(refusals: Iterable[Refusal]) -> str:
    """`2 instances lack 512 MiB, 1 is DRAINING`: the most frequent reason first."""
    counts = Counter(refusals)
    if not counts:
        return "the cluster has no container instances"
    parts: list[str] = []
    for found, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        noun = "" if parts else ("instance " if count == 1 else "instances ")
        parts.append(f"{count} {noun}{found.one if count == 1 else found.many}")
    return ", ".join(parts)
