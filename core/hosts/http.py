"""HTTP over a link: streams on connections of their own, and docker-py's client over a pool of kept connections.

A call is over by its deadline, however slowly its answer dribbles in, and its answer has a longest length. A stream has no
end in time, only a longest silence; it ends at once, in whatever thread it is read, when it is closed in another.

An error before anything was sent is HostUnreachable; after that it is ReplyLost (or TimedOut), since Docker may have
done what it was asked.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

from core.errors import HostError, HostUnreachable, ReplyLost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from docker import APIClient

    from core.hosts.link import ByteStream, Link

    Body = bytes | io.BufferedIOBase | Iterable[bytes]

_BLOCK: Final = 128 * 1024
_READ_AHEAD: Final = 16 * 1024
_DIAL_TIMEOUT_S: Final = 10.0
#: What an answer that is read as a whole may take, once it has begun.
_REST_S: Final = 15.0
#: No Docker says so much at once: a list of a thousand containers is a few MiB, the longest label a fraction of one.
_MOST_ANSWER_MIB: Final = 64
_MOST_LINE_MIB: Final = 16
#: Characters of a host's own words that are kept.
_MOST_WORDS: Final = 1000
#: What to do about a daemon that takes calls and does not answer.
SEE_ITS_LOG: Final = "Docker's log there tells more: journalctl -u docker"
_OLDEST_API: Final = (1, 24)


def one_line(words: str) -> str:
    """A host's own words as part of a sentence: it may say a page of HTML, or a book."""
    return " ".join(words[: 2 * _MOST_WORDS].split())[:_MOST_WORDS]


class TimedOut(ReplyLost):
    """The request was sent and no answer came in time."""


