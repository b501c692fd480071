"""The vital signs of the engine and of its hosts, as values: what the pulse carries. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EnginePulse:
    """The engine's word about itself. `at` is its clock at the last beat."""

    pid: int = 0
    host: str = ""
    version: str = ""
    started_at: float = 0.0
    at: float = 0.0
    #: The config it runs by, its content and where that is, to compare with a client's own.
    config_stamp: str = ""
    config_path: str = ""
    #: Why it takes itself to be cut off; why it plans nothing for the moment; why its config file can't be used.
    isolated: str = ""
    settling: str = ""
    config_problem: str = ""
    #: Files of private keys that are locked, and without which a host could not be reached.
    locked_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstancePulse:
    """A host as last heard. cpu in percent of the whole host, memory in MiB.

    `cpu_percent`, `memory_mib` and `load` (the average of one minute) count everything that runs there: None where that is not
    known, as over tcp. What our tasks use is known of every host that was measured.
    """

    heard_at: float | None = None
    round_trip_s: float | None = None
    measured_at: float | None = None
    cpu_percent: float | None = None
    memory_mib: float | None = None
    load: float | None = None
    #: Task id -> container name -> (cpu percent of the whole host, memory MiB).
    tasks: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)

    def of_tasks(self) -> tuple[float, float] | None:
        """What our tasks use together; None: not measured yet."""
        if self.measured_at is None:
            return None
        figures = [each for containers in self.tasks.values() for each in containers.values()]
        return sum(cpu for cpu, _ in figures), sum(memory for _, memory in figures)


@dataclass(frozen=True, slots=True)
class ServicePulse:
    """What auto scaling made of a service's last period: its use in percent of what is reserved, at least, and what came of it."""

    at: float = 0.0
    #: Its RUNNING tasks, and how many of them were measured.
    tasks: int = 0
    measured: int = 0
    cpu_percent: float | None = None
    memory_percent: float | None = None
    why: str = ""
