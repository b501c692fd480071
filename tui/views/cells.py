"""Cells that several tables share: how statuses, ages, shares and amounts look. Pure."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from core.cli.printing import age as duration
from core.events import Level
from core.model.instance import Connectivity, InstanceStatus
from core.model.schedule import RunResult, ScheduleState
from core.model.service import DeploymentStatus, RolloutState, ServiceStatus
from core.model.task import ContainerStatus, Health, TaskStatus
from tui.history import known
from tui.listing.row import Tone
from tui.sparks import spark
from tui.views.view import BLANK, Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import StrEnum

    from tui.history import Samples

# By type first: an ACTIVE service is as it should be, an ACTIVE deployment is one that another takes the place of.
_TONES: Final[Mapping[type[StrEnum], Mapping[str, Tone]]] = {
    Connectivity: {
        Connectivity.CONNECTED: Tone.GOOD,
        Connectivity.RETURNING: Tone.BUSY,
        Connectivity.DISCONNECTED: Tone.WARN,
        Connectivity.LOST: Tone.BAD,
        Connectivity.QUARANTINED: Tone.BAD,
    },
    InstanceStatus: {
        InstanceStatus.REGISTERING: Tone.BUSY,
        InstanceStatus.DRAINING: Tone.WARN,
        InstanceStatus.INACTIVE: Tone.DIM,
    },
    ServiceStatus: {ServiceStatus.DRAINING: Tone.WARN, ServiceStatus.INACTIVE: Tone.DIM},
    DeploymentStatus: {DeploymentStatus.ACTIVE: Tone.BUSY, DeploymentStatus.INACTIVE: Tone.DIM},
    RolloutState: {
        RolloutState.COMPLETED: Tone.GOOD,
        RolloutState.IN_PROGRESS: Tone.BUSY,
        RolloutState.FAILED: Tone.BAD,
    },
    TaskStatus: {
        TaskStatus.PROVISIONING: Tone.BUSY,
        TaskStatus.PENDING: Tone.BUSY,
        TaskStatus.RUNNING: Tone.GOOD,
        TaskStatus.STOPPING: Tone.WARN,
        TaskStatus.STOPPED: Tone.DIM,
    },
    ContainerStatus: {
        ContainerStatus.PENDING: Tone.BUSY,
        ContainerStatus.CREATED: Tone.BUSY,
        ContainerStatus.RUNNING: Tone.GOOD,
        ContainerStatus.STOPPED: Tone.DIM,
    },
    Health: {Health.HEALTHY: Tone.GOOD, Health.UNHEALTHY: Tone.BAD, Health.UNKNOWN: Tone.DIM},
    RunResult: {
        RunResult.RUNNING: Tone.BUSY,
        RunResult.SUCCEEDED: Tone.GOOD,
        RunResult.FAILED: Tone.BAD,
        RunResult.MISSED: Tone.BAD,
        RunResult.STOPPED: Tone.WARN,
        RunResult.SKIPPED: Tone.WARN,
    },
    ScheduleState: {ScheduleState.DISABLED: Tone.DIM},
    Level: {Level.WARN: Tone.WARN, Level.ERROR: Tone.BAD},
}


def tone(value: StrEnum) -> Tone:
    """How a status is meant; one that is as it should be is plain."""
    return _TONES[type(value)].get(value, Tone.PLAIN)


def status(value: StrEnum) -> Cell:
    """A status by its ECS name."""
    return Cell(value.value, tone(value))


def age(now: float, since: float | None) -> Cell:
    """How long ago; the youngest sorts first."""
    return Cell(sys.intern(duration(now - since)), sort=-since) if since else BLANK


def part(count: int, whole: int) -> Cell:
    """`4/5`, a warning while something is missing."""
    return Cell(f"{count}/{whole}", Tone.PLAIN if count >= whole else Tone.WARN, count)


def percent(value: float | None, samples: Samples = (), full: float = 100.0) -> Cell:
    """A percentage, behind its course in samples of which `full` is the highest; it sorts to a tenth."""
    return (
        BLANK
        if value is None
        else Cell(_behind(samples, full, f"{value:.0f}%"), sort=_one_of_all(round(value, 1)))
    )


def share(taken: int, whole: int) -> Cell:
    """How much of something is taken."""
    return percent(100 * taken / whole if whole else None)


def memory(mib: float | None, samples: Samples = (), full: float = 0.0) -> Cell:
    """MiB below a GiB, GiB above, behind its course; it sorts to a MiB."""
    return BLANK if mib is None else Cell(_behind(samples, full, amount(mib)), sort=_one_of_all(round(mib)))


@lru_cache(maxsize=8192)
def _one_of_all(value: float) -> float:
    """The same number for all rows that sort by it: there may be 100,000, and each of its own is 24 bytes."""
    return value


def _behind(samples: Samples, full: float, value: str) -> str:
    course = spark(samples, max(full, *known(samples), 0.0))
    return f"{course} {value}" if course else sys.intern(value)


def amount(mib: float) -> str:
    """`512M`, `1.5G`."""
    return f"{mib:.0f}M" if mib < 1024 else f"{mib / 1024:.1f}G"


def joined(texts: Iterable[str], tone: Tone = Tone.PLAIN) -> Cell:
    """Texts after one another."""
    text = ", ".join(texts)
    return Cell(text, tone) if text else BLANK


def summed(
    usage: Iterable[tuple[float, float]],
    courses: tuple[Samples, Samples] = ((), ()),
    *,
    cpu_units: int = 0,
    memory_mib: int = 0,
) -> tuple[Cell, Cell]:
    """Cpu and memory of several containers, as percent of one core and as MiB, behind their courses.

    A course is drawn against what is reserved, or against its own highest sample where that is more.
    """
    used = list(usage)
    if not used:
        return BLANK, BLANK
    return (
        percent(sum(cpu for cpu, _ in used), courses[0], cpu_units * 100 / 1024),
        memory(sum(mib for _, mib in used), courses[1], memory_mib),
    )
