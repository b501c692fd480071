"""Which tasks go when a service is scaled in: first what is of least use, then what undoes the placement strategy. Pure.

Source: ECS Developer Guide, "Task placement strategies": with `spread` what remains stays best spread; with `binpack` a task goes
from the instance that has most left afterwards; without a strategy, from the zone and then the instance with the most tasks.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from core.model.service import StrategyType
from core.model.task import TaskStatus
from core.scheduler.need import DEFAULT_STRATEGY
from core.scheduler.standing import healthy, unhealthy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.model.service import PlacementStrategy
    from core.scheduler.room import Rooms
    from core.scheduler.standing import Case

_STARTING: Final = frozenset({TaskStatus.PROVISIONING, TaskStatus.PENDING})
_Rank = tuple[float, ...]


def least_useful(case: Case) -> tuple[int, bool, float, str]:
    """Sorts what goes first: not placed, starting, failing, unseen, not healthy; then what was superseded; then the newest."""
    ranks = (
        not case.task.instance,
        case.task.last_status in _STARTING,
        unhealthy(case),
        not case.answers,
        not healthy(case),
        True,
    )
    return ranks.index(True), not case.task.superseded_by, -case.task.created_at, case.task.id


def in_order(
    cases: Sequence[Case], strategy: Sequence[PlacementStrategy], rooms: Rooms | None = None
) -> Iterator[Case]:
    """A service's tasks in the order in which they go. `rooms` say what instances have left, for binpack."""
    serving = [c for c in cases if healthy(c) and not c.task.superseded_by]
    chosen = {c.task.id for c in serving}
    yield from sorted((c for c in cases if c.task.id not in chosen), key=least_useful)
    yield from _Undoing(serving, strategy or DEFAULT_STRATEGY, rooms).order()


class _Undoing:
    """Tasks that serve equally well, by instance; instances that share their values of the attributes spread over in one heap."""

    def __init__(
        self, cases: Sequence[Case], strategy: Sequence[PlacementStrategy], rooms: Rooms | None
    ) -> None:
        self._strategy = strategy
        self._fields = [
            s.field.removeprefix("attribute:") for s in strategy if s.field.startswith("attribute:")
        ]
        self._freed: Counter[str] = Counter()
        self._rooms = rooms
        self._tasks: defaultdict[str, list[Case]] = defaultdict(list)
        for case in sorted(cases, key=lambda c: (c.task.created_at, c.task.id)):
            self._tasks[case.task.instance].append(case)  # the newest is the last
        self._counts: dict[str, Counter[str]] = {field: Counter() for field in self._fields}
        self._heaps: defaultdict[tuple[str, ...], list[tuple[_Rank, str]]] = defaultdict(list)
        for instance, held in self._tasks.items():
            values = self._values(held[0])
            for field, value in zip(self._fields, values, strict=True):
                self._counts[field][value] += len(held)
            self._heaps[values].append((self._rank(instance), instance))
        for heap in self._heaps.values():
            heapq.heapify(heap)

    def order(self) -> Iterator[Case]:
        while self._heaps:
            values = min(self._heaps, key=self._full_rank)
            _, instance = heapq.heappop(self._heaps[values])
            case = self._tasks[instance].pop()
            self._freed[instance] += 1
            for field, value in zip(self._fields, values, strict=True):
                self._counts[field][value] -= 1
            if self._tasks[instance]:
                heapq.heappush(self._heaps[values], (self._rank(instance), instance))
            elif not self._heaps[values]:
                del self._heaps[values]
            yield case

    def _values(self, case: Case) -> tuple[str, ...]:
        assert case.instance is not None, "what is healthy is placed"
        return tuple([case.instance.attribute(field) or "" for field in self._fields])

    def _rank(self, instance: str) -> _Rank:
        """An instance's own part of the order: smaller goes first."""
        held = self._tasks[instance]
        return (*(self._part(s, instance) for s in self._strategy), -len(held), -held[-1].task.created_at)

    def _part(self, strategy: PlacementStrategy, instance: str) -> float:
        match strategy.type:
            case StrategyType.BINPACK:
                return -self._left_after(strategy.field.lower(), instance)
            case StrategyType.SPREAD if not strategy.field.startswith("attribute:"):
                return -len(self._tasks[instance])
            case _:
                return 0.0

    def _left_after(self, resource: str, instance: str) -> float:
        """What an instance has left once another of these tasks is gone."""
        if self._rooms is None:
            return 0.0
        task, room, gone = self._tasks[instance][-1].task, self._rooms[instance], self._freed[instance] + 1
        if resource == "cpu":
            return room.cpu_units + gone * task.cpu_units
        return room.memory_mib + gone * task.memory_mib

    def _full_rank(self, values: tuple[str, ...]) -> _Rank:
        """The rank of a heap's first, with the counts that its members share in their places."""
        shared = dict(zip(self._fields, values, strict=True))
        own = self._heaps[values][0][0]
        parts = [
            -float(self._counts[field][shared[field]])
            if (field := s.field.removeprefix("attribute:")) in shared
            else own[i]
            for i, s in enumerate(self._strategy)
        ]
        return (*parts, *own[len(parts) :])
