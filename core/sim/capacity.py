"""What the operator of a story does to capacity: drains and activates hosts, takes them out of the config and puts them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.sim.config_file import CLUSTER
from core.sim.machine import INSTALLATION

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.model.instance import ContainerInstance
    from core.sim.world import World

#: How long it takes to notice that a file was written in which hosts are missing by mistake, in seconds.
MENDED_AFTER_S: Final = (1.0, 60.0)


class Capacity:
    """One operator's hand on the hosts."""

    def __init__(self, world: World, chance: Random) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance
        #: The faults are over, and it is settled which hosts stay out of the config.
        self._settled = False

    def habits(self) -> list[tuple[Callable[[], None], int]]:
        """What it may do next, each with its weight."""
        return [
            (self._drain, 4),
            (self._activate, 5),
            (self._declare_lost, 1),
            (self._accept, 3),
            (self._remove, 2),
            (self._remove_by_force, 1),
            (self._add, 4),
            (self._lose_from_file, 1),
        ]

    def tidy_up(self) -> None:
        """What an operator does when the faults are over: accept, take drained hosts back, settle who stays in the config."""
        for instance in self._reinstalled():
            self._submit(Action.ACCEPT_INSTANCE, containerInstance=instance.id)
        for instance in self._world.disk.instances():
            if self._chance.random() < 0.8:
                self._set_status(instance, "ACTIVE")
        if not self._settled:
            self._settled = True
            standing = self._standing()
            absent = [m.name for m in self._world.machines if m.name not in self._world.config.named]
            back = [name for name in absent if name in standing or self._chance.random() < 0.6]
            if back:
                self._write({*self._world.config.named, *back})

    # -- whether hosts take tasks -----------------------------------------------------------------------------------

    def _drain(self) -> None:
        for instance in self._any(self._world.disk.instances()):
            self._set_status(instance, "DRAINING")

    def _activate(self) -> None:
        for instance in self._any(self._world.disk.instances()):
            self._set_status(instance, "ACTIVE")

    def _set_status(self, instance: ContainerInstance, status: str) -> None:
        self._submit(Action.UPDATE_CONTAINER_INSTANCES_STATE, containerInstances=[instance.id], status=status)

    # -- which hosts there are --------------------------------------------------------------------------------------

    def _remove(self) -> None:
        """`dockyard capacity rm`: it is no longer in the file, and the engine is told so at once."""
        for name in self._any(sorted(self._world.config.named)):
            self._take_out(name)

    def _remove_by_force(self) -> None:
        """`dockyard capacity rm --force`, mostly of one that doesn't answer: its tasks are given up unseen."""
        instances = self._world.disk.instances()
        silent = [i for i in instances if not i.connected]
        for instance in self._any(silent if silent and self._chance.random() < 0.8 else instances):
            if instance.name in self._world.config.named:
                self._take_out(instance.name)
            self._submit(Action.DEREGISTER_CONTAINER_INSTANCE, containerInstance=instance.id, force=True)

    def _take_out(self, name: str) -> None:
        self._write(self._world.config.named - {name})
        if self._standing() - self._world.config.named == {name}:
            self._world.submit(Action.APPLY_CONFIG, self._world.config.as_input(force=True))

    def _add(self) -> None:
        """`dockyard capacity add`: it is in the file again, and the engine looks there."""
        absent = [m.name for m in self._world.machines if m.name not in self._world.config.named]
        for name in self._any(absent):
            self._write({*self._world.config.named, name})

    def _lose_from_file(self) -> None:
        """A file is written in which several hosts are missing by mistake, and mended later."""
        named = sorted(self._world.config.named)
        if len(named) < 2:
            return
        missing = self._chance.sample(named, self._chance.randint(2, len(named)))
        self._write(self._world.config.named.difference(missing))

        def mend() -> None:
            self._write(self._world.config.named.union(missing))

        self._world.timeline.after(self._chance.uniform(*MENDED_AFTER_S), mend)

    def _standing(self) -> frozenset[str]:
        return frozenset(i.name for i in self._world.disk.instances() if not i.removed_from_config)

    def _write(self, named: frozenset[str] | set[str]) -> None:
        self._world.say(f"operator: the config names {', '.join(sorted(named)) or 'no host'}")
        self._world.config.write(named, self._world.process)

    # -- whether they are themselves --------------------------------------------------------------------------------

    def _declare_lost(self) -> None:
        for instance in self._any([i for i in self._world.disk.instances() if not i.connected]):
            self._submit(Action.DECLARE_INSTANCE_LOST, containerInstance=instance.id)

    def _accept(self) -> None:
        for instance in self._any(self._reinstalled()):
            self._submit(Action.ACCEPT_INSTANCE, containerInstance=instance.id)

    def _reinstalled(self) -> list[ContainerInstance]:
        """Those in quarantine of which the operator knows that they were installed anew, or became known as another Docker."""
        return [i for i in self._world.disk.instances() if i.problem and i.marked and not self._is_itself(i)]

    def _is_itself(self, instance: ContainerInstance) -> bool:
        machine = self._world.machine_at(instance.url)
        if machine is None or machine.stranger is not None:
            return True
        return machine.docker.markers.get(INSTALLATION) == instance.id

    # -- asking -----------------------------------------------------------------------------------------------------

    def _submit(self, action: Action, **given: object) -> None:
        self._world.submit(action, {"cluster": CLUSTER, **given})

    def _any(self, rows: list[Any]) -> list[Any]:
        """One of them, or none where there are none."""
        return [self._chance.choice(rows)] if rows else []
