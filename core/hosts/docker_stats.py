"""What a host's containers use, from Docker's statistics.

Docker takes one to two seconds for each measurement, so they run side by side on threads that nobody has to wait for.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from core import labels
from core.errors import HostError
from core.reports import Utilisation

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.docker_api import DockerApi

Json = dict[str, Any]

_MIB: Final = 1024 * 1024
_SIDE_BY_SIDE: Final = 16
_WITHIN_S: Final = 20.0


def measure(api: DockerApi, installation: str, instance: str, clock: Callable[[], float]) -> Utilisation:
    """Measure our running containers; the host's figures are their sums. Raises HostError."""
    until = time.monotonic() + _WITHIN_S
    todo: queue.SimpleQueue[Json] = queue.SimpleQueue()
    measured: queue.SimpleQueue[tuple[Json, Json | None]] = queue.SimpleQueue()
    listed = api.containers(until, label=labels.owned_by(installation))
    for summary in listed:
        todo.put(summary)

    def work() -> None:
        while not todo.empty():
            try:
                summary = todo.get_nowait()
            except queue.Empty:
                return
            try:
                measured.put((summary, api.stats(summary["Id"], until)))
            except HostError:
                measured.put(
                    (summary, None)
                )  # it stopped meanwhile, or the host is gone: the next look tells

    for _ in range(min(_SIDE_BY_SIDE, len(listed))):
        threading.Thread(target=work, name=f"{instance[:8]}-stats", daemon=True).start()
    found = [measured.get() for _ in listed]
    return _summed(instance, clock(), found)


def _summed(instance: str, at: float, found: list[tuple[Json, Json | None]]) -> Utilisation:
    containers: dict[tuple[str, str], tuple[float, float]] = {}
    for summary, stats in found:
        owner = labels.read(summary["Labels"])
        if stats is not None and owner is not None:
            containers[owner.task, owner.container] = (cpu_percent(stats), memory_mib(stats))
    return Utilisation(
        instance,
        at,
        cpu_percent=sum(cpu for cpu, _ in containers.values()),
        memory_mib=sum(memory for _, memory in containers.values()),
        containers=containers,
    )


def cpu_percent(stats: Json) -> float:
    """Of the whole host: Docker's system figure covers all cores."""
    now, before = stats["cpu_stats"], stats["precpu_stats"]
    system = now.get("system_cpu_usage", 0) - before.get("system_cpu_usage", 0)
    own = now["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    return max(0.0, 100.0 * own / system) if system > 0 and before.get("system_cpu_usage") else 0.0


def memory_mib(stats: Json) -> float:
    """Without the page cache that can be given back, as the docker CLI counts it."""
    memory = stats.get("memory_stats") or {}
    detail = memory.get("stats") or {}
    cache = detail.get("total_inactive_file", detail.get("inactive_file", 0))
    return float(max(0, memory.get("usage", 0) - cache)) / _MIB
