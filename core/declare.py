"""From the config to what the engine is told of it: which clusters and instances exist. Pure.

The engine reads the file itself and folds it as it is; a client whose change must not wait for that sends ApplyConfig.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.fold.config import Declared, DeclaredInstance, DeclaredProvider
from core.model.capacity_provider import CapacityProvider

if TYPE_CHECKING:
    from core.config import Config
    from core.config.values import CapacityConfig


def declared(config: Config, *, additive: bool = False) -> Declared:
    """What a config declares; what it doesn't name stays with `additive`."""
    return Declared(
        clusters=tuple(sorted(config.clusters)),
        capacity=tuple(
            DeclaredInstance(
                name=name,
                cluster=capacity.cluster,
                url=capacity.url,
                way=capacity.way,
                attributes=capacity.attributes,
                reserved_ports=capacity.reserve.ports,
                reserved_cpu_units=capacity.reserve.cpu_units,
                reserved_memory_mib=capacity.reserve.memory_mib,
                gpus=capacity.gpus,
                image_pull=_image_pull(config, capacity),
            )
            for name, capacity in sorted(config.capacity.items())
        ),
        capacity_providers=tuple(
            DeclaredProvider(provider.cluster, CapacityProvider(name, provider.members, provider.expression))
            for name, provider in sorted(config.capacity_providers.items())
        ),
        additive=additive,
    )


def _image_pull(config: Config, capacity: CapacityConfig) -> str:
    """What the host says of pulls, or else its cluster; empty leaves it to the engine's settings."""
    cluster = config.clusters.get(capacity.cluster)
    said = capacity.image_pull or (cluster.image_pull if cluster is not None else None)
    return said.value if said is not None else ""


def apply_input(config: Config) -> dict[str, Any]:
    """ApplyConfig's input, without `force`."""
    said = declared(config)
    return {
        "clusters": list(said.clusters),
        "capacity": [
            {
                "name": host.name,
                "cluster": host.cluster,
                "url": host.url,
                "way": dict(host.way),
                "attributes": dict(host.attributes),
                "reservedPorts": [port._asdict() for port in host.reserved_ports],
                "reservedCpuUnits": host.reserved_cpu_units,
                "reservedMemoryMib": host.reserved_memory_mib,
                "gpus": list(host.gpus),
                "imagePull": host.image_pull,
            }
            for host in said.capacity
        ],
        "capacityProviders": [
            {
                "name": declared.provider.name,
                "cluster": declared.cluster,
                "members": list(declared.provider.members),
                "expression": declared.provider.expression,
            }
            for declared in said.capacity_providers
        ],
    }
