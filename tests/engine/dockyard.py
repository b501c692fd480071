"""Dockyard as an operator meets it: an engine in a process of its own and the command line, on the testbed's hosts.

What an installation claims is read through `core.api`, as every client reads it; what is true is read from each host's Docker
socket, past Dockyard's own transport.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import docker

from core import labels
from core.api import Dockyard, open_dockyard
from core.model.task import Task, TaskStatus
from core.record import Record
from tests.engine.testbed import Bed, Host, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from core.model.instance import ContainerInstance
    from core.model.state import State

ROOT: Final = Path(__file__).parent.parent.parent
#: How Dockyard is run: as an operator's shell would.
PROGRAM: Final = (sys.executable, "-P", "-m", "core.cli")
#: Short, so that tests are; long enough for hosts that share two cores.
SETTINGS: Final = {
    "poll_interval": "1s",
    "disconnect_after": "4s",
    "lost_after": "7s",
    "healthy_after": "1s",
    "image_pull": "prefer-cached",
}
#: What an installation has that says nothing of the matter: for tests whose margins short limits would make too small.
OWN_LIMITS: Final = {"poll_interval": "5s", "disconnect_after": "15s", "lost_after": "30s"}
#: For what depends on how busy the machine is.
PATIENCE_S: Final = 60.0


class Result(Record):
    """What one run of the command line came to."""

    exit_code: int
    stdout: str
    stderr: str


class Seen(Record):
    """A container of ours as its host's Docker lists it."""

    host: str
    id: str
    name: str
    task: str
    service: str
    generation: str
    state: str

    @property
    def running(self) -> bool:
        return self.state == "running"


