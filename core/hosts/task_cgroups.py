"""A cgroup for each task that is limited as a whole, as ECS's agent makes one, where the operator allows it.

Docker puts a container into a cgroup that it is told of, but has no call that limits it: an errand does that on the host. Under
Docker's systemd driver the cgroup is a transient slice, which systemd makes and keeps; else it is a folder of the kernel's.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.errors import ActionFailed
from core.hosts.docker_json import is_rootless
from core.hosts.docker_refusals import CANNOT_CREATE, CANNOT_START
from core.hosts.errand import ErrandFailed, Errands
from core.labels import TASK_LIMIT
from core.record import Record
from core.taskdef.limits import TaskLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.hosts.docker_api import DockerApi

Json = dict[str, Any]

_TOP: Final = "/sys/fs/cgroup"
#: By the system's bus: its private socket, which systemctl takes, does not answer from another pid namespace.
_SYSTEMD: Final = (
    "busctl --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager"
)
#: The period of a CPU ceiling, in microseconds (ECS_CGROUP_CPU_PERIOD: 100 ms).
_PERIOD_US: Final = 100_000
_US_PER_S: Final = 1_000_000
#: Of how many tasks it is known that their cgroup is gone; the other containers of a task go within seconds.
_REMEMBERED: Final = 1_000


class CgroupDriver(Record):
    """How a Docker keeps its cgroups: as units of systemd or as folders, of the kernel's version 1 or 2. Pure."""

    systemd: bool
    version: int

    def parent(self, task: str) -> str:
        """A task's cgroup as Docker is told it."""
        return f"dockyard-{task}.slice" if self.systemd else f"/dockyard/{task}"

    def making(self, task: str, limit: TaskLimit) -> str:
        """The shell's lines that make a task's cgroup. Repeated, they change nothing."""
        if self.systemd:
            lines = _slice(self.parent(task), limit)
        elif self.version > 1:
            lines = _folder(f"{_TOP}/dockyard/{task}", limit)
        else:
            lines = _folders(f"dockyard/{task}", limit)
        return "\n".join(("set -e", *lines))

    def clearing(self, task: str) -> str:
        """The lines that take it away again: all there is of it, where nothing runs in it."""
        if self.systemd:
            return _slice_cleared(self.parent(task))
        # Of version 1 a controller may have two names for one folder.
        folders = f"{_TOP}/{'' if self.version > 1 else '*/'}dockyard/{task}"
        return f"for each in {folders}; do [ ! -d $each ] || rmdir $each || exit 1; done"


def _slice(unit: str, limit: TaskLimit) -> Iterator[str]:
    """By StartTransientUnit of systemd: name, mode, properties (a count, then name, type and value of each), and no other units."""
    properties = [
        f"{name} t {value}"
        for name, value in (
            ("MemoryMax", limit.memory_bytes),
            ("CPUQuotaPerSecUSec", limit.cpu_us_per_s),
            ("CPUWeight", limit.weight),
        )
        if value is not None
    ]
    made = f"StartTransientUnit 'ssa(sv)a(sa(sv))' {unit} fail {len(properties)} {' '.join(properties)} 0"
    yield f"{_SYSTEMD} {made} || {_SYSTEMD} GetUnit s {unit}"


def _slice_cleared(unit: str) -> str:
    """Who stops a slice ends all that runs in it."""
    processes = f"find {_TOP}/dockyard.slice/{unit} -name cgroup.procs -exec cat {{}} +"
    return f'[ -z "$({processes})" ] && {_SYSTEMD} StopUnit ss {unit} fail'


def _folder(path: str, limit: TaskLimit) -> Iterator[str]:
    """Version 2: one tree, whose controllers each folder hands on to those in it."""
    yield f"mkdir -p {path}"
    for above in (_TOP, path.rpartition("/")[0]):
        yield f"echo '+cpu +memory' > {above}/cgroup.subtree_control"
    if limit.memory_bytes is not None:
        yield f"echo {limit.memory_bytes} > {path}/memory.max"
    if limit.cpu_us_per_s is not None:
        yield f"echo {limit.cpu_us_per_s * _PERIOD_US // _US_PER_S} {_PERIOD_US} > {path}/cpu.max"
    if limit.weight is not None:
        yield f"echo {limit.weight} > {path}/cpu.weight"


