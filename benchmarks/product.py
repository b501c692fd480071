"""The product as its users run it: an engine process, and commands through the store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any, Self

from core.client.mirror import Mirror
from core.commands import Command, Verdict
from core.model.task import TaskStatus
from core.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from core.model.state import State
    from core.model.task import Task
    from tests.engine.testbed import Bed

    Tables = Mapping[str, Mapping[str, str]]

PATIENCE_S = 120.0
#: Thousands of hosts take a while.
CONNECTED_S = 600.0
END_S = 10.0
LOOK_S = 0.01


class Product:
    """One installation in a folder, its engine running while the context is open."""

    def __init__(self, folder: Path, capacity: Tables, engine: Mapping[str, str] | None = None) -> None:
        """`capacity` are the hosts' tables in the config by name, `engine` the engine's own."""
        self._folder = folder
        self._config = folder / "config.toml"
        tables = {"engine": engine or {}, "clusters.default": {}}
        tables |= {f"capacity.{name}": table for name, table in capacity.items()}
        lines = [
            line
            for name, table in tables.items()
            for line in (f"[{name}]", *(f'{key} = "{value}"' for key, value in table.items()))
        ]
        self._config.write_text("\n".join(lines))
        self._hosts = len(capacity)
        #: Which installation this is, for every program of the product.
        self.arguments = ["--config", str(self._config), "--state", str(folder / "state")]
        #: The engine, as Python is asked to run it.
        self.program = ["core.cli", *self.arguments, "--no-ui"]

    @classmethod
    def on_bed(cls, folder: Path, bed: Bed) -> Self:
        """On real Docker hosts, over SSH."""
        way = {"identity_file": str(bed.key), "known_hosts": str(bed.known_hosts)}
        return cls(folder, {host.name: {"url": host.ssh_url, **way} for host in bed.hosts})

    @property
    def pid(self) -> int:
        """The engine's."""
        return self._engine.pid

    def __enter__(self) -> Self:
        log = (self._folder / "engine.log").open("w")
        self._engine = subprocess.Popen(
            [sys.executable, "-m", *self.program],
            stdout=log,
            stderr=log,
            env=os.environ,
        )
        try:
            until((self._folder / "state" / "state.db").exists, "the engine's state")
            self._store = open_store(self._folder / "state")
            self._mirror = Mirror(self._store)
            until(lambda: self._connected() == self._hosts, "all hosts to be connected", CONNECTED_S)
        except BaseException:
            self._engine.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.send_signal(signal.SIGTERM)
        try:
            self._engine.wait(END_S)
        except subprocess.TimeoutExpired:  # it is in a turn that takes longer
            self._engine.kill()
            self._engine.wait()
        self._store.close()

    def state(self) -> State:
        """As it is now."""
        self._mirror.refresh()
        return self._mirror.state

    def submit(self, action: str, **given: Any) -> Command:
        """Ask for something without waiting for the answer."""
        command = Command(uuid.uuid4().hex, action, json.dumps(given), "benchmark", time.time())
        self._store.submit(command)
        return command

    def ask(self, action: str, **given: Any) -> None:
        command = self.submit(action, **given)
        until(lambda: self._store.answer_of(command.id) is not None, f"the answer to {action}")
        answer = self._store.answer_of(command.id)
        assert answer is not None
        assert answer.verdict is Verdict.ACCEPTED, answer.message

    def until_running(self, count: int, *, but: str = "") -> None:
        """Wait for so many RUNNING tasks, one named task left out."""
        until(lambda: sum(t.id != but for t in self.running()) >= count, f"{count} running tasks")

    def running(self) -> list[Task]:
        return [task for task in self.state().tasks.values() if task.last_status is TaskStatus.RUNNING]

    def _connected(self) -> int:
        return sum(instance.connected for instance in self.state().instances.values())


def until(reached: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience_s:g} s for {what}")
        time.sleep(LOOK_S)
