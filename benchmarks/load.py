"""What an engine is to its clients, with a load that is asked for: `python -m benchmarks.load FOLDER TASKS`.

It holds the lock, beats, and commits to the product's own store as an engine does, of so many tasks of made-up services. Each line of
its input is a kind of load, answered by how the commits were since the last line: a JSON object.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from msgspec.json import encode

from core.lock import EngineLock
from core.model.cluster import Cluster
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.service import Deployment, Service
from core.model.state import Changes
from core.model.task import Container, ContainerStatus, NetworkBinding, Task, TaskStatus
from core.record import replace
from core.store import Pulse
from core.store.sqlite import open_store
from core.version import VERSION
from core.vitals import EnginePulse, InstancePulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.state import Row
    from core.store.sqlite import SqliteStore

#: As many rows a second change, in so many commits.
CHANGES: Final = 500
COMMITS: Final = 10
#: Tasks that stand on the first screen, by their ids.
VISIBLE: Final = 50
_BEAT_S: Final = 1.0
#: Rows of one commit of an engine that does nothing but commit.
_MOST: Final = 1_000


@dataclass(slots=True)
class Commits:
    """How the commits were: seconds that the longest took, and that the longest was behind its time."""

    count: int = 0
    longest_s: float = 0.0
    latest_s: float = 0.0


@dataclass(slots=True)
class Load:
    """Chooses what changes."""

    tasks: list[Task]
    kind: str = "idle"
    chance: Random = field(default_factory=lambda: Random(1))
    turn: int = 0

    @property
    def gap_s(self) -> float:
        """From one commit to the next."""
        return {"idle": _BEAT_S, "one": 1.0, "full": 0.0}.get(self.kind, 1 / COMMITS)

    def changed(self) -> list[Task]:
        """The rows of the next commit: their definition is another, which is one cell of a table."""
        self.turn += 1
        numbers = [*self._numbers()]
        for n in numbers:
            task = self.tasks[n]
            family = task.definition.partition(":")[0]
            self.tasks[n] = replace(
                task, definition=f"{family}:{self.turn % 90 + 10}", version=task.version + 1
            )
        return [self.tasks[n] for n in numbers]

    def _numbers(self) -> Iterator[int]:
        count, batch = len(self.tasks), CHANGES // COMMITS
        match self.kind:
            case "one":
                yield 2
            case "visible":
                yield from range(min(batch, count))
            case "hidden":
                yield from (self.chance.randrange(VISIBLE, count) for _ in range(batch))
            case "busy":
                yield from (self.chance.randrange(count) for _ in range(batch))
            case "full":
                start = self.turn * _MOST % count
                yield from (n % count for n in range(start, start + min(_MOST, count)))
            case _:
                pass


class Beat:
    """The pulses: the engine's own each time, and what a tenth of the hosts and their tasks use."""

    def __init__(self, store: SqliteStore, tasks: list[Task]) -> None:
        self._store = store
        self._me = EnginePulse(os.getpid(), "bench", VERSION, time.time())
        self._tasks: dict[str, list[str]] = {}
        for task in tasks:
            self._tasks.setdefault(task.instance, []).append(task.id)
        self._hosts = list(self._tasks)
        self.beat(time.time(), everyone=True)

    def beat(self, now: float, *, everyone: bool = False) -> None:
        count = len(self._hosts) if everyone else max(1, len(self._hosts) // 10)
        bodies = [("engine", encode(replace(self._me, at=now)).decode())]
        for host in self._hosts[:count]:
            used = {task: {"web": (1.5, 80.0)} for task in self._tasks[host]}
            bodies.append(
                (
                    f"instance/{host}",
                    encode(InstancePulse(now, 0.01, now, 20.0, 4000.0, 1.0, used)).decode(),
                )
            )
        self._hosts = self._hosts[count:] + self._hosts[:count]
        self._store.put_pulses([Pulse(name, now, body) for name, body in bodies])


def rows(tasks: int, now: float) -> Iterator[Row]:
    """A cluster, hosts of fifty tasks, services of a hundred."""
    hosts, services = max(3, tasks // 50), max(3, tasks // 100)
    yield Cluster("default", created_at=now)
    for n in range(hosts):
        yield ContainerInstance(
            f"{n:032x}",
            f"edge-{n}",
            "default",
            f"ssh://edge-{n}",
            status=InstanceStatus.ACTIVE,
            connectivity=Connectivity.CONNECTED,
            cpu_units=65_536,
            memory_mib=65_536,
            marked=True,
        )
    for n in range(services):
        share = len(range(n, tasks, services))
        yield Service("default", f"web-{n}", f"web-{n}:1", share, created_at=now)
        yield Deployment(
            _deployment(n), "default", f"web-{n}", f"web-{n}:1", desired_count=share, running_count=share
        )
    for n in range(tasks):
        service, host = n % services, n % hosts
        at = now + n / 1000
        yield Task(
            f"{n:08x}{n:024x}",
            "default",
            f"web-{service}:1",
            f"service:web-{service}",
            service=f"web-{service}",
            deployment=_deployment(service),
            instance=f"{host:032x}",
            last_status=TaskStatus.RUNNING,
            containers=(
                Container(
                    "web",
                    f"registry.example.net/web-{service}:1",
                    ContainerStatus.RUNNING,
                    f"{n:064x}",
                    f"sha256:{service:064x}",
                    network_bindings=(NetworkBinding(8080, 32_768 + n // hosts),),
                    started_at=at,
                ),
            ),
            cpu_units=256,
            memory_mib=512,
            created_at=at,
            pull_started_at=at,
            pull_stopped_at=at,
            started_at=at,
            healthy_since=at,
        )


def _deployment(number: int) -> str:
    return f"ecs-svc/{number:019}"


def main(folder: Path, tasks: int) -> None:
    store = open_store(folder, holder=True)
    everything = list(rows(tasks, time.time() - 86_400.0))
    store.commit(Changes(tuple(everything)))
    load = Load([row for row in everything if isinstance(row, Task)])
    beat = Beat(store, load.tasks)
    EngineLock.take(folder, doing="engine", version=VERSION)
    commits, due, beat_at = Commits(), time.monotonic(), 0.0
    del everything
    print("{}", flush=True)
    while True:
        now = time.monotonic()
        if now - beat_at >= _BEAT_S:
            beat.beat(time.time())
            beat_at = now
        if select.select([sys.stdin], [], [], max(0.0, min(due, beat_at + _BEAT_S) - time.monotonic()))[0]:
            line = sys.stdin.readline()
            if not line:
                return
            print(
                json.dumps(
                    {"commits": commits.count, "longest_s": commits.longest_s, "late_s": commits.latest_s}
                ),
                flush=True,
            )
            load.kind, commits, due = line.strip(), Commits(), time.monotonic()
        if time.monotonic() < due:
            continue
        began = time.monotonic()
        if changed := load.changed():
            store.commit(Changes(tuple(changed)))
            commits.count += 1
            commits.longest_s = max(commits.longest_s, time.monotonic() - began)
            commits.latest_s = max(commits.latest_s, began - due)
        due = max(due + load.gap_s, began)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
