"""Which tasks would sit better elsewhere: every move is an improvement, and in the end there is none left to make."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.model.service import PlacementStrategy, Service, StrategyType
from core.model.state import State
from core.record import replace
from core.scheduler.balance import Move, at_once_for, held_by_bounds, moves, spread_fields
from core.scheduler.need import DEFAULT_STRATEGY, Need
from core.scheduler.room import room_on
from core.scheduler.standing import Case
from tests.core.builders import NOW, instance, service, task

if TYPE_CHECKING:
    from core.model.task import Task

ZONE = "ecs.availability-zone"


def found(
    hosts: dict[str, tuple[str, int]],
    most: int = 1000,
    *,
    memory_mib: int = 4096,
    protected: frozenset[str] = frozenset(),
    strategy: tuple[PlacementStrategy, ...] = DEFAULT_STRATEGY,
) -> list[Move]:
    """The moves of a service whose tasks lie so: host -> (zone, how many tasks)."""
    state = State()
    tasks: list[Task] = []
    for name, (zone, count) in hosts.items():
        state.put(instance(name, memory_mib=memory_mib, attributes={ZONE: zone}))
        tasks += [task(f"{name}{number}", on=name) for number in range(count)]
    tasks = [replace(t, protected_until=NOW + 60.0) if t.id in protected else t for t in tasks]
    for one in tasks:
        state.put(one)
    wanted: Service = service(len(tasks))
    cases = [Case(t, wanted, state.instances[t.instance], "ecs-svc/2", NOW) for t in tasks]
    rooms = [room_on(state, i) for i in state.instances_of("default")]
    need = Need("service:web", memory_mib=64, strategy=strategy)
    return moves(cases, need, rooms, most, Random(1))


def unevenness(hosts: dict[str, tuple[str, int]]) -> tuple[int, int]:
    """The sums of squares over zones and over hosts: what a move must make smaller, the zones' first."""
    zones: Counter[str] = Counter()
    for zone, count in hosts.values():
        zones[zone] += count
    return sum(n * n for n in zones.values()), sum(count * count for _, count in hosts.values())


def moved(hosts: dict[str, tuple[str, int]], source: str, target: str) -> dict[str, tuple[str, int]]:
    (here, there) = hosts[source], hosts[target]
    return hosts | {source: (here[0], here[1] - 1), target: (there[0], there[1] + 1)}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6)), min_size=1, max_size=7),
    st.integers(1, 40),
)
# The host that is best for the last move was no better for anyone before the others were made.
@example([("a", 0), ("a", 0), ("a", 2), ("a", 6), ("b", 0), ("b", 0), ("b", 5)], 8)
def test_every_move_is_an_improvement_and_none_is_left_in_the_end(
    shape: list[tuple[str, int]], most: int
) -> None:
    hosts = {f"h{number}": share for number, share in enumerate(shape)}
    plan = found(hosts, most)
    assert len(plan) <= most
    assert len({move.task for move in plan}) == len(plan)
    for move in plan:
        after = moved(hosts, move.source.removeprefix("instance-"), move.target.removeprefix("instance-"))
        assert unevenness(after) < unevenness(hosts)
        hosts = after
    if len(plan) < most:
        better = [
            (source, target)
            for source in hosts
            for target in hosts
            if hosts[source][1] and unevenness(moved(hosts, source, target)) < unevenness(hosts)
        ]
        # A task moves once in a plan: those that have just come are for the next.
        came = {move.target.removeprefix("instance-") for move in plan}
        assert [pair for pair in better if pair[0] not in came] == []


def test_what_is_even_in_its_zone_but_not_on_its_hosts_is_seen_behind_a_place_that_is_for_nobody() -> None:
    """The best place is in the emptier zone and no improvement; the one after it is."""
    plan = found({"a": ("x", 3), "b": ("x", 0), "c": ("y", 2)})
    assert [(move.source, move.target) for move in plan] == [("instance-a", "instance-b")]


def test_a_full_host_is_no_target_and_a_protected_task_no_candidate() -> None:
    assert found({"a": ("x", 4), "b": ("x", 0)}, memory_mib=0) == []
    held = frozenset({"a0", "a1", "a2", "a3"})
    assert found({"a": ("x", 4), "b": ("x", 0)}, protected=held) == []
    (only,) = found({"a": ("x", 4), "b": ("x", 0)}, protected=held - {"a2"})
    assert only.task == "a2"


@pytest.mark.parametrize(("desired", "at_once"), [(0, 1), (9, 1), (20, 2), (499, 49), (5000, 50)])
def test_a_tenth_moves_at_once(desired: int, at_once: int) -> None:
    assert at_once_for(service(desired)) == at_once


def test_only_what_is_spread_can_be_evened_out() -> None:
    binpack = PlacementStrategy(StrategyType.BINPACK, "memory")
    assert spread_fields((binpack,)) == ()
    assert found({"a": ("x", 4), "b": ("x", 0)}, strategy=(binpack,)) == []
    over = (PlacementStrategy(StrategyType.SPREAD, "instanceId"), binpack)
    assert len(found({"a": ("x", 4), "b": ("y", 0)}, strategy=over)) == 2


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "held"),
    [(1, 100, 150, True), (2, 100, 150, False), (3, 100, 100, True), (2, 75, 100, True), (4, 75, 100, False)],
)
def test_bounds_that_hold_every_task(desired: int, minimum: int, maximum: int, held: bool) -> None:
    assert held_by_bounds(service(desired, minimum, maximum)) is held
