"""What the tasks of auto-scaled services use: samples gathered into one datapoint a period, as CloudWatch has them of ECS.

Kept in memory only: after a restart the window fills anew, and until it has, nothing is scaled in. Periods are numbered from the
epoch, each service's shifted by a phase of its own, so that not all of them are judged in one turn. Everything here may be folded
twice without harm, since a turn whose commit failed is played again. Pure.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.model.auto_scaling import ScalingMetric
from core.model.task import ContainerStatus, TaskStatus
from core.record import Record, replace

if TYPE_CHECKING:
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task
    from core.reports import Utilisation

#: How many datapoints are kept: as many as the longest judgement looks at.
KEPT: Final = 15
_ROUNDING_S: Final = 0.001


class Datapoint(Record):
    """What a service's RUNNING tasks used on the average over one period, in percent of what they reserve.

    A task of which nothing was heard counts as one that uses nothing, so the figures are what is used at least. None: nothing is
    reserved that it could be measured against.
    """

    tasks: int
    measured: int
    cpu_percent: float | None
    memory_percent: float | None

    @property
    def whole(self) -> bool:
        """Whether every task was measured: only then is a low figure known to be low."""
        return self.measured == self.tasks

    def percent(self, metric: ScalingMetric) -> float | None:
        """The figure of a metric."""
        return self.cpu_percent if metric is ScalingMetric.CPU else self.memory_percent


@dataclass(slots=True)
class _Window:
    """One service's samples since its last datapoint, and its datapoints by the number of their period."""

    period_s: float
    #: Task id -> when -> (cpu units, memory MiB).
    samples: defaultdict[str, dict[float, tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    points: dict[int, Datapoint | None] = field(default_factory=dict)


def concerns(state: State, measured: Utilisation) -> Utilisation | None:
    """What a measurement says of auto-scaled services' tasks; None where it says nothing. From any thread: it reads row by row."""
    containers = {
        key: figures for key, figures in measured.containers.items() if _scaled(state, key[0]) is not None
    }
    return replace(measured, containers=containers) if containers else None


def _scaled(state: State, task_id: str) -> Task | None:
    """The task, if it is one of an auto-scaled service."""
    task = state.tasks.get(task_id)
    service = state.services.get(task.service_key) if task is not None and task.service else None
    return task if service is not None and service.auto_scaled else None


class Usage:
    """The windows of all auto-scaled services."""

    def __init__(self) -> None:
        """Nothing is measured yet."""
        self._windows: Final[dict[str, _Window]] = {}

    def take(self, state: State, measured: Utilisation, period_s: float) -> None:
        """Keep what a host's measurement says of auto-scaled services' tasks. One with a container that was missed says nothing."""
        instance = state.instances[measured.instance]
        units = (instance.cpu_units + instance.reserved_cpu_units) / 100
        used: dict[str, dict[str, tuple[float, float]]] = {}
        for (task_id, container), figures in measured.containers.items():
            used.setdefault(task_id, {})[container] = figures
        for task_id, of_task in used.items():
            task = _scaled(state, task_id)
            if task is None or any(
                c.status is ContainerStatus.RUNNING and c.name not in of_task for c in task.containers
            ):
                continue
            cpu = sum(percent for percent, _ in of_task.values()) * units
            memory = sum(mib for _, mib in of_task.values())
            self._window(task.service_key, period_s).samples[task_id][measured.at] = (cpu, memory)

    def close(self, state: State, service: Service, now: float, period_s: float) -> list[Datapoint | None]:
        """Make the datapoint of the period that ended last, unless that is done; the newest datapoints, None where there is none."""
        window, number = self._window(service.key, period_s), self._number(service.key, now, period_s) - 1
        if number not in window.points:
            window.points[number] = _datapoint(state, service, self._in_period(service.key, window, number))
            window.points = {n: point for n, point in window.points.items() if n > number - KEPT}
        return [window.points.get(n) for n in range(number - KEPT + 1, number + 1)]

    def closes_at(self, service_key: str, now: float, period_s: float) -> float:
        """When the service's period that is under way has ended, whichever way its end is rounded."""
        ends_at = (self._number(service_key, now, period_s) + 1) * period_s + _phase(service_key, period_s)
        return ends_at + _ROUNDING_S

    def forget(self, service_key: str) -> None:
        """A service is not scaled any more."""
        self._windows.pop(service_key, None)

    def _window(self, service_key: str, period_s: float) -> _Window:
        """The service's window; a new one where periods have another length now."""
        window = self._windows.get(service_key)
        if window is None or window.period_s != period_s:
            window = self._windows[service_key] = _Window(period_s)
        return window

    def _number(self, service_key: str, at: float, period_s: float) -> int:
        return int((at - _phase(service_key, period_s)) // period_s)

    def _in_period(
        self, service_key: str, window: _Window, number: int
    ) -> dict[str, list[tuple[float, float]]]:
        """Each task's samples of a period. Those up to its end are done with."""
        taken: dict[str, list[tuple[float, float]]] = {}
        left: defaultdict[str, dict[float, tuple[float, float]]] = defaultdict(dict)
        for task_id, samples in window.samples.items():
            for at, sample in samples.items():
                of = self._number(service_key, at, window.period_s)
                if of == number:
                    taken.setdefault(task_id, []).append(sample)
                elif of > number:
                    left[task_id][at] = sample
        window.samples = left
        return taken


def _phase(service_key: str, period_s: float) -> float:
    """By how much a service's periods are shifted: the same in every engine."""
    return zlib.crc32(service_key.encode()) % 1000 / 1000 * period_s


def _datapoint(
    state: State, service: Service, samples: dict[str, list[tuple[float, float]]]
) -> Datapoint | None:
    """The average over the tasks that run now; None where none does."""
    running = [
        task
        for task in state.tasks_of_service(service.key)
        if task.wanted and task.last_status is TaskStatus.RUNNING
    ]
    if not running:
        return None
    means = [
        (sum(cpu for cpu, _ in found) / len(found), sum(memory for _, memory in found) / len(found))
        for found in (samples[task.id] for task in running if task.id in samples)
    ]
    cpu = 0 if any(not task.cpu_units for task in running) else sum(task.cpu_units for task in running)
    memory = sum(state.definitions[task.definition].memory_limit_mib for task in running)
    return Datapoint(
        len(running),
        len(means),
        100 * sum(used for used, _ in means) / cpu if cpu else None,
        100 * sum(used for _, used in means) / memory if memory else None,
    )
