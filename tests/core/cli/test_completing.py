from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cli import main

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("serv", {"service"}),
        ("service s", {"scale"}),
        ("service scale ", {"web"}),
        ("service update web --task-definition web:", {"web:1"}),
        ("capacity drain sim-", {"sim-a", "sim-b"}),
        ("cluster describe ", {"default"}),
        ("task run --wa", {"--wait"}),
        ("task ls --service w", {"web"}),
        ("task ls --host sim-", {"sim-a", "sim-b"}),
        ("taskdef diff w", {"web"}),
        ("taskdef diff web we/x", {"we/x"}),
        ("taskdef register exa", {"exa"}),
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
    dockyard.ok("service", "create", "web", "--task-definition", "web")
    line = f"dockyard --config {dockyard.config} --state {dockyard.state} {typed}"
    monkeypatch.setenv("_DOCKYARD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
    capsys.readouterr()
    assert main([]) == 0
    assert {line.partition(",")[2] for line in capsys.readouterr().out.splitlines()} == offered


def test_completing_makes_nothing(
    dockyard: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_DOCKYARD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"dockyard --state {dockyard.state} service scale ")
    monkeypatch.setenv("COMP_CWORD", "5")
    assert main([]) == 0
    assert capsys.readouterr().out.strip() == ""
    assert not dockyard.state.exists()
