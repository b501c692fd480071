"""A real engine as a child of this process, on no hosts at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.api import Dockyard, open_dockyard
from core.client.engine_process import engine_runs
from core.errors import DockyardError
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Dockyard]:
    (tmp_path / "config.toml").write_text("[clusters.default]\n")
    opened = open_dockyard(tmp_path / "config.toml", tmp_path / "state")
    yield opened
    opened.close()


def test_a_child_beats_and_ends_when_it_is_told_to(yard: Dockyard) -> None:
    child = yard.start_engine()
    assert child is not None
    status = yard.engine()
    assert status.running
    assert status.holder is not None
    assert status.holder.pid == status.pulse.pid == child.pid
    assert status.config_problem == ""
    assert yard.start_engine() is None
    assert child.stop(10.0)
    assert not engine_runs(yard.folder)
    assert "The engine stops; tasks keep running." in (yard.folder / "engine.log").read_text()


def test_a_child_that_would_outlive_us_ends_when_it_is_told_to_all_the_same(yard: Dockyard) -> None:
    child = yard.start_engine()
    assert child is not None
    child.outlive()
    assert child.stop(10.0)
    assert not engine_runs(yard.folder)


def test_a_child_that_does_not_end_is_told_of_and_can_be_killed(yard: Dockyard) -> None:
    child = yard.start_engine()
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)
    assert not child.stop(0.05)
    assert engine_runs(yard.folder)
    child.kill()
    assert not child.running()
    assert not engine_runs(yard.folder)


def test_a_client_with_another_config_than_the_engine_s_is_told(yard: Dockyard, tmp_path: Path) -> None:
    child = yard.start_engine()
    assert child is not None
    other = tmp_path / "other.toml"
    other.write_text("[clusters.other]\n")
    elsewhere = open_dockyard(other, yard.folder)
    assert elsewhere.engine().config_problem == (
        f"the engine runs by {tmp_path / 'config.toml'}, and what is read here is {other}"
    )
    other.write_text("[clusters.other]\nprotect = true\n")
    assert "[clusters.other] protect: unknown key" in elsewhere.engine().config_problem
    other.unlink()
    assert "there is no such file" in elsewhere.engine().config_problem
    assert child.stop(10.0)
    elsewhere.close()


def test_an_engine_that_can_not_start_says_why(yard: Dockyard) -> None:
    config = yard.config_path
    assert config is not None
    config.write_text("[engine]\npol_interval = '1s'\n")
    with pytest.raises(DockyardError, match="did you mean poll_interval"):
        yard.start_engine()


_PARENT = """
import sys
from pathlib import Path
from core.api import open_dockyard
child = open_dockyard(Path(sys.argv[1]), Path(sys.argv[2])).start_engine()
if sys.argv[3] == "stay":
    child.stay()
if sys.argv[3] == "outlived":
    child.outlive()
print(child.pid, flush=True)
if sys.argv[3] in {"killed", "outlived"}:
    sys.stdin.read()
"""


@pytest.mark.parametrize("way", ["stay", "leave", "killed", "outlived"])
def test_a_child_outlives_its_parent_only_when_told_to_stay(yard: Dockyard, way: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(yard.config_path), str(yard.folder), way],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    if way in {"killed", "outlived"}:
        parent.kill()
    parent.communicate()
    if way in {"stay", "outlived"}:
        assert engine_runs(yard.folder)
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not engine_runs(yard.folder), "the engine's end", 10.0)
