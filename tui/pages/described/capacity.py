"""A cluster, and a host of one, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import age
from core.client.progress import instance_empty
from core.events import Subject
from core.model.capacity_provider import shares_told
from core.model.instance import InstanceStatus
from core.model.tags import tags_told
from core.scheduler.room import room_on
from tui.faults import cluster_faults
from tui.listing.row import Tone
from tui.pages.described.shared import ago, events_table, tasks_table
from tui.pages.text import facts, section, sentences
from tui.totals import Totals
from tui.views import cells
from tui.views.capacity import connectivity
from tui.views.view import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.instance import ContainerInstance
    from tui.pages.text import Line
    from tui.world import World


def describe_cluster(world: World, key: str) -> Iterator[Line]:
    """A cluster."""
    cluster = world.state.clusters.get(key)
    if cluster is None:
        return
    state = world.state
    totals = world.totals.get(key, Totals())
    instances = state.instances_of(key)
    yield from facts(
        {
            "Cluster": Cell(cluster.name, Tone.KEY),
            "Status": cluster.status.value,
            "Services": len(state.index.services_of_cluster[key]),
            "Tasks": f"{totals.running} of {totals.wanted} running, {totals.pending} pending",
            "Hosts": f"{sum(i.connected for i in instances)} of {len(instances)} connected",
            "Named in config": "yes" if cluster.declared else "no",
            "Capacity providers": ", ".join(provider.name for provider in cluster.capacity_providers),
            "Default strategy": shares_told(cluster.default_strategy),
            "Tags": tags_told(cluster.tags),
            "Created": ago(world, cluster.created_at),
        }
    )
    faults = list(cluster_faults(world, key))
    if faults:
        yield from section("Faults")
        yield from sentences(faults, Tone.BAD)
    yield from events_table(world, (e for e in world.events.values() if e.cluster == key))


def describe_instance(world: World, key: str) -> Iterator[Line]:
    """A host."""
    instance = world.state.instances.get(key)
    if instance is None:
        return
    yield from _instance_facts(world, instance)
    if instance.attributes:
        yield from section("Attributes")
        yield from facts(dict(instance.attributes))
    yield from section("Tasks")
    yield from tasks_table(world, world.state.tasks_on(key))
    names = {instance.name, key}
    mine = (e for e in world.events.values() if e.subject is Subject.INSTANCE and e.name in names)
    yield from events_table(world, mine)


def _instance_facts(world: World, instance: ContainerInstance) -> Iterator[Line]:
    room = room_on(world.state, instance)
    pulse = world.pulse(instance.id)
    yield from facts(
        {
            "Host": Cell(instance.name, Tone.KEY),
            "Id": instance.id,
            "Cluster": instance.cluster,
            "URL": instance.url,
            "Status": cells.status(instance.status),
            "Connectivity": connectivity(world, instance),
            "Problem": Cell(instance.problem, Tone.BAD) if instance.problem else "",
            "Cpu units": f"{room.cpu_units} of {instance.cpu_units} free",
            "Memory": f"{room.memory_mib} of {instance.memory_mib} MiB free",
            "GPUs": room.gpus_told,
            "In use": ""
            if pulse.cpu_percent is None or not instance.connected
            else f"cpu {pulse.cpu_percent:.0f}%, {pulse.memory_mib or 0:.0f} MiB",
            "Ports taken": ", ".join(f"{port.port}/{port.protocol}" for port in sorted(room.ports)),
            "Docker": instance.docker_version,
            "Platform": f"{instance.os}/{instance.architecture}" if instance.os else "",
            "Last heard": ago(world, pulse.heard_at),
            "Drain": _drain(world, instance),
            "Tags": tags_told(instance.tags),
            "In config": "no longer: it drains and goes when it is empty"
            if instance.removed_from_config
            else "",
        }
    )


def _drain(world: World, instance: ContainerInstance) -> str:
    """What is left on a draining host, what holds it, and until when."""
    if instance.status is not InstanceStatus.DRAINING:
        return ""
    text = instance_empty(world.state, instance.id, world.now).text.partition(": ")[2]
    left_s = (instance.drain_deadline or 0.0) - world.now()
    return f"{text}; what is left is stopped in {age(left_s)}" if left_s > 0 else text
