"""The command line in poor surroundings: no home, no name, another's state, a full or closed output."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.cli import main
from core.config.read import read
from core.config.values import OnQuit

if TYPE_CHECKING:
    from core.api import Dockyard
    from tests.core.cli.conftest import Shell

ROOT = Path(__file__).parents[3]


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """This uid has no name and no home, as in many a container."""

    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nameless")
@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        (
            "status",
            "the state folder can't be found, for there is no home folder: set $HOME, or name it by --state",
        ),
        (
            "config check",
            "the config file can't be found, for there is no home folder: set $HOME, or name it by --config",
        ),
    ],
)
def test_without_a_home_it_says_what_to_name(
    capsys: pytest.CaptureFixture[str], verb: str, sentence: str
) -> None:
    assert main(verb.split()) == 1
    assert capsys.readouterr().err == f"dockyard: {sentence}\n"


@pytest.mark.usefixtures("nameless")
def test_a_uid_without_a_name_may_ask_for_things(dockyard: Shell) -> None:
    dockyard.ok("cluster", "create", "one")
    assert f"uid {os.getuid()}@" in dockyard.ok("commands").out


def test_a_place_that_is_another_s_is_judged_by_whoever_opens_it(
    dockyard: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which says what to do about it; click would only say that it is not readable."""
    dockyard.ok("cluster", "create", "one")
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    dockyard.ok("cluster", "ls")


@pytest.mark.parametrize(
    ("words", "exit_code", "error"),
    [
        ("cluster ls > /dev/full", 1, "dockyard: The output can't be written: No space left on device\n"),
        ("cluster ls >&-", 0, ""),
        ("service scale nope 1 2>&-", 1, ""),
        ("service scale web 3 | grep -q '1 .u2192 3 tasks'", 0, ""),
    ],
)
def test_an_output_that_is_full_closed_or_knows_few_characters_is_no_defect(
    dockyard: Shell, web_json: str, words: str, exit_code: int, error: str
) -> None:
    dockyard.ok("taskdef", "register", web_json)
    dockyard.ok("service", "create", "web", "--task-definition", "web")
    ran = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f"{sys.executable} -m core.cli --state {dockyard.state} --config {dockyard.config} {words}",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == exit_code
    assert ran.stderr.endswith(error)
    assert not list(dockyard.state.glob("crash-*"))


def test_a_group_without_a_verb_shows_its_verbs(dockyard: Shell) -> None:
    ran = dockyard("service")
    assert (ran.exit_code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: dockyard service [OPTIONS] VERB …")
    assert "rollback  " in ran.err


def test_no_engine_outlives_the_demo_one_that_its_screen_started_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []

    def screen(_invocation: object, dockyard: Dockyard, _timeout_s: float) -> int:
        found.append(read(dockyard.config_path).ui.engine_on_quit)
        return 0

    monkeypatch.setattr("core.cli.demo._run", screen)
    assert main(["demo"]) == 0
    assert found == [OnQuit.STOP]
