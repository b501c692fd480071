"""Errands: a program of the host's own, run as root for a moment, for what Docker's API has no call for.

A container of ours runs it, from an image that is made here (`HOST_PROGRAM`), with the host's root folder mounted, without a network
and with no capability but chroot's, and where it is to write that of writing everywhere. Who may use a host's Docker may do as much;
nothing is installed, and the container is removed again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from core.errors import HostError
from core.hosts.docker_api import DockerRefused
from core.hosts.http import one_line
from core.hosts.own_images import CANNOT_RUN, HOST_PROGRAM
from core.labels import ERRAND
from core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.docker_api import DockerApi

Json = dict[str, Any]

_CONFLICT: Final = 409
_REMOVAL_S: Final = 10.0


class ErrandFailed(HostError):
    """The program ended with something else than 0, or could not be run; the message is its output, or says so."""


class Errands(Record):
    """Those of one installation to one host."""

    api: DockerApi
    installation: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    #: Whether what a killed engine left was looked for.
    _swept: threading.Event = field(default_factory=threading.Event)

    def run(self, name: str, command: Sequence[str], until: float, *, writes: bool) -> None:
        """Run a command of the host's, which may write to its disks or not; no two of one name at once. Raises ErrandFailed, HostError."""
        try:
            HOST_PROGRAM.provide(self.api, until)
            self._sweep(until)
            self._create(name, _body(command, self.installation, writes=writes), until)
            self.api.start(name, until)
            code = self.api.wait(name, until)
            if code:
                said = one_line(self.api.output(name, until))
                raise ErrandFailed(said or _how_it_ended(command[0], code))
        except DockerRefused as refused:
            raise ErrandFailed(str(refused)) from refused
        finally:
            with contextlib.suppress(HostError):  # what stays is removed with the next connection
                self._remove(name, time.monotonic() + _REMOVAL_S)

    def _create(self, name: str, body: Json, until: float) -> None:
        try:
            self.api.create(name, body, until)
        except DockerRefused as refused:
            if refused.status != _CONFLICT:
                raise
            # An errand of that name was created, and its reply lost.
            self._remove(name, until)
            self.api.create(name, body, until)

    def _remove(self, name_or_id: str, until: float) -> None:
        """Remove an errand's container, running or not. What is not ours stays."""
        found = self.api.container(name_or_id, until)
        if found is not None and found["Config"]["Labels"].get(ERRAND) == self.installation:
            self.api.remove(found["Id"], until, force=True)

    def _sweep(self, until: float) -> None:
        """Remove what an engine left that was killed in the middle of an errand: once for each connection."""
        with self._lock:
            if self._swept.is_set():
                return
            for left in self.api.containers(until, label=f"{ERRAND}={self.installation}", stopped=True):
                with contextlib.suppress(DockerRefused):  # it goes already
                    self._remove(left["Id"], until)
            self._swept.set()


def _how_it_ended(program: str, code: int) -> str:
    return f"the host's {program} can't be run" if code == CANNOT_RUN else f"{program} ended with {code}"


def _body(command: Sequence[str], installation: str, *, writes: bool) -> Json:
    return {
        "Image": HOST_PROGRAM.name,
        "Cmd": list(command),
        "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
        "User": "0:0",
        "Labels": {ERRAND: installation},
        "HostConfig": {
            "Binds": ["/:/host" if writes else "/:/host:ro"],
            "NetworkMode": "none",
            # Root there must be root on the host, whatever the daemon maps users to and confines containers by.
            "UsernsMode": "host",
            "SecurityOpt": ["apparmor=unconfined", "label=disable", "no-new-privileges"],
            "CapDrop": ["ALL"],
            # The kernel's folders may not even be written by who owns them, but by who may write everywhere.
            "CapAdd": ["SYS_CHROOT", "DAC_OVERRIDE"] if writes else ["SYS_CHROOT"],
            "ReadonlyRootfs": True,
            "LogConfig": {"Type": "json-file", "Config": {}},
            "RestartPolicy": {"Name": "no"},
        },
    }
