"""What the services of a story have to do, what their tasks use for it, and the operator who lets desired counts follow that.

It has a chance of its own, so that stories without auto scaling are what they were before there was any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.model.service import ServiceStatus
from core.reports import SeenState, Utilisation
from core.sim.config_file import CLUSTER

if TYPE_CHECKING:
    from random import Random

    from core.sim.machine import Machine
    from core.sim.world import World

Json = dict[str, Any]

#: How many of the stories have auto scaling.
SHARE: Final = 0.35
#: Between two changes of load or of what is asked, on the average.
GAP_S: Final = 25.0
#: What a service has to do, in tasks that use all that they reserve.
LOADS: Final = (0.1, 0.3, 1.0, 2.0, 4.0, 9.0)
#: So long a load that falls stays at each step: it is scaled in before the next one.
FALL_PERIODS: Final = 17
#: How long a period of a story is: whole windows of fifteen must pass between its faults.
PERIODS_S: Final = (2.0, 3.0)
_METRICS: Final = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization")


class Load:
    """Changes what there is to do until the faults are over; then it stays as it is."""

    def __init__(self, world: World, chance: Random, until: float) -> None:
        """Nothing is asked yet."""
        self._world: Final = world
        self._chance: Final = chance
        self._until: Final = until
        #: Whose load falls step by step, and what is left of its steps, the last one first.
        self._fallen = ""
        self._falling: list[float] = []

    def start(self) -> None:
        """Plan the first change, in a story that has auto scaling."""
        if self._chance.random() < SHARE:
            self._world.timeline.after(self._chance.expovariate(1 / GAP_S), self._go_on)

    def _go_on(self) -> None:
        if self._world.now >= self._until:
            return
        if self._falling:
            self._set(self._fallen, self._falling.pop())
            after_s = FALL_PERIODS * self._world.settings.auto_scaling_period_s
        else:
            self._change()
            after_s = self._chance.expovariate(1 / GAP_S)
        self._world.timeline.after(after_s, self._go_on)

    def _change(self) -> None:
        services = [
            s for s in self._world.disk.services() if s.status is ServiceStatus.ACTIVE and not s.daemon
        ]
        if not services:
            return
        service = self._chance.choice(services)
        if service.auto_scaling is None or self._chance.random() < 0.2:
            given = {"cluster": CLUSTER, "service": service.name, "autoScaling": self._asked()}
            self._world.submit(Action.UPDATE_SERVICE, given)
        elif self._chance.random() < 0.4:
            self._fallen, self._falling = service.name, list(LOADS)
        else:
            self._set(service.name, self._chance.choice(LOADS))

    def _set(self, service: str, load: float) -> None:
        self._world.load[service] = load
        self._world.say(f"load of {service}: {load:g} tasks")

    def _asked(self) -> Json:
        if self._chance.random() < 0.1:
            return {}
        least = self._chance.randint(0, 3)
        metrics = self._chance.choice((_METRICS[:1], _METRICS[1:], _METRICS))
        return {
            "minCapacity": least,
            "maxCapacity": least + self._chance.randint(0, 5),
            "suspendedState": {"dynamicScalingOutSuspended": self._chance.random() < 0.1},
            "policies": [
                {
                    "predefinedMetricType": metric,
                    "targetValue": self._chance.choice((30, 50, 70)),
                    "scaleOutCooldown": self._chance.choice((0, 20, 60)),
                    "scaleInCooldown": self._chance.choice((0, 20, 60, 200)),
                    "disableScaleIn": self._chance.random() < 0.1,
                }
                for metric in metrics
            ],
        }


def measured(world: World, machine: Machine, instance: str) -> Utilisation:
    """What each running container on a machine uses: a service's tasks share what it has to do, whoever knows of them."""
    now, docker = world.timeline.now, machine.docker
    running = [] if machine.stranger else [o for o, c in machine.ours if c.state(now) is SeenState.RUNNING]
    figures: dict[tuple[str, str], tuple[float, float]] = {}
    shares: dict[str, float] = {}
    for owner in running:
        task = world.disk.task(owner.task)
        definition = world.definition(task.definition) if task is not None else None
        if task is None or definition is None or not task.service:
            continue
        if task.service_key not in shares:
            shares[task.service_key] = share_of(world, task.service_key)
        share = shares[task.service_key] / sum(o.task == task.id for o in running)
        cpu_percent = 100 * task.cpu_units / docker.cpu_units
        figures[owner.task, owner.container] = share * cpu_percent, share * definition.memory_limit_mib
    return Utilisation(instance, now, containers=figures)


def share_of(world: World, service_key: str) -> float:
    """What one of a service's tasks uses of what it reserves, 1 being all of it."""
    running = {task for machine in world.machines for task in machine.running_tasks()}
    mine = sum(t.service_key == service_key for t in map(world.disk.task, running) if t is not None)
    return world.load.get(service_key.rpartition("/")[2], 0.1) / max(1, mine)
