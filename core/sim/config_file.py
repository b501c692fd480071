"""The config file of a story: which machines it names as capacity, and how the engine comes to know of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.fold.config import Declared, DeclaredInstance, DeclaredProvider
from core.model.capacity_provider import CapacityProvider

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from core.sim.machine import Machine
    from core.sim.process import Process
    from core.sim.timeline import Timeline

#: The cluster of every story.
CLUSTER: Final = "default"
#: Its capacity providers: the zones of each.
GROUPS: Final = {"even": "02468", "odd": "13579"}
#: How soon a running engine sees that the file was written, in seconds.
SEEN_AFTER_S: Final = (0.1, 2.0)


class ConfigFile:
    """Its names of machines. It outlives every engine; each reads it when it starts."""

    def __init__(self, machines: Sequence[Machine], timeline: Timeline, chance: Random) -> None:
        """It names them all."""
        self.named: frozenset[str] = frozenset(machine.name for machine in machines)
        self._machines: Final = machines
        self._timeline: Final = timeline
        self._chance: Final = chance

    def declared(self) -> Declared:
        """What an engine reads in it."""
        capacity = tuple(
            DeclaredInstance(m.name, CLUSTER, m.url, attributes=(("zone", _zone(m)),), gpus=m.gpus)
            for m in self._here()
        )
        groups = (CapacityProvider(name, expression=_expression(zones)) for name, zones in GROUPS.items())
        return Declared((CLUSTER,), capacity, tuple(DeclaredProvider(CLUSTER, group) for group in groups))

    def as_input(self, *, force: bool) -> dict[str, Any]:
        """What `dockyard config apply` sends of it."""
        capacity = [
            {
                "name": m.name,
                "cluster": CLUSTER,
                "url": m.url,
                "attributes": {"zone": _zone(m)},
                "gpus": list(m.gpus),
            }
            for m in self._here()
        ]
        groups = [
            {"name": name, "cluster": CLUSTER, "expression": _expression(zones)}
            for name, zones in GROUPS.items()
        ]
        return {
            "clusters": [CLUSTER],
            "capacity": capacity,
            "capacityProviders": groups,
            "force": force,
        }

    def write(self, named: Iterable[str], process: Process | None) -> None:
        """Somebody writes the file; the engine that runs now, if one does, looks at it a little later."""
        self.named = frozenset(named)
        if process is not None:
            seen_after_s = self._chance.uniform(*SEEN_AFTER_S)
            self._timeline.after(seen_after_s, lambda: process.reload(self.declared))

    def _here(self) -> list[Machine]:
        return [machine for machine in self._machines if machine.name in self.named]


def _expression(zones: str) -> str:
    return f"attribute:zone in [{', '.join(zones)}]"


def _zone(machine: Machine) -> str:
    return machine.name[-1]
