"""Calls to one Docker from several threads at once, over connections that are kept as long as they are of use."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from core.hosts import docker_api
from core.hosts.docker_api import DockerApi
from core.hosts.sockets import UnixLink

if TYPE_CHECKING:
    import pytest

    from tests.core.hosts.fake_docker import FakeDocker

BURST = 8


def burst(api: DockerApi, fake: FakeDocker) -> None:
    """So many calls that all are under way at the same time."""
    fake.meeting = threading.Barrier(BURST)
    with ThreadPoolExecutor(BURST) as pool:
        for call in [pool.submit(api.ping, time.monotonic() + 30) for _ in range(BURST)]:
            call.result()
    fake.meeting = None


def test_connections_of_a_burst_are_used_again(fake: FakeDocker) -> None:
    api = DockerApi(UnixLink(str(fake.path)))
    for _ in range(3):
        burst(api, fake)
    api.ping(time.monotonic() + 30)
    assert fake.wait_open(BURST)
    api.close()


def test_connections_of_a_burst_are_closed_when_no_call_needs_them(
    fake: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = DockerApi(UnixLink(str(fake.path)))
    burst(api, fake)
    monkeypatch.setattr(docker_api, "_KEPT_S", 0.0)
    api.ping(time.monotonic() + 30)
    assert fake.wait_open(1)
    monkeypatch.undo()
    accepted = fake.connections
    api.ping(time.monotonic() + 30)
    assert fake.connections == accepted  # the one that is in use is kept
    api.close()
