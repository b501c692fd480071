"""Port forwards: how ports are asked for, many connections, half-closed ones, and ways that break."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.errors import HostUnreachable, NoWay, PortRefused, UsageError
from core.hosts.sockets import SocketStream
from core.streams.forward import Forward, Ports, ports_of
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.hosts.link import ByteStream


@pytest.mark.parametrize(
    ("text", "ports", "again"),
    [("80", Ports(80, 80), "80"), ("8080:80", Ports(8080, 80), "8080:80"), (":80", Ports(0, 80), ":80")],
)
def test_ports_are_read_as_kubectl_does(text: str, ports: Ports, again: str) -> None:
    assert ports_of(text) == ports
    assert str(ports) == again


@pytest.mark.parametrize("text", ["", ":", "x", "80:", "1:2:3", "80:http", "99999", "80:0", "-1:80"])
def test_what_are_no_ports_is_said(text: str) -> None:
    with pytest.raises(UsageError, match=r"LOCAL|from 1 to 65535"):
        ports_of(text)


class Server:
    """Says what it heard once nothing more comes, in capitals."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def dial(self) -> ByteStream:
        return SocketStream(socket.create_connection(self._listener.getsockname()))

    def close(self) -> None:
        self._listener.close()
        for each in self.connections:
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(sock)
            threading.Thread(target=self._answer, args=(sock,), daemon=True).start()

    def _answer(self, sock: socket.socket) -> None:
        try:
            heard = b"".join(iter(lambda: sock.recv(65536), b""))
            sock.sendall(heard.upper())
        except OSError:
            return
        sock.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server()) as made:
        yield made


def connected(forward: Forward) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", forward.port))
    sock.settimeout(20)
    return sock


def all_of(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(65536), b""))


def test_many_connections_at_once_each_heard_to_its_end(server: Server) -> None:
    with closing(Forward(Ports(0, 80), server.dial)) as forward:
        socks = [connected(forward) for _ in range(20)]
        for number, sock in enumerate(socks):
            sock.sendall(f"hello {number} ".encode() * 10_000)
            sock.shutdown(socket.SHUT_WR)
        for number, sock in reversed([*enumerate(socks)]):
            with sock:
                assert all_of(sock) == f"HELLO {number} ".encode() * 10_000
        assert forward.total == 20
        wait_until(lambda: forward.open_count == 0, "all are closed")
        assert forward.sent_bytes == forward.received_bytes > 1_000_000
        assert forward.problem == ""


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (PortRefused("Nobody listens at 172.17.0.2:80"), "Nobody listens at 172.17.0.2:80"),
        (NoWay("No way leads there", "Publish it"), "No way leads there (Publish it)"),
        (HostUnreachable("connect", "edge-1 does not answer"), "edge-1 does not answer"),
        (TimeoutError(), "The container does not answer"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_way_that_does_not_open_is_told_and_the_next_one_may(
    server: Server, error: Exception, problem: str
) -> None:
    told: list[str] = []
    errors = [error]

    def dial() -> ByteStream:
        if errors:
            raise errors.pop()
        return server.dial()

    with closing(Forward(Ports(0, 80), dial, told=told.append)) as forward:
        with connected(forward) as sock, pytest.raises(ConnectionResetError):
            sock.recv(1)
        assert told == [problem]
        assert forward.problem == problem
        with connected(forward) as sock:
            sock.sendall(b"x")
            sock.shutdown(socket.SHUT_WR)
            assert all_of(sock) == b"X"
        wait_until(lambda: not forward.problem, "what went well is no problem")


class Silent:
    """A way on which nothing comes until it is closed."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self.written = b""
        self.is_at_end = False

    def recv_into(self, buffer: memoryview) -> int:
        self._over.wait(20)
        return 0

    def sendall(self, data: bytes | memoryview) -> None:
        self.written += data

    def settimeout(self, timeout_s: float | None) -> None: ...
    def rest(self) -> None: ...
    def claim(self) -> bool:
        return False

    def close_write(self) -> None:
        self.is_at_end = True

    def close(self) -> None:
        self._over.set()


class Breaking(Silent):
    """A way that breaks once something was written."""

    def recv_into(self, buffer: memoryview) -> int:
        self._over.wait(20)
        raise ConnectionResetError("the SSH connection broke")

    def sendall(self, data: bytes | memoryview) -> None:
        self._over.set()


def test_a_way_that_breaks_is_no_good_end_for_the_client() -> None:
    told: list[str] = []
    with closing(Forward(Ports(0, 80), Breaking, told=told.append)) as forward, connected(forward) as sock:
        sock.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            sock.recv(1)
        wait_until(lambda: told == ["the SSH connection broke"], "it is told")


def test_a_client_that_goes_away_is_no_problem(server: Server) -> None:
    told: list[str] = []
    with closing(Forward(Ports(0, 80), server.dial, told=told.append)) as forward:
        connected(forward).close()
        wait_until(lambda: forward.total == 1 and forward.open_count == 0, "it is over")
        assert told == []


def test_it_may_be_closed_before_it_has_begun_to_listen(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, is_over = Forward._accept, threading.Event()

    def late(forward: Forward) -> None:
        assert is_over.wait(10.0)
        accept(forward)

    class Over(threading.Event):
        def set(self) -> None:
            """The thread that listens is the quicker one."""
            super().set()
            is_over.set()
            forward._thread.join(10.0)

    monkeypatch.setattr(Forward, "_accept", late)
    forward = Forward(Ports(0, 80), server.dial)
    monkeypatch.setattr(forward, "_over", Over())
    forward.close()
    assert not forward._thread.is_alive()


def test_the_end_cuts_what_is_open_and_frees_the_port(server: Server) -> None:
    forward = Forward(Ports(0, 80), server.dial)
    with connected(forward) as sock:
        sock.sendall(b"x")
        wait_until(lambda: bool(server.connections), "it has come through")
        forward.close()
        with pytest.raises(ConnectionResetError):
            sock.recv(1)
    assert forward.closed
    Forward(Ports(forward.port, 80), server.dial).close()


def test_what_was_cut_is_not_told_to_the_container_as_a_good_end() -> None:
    way = Silent()
    forward = Forward(Ports(0, 80), lambda: way)
    with connected(forward) as sock:
        sock.sendall(b"half a requ")
        wait_until(lambda: way.written == b"half a requ", "it has come through")
        forward.close()
        wait_until(lambda: forward.open_count == 0, "it is over")
    assert not way.is_at_end


def test_a_port_that_is_taken_is_said_before_anything_is_opened(server: Server) -> None:
    with closing(Forward(Ports(0, 80), server.dial)) as forward:
        said = f"127.0.0.1:{forward.port} can't be listened at: Address already in use.*; :80 takes any"
        with pytest.raises(UsageError, match=said):
            Forward(Ports(forward.port, 80), server.dial)
    with pytest.raises(UsageError, match=r"192\.0\.2\.1:80 can't be listened at"):
        Forward(Ports(80, 80), server.dial, address="192.0.2.1")