class Engine:
    """An engine in a process of its own."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self.log_path = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill9(self) -> None:
        self._process.kill()
        self._process.wait()

    def suspend(self) -> None:
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 10.0) -> None:
        """Ask it to end and wait until it has."""
        self.send(number)
        self._process.wait(timeout_s)

    def ended(self, timeout_s: float) -> int:
        """Its exit code, once it has ended by itself."""
        return self._process.wait(timeout_s)

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def cpu_s(self) -> float:
        """The processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Installation:
    """One installation: a config file, a state folder, and at times an engine."""

    def __init__(self, folder: Path, bed: Bed, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.bed = bed
        self.hosts = list(bed.hosts)
        self.config = folder / "config.toml"
        self.state_dir = folder / "state"
        self.engine: Engine | None = None
        self._dockyard: Dockyard | None = None
        self._dockers: dict[str, docker.APIClient] = {}
        self.write_config(settings)

    # -- the operator's hands -------------------------------------------------------------------------------------

    def write_config(
        self,
        settings: Mapping[str, str] | None = None,
        hosts: Sequence[Host] | None = None,
        extra: str = "",
        identity_file: Path | None = None,
    ) -> None:
        """Write the config file anew. `settings` are the engine's that differ, `extra` are more lines."""
        engine = {**SETTINGS, **(settings or {})}
        lines = ["[engine]", *(f'{key} = "{value}"' for key, value in engine.items())]
        for host in self.hosts if hosts is None else hosts:
            lines += [f"[capacity.{host.name}]", f'url = "{host.ssh_url}"']
            key = identity_file or self.bed.key
            lines += [f'identity_file = "{key}"', f'known_hosts = "{self.bed.known_hosts}"']
        self.config.write_text("\n".join([*lines, extra]) + "\n")

    def start(self) -> Engine:
        """Start an engine and wait until its hosts are connected."""
        engine = self.launch()
        self.wait(lambda: self._beats(engine), "the engine's first beat")
        self.wait(self.all_connected, "all hosts connected")
        return engine

    def launch(self) -> Engine:
        """Start an engine without waiting for anything."""
        assert self.engine is None or not self.engine.running, "an engine runs already"
        self.engine = Engine([*self._arguments(), "--no-ui"], self.folder / "engine.log")
        return self.engine

    def cli(self, *arguments: str | Path, timeout_s: float = 90.0) -> Result:
        """Run the command line."""
        done = subprocess.run(
            [*PROGRAM, *self._arguments(), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env=environment(),
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    def do(self, *arguments: str | Path, timeout_s: float = 90.0) -> str:
        """Run the command line, which must succeed; what it printed."""
        result = self.cli(*arguments, timeout_s=timeout_s)
        assert result.exit_code == 0, f"{arguments} ended {result.exit_code}: {result.stderr}{self.story()}"
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """What a reading verb says as JSON."""
        return json.loads(self.do(*arguments, "--json"))

    def register(self, family: str = "web", image: str = "demo/web:1", **more: Any) -> None:
        """Register a task definition of one container; `more` are the container's own members."""
        container = {"name": "web", "image": image, "cpu": 10, "memory": 16, "essential": True} | more
        self.register_all({"family": family, "containerDefinitions": [container]})

    def register_all(self, definition: dict[str, Any]) -> None:
        """Register a task definition from its file."""
        file = self.folder / f"{definition['family']}.json"
        file.write_text(json.dumps(definition))
        self.do("taskdef", "register", file)

    def create(self, name: str, count: int, *more: str, definition: str = "web", wait: bool = True) -> None:
        """Create a service; and wait until it is stable."""
        waiting = ("--wait", "--timeout", f"{PATIENCE_S:g}s") if wait else ()
        counted = ("--task-definition", definition, "--desired-count", str(count))
        self.do("service", "create", name, *counted, *more, *waiting)

    # -- what it claims -------------------------------------------------------------------------------------------

    @property
    def dockyard(self) -> Dockyard:
        if self._dockyard is None:
            self._dockyard = open_dockyard(self.config, self.state_dir)
        return self._dockyard

    def state(self) -> State:
        return self.dockyard.state()

    def tasks(self, service: str = "web") -> list[Task]:
        """The service's tasks that have not stopped."""
        return self.state().tasks_of_service(f"default/{service}")

    def stopped(self, service: str = "web") -> list[Task]:
        """The service's tasks that have."""
        return [t for t in self.state().tasks.values() if t.service == service and t.stopped]

    def running(self, service: str = "web") -> list[Task]:
        """The service's tasks that are wanted, RUNNING and known to be."""
        state = self.state()
        return [t for t in state.tasks_of_service(f"default/{service}") if t.wanted and _known(state, t)]

    def instance(self, name: str) -> ContainerInstance:
        found = self.state().instance_named("default", name)
        assert found is not None, name
        return found

    def all_connected(self) -> bool:
        state = self.state()
        found = [state.instance_named("default", host.name) for host in self.hosts]
        return all(i is not None and i.connected and i.status == "ACTIVE" for i in found)

    def steady(self, service: str = "web") -> bool:
        return self.state().services[f"default/{service}"].steady

    def events(self, text: str = "") -> list[str]:
        """Every event's sentence that has a text in it."""
        return [r.event.message for r in self.dockyard.events(limit=10_000) if text in r.event.message]

    # -- what is true ---------------------------------------------------------------------------------------------

    def containers(self, hosts: Iterable[Host] | None = None) -> list[Seen]:
        """Our containers on the hosts that are up, as their own Docker lists them."""
        asked = list(self.hosts if hosts is None else hosts)
        with ThreadPoolExecutor(len(asked)) as pool:
            return [seen for found in pool.map(self._containers_on, asked) for seen in found]

    def truth(self, service: str = "web", hosts: Iterable[Host] | None = None) -> Counter[str]:
        """How many running containers each task of a service has."""
        return Counter(c.task for c in self.containers(hosts) if c.running and c.service == service)

    def agrees(self, service: str = "web", hosts: Iterable[Host] | None = None) -> bool:
        """Whether exactly what the state calls RUNNING runs, once each."""
        return self.truth(service, hosts) == Counter(t.id for t in self.running(service))

    def docker(self, host: Host) -> docker.APIClient:
        """The host's Docker, by its socket."""
        if host.name not in self._dockers:
            self._dockers[host.name] = docker.APIClient(host.unix_url, timeout=10, version="1.41")
        return self._dockers[host.name]

    # -- waiting --------------------------------------------------------------------------------------------------

    def wait(self, reached: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> float:
        """Wait for a condition; returns how long that took. Its failure tells the engine's story."""
        began = time.monotonic()
        try:
            wait_until(reached, what, timeout_s)
        except TimeoutError as error:
            error.add_note(self.story())
            raise
        return time.monotonic() - began

    def wait_steady(self, count: int, service: str = "web", timeout_s: float = PATIENCE_S) -> float:
        """Wait until a service is at rest with so many tasks of one container, and the hosts say the same."""
        took_s = self.wait_steady_tasks(count, service, timeout_s)
        self.wait(lambda: self.agrees(service), "the hosts and the state agree", 15)
        return took_s

    def wait_steady_tasks(self, count: int, service: str, timeout_s: float = PATIENCE_S) -> float:
        """Wait until a service is at rest with so many tasks."""

        def reached() -> bool:
            return len(self.running(service)) == count and self.steady(service)

        return self.wait(reached, f"{service} steady at {count}", timeout_s)

    def story(self, lines: int = 40) -> str:
        """The end of the engine's log, for failures."""
        log = self.folder / "engine.log"
        told = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
        return "\n".join(["", "the engine's log:", *(line[:400] for line in told)])

    def close(self) -> None:
        """End what was started here."""
        if self._dockyard is not None:
            self._dockyard.close()
        for client in self._dockers.values():
            client.close()
        if self.engine is not None and self.engine.running:
            self.engine.resume()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.engine.stop()
            self.engine.kill9()

    # -- own parts ------------------------------------------------------------------------------------------------

    def _arguments(self) -> list[str]:
        return ["--config", str(self.config), "--state", str(self.state_dir)]

    def _beats(self, engine: Engine) -> bool:
        assert engine.running, f"the engine has ended{self.story()}"
        status = self.dockyard.engine()
        return status.running and status.pulse.pid == engine.pid

    def _containers_on(self, host: Host) -> list[Seen]:
        if not host.docker_sock.exists():
            return []
        listed = self.docker(host).containers(all=True, filters={"label": labels.INSTALLATION})
        return [_seen(host, summary) for summary in listed]


class Watch:
    """Counts a service's running containers all the while: what a caller of the service would find."""

    def __init__(self, yard: Installation, service: str = "web", hosts: Sequence[Host] | None = None) -> None:
        self._yard = yard
        self._service = service
        self._hosts = hosts
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.counts: list[int] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.counts.append(self._yard.truth(self._service, self._hosts).total())


def environment() -> dict[str, str]:
    """Ours, without what would lead Dockyard elsewhere or tell it another terminal's size, and with this source."""
    misleading = {"COLUMNS", "LINES"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DOCKYARD_") and k not in misleading}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


def _seen(host: Host, summary: dict[str, Any]) -> Seen:
    own = summary["Labels"]
    return Seen(
        host.name,
        summary["Id"],
        summary["Names"][0].removeprefix("/"),
        own.get(labels.TASK, ""),
        own.get(labels.SERVICE, ""),
        own.get(labels.GENERATION, ""),
        summary["State"],
    )


def _known(state: State, task: Task) -> bool:
    instance = state.instances.get(task.instance)
    return task.last_status is TaskStatus.RUNNING and instance is not None and instance.connected
