"""Where tasks go: strategies order the instances that filters leave. Pure.

The candidates are filtered once for a batch of like tasks and kept in heaps, so that a thousand tasks cost a thousand
heap operations and not a thousand scans. Planning sees its own plan: each placed task is charged before the next is placed.
Source of the pipeline and the strategies: ECS Developer Guide, "Task placement".
"""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING

from core.model.service import PlacementStrategy, StrategyType
from core.record import Record
from core.scheduler.filters import Refusal, explain, refusal, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from core.model.task import Task
    from core.scheduler.need import Need
    from core.scheduler.room import Room


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


class Placement(Record):
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
    asked = [(r.instance.id, found) for r in rooms if (found := refused(r, need)) is not None]
    nearest = max(asked, key=lambda one: (one[1][0], one[0]), default=None)
    return Placement(
        tuple(placed),
        left,
        tuple((instance, why) for instance, (_, why) in asked),
        tuple(gpus),
        (nearest[0], nearest[1][1]) if nearest is not None else None,
    )
