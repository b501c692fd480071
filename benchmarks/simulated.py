"""An installation with so many running tasks on simulated hosts, kept by the product's own engine, and what keeps that busy.

The simulated machines are in the engine's process: what they cost is in its figures too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from benchmarks.engine import URL, prepare
from benchmarks.product import Product, until
from benchmarks.screen import Shown
from core.model.state import Kind
from core.model.task import Task, TaskStatus

if TYPE_CHECKING:
    from pathlib import Path

#: Rows a second that change where many do: of so many tasks at the most the checks turn, on hosts of their own.
CHANGES: Final = 500
_TURNING: Final = 1_000
_TURNING_ON_HOST: Final = 25
#: Tasks whose checks fail are to stay: for longer than any benchmark takes.
_GRACE_S: Final = 1_000_000
#: However busy the machine is, no host is lost by it.
_ENGINE: Final = {"disconnect_after": "90s", "lost_after": "180s", "healthy_after": "1s"}
_LOOK_S: Final = 0.05
_QUIET_S: Final = 2.0
_LONG_S: Final = 600.0


class Simulated(Product, Shown):
    """Services `web-N` of running tasks, beside which a service's checks can be made to turn, and which all can be restarted."""

    def __init__(self, folder: Path, tasks: int) -> None:
        """Write its store and its config."""
        self._state = folder / "state"
        self._turning = min(tasks, _TURNING)
        turning = {f"turning-{n}" for n in range(max(2, self._turning // _TURNING_ON_HOST))}
        hosts = {name: {"url": URL.format(name), "attributes.turning": "yes"} for name in sorted(turning)}
        super().__init__(folder, prepare(self._state, tasks) | hosts, _ENGINE)
        self.program = ["benchmarks.engine", str(self._config), str(self._state)]

    def settle(self) -> None:
        """Wait until nothing changes any more."""
        until(lambda: self.changes_in(_QUIET_S) == 0.0, "quiet", _LONG_S)

    def turn(self) -> None:
        """Have CHANGES checks a second turn: of containers that say so of themselves."""
        container = {
            "name": "web",
            "image": "demo/web:1",
            "memory": 16,
            "healthCheck": {"command": ["CMD", "true"]},
            "dockerLabels": {"dockyard.sim.flaps-every": str(self._turning / CHANGES)},
        }
        constraint = {"type": "memberOf", "expression": "attribute:turning == yes"}
        self.ask("RegisterTaskDefinition", family="turning", containerDefinitions=[container])
        self.ask(
            "CreateService",
            serviceName="turning",
            taskDefinition="turning",
            desiredCount=self._turning,
            placementConstraints=[constraint],
            healthCheckGracePeriodSeconds=_GRACE_S,
        )
        until(lambda: self._count("turning") == self._turning, "the tasks whose checks turn", _LONG_S)

    def restart_all(self) -> None:
        """A rolling update of everything: until it is done, the engine's turns have no pause."""
        for service in self.state().services.values():
            if service.name.startswith("web-"):
                self.submit("UpdateService", service=service.name, forceNewDeployment=True)

    def answer_ms(self) -> float:
        """How long a command waits until a turn has answered it: one that changes nothing."""
        count = self.state().services["default/web-0"].desired_count
        began = time.perf_counter()
        self.ask("UpdateService", service="web-0", desiredCount=count)
        return 1000 * (time.perf_counter() - began)

    def changes_in(self, seconds: float) -> float:
        """How many rows of tasks the engine writes a second, for so long."""
        seq = self._store.load((Kind.CLUSTER,)).seq
        began, changed = time.perf_counter(), 0
        while (lasted_s := time.perf_counter() - began) < seconds:
            time.sleep(_LOOK_S)
            feed = self._store.changes_since(seq)
            seq, changed = feed.seq, changed + sum(isinstance(row, Task) for row in feed.rows)
        return changed / lasted_s

    def _count(self, service: str) -> int:
        tasks = self.state().tasks_of_service(f"default/{service}")
        return sum(task.last_status is TaskStatus.RUNNING for task in tasks)
