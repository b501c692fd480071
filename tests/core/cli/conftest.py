"""The command line as an operator calls it, in this process, on an installation of the test's own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from core.api import open_dockyard
from core.cli import main
from core.record import Record
from tests.engine.namespaces import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Fast enough for tests, and two hosts that are simulated in the engine's process.
CONFIG = """
[engine]
poll_interval = "200ms"
disconnect_after = "2s"
lost_after = "4s"
healthy_after = "100ms"

[capacity.sim-a]
url = "sim://sim-a"
attributes = { zone = "a" }

[capacity.sim-b]
url = "sim://sim-b"
attributes = { zone = "b" }
"""


class Ran(Record):
    """What a run printed and how it ended."""

    exit_code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs `dockyard` with one config and one state folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.state = folder / "state"
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        exit_code = main(["--config", str(self.config), "--state", str(self.state), *arguments])
        printed = self._capsys.readouterr()
        return Ran(exit_code, printed.out, printed.err)

    def ok(self, *arguments: str) -> Ran:
        """A run that must succeed."""
        ran = self(*arguments)
        assert ran.exit_code == 0, ran.err
        return ran


class _NoTerminal:
    """Standard input where nobody can be asked."""

    def isatty(self) -> bool:
        return False


@pytest.fixture
def dockyard(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Without an engine."""
    monkeypatch.setattr(sys, "stdin", _NoTerminal())
    shell = Shell(tmp_path, capsys)
    shell.config.write_text(CONFIG)
    return shell


@pytest.fixture
def running(dockyard: Shell) -> Iterator[Shell]:
    """With an engine on two simulated hosts, which take tasks."""
    yard = open_dockyard(dockyard.config, dockyard.state)
    engine = yard.start_engine()
    assert engine is not None

    def ready() -> bool:
        hosts = yard.state().instances.values()
        return bool(hosts) and all(host.connected and host.marked for host in hosts)

    try:
        # What is run before waits for a place, and a schedule's next run would end it.
        wait_until(ready, "the hosts take tasks", 30.0)
        yield dockyard
    finally:
        assert engine.stop(10.0)
        yard.close()


WEB = {
    "family": "web",
    "containerDefinitions": [
        {
            "name": "app",
            "image": "demo/web:1",
            "cpu": 64,
            "memory": 64,
            "essential": True,
            "portMappings": [{"containerPort": 80}],
        }
    ],
}


@pytest.fixture
def web_json(tmp_path: Path) -> str:
    """A task definition's file."""
    path = tmp_path / "web.json"
    path.write_text(json.dumps(WEB))
    return str(path)


@pytest.fixture
def with_web(dockyard: Shell, web_json: str) -> Shell:
    """A service and a task that wait for an engine."""
    dockyard.ok("taskdef", "register", web_json)
    dockyard.ok("service", "create", "web", "--task-definition", "web", "--desired-count", "2")
    dockyard.ok("task", "run", "web:1")
    return dockyard
