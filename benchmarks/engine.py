"""The product's engine over simulated machines that run what its store says: `python -m benchmarks.engine CONFIG STATE`.

100,000 tasks would take minutes to start. Here the rows are written first (`prepare`), and each machine has its containers as soon as the
engine connects to it; all else is the product's own.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.load import rows
from core import headless, open_host
from core.actions import CreateContainer, StartContainer
from core.hosts.simulated import SimulatedFleet, SimulatedHost, script_from_labels
from core.hosts.virtual import VirtualHost
from core.model.instance import ContainerInstance
from core.model.names import container_name
from core.model.service import Deployment, RolloutState, Service
from core.model.state import Changes
from core.model.task import Task
from core.model.task_definition import ContainerDefinition, LogConfiguration, TaskDefinition
from core.record import replace
from core.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from core.model.state import Row

#: A simulated host that has room for its tasks twice, as a rolling update wants.
URL: Final = "sim://{}?cpu=65536&memory=65536"
_DAY_S: Final = 86_400.0


def prepare(state: Path, tasks: int) -> dict[str, dict[str, str]]:
    """Write a store with so many running tasks; the capacity that the config is to name."""
    store = open_store(state, holder=True)
    everything = [*_steady(tasks)]
    store.commit(Changes(tuple(everything)))
    store.close()
    hosts = (row for row in everything if isinstance(row, ContainerInstance))
    return {host.name: {"url": host.url} for host in hosts}


def _steady(tasks: int) -> Iterator[Row]:
    """The rows of the stand-in, as an engine would have left them."""
    for row in rows(tasks, time.time() - _DAY_S):
        match row:
            case ContainerInstance():
                yield replace(row, url=URL.format(row.name))
            case Service():
                yield _definition(row.definition)
                yield replace(row, steady=True)
            case Deployment():
                yield replace(row, rollout_state=RolloutState.COMPLETED)
            case _:
                yield row


def _definition(name: str) -> TaskDefinition:
    family, _, revision = name.partition(":")
    container = ContainerDefinition(
        name="web",
        image=f"registry.example.net/{name}",
        cpu_units=256,
        memory_mib=512,
        log_configuration=LogConfiguration("json-file"),
    )
    return TaskDefinition(
        family=family,
        revision=int(revision),
        containers=(container,),
        source="{}",
        digest=f"digest of {name}",
    )


class Running(SimulatedFleet):
    """Machines that have run their tasks all along."""

    tasks: defaultdict[str, list[Task]]

    def __init__(self, clock: Callable[[], float], chance: Random) -> None:
        super().__init__(clock, chance)
        self._waiting, type(self).tasks = self.tasks, defaultdict(list)

    def open(
        self,
        url: str,
        installation: str,
        instance: str,
        definition: Callable[[str], TaskDefinition | None],
    ) -> SimulatedHost:
        opened = super().open(url, installation, instance, definition)
        host = VirtualHost(self.machine(url).docker, installation, instance, definition, script_from_labels)
        for task in self._waiting.pop(instance, ()):
            _run(host, task, definition)
        return opened


def _run(host: VirtualHost, task: Task, definition: Callable[[str], TaskDefinition | None]) -> None:
    asked = definition(task.definition)
    assert asked is not None
    for container in task.containers:
        host.docker.pull(container.image)
        name = container_name(task, container.name)
        create = CreateContainer(
            name,
            task.id,
            container.name,
            task.definition,
            asked.digest,
            task.cluster,
            task.service,
            task.deployment,
        )
        for action in (create, StartContainer(name, task.id)):
            outcome = host.finish(action)
            assert not outcome.error, outcome.error


def main(config: Path, state: Path) -> int:
    store = open_store(state)
    Running.tasks = defaultdict(list)
    for row in store.load().rows:
        if isinstance(row, Task):
            Running.tasks[row.instance].append(row)
    store.close()
    open_host.SimulatedFleet = Running  # type: ignore[misc]  # the only thing that is not the product's own
    return headless.main(config, state)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
