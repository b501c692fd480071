"""How statuses look in tables: one tone for each, the same in every verb. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.cli.printing import Cell, Tone
from core.events import Level
from core.model.instance import Connectivity, InstanceStatus
from core.model.schedule import RunResult, ScheduleState
from core.model.service import RolloutState, ServiceStatus
from core.model.task import Health, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from core.model.instance import ContainerInstance

_TONES: Final[Mapping[StrEnum, Tone]] = {
    Connectivity.CONNECTED: Tone.GOOD,
    Connectivity.DISCONNECTED: Tone.WARN,
    Connectivity.RETURNING: Tone.WARN,
    Connectivity.LOST: Tone.BAD,
    Connectivity.QUARANTINED: Tone.BAD,
    InstanceStatus.DRAINING: Tone.WARN,
    ServiceStatus.DRAINING: Tone.WARN,
    RolloutState.COMPLETED: Tone.GOOD,
    RolloutState.IN_PROGRESS: Tone.WARN,
    RolloutState.FAILED: Tone.BAD,
    TaskStatus.RUNNING: Tone.GOOD,
    TaskStatus.PROVISIONING: Tone.WARN,
    TaskStatus.PENDING: Tone.WARN,
    TaskStatus.STOPPING: Tone.DIM,
    TaskStatus.STOPPED: Tone.DIM,
    Health.HEALTHY: Tone.GOOD,
    Health.UNHEALTHY: Tone.BAD,
    Health.UNKNOWN: Tone.DIM,
    RunResult.RUNNING: Tone.GOOD,
    RunResult.SUCCEEDED: Tone.GOOD,
    RunResult.FAILED: Tone.BAD,
    RunResult.MISSED: Tone.BAD,
    RunResult.SKIPPED: Tone.WARN,
    RunResult.STOPPED: Tone.WARN,
    ScheduleState.DISABLED: Tone.DIM,
    Level.WARN: Tone.WARN,
    Level.ERROR: Tone.BAD,
}


def status_cell(status: StrEnum) -> Cell:
    """A status by its name, toned."""
    return Cell(status.value, _TONES.get(status, Tone.PLAIN))


def connectivity_cell(instance: ContainerInstance) -> Cell:
    """What is known of an instance; one that never answered has no connectivity yet."""
    if instance.status is InstanceStatus.REGISTERING and not instance.connected:
        return Cell("not yet", Tone.WARN)
    if instance.impaired and instance.connected:
        return Cell(f"{instance.connectivity.value}, impaired", Tone.WARN)
    return status_cell(instance.connectivity)


def part_of(number: int, whole: int) -> Cell:
    """`2/3`, good when whole."""
    return Cell(f"{number}/{whole}", Tone.PLAIN if number >= whole else Tone.WARN)
