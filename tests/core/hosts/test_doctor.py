"""What the doctor finds wrong on a host whose Docker answers: its clock and its disk. The way there is tests/engine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.hosts import doctor
from core.hosts.doctor import Finding, examine
from core.hosts.link import Address, LinkOptions
from tests.core.hosts.sshd import Sshd, options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.hosts.fake_docker import FakeDocker


def found(fake: FakeDocker, step: str) -> Finding:
    """What a step comes to on the host's own socket."""
    return named(step, list(examine(Address.parse(f"unix://{fake.path}"), LinkOptions(name="edge-1"))))


def named(step: str, findings: list[Finding]) -> Finding:
    assert findings[-1].step in {"round trip", "ports"}, "a finding ends nothing"
    return next(finding for finding in findings if finding.step == step)


@pytest.mark.parametrize(
    ("ahead_s", "ok", "words"),
    [(60.0, False, "ahead of ours"), (-60.0, False, "behind ours"), (0.0, True, " s ")],
)
def test_a_clock_that_is_wrong_is_told(fake: FakeDocker, ahead_s: float, ok: bool, words: str) -> None:
    # Docker writes nanoseconds.
    told = datetime.now(UTC) + timedelta(seconds=ahead_s)
    fake.info = {"SystemTime": f"{told:%Y-%m-%dT%H:%M:%S.%f}123Z"}
    clock = found(fake, "clock")
    assert clock.ok is ok
    assert words in clock.detail
    assert ("timedatectl set-ntp true" in clock.advice) is not ok


@pytest.mark.parametrize("info", [{"Name": "edge"}, {"SystemTime": None}, {"SystemTime": "noon"}])
def test_a_host_that_does_not_tell_its_time_is_no_failure(
    fake: FakeDocker, info: dict[str, str | None]
) -> None:
    fake.info = info
    clock = found(fake, "clock")
    assert clock.ok
    assert clock.detail == "the host does not tell its time"


def test_a_disk_that_is_nearly_full_is_told(
    fake: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.info = {"DockerRootDir": str(tmp_path)}
    monkeypatch.setattr(doctor, "_LEAST_FREE_MIB", 0)
    assert found(fake, "disk").ok
    monkeypatch.setattr(doctor, "_LEAST_FREE_MIB", 2**40)
    disk = found(fake, "disk")
    assert not disk.ok
    assert disk.detail.endswith(f" GiB free at {tmp_path}")
    assert disk.advice == "Make room there: docker system prune"


def test_a_disk_that_is_nearly_full_is_told_over_ssh(
    fake: FakeDocker, sshd: Sshd, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "it's docker's"
    folder.mkdir()
    fake.info = {"DockerRootDir": str(folder)}
    settings = options(tmp_path, sshd.known_line(), key)
    monkeypatch.setattr(doctor, "_LEAST_FREE_MIB", 2**40)
    disk = named("disk", list(examine(sshd.address(fake.path), settings)))
    assert not disk.ok
    assert disk.detail.endswith(f" GiB free at {folder}")
    assert disk.advice == "Make room there: docker system prune"


@pytest.mark.parametrize(
    ("configured", "words"),
    [
        ("", "sshd forwards to containers' ports"),
        ("AllowTcpForwarding no\nAllowStreamLocalForwarding yes", "probes by HTTP and TCP find no way"),
    ],
)
def test_whether_probes_find_a_way_is_told_and_is_no_failure(
    fake: FakeDocker, sshd: Sshd, key: Path, tmp_path: Path, configured: str, words: str
) -> None:
    sshd.restart(configured)
    settings = options(tmp_path, sshd.known_line(), key)
    ports = named("ports", list(examine(sshd.address(fake.path), settings)))
    assert ports.ok
    assert words in ports.detail
    assert ("AllowTcpForwarding local" in ports.detail) is bool(configured)


def test_a_disk_that_cant_be_seen_is_no_failure(fake: FakeDocker, tmp_path: Path) -> None:
    fake.info = {"DockerRootDir": str(tmp_path / "elsewhere")}
    disk = found(fake, "disk")
    assert disk.ok
    assert disk.detail == f"what is free at {tmp_path / 'elsewhere'} can't be seen from here"
