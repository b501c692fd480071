"""Where tasks go: filters that explain themselves, then strategies that order what is left. Pure.

The candidates are filtered once for a batch of like tasks and kept in heaps, so that a thousand tasks cost a thousand
heap operations and not a thousand scans. Planning sees its own plan: each placed task is charged before the next is placed.
Source of the pipeline, the strategies and the failure reasons: ECS Developer Guide, "Task placement".
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from core.model.instance import Connectivity, InstanceStatus
from core.model.service import ConstraintType, PlacementConstraint, PlacementStrategy, StrategyType
from core.model.task_definition import ALL_GPUS
from core.scheduler.providers import has
from core.scheduler.query import Expression, Subject, compile_expression
from core.scheduler.room import fellows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from core.model.capacity_provider import CapacityProvider
    from core.model.instance import ContainerInstance
    from core.model.ports import HostPort
    from core.model.service import Service
    from core.model.task import Task
    from core.model.task_definition import RequiredAttribute, TaskDefinition
    from core.scheduler.room import Room, Rooms

#: ECS's default for a service: spread over zones, then the fewest tasks of it on the instance (of its deployment: room.py).
DEFAULT_STRATEGY: Final = (
    PlacementStrategy(StrategyType.SPREAD, "attribute:ecs.availability-zone"),
    PlacementStrategy(StrategyType.SPREAD, "instanceId"),
)


class Refusal(NamedTuple):
    """Why an instance can't take a task: ECS's reason, and the words for one instance and for several."""

    code: str
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Need:
    """What one of a batch of like tasks asks of an instance."""

    group: str
    cpu_units: int = 0
    memory_mib: int = 0
    gpu_count: int = 0
    ports: tuple[HostPort, ...] = ()
    attributes: tuple[RequiredAttribute, ...] = ()
    expressions: tuple[Expression, ...] = ()
    distinct: bool = False
    provider: CapacityProvider | None = None
    strategy: tuple[PlacementStrategy, ...] = DEFAULT_STRATEGY
    #: Whom its tasks are spread with; empty: the group's.
    fellows: str = ""
    #: Instances that come last, whatever the strategies say: the like of it failed to start there a short while ago.
    shunned: frozenset[str] = frozenset()


def need_of(
    task: Task,
    definition: TaskDefinition,
    constraints: Iterable[PlacementConstraint],
    strategy: tuple[PlacementStrategy, ...],
    *,
    provider: CapacityProvider | None = None,
    shunned: frozenset[str] = frozenset(),
) -> Need:
    """What a task asks, with its service's or its RunTask's constraints, and the group of instances that it is for."""
    constraints = tuple(constraints)
    texts = [c.expression for c in (*definition.placement_constraints, *constraints) if c.expression]
    return Need(
        group=task.group,
        cpu_units=task.cpu_units,
        memory_mib=task.memory_mib,
        gpu_count=task.gpu_count,
        ports=task.ports,
        attributes=definition.required_attributes,
        expressions=tuple(compile_expression(text) for text in texts),
        distinct=any(c.type is ConstraintType.DISTINCT_INSTANCE for c in constraints),
        provider=provider,
        strategy=strategy or DEFAULT_STRATEGY,
        fellows=fellows(task),
        shunned=shunned,
    )


def need_of_service(service: Service, definition: TaskDefinition) -> Need:
    """What a service requires of an instance beside room."""
    texts = [
        c.expression
        for c in (*definition.placement_constraints, *service.placement_constraints)
        if c.expression
    ]
    return Need(
        group=f"service:{service.name}",
        attributes=definition.required_attributes,
        expressions=tuple(compile_expression(text) for text in texts),
    )


# -- filters, in the order in which they are asked: the first refusal is the one that is told ---------------------------


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

    Its room is counted only where an expression asks for what runs on it.
    """
    if _lacking(instance, need) is not None:
        return False
    return not need.expressions or _expressions(rooms[instance.id], need) is None


def refusal(room: Room, need: Need) -> Refusal | None:
    """Why an instance can't take the task; None when it can."""
    found = _refused(room, need)
    return found[1] if found is not None else None


def _refused(room: Room, need: Need) -> tuple[int, Refusal] | None:
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


# -- strategies ---------------------------------------------------------------------------------------------------------


