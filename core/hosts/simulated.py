"""Capacity at `sim://NAME`: simulated hosts behind the host seam, in real time, for the demo and for the contract tests.

A simulated machine lives in the engine's process and is gone when that ends: the next engine finds it empty.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from core.actions import PullImage
from core.errors import HostUnreachable
from core.hosts.base import silent
from core.hosts.simulated_docker import Script, SimulatedDocker
from core.hosts.virtual import VirtualHost
from core.record import replace
from core.reports import Outcome, Result, SeenState, Utilisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.actions import Action
    from core.hosts.base import Executed, Progress
    from core.hosts.link import ByteStream
    from core.model.task_definition import ContainerDefinition, TaskDefinition
    from core.reports import HostReport

#: How often a pull says how far it is.
_PROGRESS_S: Final = 0.5
#: So many containers use what each would like to; more of them share the machine.
_LIVELY: Final = 12
#: What the labels begin with by which a definition says how its container behaves here.
LABELS: Final = "dockyard.sim."


def script_from_labels(container: ContainerDefinition) -> Script:
    """How a container behaves on simulated capacity: as its dockerLabels say, else it simply runs.

    `exits-after` and `healthy-after`, `unhealthy-after`, `flaps-every` are in seconds, `exit-code` is a number, and
    `ignores-stop` and `start-error` are there or not. What is healthy answers its ports with 200, what is unhealthy with 503.
    """
    given = {k.removeprefix(LABELS): v for k, v in container.docker_labels if k.startswith(LABELS)}

    def seconds(name: str) -> float | None:
        return float(given[name]) if name in given else None

    script = Script(
        exits_after_s=seconds("exits-after"),
        exit_code=int(given.get("exit-code", "0")),
        unhealthy_after_s=seconds("unhealthy-after"),
        flaps_every_s=seconds("flaps-every"),
        start_error=given.get("start-error", ""),
    )
    if "healthy-after" in given:
        script = replace(script, healthy_after_s=seconds("healthy-after"))
    if "ignores-stop" in given:
        script = replace(script, ends_after_signal_s=None)
    return script


class Machine:
    """One simulated machine and the lock under which every thread looks at it or changes it."""

    def __init__(self, docker: SimulatedDocker) -> None:
        """A machine for this daemon."""
        self.docker: Final = docker
        self.changed: Final = threading.Condition(threading.RLock())
        #: While it is off, or cut off, nobody is answered.
        self.reachable = True
        #: Rises when something happens that Docker would tell by an event.
        self.events = 0


class SimulatedFleet:
    """The simulated machines of one process, by name."""

    def __init__(self, clock: Callable[[], float], chance: Random) -> None:
        """None yet: a machine is there once it is asked for."""
        self._clock = clock
        self._chance = chance
        self._machines: dict[str, Machine] = {}

    def machine(self, url: str) -> Machine:
        """The machine at `sim://NAME?cpu=UNITS&memory=MIB`."""
        parts = urlsplit(url)
        name = parts.netloc
        if name not in self._machines:
            size = {key: int(values[-1]) for key, values in parse_qs(parts.query).items()}
            self._machines[name] = Machine(
                SimulatedDocker(
                    self._clock,
                    Random(self._chance.getrandbits(64)),  # chance, not secrets
                    cpu_units=size.get("cpu", 4096),
                    memory_mib=size.get("memory", 8192),
                )
            )
        return self._machines[name]

    def open(
        self,
        url: str,
        installation: str,
        instance: str,
        definition: Callable[[str], TaskDefinition | None],
    ) -> SimulatedHost:
        """A connection to the machine at a URL, which is this installation's from the beginning."""
        machine = self.machine(url)
        machine.docker.markers.setdefault(installation, instance)
        host = VirtualHost(machine.docker, installation, instance, definition, script_from_labels)
        return SimulatedHost(machine, host)


