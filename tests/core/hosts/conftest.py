"""A daemon that is not one, behind a real sshd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.hosts.fake_docker import FakeDocker
from tests.core.hosts.sshd import Sshd, make_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_ssh_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the agent nor the keys of whoever runs the tests."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeDocker]:
    with FakeDocker(tmp_path / "docker.sock") as fake:
        yield fake


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "key")


@pytest.fixture
def sshd(tmp_path: Path, key: Path) -> Iterator[Sshd]:
    """An sshd that lets `key` in."""
    with Sshd(tmp_path / "sshd") as sshd:
        sshd.authorize(key)
        yield sshd