class Candidates:
    """The instances that can take the next task, the best first, kept so while they fill.

    Those that share the values they are spread over stand in one heap, where only the chosen one's rank ever changes; what
    the others share is compared between the heaps' tops. So a task costs a heap operation and a look at each zone.
    """

    def __init__(self, need: Need, rooms: Sequence[Room], chance: Random) -> None:
        self._need = need
        self._fellows = need.fellows or need.group
        self._chance = chance
        self._spread_over = [s.field for s in need.strategy if s.field.startswith("attribute:")]
        self._counts: dict[str, Counter[str]] = {field: Counter() for field in self._spread_over}
        self._parts = [self._part(strategy) for strategy in need.strategy]
        self._turns: dict[str, float] = {}
        self._heaps: dict[tuple[str, ...], list[tuple[tuple[float | str, ...], Room]]] = {}
        for room in rooms:
            values = self._values(room)
            if held := self._held(room):
                self._count(values, held)
            if refusal(room, need) is None:
                self._heaps.setdefault(values, []).append((self._rank(room), room))
        for heap in self._heaps.values():
            heapq.heapify(heap)

    def take(self) -> Room | None:
        """The best instance; None when nothing has room any more."""
        while self._heaps:
            values = min(self._heaps, key=self._full_rank)
            _, room = heapq.heappop(self._heaps[values])
            if not self._heaps[values]:
                del self._heaps[values]
            if refusal(room, self._need) is None:
                return room
        return None

    def put_back(self, room: Room) -> None:
        """Count a task that was charged to it, and keep the instance for the next."""
        self._count(self._values(room), 1)
        self.keep(room)

    def keep(self, room: Room) -> None:
        """Keep an instance for later that was taken for nothing now."""
        heapq.heappush(self._heaps.setdefault(self._values(room), []), (self._rank(room), room))

    def left(self, room: Room) -> None:
        """Count a task that is no longer charged to an instance; as a place of its own it is ranked as before."""
        self._count(self._values(room), -1)

    def _count(self, values: tuple[str, ...], tasks: int) -> None:
        for field, value in zip(self._spread_over, values, strict=True):
            self._counts[field][value] += tasks

    def _values(self, room: Room) -> tuple[str, ...]:
        """The values instances are spread over; those without the attribute are one bucket."""
        return tuple([room.value(field.removeprefix("attribute:")) for field in self._spread_over])

    def _rank(self, room: Room) -> tuple[float | str, ...]:
        """The instance's own part of its rank: smaller goes first."""
        parts = [part(room) for part in self._parts]
        return (
            room.instance.id in self._need.shunned,
            *parts,
            self._held(room),
            room.task_count,
            room.instance.id,
        )

    def _held(self, room: Room) -> int:
        return room.spread[self._fellows]

    def _part(self, strategy: PlacementStrategy) -> Callable[[Room], float]:
        match strategy.type:
            case StrategyType.RANDOM:
                return self._turn
            case StrategyType.BINPACK if strategy.field.lower() == "cpu":
                return lambda room: float(room.cpu_units)
            case StrategyType.BINPACK:
                return lambda room: float(room.memory_mib)
            case StrategyType.SPREAD if strategy.field in self._counts:
                return lambda _: 0.0
            case StrategyType.SPREAD:
                return self._held

    def _turn(self, room: Room) -> float:
        """Each instance's turns come like a Poisson process: whichever is next is next with the same chance."""
        turn = self._turns.get(room.instance.id, 0.0) + self._chance.expovariate(1.0)
        self._turns[room.instance.id] = turn
        return turn

    def _full_rank(self, values: tuple[str, ...]) -> tuple[float | str, ...]:
        """The rank of a heap's best, with the counts that its members share in their places."""
        shared = dict(zip(self._spread_over, values, strict=True))
        is_shunned, *own = self._heaps[values][0][0]
        parts = [
            float(self._counts[s.field][shared[s.field]]) if s.field in shared else own[i]
            for i, s in enumerate(self._need.strategy)
        ]
        return (is_shunned, *parts, *own[len(parts) :])


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the tasks of a batch go (task id -> instance id), and why those that are left go nowhere."""

    placed: tuple[tuple[str, str], ...]
    unplaced: tuple[str, ...]
    refusals: tuple[tuple[str, Refusal], ...] = ()
    #: Task id -> the GPUs that it is given with its place, for those that asked for some.
    gpus: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Of those that refuse, the instance (id) that came furthest through the filters, and what it said.
    nearest: tuple[str, Refusal] | None = None

    @property
    def why(self) -> str:
        """The reason in counts, as an operator reads it."""
        return explain(r for _, r in self.refusals)


def place(tasks: Sequence[Task], need: Need, rooms: Sequence[Room], chance: Random) -> Placement:
    """Place like tasks one after another; each is charged to its instance before the next is placed."""
    candidates = Candidates(need, rooms, chance)
    placed: list[tuple[str, str]] = []
    gpus: list[tuple[str, tuple[str, ...]]] = []
    for task in tasks:
        room = candidates.take()
        if room is None:
            break
        if task.gpu_count:
            gpus.append((task.id, room.gpus_for(task.gpu_count)))
        room.charge(task)
        candidates.put_back(room)
        placed.append((task.id, room.instance.id))
    left = tuple(task.id for task in tasks[len(placed) :])
    if not left:
        return Placement(tuple(placed), left, gpus=tuple(gpus))
    asked = [(r.instance.id, found) for r in rooms if (found := _refused(r, need)) is not None]
    nearest = max(asked, key=lambda one: (one[1][0], one[0]), default=None)
    return Placement(
        tuple(placed),
        left,
        tuple((instance, why) for instance, (_, why) in asked),
        tuple(gpus),
        (nearest[0], nearest[1][1]) if nearest is not None else None,
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