def _folders(path: str, limit: TaskLimit) -> Iterator[str]:
    """Version 1: a tree for each controller. A kernel before 5.11 limits a folder with all that are in it only when told to."""
    memory, cpu = f"{_TOP}/memory/{path}", f"{_TOP}/cpu/{path}"
    yield f"mkdir -p {memory.rpartition('/')[0]} {cpu}"
    yield f"echo 1 2>/dev/null > {memory.rpartition('/')[0]}/memory.use_hierarchy || :"
    yield f"mkdir -p {memory}"
    if limit.memory_bytes is not None:
        yield f"echo {limit.memory_bytes} > {memory}/memory.limit_in_bytes"
    if limit.cpu_us_per_s is not None:
        yield f"echo {_PERIOD_US} > {cpu}/cpu.cfs_period_us"
        yield f"echo {limit.cpu_us_per_s * _PERIOD_US // _US_PER_S} > {cpu}/cpu.cfs_quota_us"
    if limit.shares is not None:
        yield f"echo {limit.shares} > {cpu}/cpu.shares"


@dataclass(slots=True)
class _Turns:
    """Who is about one task's cgroup, and how many are, or wait to be."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0


class TaskCgroups:
    """The tasks' cgroups on one host, for as long as its connection lives. Safe to call from several threads."""

    def __init__(self, api: DockerApi, installation: str) -> None:
        """Nothing is asked before a cgroup is needed."""
        self._api = api
        self._errands = Errands(api, installation)
        self._driver: CgroupDriver | None = None
        self._lock = threading.Lock()
        self._busy: dict[str, _Turns] = {}
        #: Made over this connection: a host that was booted since the last one has none any more.
        self._made: set[str] = set()
        #: Whose cgroup is gone, so that one errand does for all containers of a task; the latest.
        self._cleared: deque[str] = deque(maxlen=_REMEMBERED)

    def parent(self, task: str, until: float) -> str:
        """What a task's containers are told of its cgroup, before it is made. Raises HostError."""
        try:
            return self._driver_there(until).parent(task)
        except _NoCgroupsError as error:
            raise ActionFailed(CANNOT_CREATE, f"the task can't be limited as a whole: {error}") from error

    def make(self, task: str, inspect: Json, until: float) -> None:
        """See that there is the cgroup that a container of the task was told of, before it is started. Raises HostError."""
        if not _has_cgroup(task, inspect):
            return
        label = inspect["Config"]["Labels"][TASK_LIMIT]
        with self._alone(task):
            if task in self._made:
                return
            try:
                driver = self._driver_there(until)
                self._run(driver, task, driver.making(task, TaskLimit.of_label(label)), until)
            except (_NoCgroupsError, ErrandFailed, ValueError) as error:
                words = f"the task can't be limited as a whole: {error}; see task_cpu_mem_limit in the config"
                raise ActionFailed(CANNOT_START, words) from error
            self._made.add(task)

    def clear(self, task: str, inspect: Json, until: float) -> None:
        """Take a task's cgroup away, before one of its containers is removed. Where something still runs in it, it stays."""
        if not _has_cgroup(task, inspect):
            return
        with self._alone(task):
            if task in self._cleared:
                return
            with contextlib.suppress(_NoCgroupsError, ErrandFailed):  # an empty one is in nobody's way
                driver = self._driver_there(until)
                self._run(driver, task, driver.clearing(task), until)
                self._cleared.append(task)
            self._made.discard(task)

    @contextmanager
    def _alone(self, task: str) -> Iterator[None]:
        """While what concerns one task's cgroup is done."""
        with self._lock:
            mine = self._busy.setdefault(task, _Turns())
            mine.waiting += 1
        try:
            with mine.lock:
                yield
        finally:
            with self._lock:
                mine.waiting -= 1
                if not mine.waiting:
                    del self._busy[task]

    def _run(self, driver: CgroupDriver, task: str, script: str, until: float) -> None:
        """Run the lines on the host; what systemd is asked by its bus it writes itself."""
        command = ("/bin/sh", "-c", script)
        self._errands.run(f"dockyard-errand-{task}", command, until, writes=not driver.systemd)

    def _driver_there(self, until: float) -> CgroupDriver:
        if self._driver is None:
            self._driver = _driver(self._api.info(until))
        return self._driver


class _NoCgroupsError(Exception):
    """This Docker can't put a task's containers into a cgroup of ours."""


def _has_cgroup(task: str, inspect: Json) -> bool:
    """Whether a container was created in its task's cgroup. A label alone may be its image's: that is nobody's permission."""
    parent = (inspect.get("HostConfig") or {}).get("CgroupParent") or ""
    return TASK_LIMIT in inspect["Config"]["Labels"] and task in parent


def _driver(info: Json) -> CgroupDriver:
    """What a host's Docker says of its cgroups; one that says nothing keeps folders of version 1 (Docker before 20.10)."""
    if is_rootless(info):
        raise _NoCgroupsError("the host's Docker runs without root")
    driver = info.get("CgroupDriver", "cgroupfs")
    if driver not in {"systemd", "cgroupfs"}:
        raise _NoCgroupsError(f"the host's Docker has the cgroup driver {driver}")
    return CgroupDriver(driver == "systemd", 2 if info.get("CgroupVersion") == "2" else 1)
