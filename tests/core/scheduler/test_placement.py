"""Where tasks go, and why not elsewhere."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.ports import HostPort
from core.model.service import PlacementStrategy, StrategyType
from core.model.task import Task, TaskStatus
from core.model.task_definition import RequiredAttribute
from core.record import replace
from core.scheduler.need import Need
from core.scheduler.placement import Placement, place
from core.scheduler.query import compile_expression
from core.scheduler.room import Room
from tests.core.builders import instance, task

WEB = Need("service:web", cpu_units=256, memory_mib=512, fellows="ecs-svc/2")


def waiting(count: int, need: Need = WEB) -> list[Task]:
    like = replace(
        task("t", TaskStatus.PROVISIONING, on=""),
        cpu_units=need.cpu_units,
        memory_mib=need.memory_mib,
        ports=need.ports,
    )
    return [replace(like, id=f"t{i:03}") for i in range(count)]


def room(of: ContainerInstance, *tasks: Task) -> Room:
    found = Room(of, of.cpu_units, of.memory_mib, [*of.reserved_ports, *of.foreign_ports])
    for one in tasks:
        found.charge(one)
    return found


def placed(count: int, need: Need, *rooms: Room) -> Placement:
    return place(waiting(count, need), need, rooms, Random(1))


def by_host(found: Placement) -> dict[str, int]:
    return dict(Counter(host.removeprefix("instance-") for _, host in found.placed))


def test_without_a_strategy_tasks_spread_over_zones_and_then_over_hosts() -> None:
    zone = "ecs.availability-zone"
    rooms = [room(instance(n, attributes={zone: z})) for n, z in (("a", "1"), ("b", "1"), ("c", "2"))]
    assert by_host(placed(4, WEB, *rooms)) == {"a": 1, "b": 1, "c": 2}


def test_a_host_that_came_back_empty_gets_the_next_tasks() -> None:
    busy = room(instance("a"), *[task(f"x{i}") for i in range(3)])
    assert by_host(placed(2, WEB, busy, room(instance("b")))) == {"b": 2}


def test_a_rolling_update_spreads_its_tasks_wherever_the_older_deployments_are() -> None:
    older = [task(f"x{i}", deployed="ecs-svc/1") for i in range(3)]
    rooms = [room(instance("a"), *older), room(instance("b"))]
    assert by_host(placed(4, WEB, *rooms)) == {"a": 2, "b": 2}
    assert by_host(placed(4, WEB, *reversed(rooms))) == {"a": 2, "b": 2}, (
        "rooms are charged by now: two more each"
    )


def test_tasks_of_no_service_are_spread_over_their_groups() -> None:
    need = Need("family:job", cpu_units=1, memory_mib=1)
    job = replace(task("x"), group="family:job", service="", deployment="")
    rooms = [
        room(instance("a"), job, replace(job, id="y")),
        room(instance("b"), *[task(f"z{i}") for i in range(3)]),
    ]
    assert by_host(place([replace(job, id=f"new{i}") for i in range(2)], need, rooms, Random(1))) == {"b": 2}


def test_binpack_fills_the_fullest_host_that_still_fits() -> None:
    need = replace(WEB, strategy=(PlacementStrategy(StrategyType.BINPACK, "memory"),))
    rooms = [room(instance("a", memory_mib=4096)), room(instance("b", memory_mib=1024))]
    assert by_host(placed(3, need, *rooms)) == {"b": 2, "a": 1}


def test_random_is_the_same_for_the_same_chance() -> None:
    need = replace(WEB, strategy=(PlacementStrategy(StrategyType.RANDOM),))
    first, second = (placed(6, need, room(instance("a")), room(instance("b"))) for _ in range(2))
    assert first == second
    assert len(first.placed) == 6


def test_random_prefers_no_host() -> None:
    need = replace(WEB, cpu_units=1, memory_mib=1, strategy=(PlacementStrategy(StrategyType.RANDOM),))
    found = by_host(placed(1000, need, *(room(instance(name)) for name in "abcd")))
    # Drawn uniformly, the standard deviation is under 14; turns that were kept even would stay within a few.
    assert all(200 < count < 300 for count in found.values())
    assert len(set(found.values())) > 1


def test_what_cannot_be_placed_says_why_in_counts() -> None:
    small = room(instance("a", memory_mib=100)), room(instance("b", memory_mib=511))
    draining = room(instance("c", status=InstanceStatus.DRAINING))
    found = placed(1, WEB, *small, draining)
    assert found.why == "2 instances lack 512 MiB, 1 is DRAINING"
    assert [refusal.code for _, refusal in found.refusals] == [
        "RESOURCE:MEMORY",
        "RESOURCE:MEMORY",
        "INACTIVE",
    ]


def test_an_empty_cluster_says_so() -> None:
    assert placed(1, WEB).why == "the cluster has no container instances"


def test_one_host_port_is_given_once_however_many_tasks_ask() -> None:
    need = replace(WEB, ports=(HostPort(8080),))
    found = placed(3, need, room(instance("a")), room(instance("b")))
    assert by_host(found) == {"a": 1, "b": 1}
    assert found.why == "2 instances have port 8080/tcp taken"


def test_ports_of_foreign_containers_and_reserved_ones_count_as_taken() -> None:
    foreign = replace(instance("a"), foreign_ports=(HostPort(80, "tcp", "127.0.0.1"),))
    assert placed(1, replace(WEB, ports=(HostPort(80),)), room(foreign)).unplaced
    assert placed(1, replace(WEB, ports=(HostPort(80, "udp"),)), room(foreign)).placed


def test_distinct_instance_counts_its_own_group_alone() -> None:
    need = replace(WEB, distinct=True)
    found = placed(
        2, need, room(instance("a"), task("1")), room(instance("b"), replace(task("2"), group="service:x"))
    )
    assert by_host(found) == {"b": 1}
    assert "already have a task of service:web" in found.why


def test_attributes_and_expressions_admit_and_explain() -> None:
    arm = instance("a", attributes={"ecs.cpu-architecture": "arm64", "zone": "z1"})
    need = replace(
        WEB,
        attributes=(RequiredAttribute("ecs.cpu-architecture", "x86_64"),),
        expressions=(compile_expression("attribute:zone == z2"),),
    )
    assert placed(1, need, room(arm)).why == "1 instance lacks the attribute ecs.cpu-architecture=x86_64"
    x86 = instance("b", attributes={"ecs.cpu-architecture": "x86_64", "zone": "z1"})
    assert placed(1, need, room(x86)).why == "1 instance doesn't meet the constraint attribute:zone == z2"


def test_hosts_that_do_not_answer_take_nothing() -> None:
    rooms = [room(instance(c.value, connectivity=c)) for c in Connectivity]
    impaired = room(replace(instance("i"), impaired=True))
    assert by_host(placed(5, WEB, *rooms, impaired)) == {"CONNECTED": 5}


@pytest.mark.parametrize(
    ("cpu_units", "memory_mib", "code"),
    [(256, 512, ""), (255, 512, "RESOURCE:CPU"), (256, 511, "RESOURCE:MEMORY")],
)
def test_what_fits_exactly_fits_and_one_less_does_not(cpu_units: int, memory_mib: int, code: str) -> None:
    found = placed(1, WEB, room(instance("a", cpu_units=cpu_units, memory_mib=memory_mib)))
    assert [refusal.code for _, refusal in found.refusals] == [code] * bool(code)
    assert len(found.placed) == (not code)


@given(
    sizes=st.lists(st.tuples(st.integers(0, 2048), st.integers(0, 4096)), max_size=6),
    cpu=st.integers(0, 1024),
    memory=st.integers(0, 1024),
    count=st.integers(0, 20),
    strategy=st.sampled_from([StrategyType.SPREAD, StrategyType.BINPACK, StrategyType.RANDOM]),
)
def test_no_host_is_given_more_than_it_has_and_none_is_left_with_room(
    sizes: list[tuple[int, int]], cpu: int, memory: int, count: int, strategy: StrategyType
) -> None:
    field = {StrategyType.SPREAD: "instanceId", StrategyType.BINPACK: "cpu"}.get(strategy, "")
    need = Need("g", cpu, memory, strategy=(PlacementStrategy(strategy, field),))
    rooms = [room(instance(str(i), cpu_units=c, memory_mib=m)) for i, (c, m) in enumerate(sizes)]
    found = place(waiting(count, need), need, rooms, Random(2))
    assert all(r.cpu_units >= 0 and r.memory_mib >= 0 for r in rooms)
    assert len(found.placed) + len(found.unplaced) == count
    if found.unplaced:
        assert all(r.cpu_units < cpu or r.memory_mib < memory for r in rooms)


def test_an_instance_takes_nothing_before_it_is_marked_as_ours() -> None:
    """What answers at its address may be another Docker, of another size, until then."""
    unmarked = replace(instance("a"), marked=False)
    found = placed(1, WEB, room(unmarked))
    assert not found.placed
    assert "is not marked as ours yet" in found.why
    assert by_host(placed(1, WEB, room(unmarked), room(instance("b")))) == {"b": 1}
