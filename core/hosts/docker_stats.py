"""Measuring a host: what its kernel says of all of it, and what Docker's statistics say of our containers.

Docker samples a container once a second and answers with the next sample, so containers are measured side by side, as many as
the link has room for, on threads that nobody has to wait for. A container's share is what it took since the last measurement;
only for its first one Docker is asked for two samples.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from core import labels
from core.errors import HostError
from core.hosts.docker_json import moment
from core.hosts.host_use import HostGauge
from core.record import Record
from core.reports import Utilisation

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.docker_api import DockerApi
    from core.hosts.link import Link

Json = dict[str, Any]

_MIB: Final = 1024 * 1024
_WITHIN_S: Final = 20.0


class ContainerUse(Record):
    """One measurement of a container. `at` is the host's clock; cpu in percent of the whole host."""

    at: float
    cpu_ns: int
    cpu_percent: float
    memory_mib: float


class Machine(Record):
    """What Docker says of the machine it runs on, as long as the connection lives."""

    cores: int
    memory_bytes: int


class Meter:
    """Measures one host, one measurement at a time."""

    def __init__(
        self, api: DockerApi, link: Link, *, installation: str, instance: str, clock: Callable[[], float]
    ) -> None:
        """Nothing is measured yet."""
        self._api = api
        self._installation = installation
        self._instance = instance
        self._clock = clock
        self._gauge = HostGauge(link)
        self._side_by_side = link.side_by_side
        self._machine: Machine | None = None
        #: By container id, of those that ran at the last measurement.
        self._last: dict[str, ContainerUse] = {}
        self._busy = threading.Lock()

    def measure(self) -> Utilisation:
        """Measure the host and our running containers. Raises HostError."""
        with self._busy:
            until = time.monotonic() + _WITHIN_S
            if self._machine is None:
                info = self._api.info(until)
                self._machine = Machine(info["NCPU"], info["MemTotal"])
            self._gauge.begin()
            listed = self._api.containers(until, label=labels.owned_by(self._installation))
            self._last = self._measured([each["Id"] for each in listed], self._machine.cores, until)
            host = self._gauge.use(self._machine.memory_bytes)
        containers: dict[tuple[str, str], tuple[float, float]] = {}
        for summary in listed:
            owner, found = labels.read(summary["Labels"]), self._last.get(summary["Id"])
            if owner is not None and found is not None:
                containers[owner.task, owner.container] = (found.cpu_percent, found.memory_mib)
        return Utilisation(
            self._instance,
            self._clock(),
            cpu_percent=host.cpu_percent if host is not None else None,
            memory_mib=host.memory_mib if host is not None else None,
            load=host.load if host is not None else None,
            containers=containers,
        )

    def _measured(self, ids: list[str], cores: int, until: float) -> dict[str, ContainerUse]:
        """Each container's newest figures, the last ones where there was no time: those come first when there is again."""
        last = self._last
        todo: queue.SimpleQueue[str] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[str, ContainerUse | None]] = queue.SimpleQueue()
        for runtime_id in sorted(ids, key=lambda each: last[each].at if each in last else 0.0):
            todo.put(runtime_id)

        def work() -> None:
            while True:
                try:
                    runtime_id = todo.get_nowait()
                except queue.Empty:
                    return
                before = last.get(runtime_id)
                done.put((runtime_id, self._use(runtime_id, before, cores, until) or before))

        for _ in range(min(self._side_by_side, len(ids))):
            threading.Thread(target=work, name=f"{self._instance[:8]}-stats", daemon=True).start()
        found = dict(done.get() for _ in ids)
        return {runtime_id: use for runtime_id, use in found.items() if use is not None}

    def _use(
        self, runtime_id: str, before: ContainerUse | None, cores: int, until: float
    ) -> ContainerUse | None:
        """A container's newest figures, None where there are none. Never raises: every container is waited for."""
        try:
            stats = self._api.stats(runtime_id, until, one_sample=before is not None)
            return container_use(stats, before, cores)
        except HostError:  # it stopped meanwhile, or the host is gone: the next look tells
            return None
        except (LookupError, TypeError, ValueError):  # other figures than Docker's on Linux
            return None


def container_use(stats: Json, before: ContainerUse | None, cores: int) -> ContainerUse | None:
    """A container's figures from Docker's JSON and its last figures; None when it isn't running."""
    at, cpu_ns = moment(stats["read"]), stats["cpu_stats"]["cpu_usage"]["total_usage"]
    if at is None:
        return None
    if before is not None and before.at == at:
        return before
    if before is not None:
        began_at, began_ns = before.at, before.cpu_ns
    else:
        began_at, began_ns = moment(stats["preread"]) or at, stats["precpu_stats"]["cpu_usage"]["total_usage"]
    could_ns = (at - began_at) * 1e9 * cores
    cpu = 100.0 * (cpu_ns - began_ns) / could_ns if could_ns > 0 else 0.0
    return ContainerUse(at, cpu_ns, min(100.0, max(0.0, cpu)), memory_mib(stats))


def memory_mib(stats: Json) -> float:
    """Without the page cache that can be given back, as the docker CLI counts it."""
    memory = stats.get("memory_stats") or {}
    detail = memory.get("stats") or {}
    cache = detail.get("total_inactive_file", detail.get("inactive_file", 0))
    return float(max(0, memory.get("usage", 0) - cache)) / _MIB
