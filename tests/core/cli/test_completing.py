from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.cli import main

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("serv", {"service"}),
        ("service s", {"scale", "stop-deployment"}),
        ("service scale ", {"web"}),
        ("service update web --task-definition web:", {"web:1"}),
        ("capacity drain sim-", {"sim-a", "sim-b"}),
        ("cluster describe ", {"default"}),
        ("task run --wa", {"--wait"}),
        ("task ls --service w", {"web"}),
        ("task ls --host sim-", {"sim-a", "sim-b"}),
        ("taskdef diff w", {"web"}),
        ("schedule create x --timezone Europe/Berl", {"Europe/Berlin"}),
        ("schedule describe ni", {"nightly"}),
        ("task ls --schedule ni", {"nightly"}),
        ("taskdef diff web we/x", {"we/x"}),
        ("taskdef register exa", {"exa"}),
        ("apply shop --stack s", {"shop"}),
        ("stack describe ", {"shop"}),
    ],
)
def test_a_shell_completes_verbs_options_and_names(
    dockyard: Shell,
    web_json: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    offered: set[str],
) -> None:
    dockyard.ok("taskdef", "register", web_json)
    dockyard.ok("service", "create", "web", "--task-definition", "web", "--tag", "dockyard:stack=shop")
    dockyard.ok("schedule", "create", "nightly", "--task-definition", "web", "--expression", "rate(1 day)")
    line = f"dockyard --config {dockyard.config} --state {dockyard.state} {typed}"
    monkeypatch.setenv("_DOCKYARD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
    capsys.readouterr()
    assert main([]) == 0
    assert {line.partition(",")[2] for line in capsys.readouterr().out.splitlines()} == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("dockyard service update web --task-definition web :", "1"),
        ("dockyard service update web --task-definition web : 1", "1"),
        ("dockyard service update web --task-definition we", "web"),
        ("dockyard service sc", "scale"),
    ],
)
def test_in_bash_a_revision_is_completed_behind_its_colon(
    dockyard: Shell, web_json: str, tmp_path: Path, words: str, offered: str
) -> None:
    """Bash gives the colon as a word of its own, and wants only what comes behind it."""
    dockyard.ok("taskdef", "register", web_json)
    program = tmp_path / "dockyard"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m core.cli "$@"\n')
    program.chmod(0o755)
    script = f"""
        eval "$(dockyard completion bash)"
        COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _dockyard_completion dockyard
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "DOCKYARD_STATE": str(dockyard.state),
            "DOCKYARD_CONFIG": str(dockyard.config),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (offered, "")


def test_completing_makes_nothing(
    dockyard: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_DOCKYARD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"dockyard --state {dockyard.state} service scale ")
    monkeypatch.setenv("COMP_CWORD", "5")
    assert main([]) == 0
    assert capsys.readouterr().out.strip() == ""
    assert not dockyard.state.exists()
