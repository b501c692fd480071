"""Calls and streams over a link, against a server that misbehaves as daemons and networks do."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import docker.errors
import pytest

from core.errors import HostUnreachable, ReplyLost
from core.hosts.http import TimedOut, api_client, api_version, stream, upgrade
from core.hosts.sockets import UnixLink
from tests.core.hosts.fake_docker import FakeDocker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeDocker]:
    with FakeDocker(tmp_path / "docker.sock") as fake:
        yield fake


@pytest.fixture
def link(fake: FakeDocker) -> UnixLink:
    return UnixLink(str(fake.path))


def get(link: UnixLink, path: str, timeout_s: float = 10.0) -> Any:
    with api_client(link, timeout_s, "1.41") as client:
        return client.get(f"{client.base_url}/v1.41{path}", timeout=timeout_s)


def in_thread(act: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Run in another thread, keeping what it gives or raises."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(act())
        except Exception as error:  # noqa: BLE001  # asserted on by the test
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_the_version_is_the_newest_that_both_know(link: UnixLink) -> None:
    assert api_version(link, 5) == "1.41"
    with api_client(link, 5) as client:
        assert client.api_version == "1.41"


def test_calls_share_one_kept_connection(fake: FakeDocker, link: UnixLink) -> None:
    with api_client(link, 5, "1.41") as client:
        for _ in range(20):
            assert client.ping()
    assert fake.connections == 1


def test_a_connection_that_was_closed_while_it_rested_is_not_used(fake: FakeDocker, link: UnixLink) -> None:
    with api_client(link, 5, "1.41") as client:
        for _ in range(5):
            client.ping()
            fake.drop_connections()
    assert fake.connections == 5


def test_one_client_serves_many_threads(fake: FakeDocker, link: UnixLink) -> None:
    with api_client(link, 20, "1.41") as client, ThreadPoolExecutor(16) as pool:
        sizes = list(
            pool.map(lambda _: len(client.get(f"{client.base_url}/big", timeout=20).content), range(64))
        )
    assert sizes == [3_000_000] * 64
    assert fake.connections <= 16


def test_dockers_no_is_dockers_error(link: UnixLink) -> None:
    with api_client(link, 5, "1.41") as client, pytest.raises(docker.errors.NotFound):
        client.inspect_container("none")


def test_an_answer_that_dribbles_is_cut_off_at_the_deadline(link: UnixLink) -> None:
    with pytest.raises(TimedOut):
        get(link, "/dribble", timeout_s=0.3)


def test_an_answer_that_never_comes_is_timed_out(link: UnixLink) -> None:
    with pytest.raises(TimedOut):
        get(link, "/hang", timeout_s=0.2)


@pytest.mark.parametrize("path", ["/cut", "/cut-body", "/cut-chunk"])
def test_a_lost_answer_is_no_answer(fake: FakeDocker, link: UnixLink, path: str) -> None:
    with pytest.raises(ReplyLost) as lost:
        get(link, path)
    assert not isinstance(lost.value, TimedOut)
    assert fake.requests == [f"GET /v1.41{path}"], (
        "an unanswered request may have been carried out: it is not repeated"
    )


def test_no_connection_means_that_nothing_was_sent(fake: FakeDocker, tmp_path: Path) -> None:
    with pytest.raises(HostUnreachable) as unreachable:
        get(UnixLink(str(tmp_path / "none.sock")), "/_ping")
    assert unreachable.value.step == "socket"
    assert fake.requests == []


def test_something_else_than_docker_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "other.sock"))
        server.listen()

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread, _ = in_thread(greet)
        with pytest.raises(HostUnreachable, match="does not speak HTTP"):
            api_version(UnixLink(str(tmp_path / "other.sock")), 5)
        thread.join()


def test_a_stream_gives_lines_as_they_come_and_ends_when_it_is_closed_elsewhere(link: UnixLink) -> None:
    events = stream(link, "GET", "/events")
    lines = events.lines()
    assert [next(lines), next(lines)] == [b'{"Action": "create"}', b'{"Action": "start"}']
    thread, results = in_thread(lambda: list(lines))
    events.close()
    thread.join(5)
    assert results == [[]]


def test_a_stream_that_says_nothing_for_too_long_is_timed_out(link: UnixLink) -> None:
    with stream(link, "GET", "/events", timeout_s=0.2) as events, pytest.raises(TimedOut):
        list(events.lines())


def test_a_slow_stream_is_not_cut_off_while_it_says_something(link: UnixLink) -> None:
    with stream(link, "GET", "/dribble", timeout_s=0.5) as slow:
        began = time.monotonic()
        while time.monotonic() - began < 1.0:
            assert slow.read1()


@pytest.mark.parametrize("path", ["/cut-body", "/cut-chunk"])
def test_a_stream_that_breaks_off_does_not_look_finished(link: UnixLink, path: str) -> None:
    with pytest.raises(ReplyLost):
        stream(link, "GET", path).rest()


def test_an_upload_in_pieces_arrives_whole(link: UnixLink) -> None:
    pieces = [bytes([n]) * 300_000 for n in range(20)]
    with stream(link, "PUT", "/archive", body=iter(pieces), timeout_s=10) as answer:
        assert hashlib.sha256(b"".join(pieces)).hexdigest() in answer.rest().decode()


def test_an_upload_that_is_refused_half_way_tells_why(link: UnixLink) -> None:
    with stream(link, "PUT", "/refuse", body=(b"x" * 100_000 for _ in range(200)), timeout_s=10) as answer:
        assert answer.status == 500
        assert answer.refusal() == "no space left on device"


def test_a_connection_handed_over_loses_no_byte(link: UnixLink) -> None:
    with upgrade(link, "POST", "/exec/1/start", body=b"{}", timeout_s=5) as raw:
        assert raw.status == 101
        sent = bytes(range(256)) * 4096

        def speak() -> None:
            raw.write(sent)
            raw.close_write()

        thread, _ = in_thread(speak)
        assert raw.rest() == b"early " + sent + b" late"
        thread.join(5)


def test_a_connection_that_is_not_handed_over_tells_why(link: UnixLink) -> None:
    with upgrade(link, "POST", "/exec/0/start", timeout_s=5) as raw:
        assert raw.status == 404
        assert raw.refusal() == "No such exec instance: 0"


def test_a_handed_over_connection_ends_when_it_is_closed_elsewhere(link: UnixLink) -> None:
    raw = upgrade(link, "POST", "/exec/1/start", timeout_s=5)
    assert raw.read1() == b"early "
    thread, results = in_thread(raw.read1)
    raw.close()
    thread.join(5)
    assert results == [b""]
