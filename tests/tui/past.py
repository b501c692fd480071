"""A past for the shop: pulses ten seconds apart, in which cpu, memory and tasks' use rise and fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.record import replace
from tests.tui import shop
from tui.history import STEP_S, History
from tui.world import News

if TYPE_CHECKING:
    from core.client.engine_process import EngineStatus
    from core.vitals import InstancePulse
    from tui.world import World

#: What the hosts use of their cpus, in percent, one step after another.
COURSE = (5.0, 10.0, 30.0, 60.0, 90.0, 60.0, 40.0, 34.0)


def pulse(step: int) -> EngineStatus:
    """The engine's word in a step."""
    cpu = COURSE[step % len(COURSE)]
    hosts: dict[str, InstancePulse] = {}
    for key, host in shop.ENGINE.hosts.items():
        tasks = {
            task.id: {container.name: (cpu / 10, 2.0 * cpu + 100) for container in task.containers}
            for task in shop.TASKS
            if task.instance == key and not task.stopped
        }
        hosts[key] = replace(host, cpu_percent=cpu, memory_mib=40 * cpu + 1000, tasks=tasks)
    return replace(shop.ENGINE, hosts=hosts)


def live_through(world: World, steps: int) -> None:
    """Let a world hear so many pulses and nothing before them; the last one now."""
    world.history = History()
    for step in range(steps):
        world.now = lambda at=shop.NOW - (steps - 1 - step) * STEP_S: at  # type: ignore[misc]
        world.absorb(News(engine=pulse(step), read_at=world.now()))
    world.now = shop.now