class SimulatedHost:
    """A host over a simulated machine; its calls take their time."""

    def __init__(self, machine: Machine, host: VirtualHost) -> None:
        """A connection that is open."""
        self._machine = machine
        self._host = host
        self._closed = False

    def observe(self, *, deadline_s: float) -> HostReport:
        """Look at the machine."""
        with self._machine.changed:
            docker = self._machine.docker
            began_at = docker.clock()
            ready_at = began_at + docker.chance.uniform(*docker.pace.look)
            if not self._pass_time(ready_at, began_at + deadline_s):
                raise HostUnreachable("answer", "the simulated host does not answer")
            report = self._host.look()
            return replace(report, began_at=began_at, round_trip_s=report.ended_at - began_at)

    def perform(self, action: Action, progress: Progress = silent) -> Outcome:
        """Carry out one action."""
        with self._machine.changed:
            now = self._machine.docker.clock()
            if self._closed or not self._machine.reachable:
                return self._no_answer(action, Result.NOT_SENT)
            ready_at = self._host.begin(action)
            self._told()
            ends_by = now + action.deadline_s
            if isinstance(action, PullImage):
                self._tell(progress, now, ready_at, ends_by)
            if not self._pass_time(ready_at, ends_by):
                timed_out = self._machine.docker.clock() >= ends_by
                return self._no_answer(action, Result.UNKNOWN, timed_out=timed_out)
            outcome = self._host.finish(action)
            self._told()
            return outcome

    def hints(self) -> SimulatedHints:
        """A stream of what happens on the machine."""
        return SimulatedHints(self._machine)

    def dial(self, name: str, port: int, timeout_s: float) -> ByteStream:
        """A stream to a container's port."""
        with self._reached():
            return self._host.dial(name, port, timeout_s)

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        """Run a command in a container."""
        with self._reached():
            return self._host.execute(name, command, timeout_s)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        with self._machine.changed:
            if self._closed or not self._machine.reachable:
                raise HostUnreachable("answer", "the simulated host does not answer")
            yield

    def utilisation(self) -> Utilisation:
        """Figures that look alive: each running container uses some of the machine, and all of them never more than there is."""
        with self._machine.changed:
            docker = self._machine.docker
            now = docker.clock()
            running = [s for s in self._host.look().containers if s.state is SeenState.RUNNING]
            share = min(1.0, _LIVELY / max(1, len(running)))
            containers = {
                (seen.task, seen.container): (
                    docker.chance.uniform(0.2, 8.0) * share,
                    docker.chance.uniform(0.01, 0.04) * share * docker.memory_mib,
                )
                for seen in running
            }
        cpu = sum(cpu for cpu, _ in containers.values())
        memory = sum(memory for _, memory in containers.values())
        return Utilisation(
            self._host.instance, now, min(100.0, cpu + 1.0), memory + 200.0, cpu / 25.0, containers
        )

    def close(self) -> None:
        """Drop the connection; blocked calls end."""
        with self._machine.changed:
            self._closed = True
            self._machine.changed.notify_all()

    # -- time -------------------------------------------------------------------------------------------------------

    def _pass_time(self, until: float, ends_by: float) -> bool:
        """Wait for a moment, and for a machine that answers. False when the deadline or the connection ended it."""
        clock = self._machine.docker.clock
        while not self._closed:
            now = clock()
            if now >= until and self._machine.reachable:
                return True
            if now >= ends_by:
                return False
            wake_at = ends_by if now >= until else min(until, ends_by)
            self._machine.changed.wait(wake_at - now)
        return False

    def _tell(self, progress: Progress, began_at: float, ready_at: float, ends_by: float) -> None:
        """Say how far a pull is, until it is done."""
        moment = began_at
        while moment + _PROGRESS_S < ready_at and moment < ends_by and not self._closed:
            share = (moment - began_at) / (ready_at - began_at)
            progress(f"{100 * share:.0f}/100 MiB")
            moment += _PROGRESS_S
            if not self._pass_time(moment, ends_by):
                return

    def _told(self) -> None:
        self._machine.events += 1
        self._machine.changed.notify_all()

    def _no_answer(self, action: Action, result: Result, *, timed_out: bool = False) -> Outcome:
        return Outcome(
            instance=self._host.instance,
            action=action,
            result=result,
            finished_at=self._machine.docker.clock(),
            error="the simulated host does not answer",
            timed_out=timed_out,
        )


class SimulatedHints:
    """A stream of hints from a simulated machine."""

    def __init__(self, machine: Machine) -> None:
        """Listen from now on."""
        self._machine = machine
        self._heard = machine.events
        self._closed = False

    def wait(self) -> bool:
        """Block until something happened; False when the stream was closed."""
        with self._machine.changed:
            change_at = self._machine.docker.next_change_at()
            while not self._closed:
                now = self._machine.docker.clock()
                if self._machine.events != self._heard or (change_at is not None and now >= change_at):
                    self._heard = self._machine.events
                    return True
                self._machine.changed.wait(None if change_at is None else change_at - now)
            return False

    def close(self) -> None:
        """End the stream."""
        with self._machine.changed:
            self._closed = True
            self._machine.changed.notify_all()
