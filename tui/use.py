"""What hosts use together, of what is measured on them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.world import World


class Use(NamedTuple):
    """In percent of all hosts that are measured."""

    cpu_percent: float
    memory_percent: float


def use_of(world: World, cluster: str) -> Use | None:
    """Of a cluster's hosts, or of all for the empty name; None where none that answers is measured."""
    return world.of_hosts("use", cluster, lambda: _use(world, cluster))


def _use(world: World, cluster: str) -> Use | None:
    instances = world.state.instances_of(cluster) if cluster else world.state.instances.values()
    heard = [(each, world.pulse(each.id)) for each in instances if each.connected]
    measured = [(each, pulse) for each, pulse in heard if pulse.cpu_percent is not None and each.cpu_units]
    if not measured:
        return None
    cores = sum(each.cpu_units for each, _ in measured)
    memory = sum(each.memory_mib for each, _ in measured)
    cpu = sum((pulse.cpu_percent or 0.0) * each.cpu_units for each, pulse in measured) / cores
    used = 100 * sum(pulse.memory_mib or 0.0 for _, pulse in measured) / memory if memory else 0.0
    return Use(cpu, used)
