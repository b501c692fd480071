"""Ways to a Docker socket by SSH, through a real sshd."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import paramiko
import pytest

from core.errors import HostUnreachable, ReplyLost
from core.hosts.http import api_client, stream, upgrade
from core.hosts.link import open_link
from core.hosts.ssh import SshLink
from core.hosts.ssh import join as join_host
from core.hosts.ssh_probe import explain, probe
from core.hosts.ssh_transport import SshTransport
from core.record import replace
from tests.core.hosts.sshd import Sshd, options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.hosts.link import Link
    from tests.core.hosts.fake_docker import FakeDocker

needs_cli = pytest.mark.skipif(
    shutil.which("docker") is None, reason="dial-stdio is a command of the docker CLI"
)


@pytest.fixture
def join(sshd: Sshd, key: Path, tmp_path: Path, fake: FakeDocker) -> Callable[[], Link]:
    """Opens a link to the fake Docker through the sshd."""
    settings = options(tmp_path, sshd.known_line(), key)
    return lambda: open_link(sshd.address(fake.path), settings)


def refused(act: Callable[[], object]) -> HostUnreachable:
    with pytest.raises(HostUnreachable) as found:
        act()
    return found.value


def ping(link: Link, times: int = 1) -> None:
    with api_client(link, 10, "1.41") as client:
        for _ in range(times):
            assert client.ping()


def test_the_private_names_that_are_used_exist() -> None:
    assert isinstance(paramiko.Transport._active_check_timeout, float)  # type: ignore[attr-defined]
    assert SshTransport._active_check_timeout == 5.0
    for name in ("_next_channel", "_send_user_message"):
        assert callable(getattr(paramiko.Transport, name))
    for name in ("_set_transport", "_set_window"):
        assert callable(getattr(paramiko.Channel, name))
    assert callable(paramiko.agent.AgentSSH._connect)  # type: ignore[attr-defined]
    assert callable(paramiko.agent.AgentSSH._close)  # type: ignore[attr-defined]


def test_calls_and_streams_go_through_the_forward(join: Callable[[], Link], fake: FakeDocker) -> None:
    link = join()
    assert link.describe() == "ssh stream-local"
    before = fake.connections
    ping(link, 20)
    assert fake.connections == before + 1
    with upgrade(link, "POST", "/exec/1/start", timeout_s=5) as raw:
        sent = bytes(range(256)) * 8192
        speaker = threading.Thread(target=lambda: [raw.write(sent), raw.close_write()])  # type: ignore[func-returns-value]
        speaker.start()
        assert raw.rest() == b"early " + sent + b" late"
        speaker.join()
    link.close()
    assert not link.alive()


def test_a_hundred_streams_at_once_need_no_session(join: Callable[[], Link]) -> None:
    link = join()
    streams = [stream(link, "GET", "/events", timeout_s=10) for _ in range(100)]
    assert all(next(each.lines()) == b'{"Action": "create"}' for each in streams)
    for each in streams:
        each.close()
    ping(link, 20)
    link.close()


def test_closing_the_link_ends_every_reader(join: Callable[[], Link]) -> None:
    link = join()
    events = stream(link, "GET", "/events")
    lines = events.lines()
    next(lines), next(lines)
    ended: list[object] = []

    def read() -> None:
        try:
            ended.append(list(lines))
        except ReplyLost as error:
            ended.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    link.close()
    reader.join(5)
    assert isinstance(ended[0], ReplyLost), "a stream that breaks off does not look finished"
    assert refused(lambda: link.dial(1)).step == "connect"


def test_docker_going_away_is_told_and_its_return_is_used(
    join: Callable[[], Link], fake: FakeDocker, tmp_path: Path
) -> None:
    link = join()
    fake.path.rename(tmp_path / "away")
    error = refused(lambda: link.dial(5))
    assert error.step == "socket"
    assert link.alive()
    (tmp_path / "away").rename(fake.path)
    ping(link)
    link.close()


@needs_cli
@pytest.mark.parametrize(
    "config", ["AllowStreamLocalForwarding no", "AllowTcpForwarding no", "DisableForwarding yes"]
)
def test_dial_stdio_stands_in_where_the_forward_is_forbidden(
    join: Callable[[], Link], sshd: Sshd, config: str
) -> None:
    sshd.restart(config)
    link = join()
    assert link.describe() == "ssh dial-stdio"
    ping(link, 20)
    link.close()


@needs_cli
def test_one_session_a_connection_is_enough_for_streams_beside_calls(
    join: Callable[[], Link], sshd: Sshd
) -> None:
    sshd.restart("AllowStreamLocalForwarding no\nMaxSessions 1")
    link = join()
    ping(link, 3)
    events = stream(link, "GET", "/events", timeout_s=10)
    lines = events.lines()
    assert next(lines) == b'{"Action": "create"}'
    ping(link, 3)
    assert next(lines) == b'{"Action": "start"}'
    events.close()
    ping(link, 3)
    link.close()


@needs_cli
def test_more_callers_than_sessions_wait_for_one_another(join: Callable[[], Link], sshd: Sshd) -> None:
    sshd.restart("AllowStreamLocalForwarding no\nMaxSessions 2")
    link = join()
    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(ping, link, 2) for _ in range(32)]:
            done.result()
    link.close()


@needs_cli
def test_a_further_connection_that_broke_is_parted_with(
    join: Callable[[], Link], sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    sshd.restart("AllowStreamLocalForwarding no\nMaxSessions 1")
    link = join()
    assert isinstance(link, SshLink)
    assert link._stdio is not None
    for _ in range(2):
        link.dial(10)
    broken = link._stdio._state.rooms[1].connection
    closed = threading.Event()
    monkeypatch.setattr(broken, "close", closed.set)
    broken._transport.close()
    link.dial(10)
    assert closed.is_set()
    monkeypatch.undo()
    broken.close()
    link.close()


@needs_cli
def test_what_the_login_shell_prints_is_not_taken_for_docker(join: Callable[[], Link], sshd: Sshd) -> None:
    noise = 'for n in 1 2 3; do echo "Welcome $n"; echo "oh" >&2; done; printf HTTP'
    sshd.restart(f'AllowStreamLocalForwarding no\nForceCommand {noise}; sh -c "$SSH_ORIGINAL_COMMAND"')
    link = join()
    ping(link, 3)
    link.close()


def test_where_neither_way_is_open_the_reason_is_told(join: Callable[[], Link], sshd: Sshd) -> None:
    for config in ("DisableForwarding yes\nForceCommand echo forced", "DisableForwarding yes\nMaxSessions 0"):
        sshd.restart(config)
        error = refused(join)
        assert error.step == "forward"
        assert "AllowStreamLocalForwarding" in error.hint


def test_a_missing_socket_is_told_from_a_forbidden_forward(sshd: Sshd, key: Path, tmp_path: Path) -> None:
    settings = options(tmp_path, sshd.known_line(), key)
    for config in ("", "AllowStreamLocalForwarding no"):
        sshd.restart(config)
        error = refused(lambda: open_link(sshd.address("/nowhere/docker.sock"), settings))
        assert error.step == "socket"
        assert "There is no Docker socket /nowhere/docker.sock" in str(error)


def test_a_socket_that_nobody_serves_is_told_from_a_forbidden_forward(
    sshd: Sshd, key: Path, fake: FakeDocker
) -> None:
    connection = join_host(sshd.address(), options(fake.path.parent, sshd.known_line(), key))
    served = probe(connection, str(fake.path), 5)
    with fake:
        pass
    fake.path.touch()
    deserted = probe(connection, str(fake.path), 5)
    connection.close()
    fake.path.unlink()
    for findings, told in ((served, "forbids the forward"), (deserted, "Nobody listens at")):
        assert findings is not None
        assert findings.socket == "usable"
        assert told in str(explain(replace(findings, cli=""), "edge:22", str(fake.path)))


@needs_cli
def test_a_socket_that_nobody_serves_is_told_in_dockers_words(
    sshd: Sshd, key: Path, fake: FakeDocker
) -> None:
    settings = options(fake.path.parent, sshd.known_line(), key)
    with fake:
        pass
    fake.path.touch()
    error = refused(lambda: open_link(sshd.address(fake.path), settings))
    assert error.step == "socket"
    assert "dial-stdio" in str(error)
    fake.path.unlink()


def test_a_session_on_the_host_itself(join: Callable[[], Link]) -> None:
    link = join()
    assert isinstance(link, SshLink)
    assert link.run("echo $((6 * 7))", 10) == "42\n"
    session = link._connection.open("session", timeout_s=10)
    session.exec_command("cat")
    session.sendall(b"hello")
    session.shutdown_write()
    assert session.recv(100) == b"hello"
    link.close()


def test_many_joins_at_once_pass_a_narrow_door(join: Callable[[], Link], sshd: Sshd) -> None:
    sshd.restart("MaxStartups 2:100:2")
    with ThreadPoolExecutor(12) as pool:
        links = [done.result() for done in [pool.submit(join) for _ in range(12)]]
    for link in links:
        assert link.alive()
        link.close()


def test_a_port_that_does_not_speak_ssh_is_told(tmp_path: Path, sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=hang_up)
        thread.start()
        sshd.port = server.getsockname()[1]
        error = refused(lambda: open_link(sshd.address(), options(tmp_path, "")))
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert error.step == "connect"
    assert "does not speak SSH" in str(error)


def test_a_greeting_that_never_ends_is_told(tmp_path: Path, sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.05)

        thread = threading.Thread(target=dribble)
        thread.start()
        sshd.port = server.getsockname()[1]
        settings = replace(options(tmp_path, ""), connect_timeout_s=0.5)
        error = refused(lambda: open_link(sshd.address(), settings))
        thread.join()
    assert error.step == "connect"
    assert "no handshake within 0.5 s" in str(error)


def test_a_channel_that_is_not_opened_in_time_drops_the_connection(join: Callable[[], Link]) -> None:
    link = join()
    assert isinstance(link, SshLink)
    transport = link._connection._transport
    transport._send_user_message = lambda _: None
    error = refused(lambda: link.dial(0.3))
    assert "the connection was dropped" in str(error)
    assert not link.alive()
