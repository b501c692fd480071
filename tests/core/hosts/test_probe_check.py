"""One check of one target: what each answer, and each kind of silence, is taken for."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from core.errors import HostUnreachable, NoWay, PortRefused
from core.hosts.base import Executed
from core.hosts.probe_check import USER_AGENT, check
from core.hosts.sockets import open_port
from core.model.probe import Probe, ProbeProtocol, Target, TargetReason
from core.reports import ProbeEnd, ProbeResult
from tests.certificates import authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from core.hosts.link import ByteStream

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def http(matcher: str = "200", protocol: ProbeProtocol = ProbeProtocol.HTTP) -> Target:
    probe = Probe(protocol, "web", 80, "/healthz", matcher=matcher, timeout_s=1)
    return Target("t", probe, "ecs-web", "ecs-web", "1")


@dataclass
class Beside:
    """A host whose containers' ports are one of this machine's."""

    port: int = 0
    fails: Exception | None = None
    ends: Executed = Executed(0)  # noqa: RUF009  # a frozen value

    def dial(self, name: str, port: int, timeout_s: float) -> ByteStream:
        if self.fails is not None:
            raise self.fails
        return open_port("127.0.0.1", self.port, timeout_s)

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        if self.fails is not None:
            raise self.fails
        return self.ends


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[Beside]:
    """Something that listens, and does so with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        behave(connection)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield Beside(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def answering(answer: bytes, asked: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        request = connection.recv(4096)
        if asked is not None:
            asked.append(request)
        connection.sendall(answer)

    return behave


def test_a_request_is_a_load_balancers() -> None:
    asked: list[bytes] = []
    with server(answering(OK, asked)) as host:
        assert check(host, http()) == ProbeResult(ProbeEnd.PASSED)
    lines = asked[0].decode().split("\r\n")
    assert lines[0] == "GET /healthz HTTP/1.1"
    assert {"Host: localhost", f"User-Agent: {USER_AGENT}", "Connection: close"} <= set(lines)
    assert USER_AGENT.startswith("Dockyard-HealthChecker/")


@pytest.mark.parametrize(
    ("status", "matcher", "passes"),
    [
        (200, "200", True),
        (204, "200", False),
        (301, "200-399", True),
        (301, "200,301", True),
        (404, "200,300-399", False),
        (503, "200-399", False),
    ],
)
def test_the_status_decides_and_no_redirect_is_followed(status: int, matcher: str, passes: bool) -> None:
    answer = f"HTTP/1.1 {status} Whatever\r\nLocation: http://elsewhere/\r\n\r\n".encode()
    with server(answering(answer)) as host:
        result = check(host, http(matcher))
    if passes:
        assert result.end is ProbeEnd.PASSED
    else:
        words = f"Health checks failed with these codes: [{status}]"
        assert result == ProbeResult(ProbeEnd.FAILED, TargetReason.MISMATCH, words)


def test_a_body_without_an_end_is_not_waited_for() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(behave) as host:
        assert check(host, http()).end is ProbeEnd.PASSED


def test_an_answer_that_dribbles_in_costs_the_time_out_and_no_more() -> None:
    def behave(connection: socket.socket) -> None:
        connection.settimeout(10.0)
        for byte in b"HTTP/1.1 200 OK" * 100:
            connection.sendall(bytes([byte]))
            connection.settimeout(0.2)
            try:
                while connection.recv(4096):
                    pass
            except TimeoutError:
                pass

    with server(behave) as host:
        began = time.monotonic()
        result = check(host, http())
        took_s = time.monotonic() - began
    assert result == ProbeResult(ProbeEnd.FAILED, TargetReason.TIMEOUT, "Request timed out", doubtful=True)
    assert took_s >= 0.9


@pytest.mark.parametrize("junk", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 70_000])
def test_what_is_no_http_is_a_failure_that_its_host_has_to_confirm(junk: bytes) -> None:
    with server(answering(junk)) as host:
        result = check(host, http())
    assert (result.end, result.reason, result.doubtful) == (ProbeEnd.FAILED, TargetReason.FAILED, True)


def test_an_https_port_is_asked_without_looking_at_its_certificate(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority(tmp_path, "nobody").issue("elsewhere.example", names=("elsewhere.example",))
    assert issued.cert is not None
    context.load_cert_chain(issued.cert, issued.key)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(4096)
            encrypted.sendall(OK)

    with server(behave) as host:
        assert check(host, http(protocol=ProbeProtocol.HTTPS)).end is ProbeEnd.PASSED
        assert check(host, http()).end is ProbeEnd.FAILED


def test_a_tcp_probe_asks_for_a_connection_and_nothing_else() -> None:
    said: list[bytes] = []
    with server(lambda connection: said.append(connection.recv(4096))) as host:
        target = Target("t", Probe(ProbeProtocol.TCP, "web", 80), "ecs-web", "ecs-web", "1")
        assert check(host, target).end is ProbeEnd.PASSED


@pytest.mark.parametrize(
    ("error", "end", "doubtful"),
    [
        (NoWay("the sshd forbids it", "allow it"), ProbeEnd.NO_WAY, False),
        (PortRefused("Nobody listens at 172.17.0.2:80"), ProbeEnd.FAILED, False),
        (TimeoutError(), ProbeEnd.FAILED, True),
        (ConnectionResetError("reset"), ProbeEnd.FAILED, True),
        (HostUnreachable("connect", "the SSH connection is gone"), ProbeEnd.CUT, False),
    ],
)
def test_what_goes_wrong_on_the_way(error: Exception, end: ProbeEnd, doubtful: bool) -> None:
    result = check(Beside(fails=error), http())
    assert (result.end, result.doubtful) == (end, doubtful)


def test_no_way_says_what_could_be_done() -> None:
    result = check(Beside(fails=NoWay("the sshd forbids it", "Allow it")), http())
    assert result.description == "the sshd forbids it (Allow it)"


@pytest.mark.parametrize(
    ("ends", "description"),
    [
        (Executed(0), ""),
        (Executed(1), "Health checks failed: exit code 1"),
        (Executed(3, "the queue is full"), "Health checks failed: exit code 3, the queue is full"),
    ],
)
def test_a_command_passes_with_exit_code_0(ends: Executed, description: str) -> None:
    target = Target("t", Probe(ProbeProtocol.EXEC, "web", command=("check",)), "ecs-web", "ecs-web", "1")
    result = check(Beside(ends=ends), target)
    assert (result.end is ProbeEnd.PASSED, result.description) == (ends.exit_code == 0, description)