class CallSocket:
    """What http.client wants of a socket, over a byte stream."""

    def __init__(self, stream: ByteStream, *, whole: bool) -> None:
        """With `whole` a time-out bounds everything until the next is set, else each read and each write."""
        self.stream = stream
        self._whole = whole
        self._timeout_s: float | None = None
        self._deadline: float | None = None
        self._room_bytes = 0
        self._readers = 0
        self._closed = False

    def bound(self, timeout_s: float | None, *, whole: bool) -> None:
        """Set a time-out, for what comes as a whole or for each read and write."""
        self._whole = whole
        self.settimeout(timeout_s)

    def settimeout(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s
        self._room_bytes = _MOST_ANSWER_MIB * 1024 * 1024
        self._deadline = time.monotonic() + timeout_s if self._whole and timeout_s is not None else None

    def _arm(self) -> None:
        left_s = self._timeout_s
        if self._deadline is not None:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("timed out")
        self.stream.settimeout(left_s)

    def recv_into(self, buffer: memoryview) -> int:
        self._arm()
        size = self.stream.recv_into(memoryview(buffer))
        if self._whole:
            self._room_bytes -= size
            if self._room_bytes < 0:
                raise OSError(f"it is longer than {_MOST_ANSWER_MIB} MiB")
        return size

    def sendall(self, data: bytes | memoryview) -> None:
        self._arm()
        self.stream.sendall(data)

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> io.BufferedReader:
        del mode, buffering
        self._readers += 1
        return io.BufferedReader(socket.SocketIO(self, "r"), _READ_AHEAD)  # type: ignore[arg-type]  # it asks for no more than this class has

    def _decref_socketios(self) -> None:
        """SocketIO's way to say that a reader is closed."""
        self._readers -= 1
        if self._closed:
            self.close()

    def shutdown(self, how: int) -> None:
        """docker-py ends its streams in this way."""
        del how
        self.stream.close()

    def close(self) -> None:
        self._closed = True
        if self._readers <= 0:
            self.stream.close()


class _Connection(http.client.HTTPConnection):
    """One connection of its own, for a stream."""

    def __init__(self, link: Link, timeout_s: float | None) -> None:
        super().__init__("docker", blocksize=_BLOCK)
        self._link = link
        self._silence_s = timeout_s
        self.call: CallSocket | None = None

    def connect(self) -> None:
        dial_s = _DIAL_TIMEOUT_S if self._silence_s is None else min(_DIAL_TIMEOUT_S, self._silence_s)
        self.call = CallSocket(self._link.dial(dial_s), whole=False)
        self.call.settimeout(self._silence_s)
        self.sock = self.call


class Stream:
    """An answer that is read as it comes. Read in one thread, closed in any."""

    def __init__(self, call: CallSocket, response: http.client.HTTPResponse, what: str) -> None:
        """Own the connection: it ends with the stream."""
        self.status = response.status
        self._call = call
        self._response = response
        self._what = what
        self._closed = threading.Event()

    def header(self, name: str) -> str:
        """One of the answer's headers; empty where it has none of that name."""
        return self._response.getheader(name) or ""

    def read1(self, most: int = _BLOCK) -> bytes:
        """Read what is there, at least one byte; empty at the end or when closed. Raises ReplyLost, TimedOut."""
        if self._closed.is_set():
            return b""
        try:
            data = self._response.read1(most)
            if not data and self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._closed.is_set():
                return b""
            self.close()
            raise _lost(self._what, error) from error
        return data

    def lines(self) -> Iterator[bytes]:
        """Read line by line, without the line ends. Raises ReplyLost for a line that does not end."""
        rest = b""
        while data := self.read1():
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r")
            if len(rest) > _MOST_LINE_MIB * 1024 * 1024:
                self.close()
                raise ReplyLost(f"{self._what} gives a line longer than {_MOST_LINE_MIB} MiB")
        if rest:
            yield rest

    def rest(self, timeout_s: float = _REST_S) -> bytes:
        """Read to the end, which comes within `timeout_s`, and close. Raises ReplyLost, TimedOut."""
        self._call.bound(timeout_s, whole=True)
        with self:
            return b"".join(iter(self.read1, b""))

    def bound(self, timeout_s: float) -> None:
        """All that is still to be read comes within so long: else reading raises TimedOut."""
        self._call.bound(timeout_s, whole=True)

    def refusal(self) -> str:
        """Docker's own sentence in an answer whose status is 400 or more; closes the stream."""
        body = self.rest()
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return one_line(str(json.loads(body)["message"]))
        return one_line(body.decode(errors="replace")) or f"HTTP status {self.status}"

    def close(self) -> None:
        """End the stream; a blocked reader ends at once."""
        self._closed.set()
        self._call.stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RawStream(Stream):
    """A connection taken over from HTTP by exec or attach: bytes both ways. Written in one thread, read in another."""

    def read1(self, most: int = _BLOCK) -> bytes:
        """Read what is there, at least one byte; empty at the end or when closed. Raises ReplyLost."""
        # What http.client has read ahead of the raw bytes is in its reader, so reading goes through that.
        reader: Any = self._response.fp
        if self._closed.is_set() or reader is None:
            return b""
        try:
            data: bytes = reader.read1(most)
        except (OSError, ValueError) as error:
            if self._closed.is_set():
                return b""
            self.close()
            raise _lost(self._what, error) from error
        return data

    def write(self, data: bytes) -> None:
        """Write everything. Raises ReplyLost."""
        try:
            self._call.sendall(data)
        except OSError as error:
            raise _lost(self._what, error) from error

    def close_write(self) -> None:
        """Say that the input is at its end; the output goes on."""
        with contextlib.suppress(OSError):
            self._call.stream.close_write()


def stream(
    link: Link,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Body | None = None,
    timeout_s: float | None = None,
) -> Stream:
    """Send a request on a connection of its own and return its answer, whatever its status, as a stream.

    `timeout_s` is the longest silence, of the first byte and of each later one; None waits for ever. A body may be
    longer than memory: a file or pieces. Raises HostUnreachable, ReplyLost, TimedOut.
    """
    connection, response = _ask(link, method, path, headers or {}, body, timeout_s)
    assert connection.call is not None
    return Stream(connection.call, response, f"{method} {path}")


def upgrade(
    link: Link,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout_s: float | None = None,
) -> RawStream:
    """Ask for a connection to be handed over (exec, attach). A status of 400 or more means that it was not.

    `timeout_s` bounds the handing over; after it there is no time-out. Raises HostUnreachable, ReplyLost, TimedOut.
    """
    wanted = {**(headers or {}), "Connection": "Upgrade", "Upgrade": "tcp"}
    connection, response = _ask(link, method, path, wanted, body, timeout_s)
    assert connection.call is not None
    if response.status >= 400:
        return _Refused(connection.call, response, f"{method} {path}")
    connection.call.settimeout(None)
    return RawStream(connection.call, response, f"{method} {path}")


class _Refused(RawStream):
    """Not handed over: what comes is an ordinary answer."""

    def read1(self, most: int = _BLOCK) -> bytes:
        return Stream.read1(self, most)


def _ask(
    link: Link, method: str, path: str, headers: Mapping[str, str], body: Body | None, timeout_s: float | None
) -> tuple[_Connection, http.client.HTTPResponse]:
    connection = _Connection(link, timeout_s)
    chunked = body is not None and not isinstance(body, bytes)
    sent = {**headers, "Transfer-Encoding": "chunked"} if chunked else dict(headers)
    connection.connect()
    assert connection.call is not None
    try:
        # Docker may refuse an upload before it has read all of it: its answer is there, though writing failed.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, sent, encode_chunked=chunked)
        connection.call.bound(timeout_s, whole=True)  # the head: it ends, or is none
        response = connection.getresponse()
        connection.call.bound(timeout_s, whole=False)
    except (OSError, http.client.HTTPException) as error:
        connection.call.stream.close()
        raise _lost(f"{method} {path}", error) from error
    except BaseException:
        connection.call.stream.close()
        raise
    return connection, response


def _lost(what: str, error: Exception) -> HostError:
    if isinstance(error, TimeoutError):
        return TimedOut(f"No answer in time to {what}")
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
        return HostUnreachable(
            "answer", "What answers there does not speak HTTP", "Is it Docker's port or socket?"
        )
    return ReplyLost(f"The answer to {what} was lost: {str(error) or type(error).__name__}")


def api_version(link: Link, timeout_s: float) -> str:
    """The newest API version that both this program and the daemon know. Raises HostUnreachable."""
    from docker.constants import DEFAULT_DOCKER_API_VERSION  # noqa: PLC0415  # docker is paid for by those who call it

    hint = "Check path and port; or does the port want TLS?"
    try:
        with stream(link, "GET", "/version", timeout_s=timeout_s) as answer:
            if answer.status >= 400:
                words = f"What answers there does not tell Docker's version: {answer.refusal()}"
                raise HostUnreachable("api version", words, hint)
            said = json.loads(answer.rest(timeout_s))
        newest = _numbers(said["ApiVersion"])
        oldest = _numbers(said.get("MinAPIVersion") or "1.24")
    except ReplyLost as error:
        raise HostUnreachable("answer", f"Docker did not answer: {error}", SEE_ITS_LOG) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HostUnreachable("api version", "What answers there is not Docker", hint) from error
    if newest < _OLDEST_API:
        raise HostUnreachable(
            "api version", f"Docker is too old: its API is {said['ApiVersion']}", "Update Docker there"
        )
    return ".".join(map(str, max(oldest, min(newest, _numbers(DEFAULT_DOCKER_API_VERSION)))))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def api_client(link: Link, timeout_s: float, version: str | None = None) -> APIClient:
    """docker-py's client over the link; `timeout_s` bounds each call as a whole. Raises HostUnreachable.

    Its calls raise docker's APIError where Docker says no, else HostUnreachable, ReplyLost or TimedOut.
    """
    from docker import APIClient  # noqa: PLC0415  # docker takes a third of a second to import

    from core.hosts.http_adapter import LinkAdapter  # noqa: PLC0415  # as above: requests

    client = APIClient("http://docker:2375", version or api_version(link, timeout_s))
    client.timeout = timeout_s  # type: ignore[assignment]  # requests takes fractions
    client.trust_env = False  # no proxy and no .netrc stands between us and a link
    client.mount("http://", LinkAdapter(link))
    return client
