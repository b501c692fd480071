"""Files that people name may be anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import bounded
from core.cli import main
from core.client.manifest import read_manifest
from core.config import read
from core.errors import ConfigError

ENDLESS = Path("/dev/zero")


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rule, and a test that fails for less than all of the memory."""
    monkeypatch.setattr(bounded, "MOST_BYTES", 1024**2)


def test_a_file_of_just_the_most_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b" " * 1024**2)
    assert len(bounded.content_of(file)) == 1024**2
    file.write_bytes(b" " * (1024**2 + 1))
    with pytest.raises(OSError, match="larger than 1 MiB"):
        bounded.content_of(file)


def test_a_config_file_without_an_end_is_an_error() -> None:
    with pytest.raises(ConfigError, match="/dev/zero: can't be read: It is larger than 1 MiB"):
        read(ENDLESS)


def test_so_is_a_task_definition(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["taskdef", "register", str(ENDLESS)]) == 2
    assert capsys.readouterr().err.startswith("dockyard: /dev/zero: can't be read: It is larger than 1 MiB")


def test_so_is_one_that_a_manifest_names() -> None:
    content = b"[task_definitions.web]\nfile = '/dev/zero'\n"
    with pytest.raises(
        ConfigError, match=r"\[task_definitions.web\] file: /dev/zero can't be read: It is larger"
    ):
        read_manifest("stack.toml", content)
