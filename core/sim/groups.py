"""Capacity providers in stories: the operator changes by which tasks are shared out, and the checker holds every task to its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.model.cluster import Cluster
from core.model.service import ServiceStatus
from core.model.state import Kind
from core.model.task import Task
from core.sim.config_file import CLUSTER, GROUPS
from core.sim.daemons import is_daemon, only_place_of
from core.sim.places import in_group
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.engine import Turn
    from core.sim.world import Rows, World

Json = dict[str, Any]


class Sharing:
    """The operator's part."""

    def __init__(self, world: World, chance: Random) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance

    def habits(self) -> list[tuple[Callable[[], None], int]]:
        """What is done, and how often against the operator's other habits."""
        return [(self._put_default, 2), (self._share_out, 1)]

    def _put_default(self) -> None:
        given: Json = {
            "cluster": CLUSTER,
            "capacityProviders": sorted(GROUPS),
            "defaultCapacityProviderStrategy": self._strategy(),
        }
        self._world.submit(Action.PUT_CLUSTER_CAPACITY_PROVIDERS, given)

    def _share_out(self) -> None:
        active = [s for s in self._world.disk.services() if s.status is ServiceStatus.ACTIVE]
        replicas = [service for service in active if not is_daemon(service)]
        if replicas:
            given = {"cluster": CLUSTER, "service": self._chance.choice(replicas).name}
            self._world.submit(Action.UPDATE_SERVICE, given | {"capacityProviderStrategy": self._strategy()})

    def _strategy(self) -> list[Json]:
        """As often none as one: who is shared out is neither evened out nor placed anywhere."""
        if self._chance.random() < 0.5:
            return []
        names = self._chance.sample(sorted(GROUPS), self._chance.choice((1, 2)))
        shares: list[Json] = [{"capacityProvider": n, "weight": self._chance.randint(1, 3)} for n in names]
        shares[0]["base"] = self._chance.choice((0, 0, 2))
        return shares


class Shared:
    """The checker's part: a new task has the provider that it is to have, and is placed there and nowhere else."""

    def __init__(self, world: World) -> None:
        """No task is there yet."""
        self._world: Final = world

    def committed(self, turn: Turn, before: Rows) -> None:
        """Check what a commit says of tasks that are new, or have a place now."""
        asked = {self._world.disk.commands[answer.command_id].action for answer in turn.changes.answers}
        moved = Action.PUT_CLUSTER_CAPACITY_PROVIDERS in asked  # a run may have come before it, or after
        for task in (row for row in turn.changes.rows if isinstance(row, Task)):
            old = before.get((Kind.TASK, task.id))
            if old is None and (task.service or not moved):
                self._check_new(task)
            if task.instance and task.capacity_provider and not (isinstance(old, Task) and old.instance):
                self._check_placed(task)

    def _check_new(self, task: Task) -> None:
        service = self._world.disk.service(task.service_key)
        cluster = self._world.disk.rows[Kind.CLUSTER, task.cluster]
        assert isinstance(cluster, Cluster)
        if only_place_of(task):
            wanted: set[str] = set()
        elif service is not None:
            wanted = {share.provider for share in service.capacity_provider_strategy}
        else:
            wanted = {share.provider for share in cluster.default_strategy}
        has = task.capacity_provider
        demand(has in (wanted or {""}), "a task has another capacity provider", task.id, has, wanted)
        if has:
            whose = "its service's strategy" if task.service else "the cluster's default"
            self._world.count(f"a task is made by {whose}")

    def _check_placed(self, task: Task) -> None:
        machine = self._world.machine_of(task.instance)
        there = machine is None or in_group(task, machine)
        demand(there, "a task was placed outside its capacity provider", task.id, task.capacity_provider)
