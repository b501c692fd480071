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

from core.commands import Command, Verdict
from core.model.task import Task, TaskStatus
from core.store.sqlite import open_store

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from tests.engine.testbed import Bed

PATIENCE_S = 120.0
LOOK_S = 0.01


class Product:
    """One installation in a folder, its engine running while the context is open."""

    def __init__(self, folder: Path, bed: Bed) -> None:
        self._folder = folder
        self._config = folder / "config.toml"
        lines = ["[clusters.default]"]
        for host in bed.hosts:
            lines += [
                f"[capacity.{host.name}]",
                f'url = "{host.ssh_url}"',
                f'identity_file = "{bed.key}"',
                f'known_hosts = "{bed.known_hosts}"',
            ]
        self._config.write_text("\n".join(lines))
        self._hosts = len(bed.hosts)
        #: Which installation this is, for every program of the product.
        self.arguments = ["--config", str(self._config), "--state", str(folder / "state")]

    def __enter__(self) -> Self:
        log = (self._folder / "engine.log").open("w")
        self._engine = subprocess.Popen(
            [sys.executable, "-m", "core.cli", *self.arguments, "--no-ui"],
            stdout=log,
            stderr=log,
            env=os.environ,
        )
        until((self._folder / "state" / "state.db").exists, "the engine's state")
        self._store = open_store(self._folder / "state")
        until(lambda: self._connected() == self._hosts, "all hosts to be connected")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.send_signal(signal.SIGTERM)
        self._engine.wait(10)
        self._store.close()

    def ask(self, action: str, **given: Any) -> None:
        command = Command(uuid.uuid4().hex, action, json.dumps(given), "benchmark", time.time())
        self._store.submit(command)
        until(lambda: self._store.answer_of(command.id) is not None, f"the answer to {action}")
        answer = self._store.answer_of(command.id)
        assert answer is not None
        assert answer.verdict is Verdict.ACCEPTED, answer.message

    def until_running(self, count: int, *, but: str = "") -> None:
        """Wait for so many RUNNING tasks, one named task left out."""
        until(lambda: sum(t.id != but for t in self.running()) >= count, f"{count} running tasks")

    def running(self) -> list[Task]:
        rows = self._store.load().rows
        return [r for r in rows if isinstance(r, Task) and r.last_status is TaskStatus.RUNNING]

    def _connected(self) -> int:
        return sum(getattr(row, "connected", False) for row in self._store.load().rows)


def until(reached: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE_S:g} s for {what}")
        time.sleep(LOOK_S)
