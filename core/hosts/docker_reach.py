"""Reaching into the containers of one host: streams to their ports, and commands run in them."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Final

from core import labels
from core.errors import HostError
from core.hosts.base import Executed
from core.hosts.docker_api import DockerRefused
from core.hosts.docker_json import container_port
from core.hosts.frames import Frames
from core.hosts.http import TimedOut, one_line, upgrade
from core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.docker_api import DockerApi
    from core.hosts.docker_look import Lookout
    from core.hosts.link import ByteStream, ContainerPort, Link

#: How long where a container is found is taken for true: somebody may restart it beside us, and its address be another's.
_PLACE_AGE_S: Final = 30.0
#: After its output's end, how long until Docker must know how a command ended; and how often it is asked.
_EXIT_S: Final = 2.0
_EXIT_LOOK_S: Final = 0.05
_REFUSED: Final = 400
#: As much of a command's output as is looked at for its last line.
_OUTPUT_BYTES: Final = 4096
#: So many commands that did not end are remembered.
_MOST_UNFINISHED: Final = 256
#: What a shell says of a command that it can't run.
_CAN_NOT_EXECUTE: Final = 126


class _Found(Record):
    """What is kept of a container of ours that was inspected, until it is inspected again."""

    runtime_id: str
    place: ContainerPort
    until: float


class Reach:
    """One host's containers, reached over its link. Thread-safe."""

    def __init__(self, api: DockerApi, link: Link, lookout: Lookout) -> None:
        """Nothing is asked of the host before it is needed."""
        self._api = api
        self._link = link
        self._lookout = lookout
        self._lock = threading.Lock()
        #: By container and port; 0 is none.
        self._found: dict[tuple[str, int], _Found] = {}
        #: Commands that did not end in time, by container and command: Docker knows no way to end them.
        self._unfinished: dict[tuple[str, tuple[str, ...]], str] = {}

    def dial(self, name: str, port: int, timeout_s: float) -> ByteStream:
        """A stream to a port of a container. Raises HostError, OSError."""
        until = time.monotonic() + timeout_s
        place = self._inspected(name, port, until).place
        if self._lookout.rootless:
            # Its networks are in a namespace of its own, where only what is published leads to.
            place = replace(place, address="", gateway="", of_host=False)
        try:
            return self._link.dial_port(place, max(0.001, until - time.monotonic()))
        except (HostError, OSError):
            with self._lock:
                self._found.pop((name, port), None)  # perhaps it is somewhere else now
            raise

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        """Run a command and wait for its end. Raises HostError, TimeoutError."""
        until = time.monotonic() + timeout_s
        key = (name, tuple(command))
        if (before := self._unfinished.get(key)) is not None:
            if self._runs(before, until):
                raise TimeoutError("it still runs since it was last started")
            self._unfinished.pop(key, None)
        runtime_id = self._inspected(name, 0, until).runtime_id
        try:
            started = self._api.create_exec(runtime_id, command, until)
            self._begin(key, started)
            last_line = self._output(started, until)
            code = self._exit_code(started, until)
        except TimedOut as error:
            raise TimeoutError("it did not end in time") from error
        except DockerRefused as refused:  # there is no such command in the container, or it is paused
            code, last_line = _CAN_NOT_EXECUTE, str(refused)
        self._unfinished.pop(key, None)
        return Executed(code, last_line)

    # -- own parts ----------------------------------------------------------------------------------------------------

    def _inspected(self, name: str, port: int, until: float) -> _Found:
        with self._lock:
            found = self._found.get((name, port))
        if found is not None and time.monotonic() < found.until:
            return found
        inspect = self._api.container(name, until)
        owner = labels.read(inspect["Config"].get("Labels") or {}) if inspect is not None else None
        if inspect is None or owner is None or owner.installation != self._lookout.installation:
            raise HostError(f"the container {name} is not there")
        if not inspect["State"].get("Running"):
            raise HostError(f"the container {name} does not run")
        now = time.monotonic()
        found = _Found(inspect["Id"], container_port(inspect, port), now + _PLACE_AGE_S)
        with self._lock:
            self._found = {key: kept for key, kept in self._found.items() if now < kept.until}
            self._found[name, port] = found
        return found

    def _begin(self, key: tuple[str, tuple[str, ...]], exec_id: str) -> None:
        """Remember a command until it has ended; of containers that are long gone only so many."""
        with self._lock:
            self._unfinished[key] = exec_id
            while len(self._unfinished) > _MOST_UNFINISHED:
                del self._unfinished[next(iter(self._unfinished))]

    def _runs(self, exec_id: str, until: float) -> bool:
        found = self._api.exec_state(exec_id, until)
        return found is not None and bool(found["Running"])

    def _output(self, exec_id: str, until: float) -> str:
        """Wait for the end of its output; the last line of it. Raises TimedOut."""
        body = json.dumps({"Detach": False, "Tty": False}).encode()
        headers = {"Content-Type": "application/json"}
        path = f"/v{self._api.version}/exec/{exec_id}/start"
        left_s = max(0.001, until - time.monotonic())
        frames, tail = Frames(), b""
        with upgrade(self._link, "POST", path, headers=headers, body=body, timeout_s=left_s) as raw:
            if raw.status >= _REFUSED:
                raise DockerRefused(raw.status, raw.refusal())
            raw.bound(max(0.001, until - time.monotonic()))
            while data := raw.read1():
                for _, piece in frames.feed(data):
                    tail = (tail + piece)[-_OUTPUT_BYTES:]
        return _last_line(tail)

    def _exit_code(self, exec_id: str, until: float) -> int:
        ends_by = time.monotonic() + _EXIT_S
        while True:
            found = self._api.exec_state(exec_id, max(until, ends_by))
            if found is None:
                raise HostError("Docker has forgotten the command")
            if not found["Running"] and found["ExitCode"] is not None:
                return int(found["ExitCode"])
            if time.monotonic() > ends_by:
                raise TimedOut("Docker does not say how the command ended")
            time.sleep(_EXIT_LOOK_S)


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").split("\n")
    return next((line for line in map(one_line, reversed(lines)) if line), "")
