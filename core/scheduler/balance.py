"""Which tasks of a service would sit better elsewhere: by its own placement strategy, one move at a time. Pure.

A move counts when it makes the service more even: over what its strategy spreads first, then over what it spreads next (by default
zones, then hosts). So every move is an improvement, and there is an end to them; for this the one in a task's place goes to the
host that was chosen with it, or nowhere. Hosts are chosen by the planner's own candidates. ECS evens out zones alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from core.model.service import StrategyType
from core.model.task import TaskStatus
from core.record import Record
from core.scheduler.bounds import bounds
from core.scheduler.need import DEFAULT_STRATEGY
from core.scheduler.placement import Candidates
from core.scheduler.standing import Standing, healthy, rule_for, shielded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from core.model.service import PlacementStrategy, Service
    from core.model.task import Task
    from core.scheduler.need import Need
    from core.scheduler.room import Room
    from core.scheduler.standing import Case

#: So large a part of a service's tasks moves at once where nothing else is said; and so many at the most, whatever is said: what
#: moves next is worked out in one turn of the engine.
PART_AT_ONCE: Final = 10
MOST_AT_ONCE: Final = 50


class Move(Record):
    """A task (id) that would sit better, where it is and where one in its place is to go (ids of instances)."""

    task: str
    source: str
    target: str


def at_once_for(service: Service) -> int:
    """How many tasks may be on their way at once: a tenth, at least one, and fifty at the most."""
    return min(MOST_AT_ONCE, max(1, service.desired_count // PART_AT_ONCE))


def spread_fields(strategy: Sequence[PlacementStrategy]) -> tuple[str, ...]:
    """What a strategy spreads over, in its order; nothing for one that only packs, or goes by chance."""
    return tuple(s.field for s in strategy or DEFAULT_STRATEGY if s.type is StrategyType.SPREAD)


def held_by_bounds(service: Service) -> bool:
    """Whether neither bound lets a single task be exchanged."""
    limits = bounds(service.desired_count, service.minimum_healthy_percent, service.maximum_percent)
    return limits.floor >= service.desired_count >= limits.cap


def movable(case: Case) -> bool:
    """Whether a task may be moved at all: it is kept and serves, so that nothing is lost by starting another first."""
    return (
        rule_for(case).standing is Standing.KEEP
        and healthy(case)
        and not shielded(case)
        and case.task.last_status is TaskStatus.RUNNING
    )


def moves(cases: Iterable[Case], need: Need, rooms: Sequence[Room], most: int, chance: Random) -> list[Move]:
    """The next moves, at most so many. `rooms` are charged: they are the caller's to throw away."""
    return _Balance(cases, need, rooms, chance).moves(most)


class _Balance:
    def __init__(self, cases: Iterable[Case], need: Need, rooms: Sequence[Room], chance: Random) -> None:
        self._fields: Final = spread_fields(need.strategy)
        self._need: Final = need
        self._rooms: Final = {room.instance.id: room for room in rooms}
        self._chance: Final = chance
        self._sources: Final[defaultdict[str, list[Task]]] = defaultdict(list)
        self._counts: Final[dict[str, Counter[str]]] = {field: Counter() for field in self._fields}
        for room in rooms:
            for field in self._fields:
                self._counts[field][value_of(room, field)] += room.groups.get(need.group, 0)
        for case in sorted(cases, key=lambda c: (c.task.created_at, c.task.id)):
            if case.task.instance in self._rooms and movable(case):
                self._sources[case.task.instance].append(case.task)

    def moves(self, most: int) -> list[Move]:
        if not self._fields or not self._sources or self._is_even():
            return []
        found: list[Move] = []
        places = Candidates(self._need, list(self._rooms.values()), self._chance)
        crowded = self._crowded()
        in_vain: set[tuple[str | int, ...]] = set()
        passed_over: list[Room] = []
        while len(found) < most and (target := places.take()) is not None:
            # Of a thousand hosts most are alike: what one of them is no better for, the others are not either.
            if (kind := self._kind(target)) in in_vain:
                passed_over.append(target)
                continue
            source = next((room for room in crowded if self._improves(room, target)), None)
            if source is None:
                in_vain.add(kind)
                passed_over.append(target)
                continue  # no place for anyone; the next best may be for someone
            task = self._sources[source.instance.id].pop()
            target.charge(task)
            places.put_back(target)
            source.discharge(task)
            places.left(source)
            for field, counts in self._counts.items():
                counts[value_of(source, field)] -= 1
                counts[value_of(target, field)] += 1
            found.append(Move(task.id, source.instance.id, target.instance.id))
            crowded = self._crowded()
            # After a move they may be for someone.
            in_vain.clear()
            for room in passed_over:
                places.keep(room)
            passed_over.clear()
        return found

    def _is_even(self) -> bool:
        """Whether no two values differ by more than one anywhere: then no move improves anything. It spares the rest."""
        return all(
            max(c.values(), default=0) - min(c.values(), default=0) <= 1 for c in self._counts.values()
        )

    def _crowded(self) -> list[Room]:
        """The hosts that tasks can be taken from, the most crowded first."""
        return sorted((self._rooms[key] for key, tasks in self._sources.items() if tasks), key=self._crowd)

    def _kind(self, room: Room) -> tuple[str | int, ...]:
        """What decides whether a move to a host is an improvement: its values, and of itself how many tasks it has."""
        return tuple(
            self._counts[field][room.instance.id] if field == "instanceId" else value_of(room, field)
            for field in self._fields
        )

    def _crowd(self, room: Room) -> tuple[float | str, ...]:
        return (*(-self._counts[f][value_of(room, f)] for f in self._fields), room.instance.id)

    def _improves(self, source: Room, target: Room) -> bool:
        """The first field at which it makes a difference decides; a difference of one only changes places."""
        for field, counts in self._counts.items():
            here, there = value_of(source, field), value_of(target, field)
            if here != there and counts[here] - counts[there] != 1:
                return counts[here] - counts[there] > 1
        return False


def value_of(room: Room, field: str) -> str:
    """What a host has for something that is spread over."""
    return (
        room.value(field.removeprefix("attribute:")) if field.startswith("attribute:") else room.instance.id
    )
