"""What answers at a Docker's address and is none, or is a Docker gone mad: it is told, in time, and costs no memory."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from core.errors import HostError, HostUnreachable, ReplyLost
from core.hosts import http
from core.hosts.docker_api import DockerApi
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.http import TimedOut, api_version, stream
from core.hosts.sockets import UnixLink

if TYPE_CHECKING:
    from pathlib import Path

Answer = Callable[[], Iterable[bytes]]
Answers = Mapping[str, Answer]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Stranger:
    """Answers each path by the pieces it is told to; a path it knows nothing of is closed in the middle."""

    def __init__(self, path: Path, answers: Answers) -> None:
        self._answers = answers
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(16)
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        self.link = UnixLink(str(path))

    def close(self) -> None:
        self.link.close()
        self._server.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = connection.makefile("rb")
            while line := request.readline():
                path = line.split()[1].decode().partition("?")[0].removeprefix("/v1.41")
                while request.readline().strip():
                    pass
                if path not in self._answers:
                    return
                for piece in self._answers[path]():
                    connection.sendall(piece)


def whole(content: object, status: str = "200 OK") -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda: [b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)]


def chunked(*bodies: bytes) -> Answer:
    return lambda: [CHUNKED, *(b"%x\r\n%b\r\n" % (len(body), body) for body in bodies)]


def endless(head: bytes, piece: bytes, gap_s: float = 0.0) -> Answer:
    """A head, and one piece again and again, until nobody listens any more."""

    def pieces() -> Iterator[bytes]:
        yield head
        while True:
            yield piece
            time.sleep(gap_s)

    return pieces


FLOOD = endless(CHUNKED, b"10000\r\n%b\r\n" % bytes(0x10000))

GOOD: Answers = {
    "/version": whole({"ApiVersion": "1.41", "MinAPIVersion": "1.12"}),
    "/_ping": whole(b"OK"),
    "/info": whole({"NCPU": 2, "MemTotal": 2**32}),
    "/containers/json": whole([]),
    "/volumes/dockyard-marker-inst": whole({"Labels": {}}),
}


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Callable[[Answers], Stranger]]:
    """Makes a Docker that is good but for some answers."""
    made: list[Stranger] = []

    def make(answers: Answers) -> Stranger:
        made.append(Stranger(tmp_path / f"{len(made)}.sock", {**GOOD, **answers}))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda: [b"\x00\xff garbage \x01\r\n\r\n"], "does not speak HTTP"),
        (lambda: [b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"], "does not speak HTTP"),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: x\r\n"), "more than 100 headers"),
        (lambda: [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000], "65536 bytes"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), "No answer in time"),
        (
            endless(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n", b"{", 0.01),
            "No answer in time",
        ),
        (FLOOD, "longer than 1 MiB"),
        (whole(b"<html>"), "not Docker"),
        (whole(None), "not Docker"),
        (whole([]), "not Docker"),
        (whole({"ApiVersion": 1.41, "MinAPIVersion": 1}), "not Docker"),
        (whole({"message": "access to this is forbidden"}, "403 Forbidden"), "access to this is forbidden"),
        (
            whole(b"<html>\r\n  <h1>502 Bad Gateway" + b" padding" * 10_000, "502 Bad Gateway"),
            "<html> <h1>502 Bad",
        ),
    ],
)
def test_a_version_that_is_none_is_told_in_time(
    stranger: Callable[[Answers], Stranger], monkeypatch: pytest.MonkeyPatch, answer: Answer, told: str
) -> None:
    monkeypatch.setattr(http, "_MOST_ANSWER_MIB", 1)
    with pytest.raises(HostError, match=told) as error:
        api_version(stranger({"/version": answer}).link, 0.3)
    assert len(str(error.value)) < 1100


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"/info": whole(b"<html>")}, "no JSON"),
        ({"/info": whole({})}, "no NCPU"),
        ({"/info": FLOOD}, "longer than 1 MiB"),
        ({"/containers/json": whole(None)}, "list of containers"),
        ({"/containers/json": whole([1, 2])}, "no JSON object"),
        ({"/containers/json": whole([{"Id": "c1"}])}, "no State"),
        ({"/containers/json": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["]}, "within 1 s"),
    ],
)
def test_a_look_at_a_docker_that_is_none_says_so(
    stranger: Callable[[Answers], Stranger],
    monkeypatch: pytest.MonkeyPatch,
    answers: Answers,
    told: str,
) -> None:
    monkeypatch.setattr(http, "_MOST_ANSWER_MIB", 1)
    host = DockerHost(
        stranger(answers).link,
        installation="inst",
        instance="i1",
        sources=Sources(lambda _: None, lambda *_: "", lambda _: None),
        clock=time.time,
    )
    with pytest.raises(HostUnreachable, match=told) as unreachable:
        host.observe(deadline_s=1.0)
    assert unreachable.value.step == "answer"


@pytest.mark.parametrize("line", [b"not json\n", b"[1]\n", b"null\n"])
def test_events_that_are_none_end_the_hints(stranger: Callable[[Answers], Stranger], line: bytes) -> None:
    api = DockerApi(stranger({"/events": chunked(line)}).link)
    with contextlib.closing(api.events({})) as events, pytest.raises(ReplyLost):
        next(iter(events))


def test_a_line_that_never_ends_is_not_kept(
    stranger: Callable[[Answers], Stranger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_MOST_LINE_MIB", 1)
    with pytest.raises(ReplyLost, match="longer than 1 MiB"):
        next(stream(stranger({"/events": FLOOD}).link, "GET", "/events").lines())


def test_a_call_answered_by_a_dribble_is_timed_out(stranger: Callable[[Answers], Stranger]) -> None:
    slow = endless(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n", 0.02)
    with pytest.raises(TimedOut):
        stream(stranger({"/containers/json": slow}).link, "GET", "/containers/json", timeout_s=0.3)
