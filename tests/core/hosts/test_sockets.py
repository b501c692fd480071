"""Connecting by TCP where a name has several addresses."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import HostUnreachable
from core.hosts.sockets import connect_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def swallowing() -> Iterator[int]:
    """A port that drops what knocks there: its queue is full and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port: int = server.getsockname()[1]
        for _ in range(3):
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(("127.0.0.1", port))
        yield port


def resolve_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return found

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_an_address_that_swallows_everything_leaves_the_next_one_its_time(
    monkeypatch: pytest.MonkeyPatch, swallowing: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        resolve_to(monkeypatch, swallowing, port)
        with connect_tcp("edge", port, 1.0) as sock:
            assert sock.getpeername()[1] == port


def test_no_address_that_answers_is_a_time_out(monkeypatch: pytest.MonkeyPatch, swallowing: int) -> None:
    resolve_to(monkeypatch, swallowing, swallowing)
    with pytest.raises(HostUnreachable, match=r"edge:22 does not answer within 0\.4 s"):
        connect_tcp("edge", 22, 0.4)
