"""The config, applied: rows appear, change and go; what looks like a mistake is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.fold.config import Declared
from core.model.instance import Connectivity, InstanceStatus
from core.model.ports import HostPort
from core.record import replace
from tests.core.fold.desk import Desk, declared

if TYPE_CHECKING:
    from core.model.state import State


def names(state: State) -> list[str]:
    return sorted(instance.name for instance in state.instances.values())


def test_a_new_host_registers() -> None:
    desk = Desk()
    desk.config(declared("a", reserved_ports=(HostPort(22),), attributes=(("zone", "x"),)))
    a = desk.instance("a")
    assert (a.status, a.connectivity) == (InstanceStatus.REGISTERING, Connectivity.DISCONNECTED)
    assert (a.url, a.reserved_ports, a.attributes) == ("ssh://a", (HostPort(22),), (("zone", "x"),))
    assert desk.events == ["Cluster default was created.", "Container instance a is registered at ssh://a."]


def test_applying_the_same_again_changes_nothing(desk: Desk) -> None:
    before = (dict(desk.state.instances), dict(desk.state.clusters), list(desk.events))
    desk.config(declared("a", "b"))
    assert (desk.state.instances, desk.state.clusters, desk.events) == before


def test_a_host_at_another_address_is_the_same_host(desk: Desk) -> None:
    task, before = desk.task(on="a"), desk.instance("a")
    config = declared("a", "b")
    moved = replace(config.capacity[0], url="ssh://a2", reserved_cpu_units=1000, reserved_memory_mib=24)
    desk.config(replace(config, capacity=(moved, config.capacity[1])))
    after = desk.instance("a")
    assert after == replace(
        before,
        url="ssh://a2",
        reserved_cpu_units=1000,
        reserved_memory_mib=24,
        cpu_units=1048,
        memory_mib=1000,
        version=before.version + 1,
    )
    assert [t.id for t in desk.state.tasks_on(after.id)] == [task.id]
    assert desk.events[-1] == "Container instance a is now at ssh://a2."


def test_attributes_of_the_config_come_and_go_beside_those_that_were_put(desk: Desk) -> None:
    desk.do("PutAttributes", attributes=[{"name": "rack", "value": "r1", "targetId": "a"}])
    desk.config(declared("a", "b", attributes=(("zone", "x"),)))
    assert desk.instance("a").own_attributes == (("rack", "r1"), ("zone", "x"))
    desk.config(declared("a", "b", attributes=(("gpu", "no"),)))
    assert desk.instance("a").own_attributes == (("gpu", "no"), ("rack", "r1"))
    assert desk.instance("a").attributes == (("gpu", "no"), ("rack", "r1"))


def test_an_empty_host_goes_and_one_with_tasks_drains_first(desk: Desk) -> None:
    desk.config(declared("a", "b", "c"))
    desk.config(declared("a", "b"))
    assert names(desk.state) == ["a", "b"]
    desk.task(on="b")
    desk.config(declared("a"))
    b = desk.instance("b")
    assert (b.status, b.removed_from_config) == (InstanceStatus.DRAINING, True)
    assert desk.events[-1] == (
        "Container instance b is no longer in the config: it drains its 1 tasks and goes when it is empty."
    )
    desk.config(declared("a", "b"))
    assert (desk.instance("b").status, desk.instance("b").removed_from_config) == (
        InstanceStatus.ACTIVE,
        False,
    )


def test_several_hosts_or_the_last_one_go_by_force_alone(desk: Desk) -> None:
    desk.config(declared("a", "b", "c"))
    assert desk.config(declared("c", "d")) == ("a", "b")
    assert names(desk.state) == ["a", "b", "c", "d"]
    assert desk.events[-1] == (
        "The config no longer names a, b. More than one host, or all of them, go only by: dockyard config apply --force"
    )
    assert desk.config(declared("d", force=True)) == ()
    assert desk.config(declared()) == ("d",)
    assert desk.config(declared(force=True)) == ()
    assert names(desk.state) == []


def test_what_is_held_back_is_said_by_the_engine_alone(desk: Desk) -> None:
    desk.by_engine = False
    said = len(desk.events)
    assert desk.config(declared()) == ("a", "b")
    assert len(desk.events) == said


def test_hosts_on_their_way_out_are_dropped_once(desk: Desk) -> None:
    desk.task(on="b")
    desk.config(declared("a"))
    said = len(desk.events)
    assert desk.config(declared("a")) == ()
    assert len(desk.events) == said


def test_a_host_changes_its_cluster_when_it_is_empty(desk: Desk) -> None:
    task = desk.task(on="a")
    config = declared("a", "b")
    moving = replace(
        config,
        clusters=("default", "edge"),
        capacity=tuple(replace(host, cluster="edge") for host in config.capacity),
    )
    desk.config(moving)
    assert [i.name for i in desk.state.instances_of("edge")] == ["b"]
    assert desk.instance("a").cluster == "default"
    desk.do("DeregisterContainerInstance", containerInstance="a", force=True)
    desk.config(moving)
    assert [i.cluster for i in desk.state.instances_of("edge")] == ["edge", "edge"]
    assert desk.state.tasks[task.id].stopped


def test_a_cluster_of_the_config_goes_when_it_holds_nothing(desk: Desk) -> None:
    desk.do("CreateCluster", clusterName="by-hand")
    desk.config(replace(declared("a", "b"), clusters=("default", "edge")))
    desk.config(declared("a", "b"))
    assert sorted(desk.state.clusters) == ["by-hand", "default"]
    desk.config(Declared())
    assert sorted(desk.state.clusters) == ["by-hand", "default"]


def test_a_command_applies_a_config(desk: Desk) -> None:
    host = {
        "name": "c",
        "url": "unix:///var/run/docker.sock",
        "attributes": {"zone": "x"},
        "reservedPorts": [{"port": 53, "protocol": "udp"}],
        "reservedMemoryMib": 100,
    }
    assert desk.do("ApplyConfig", clusters=["edge"], capacity=[host]) == {"heldBack": ["a", "b"]}
    c = desk.instance("c")
    assert (c.reserved_ports, c.reserved_memory_mib) == ((HostPort(53, "udp"),), 100)
    assert desk.refused("ApplyConfig", capacity=[host, host]) == (
        "InvalidParameterException: capacity: c is named more than once."
    )


def test_what_adds_only_takes_nothing_away(desk: Desk) -> None:
    """So a client that reads another file than the engine does no harm where no engine runs."""
    desk.do("UpdateContainerInstancesState", containerInstances=["a"], status="DRAINING")
    before = desk.instance("a")
    assert desk.config(replace(declared("b", "c"), additive=True)) == ()
    assert names(desk.state) == ["a", "b", "c"]
    assert desk.instance("a") == before


def test_a_host_that_goes_without_being_cleaned_says_so(desk: Desk) -> None:
    desk.connect("b", connectivity=Connectivity.LOST)
    desk.state.put(replace(desk.instance("b"), marked=True))
    desk.config(declared("a"))
    assert names(desk.state) == ["a"]
    assert desk.events[-1] == (
        "Container instance b is no longer in the config and was removed; containers of ours that have stopped, and its "
        "marker, may be left there."
    )


def test_the_jump_host_of_another_way_is_not_known_yet(desk: Desk) -> None:
    desk.state.put(replace(desk.instance("a"), route="bastion"))
    desk.config(declared("a", "b"))
    assert desk.instance("a").route == "bastion"
    config = declared("a", "b")
    desk.config(replace(config, capacity=(replace(config.capacity[0], url="ssh://a2"), config.capacity[1])))
    assert desk.instance("a").route == ""
