"""Which ports of a host are taken, and adjacent free ones for what is about to be created there."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.errors import ActionFailed
from core.hosts.docker_refusals import CANNOT_CREATE
from core.record import Record, field
from core.taskdef.port_ranges import adjacent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.hosts.docker_api import DockerApi
    from core.taskdef.port_ranges import Wanted

Json = dict[str, Any]


class HostRanges(Record):
    """Adjacent ports on one host. Docker is asked each time: what was chosen is remembered by the containers alone."""

    api: DockerApi
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def chosen(self, wanted: tuple[Wanted, ...], name: str, until: float) -> Iterator[dict[Wanted, int]]:
        """The first host port of each range. Until the container is created, none is chosen for another one.

        Raises:
            ActionFailed: no such ports are free, or others took too long to be created.
        """
        if not wanted:
            yield {}
            return
        if not self._lock.acquire(timeout=max(until - time.monotonic(), 0.0)):
            raise ActionFailed(CANNOT_CREATE, "other containers with port ranges take too long to be created")
        try:
            found = adjacent(wanted, self._taken(until), name)
            if found is None:
                ranges = ", ".join(f"{ports}/{protocol}" for ports, protocol in wanted)
                raise ActionFailed(CANNOT_CREATE, f"the host has no adjacent free ports for {ranges}")
            yield found
        finally:
            self._lock.release()

    def _taken(self, until: float) -> set[tuple[int, str]]:
        """Published ports, of whosever containers; of one that is created and not started an inspect tells alone."""
        taken: set[tuple[int, str]] = set()
        for summary in self.api.containers(until, stopped=True):
            if summary["State"] == "created":
                found = self.api.container(summary["Id"], until)
                taken |= set(_bound(found)) if found is not None else set()
            for port in summary.get("Ports") or ():
                if port.get("PublicPort"):
                    taken.add((int(port["PublicPort"]), str(port.get("Type", "tcp"))))
        return taken


def _bound(inspect: Json) -> Iterator[tuple[int, str]]:
    bindings: Json = (inspect.get("HostConfig") or {}).get("PortBindings") or {}
    for inside, places in bindings.items():
        for place in places or ():
            if str(place.get("HostPort", "")).isdecimal():
                yield int(place["HostPort"]), inside.partition("/")[2]
