"""Where tasks would go, by the planner's own rules, tried on a copy of what is free now. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Final

from core.fold.new_task import new_task
from core.fold.plans import shunned_by
from core.model.instance import InstanceStatus
from core.scheduler.filters import explain
from core.scheduler.need import need_of
from core.scheduler.placement import place
from core.scheduler.providers import choose, provider_of
from core.scheduler.room import room_on

if TYPE_CHECKING:
    from collections.abc import Container

    from core.model.service import Service
    from core.model.state import State
    from core.scheduler.room import Room


@dataclass(frozen=True, slots=True)
class Moves:
    """How many tasks would go to which host (by name), how many nowhere, and why not."""

    to: dict[str, int]
    left: int = 0
    why: str = ""

    def text(self) -> str:
        """`2 to edge-1, 1 to edge-2; 1 can't be placed: …`."""
        parts = (
            [", ".join(f"{count} to {name}" for name, count in sorted(self.to.items()))] if self.to else []
        )
        parts += [f"{self.left} can't be placed now: {self.why}"] if self.left else []
        return "; ".join(parts)


def rooms_of(state: State, cluster: str, *, without: Container[str] = ()) -> list[Room]:
    """What is free on a cluster's hosts, some of them taken for DRAINING."""
    instances = [
        replace(each, status=InstanceStatus.DRAINING) if each.id in without else each
        for each in state.instances_of(cluster)
    ]
    return [room_on(state, each) for each in instances]


class Free:
    """What is free on the hosts of clusters, counted once and tried on often: a dialog says it anew for each letter."""

    def __init__(self, state: State) -> None:
        """As it is now; clusters are counted when they are asked for."""
        self._state: Final = state
        self._counted: dict[str, list[Room]] = {}

    def rooms(self, cluster: str) -> list[Room]:
        """A cluster's, to be charged."""
        if cluster not in self._counted:
            self._counted[cluster] = rooms_of(self._state, cluster)
        return [
            replace(room, ports=list(room.ports), groups=room.groups.copy(), spread=room.spread.copy())
            for room in self._counted[cluster]
        ]


def try_placing(state: State, service: Service, count: int, rooms: list[Room], now: float) -> Moves:
    """Place so many new tasks of a service; `rooms` are charged, so that several services can be tried in turn."""
    definition = state.definitions.get(service.definition)
    if definition is None or count <= 0:
        return Moves({})
    chance = Random(0)  # a trial: any of the equally good hosts will do
    # They are alike, and only counted: the same one so many times.
    task = new_task(
        definition,
        cluster=service.cluster,
        group=f"service:{service.name}",
        service=service.name,
        deployment=next((deployment.id for deployment in state.deployments_of(service.key)), ""),
        chance=chance,
        now=0.0,
    )
    shunned = shunned_by(state, task, now)
    placements = []
    for name, share in _shares(state, service, count).items():
        provider = provider_of(state.clusters.get(service.cluster), name)
        need = need_of(
            task,
            definition,
            service.placement_constraints,
            service.placement_strategy,
            provider=provider,
            shunned=shunned,
        )
        placements.append(place([task] * share, need, rooms, chance))
    names = {room.instance.id: room.instance.name for room in rooms}
    to = Counter(names[instance] for placement in placements for _, instance in placement.placed)
    left = [placement for placement in placements if placement.unplaced]
    why = explain(refusal for placement in left for _, refusal in placement.refusals) if left else ""
    return Moves(dict(to), sum(len(placement.unplaced) for placement in left), why)


def _shares(state: State, service: Service, count: int) -> Counter[str]:
    """How many of so many new tasks go to which capacity provider; all to none where the service has no strategy for it."""
    if not service.capacity_provider_strategy:
        return Counter({"": count})
    held = Counter(task.capacity_provider for task in state.tasks_of_service(service.key) if task.wanted)
    shares: Counter[str] = Counter()
    for _ in range(count):
        provider = choose(service.capacity_provider_strategy, held)
        held[provider] += 1
        shares[provider] += 1
    return shares
