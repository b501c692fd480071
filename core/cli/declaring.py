"""A config as ApplyConfig's input: which clusters and hosts it says exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.config import Config


def declared_input(config: Config, *, force: bool) -> dict[str, Any]:
    """What the engine is told when it is not to wait for its own look at the file. `force` drops whatever is not named."""
    return {
        "clusters": sorted(config.clusters),
        "capacity": [
            {
                "name": name,
                "cluster": capacity.cluster,
                "url": capacity.url,
                "way": dict(capacity.way),
                "attributes": dict(capacity.attributes),
                "reservedPorts": [port._asdict() for port in capacity.reserve.ports],
                "reservedCpuUnits": capacity.reserve.cpu_units,
                "reservedMemoryMib": capacity.reserve.memory_mib,
            }
            for name, capacity in sorted(config.capacity.items())
        ],
        "force": force,
    }
