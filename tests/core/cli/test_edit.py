"""`service edit` and `taskdef edit`: the editor as often as it takes, the difference, the question, and what is kept."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from core.cli import edit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.cli.conftest import Shell


class Terminal(io.StringIO):
    """Where somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def scratches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where edited files lie."""
    folder = tmp_path / "scratches"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(edit, "has_terminal", lambda: True)
    return folder


def editor(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch, answers: str = "y\n") -> None:
    """An operator who edits by a script, and then answers."""
    file = folder.parent / "editor.sh"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(file))
    monkeypatch.setattr(sys, "stdin", Terminal(answers))


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_service_is_edited(with_web: Shell, scratches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mends = """
if grep -q '^#! .*desired_count' "$1"; then sed -i 's/^desired_count = .*/desired_count = 4/' "$1"
else sed -i 's/^desired_count = .*/desired_count = many/' "$1"; fi"""
    mends = mends.replace("many", '"many"')
    editor(scratches, mends, monkeypatch)
    ran = with_web.ok("service", "edit", "web")
    assert "~ desiredCount: 2 → 4" in ran.out
    assert "Service web is updated." in ran.err
    (service,) = with_web.ok("service", "describe", "web", "--json").json()["services"]
    assert service["desiredCount"] == 4
    assert kept(scratches) == []


def test_a_revision_is_made_of_an_edited_one(
    with_web: Shell, scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(scratches, """sed -i 's#demo/web:1#demo/web:2#' "$1" """, monkeypatch)
    ran = with_web.ok("taskdef", "edit", "web")
    assert '~ containerDefinitions[app].image: "demo/web:1" → "demo/web:2"' in ran.out
    assert "Task definition web:2 is registered." in ran.err


def test_a_no_does_nothing_and_keeps_what_was_written(
    with_web: Shell, scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(scratches, """sed -i 's/^desired_count = .*/desired_count = 4/' "$1" """, monkeypatch, "n\n")
    ran = with_web("service", "edit", "web")
    assert ran.exit_code == 130
    (file,) = kept(scratches)
    assert f"What you wrote is kept: {file}" in ran.err
    assert "desired_count = 4" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_saved_as_it_was_refused_is_given_up(
    with_web: Shell, scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(scratches, """sed -i 's/^desired_count = .*/desired_count = -1/' "$1" """, monkeypatch)
    ran = with_web("service", "edit", "web")
    assert ran.exit_code == 2
    assert "is given up: service default/web stays as it is" in ran.err
    assert len(kept(scratches)) == 1


def test_nothing_changed_is_said(with_web: Shell, scratches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(scratches, "true", monkeypatch)
    assert "Nothing was changed." in with_web.ok("service", "edit", "web").err
    assert kept(scratches) == []


def test_an_editor_that_fails_is_said(
    with_web: Shell, scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(scratches, "exit 3", monkeypatch)
    assert "ended with 3" in with_web("service", "edit", "web").err


def test_without_a_terminal_there_is_no_editor(with_web: Shell) -> None:
    ran = with_web("service", "edit", "web")
    assert ran.exit_code == 2
    assert "An editor needs a terminal; dockyard apply takes files" in ran.err
