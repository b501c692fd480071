"""The order in which tasks go when a service is scaled in: the placement strategy, undone."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from core.model.service import PlacementStrategy, StrategyType
from core.model.state import State
from core.record import replace
from core.scheduler.room import Rooms
from core.scheduler.scale_in import in_order
from core.scheduler.standing import Case
from tests.core.builders import NOW, instance, service, task

ZONES = {"a1": "a", "a2": "a", "b1": "b"}
SPREAD_ZONE = PlacementStrategy(StrategyType.SPREAD, "attribute:zone")
SPREAD_HOST = PlacementStrategy(StrategyType.SPREAD, "instanceId")


def cases(*hosts: str, zones: dict[str, str] = ZONES) -> list[Case]:
    """Healthy tasks on these hosts, the later ones newer, by name t0, t1, …."""
    known = {name: replace(instance(name), attributes=(("zone", zone),)) for name, zone in zones.items()}
    return [
        Case(
            replace(task(f"t{n}"), instance=host, created_at=NOW - 1000 + n),
            service(len(hosts)),
            known[host],
            "",
            NOW,
        )
        for n, host in enumerate(hosts)
    ]


def go(found: list[Case], count: int, *strategy: PlacementStrategy, rooms: Rooms | None = None) -> list[str]:
    return [case.task.id for case in islice(in_order(found, strategy, rooms), count)]


def test_what_remains_is_best_spread_over_zones_and_in_them_over_hosts() -> None:
    found = cases("a1", "a1", "a2", "a2", "a2", "b1", "b1")
    gone = go(found, 4, SPREAD_ZONE, SPREAD_HOST)
    assert gone == ["t4", "t3", "t1", "t6"]
    left = Counter(case.task.instance for case in found if case.task.id not in gone)
    assert left == {"a1": 1, "a2": 1, "b1": 1}


def test_over_hosts_alone_the_fullest_gives_first_its_newest() -> None:
    assert go(cases("a1", "a2", "a2", "b1", "b1", "b1"), 3, SPREAD_HOST) == ["t5", "t4", "t2"]


def test_over_zones_alone_the_zone_with_the_most() -> None:
    gone = go(cases("a1", "a2", "b1", "b1", "b1"), 2, SPREAD_ZONE)
    assert gone == ["t4", "t3"]


def test_without_a_strategy_it_is_zones_then_hosts() -> None:
    hosts = cases("a1", "a1", "a1", "a2", "b1", zones=dict.fromkeys(ZONES, "same"))
    assert go(hosts, 2) == ["t2", "t1"]


def test_what_is_packed_goes_from_the_host_that_has_most_left_afterwards() -> None:
    state = State()
    found = cases("a1", "a1", "a2", "b1", "b1", "b1")
    sizes = {"a1": 1000, "a2": 1000, "b1": 1000}
    for name, memory in sizes.items():
        state.put(replace(instance(name), id=name, memory_mib=memory))
    found = [replace(case, task=replace(case.task, memory_mib=100)) for case in found]
    for case in found:
        state.put(case.task)
    packed = PlacementStrategy(StrategyType.BINPACK, "memory")
    assert go(found, 6, packed, rooms=Rooms(state)) == ["t2", "t1", "t0", "t5", "t4", "t3"]


def test_what_serves_less_goes_before() -> None:
    found = cases("a1", "a1", "b1", "b1")
    sick = replace(found[0], task=replace(found[0].task, healthy_since=None))
    back = replace(found[2], task=replace(found[2].task, superseded_by="t9"))
    assert go([sick, found[1], back, found[3]], 3, SPREAD_HOST) == ["t0", "t2", "t3"]


@pytest.mark.parametrize(
    "strategy", [(), (SPREAD_ZONE,), (SPREAD_HOST,), (PlacementStrategy(StrategyType.RANDOM),)]
)
def test_every_task_is_in_the_order_once(strategy: tuple[PlacementStrategy, ...]) -> None:
    found = cases(*["a1", "a2", "b1"] * 5)
    assert sorted(go(found, 99, *strategy)) == sorted(case.task.id for case in found)
