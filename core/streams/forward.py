"""Port forwards: connections to a port of this machine, each carried to a container's port by the link to its host."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError, HostError, UsageError
from core.hosts.link import LOOPBACK, endpoint
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.link import ByteStream

_BLOCK_BYTES: Final = 128 * 1024
#: How long the way to a container may take to open.
DIAL_S: Final = 10.0
#: More connections at once wait.
_MOST: Final = 256
_LAST_PORT: Final = 65535
#: Linger for no time: the peer hears of a reset, not of a good end.
_RESET: Final = struct.pack("ii", 1, 0)


class Ports(Record):
    """A port here (0: any free one) and the container's."""

    local: int
    remote: int

    def __str__(self) -> str:
        """As they are typed: `8080:80`, `:80`, `80`."""
        if self.local == self.remote:
            return str(self.remote)
        return f"{self.local or ''}:{self.remote}"


def ports_of(text: str) -> Ports:
    """What `[LOCAL:]PORT` means, as kubectl reads it. Raises UsageError."""
    local, colon, remote = text.rpartition(":")
    try:
        wanted = Ports(int(local or 0) if colon else int(remote), int(remote))
    except ValueError:
        raise UsageError(
            f"{text!r} is not [LOCAL:]PORT: 80, 8080:80, or :80 for any free port here"
        ) from None
    if not (0 <= wanted.local <= _LAST_PORT and 0 < wanted.remote <= _LAST_PORT):
        raise UsageError(f"{text!r}: ports are numbers from 1 to {_LAST_PORT}")
    return wanted


class Forward:
    """Listens until it is closed. Thread-safe; its figures may be read at any time."""

    def __init__(
        self,
        ports: Ports,
        dial: Callable[[], ByteStream],
        *,
        address: str = LOOPBACK,
        told: Callable[[str], None] = lambda _problem: None,
    ) -> None:
        """Listen. `dial` opens a way to the container; `told` hears in a sentence of connections that failed. Raises UsageError."""
        self.ports: Final = ports
        self.address: Final = address
        self._dial = dial
        self._told = told
        self._listener = _listener(address, ports)
        #: The port here, chosen where none was asked for.
        self.port: Final[int] = self._listener.getsockname()[1]
        self.total = 0
        self.sent_bytes = 0
        self.received_bytes = 0
        #: Why the last connection failed; empty when it didn't.
        self.problem = ""
        self._open: set[_Pair] = set()
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_MOST)
        self._over = threading.Event()
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name=f"forward {self.port}", daemon=True)
        self._thread.start()

    @property
    def open_count(self) -> int:
        """How many connections are open."""
        return len(self._open)

    @property
    def closed(self) -> bool:
        """Whether it listens no more."""
        return self._over.is_set()

    @property
    def here(self) -> str:
        """Where it listens: `127.0.0.1:8080`."""
        return endpoint(self.address, self.port)

    def close(self) -> None:
        """Listen no more, and cut what is open."""
        if not self._over.is_set():
            # In this order: the thread that sees that it is over, having hardly begun, closes the other end.
            self._waker.send(b"x")
            self._over.set()
            self._thread.join()
            self._waker.close()
            with self._lock:
                pairs = list(self._open)
            for pair in pairs:
                pair.cut()

    def _accept(self) -> None:
        with DefaultSelector() as selector, self._listener, self._wake:
            selector.register(self._listener, EVENT_READ)
            selector.register(self._wake, EVENT_READ)
            while not self._over.is_set():
                if any(key.fileobj is self._wake for key, _ in selector.select()):
                    return
                try:
                    sock, _ = self._listener.accept()
                except OSError:  # it went away while it waited
                    continue
                while not self._room.acquire(timeout=0.2):
                    if self._over.is_set():
                        sock.close()
                        return
                self.total += 1
                threading.Thread(target=self._carry, args=(sock,), name="forwarded", daemon=True).start()

    def _carry(self, sock: socket.socket) -> None:
        pair = _Pair(sock)
        with self._lock:
            self._open.add(pair)
        try:
            pair.stream = self._dial()
            if self._over.is_set():
                pair.cut()
            pair.carry(self._count)
            self.problem = ""
        except (HostError, ConfigError, OSError) as error:
            if not self._over.is_set():
                self.problem = _words(error)
                self._told(self.problem)
            pair.cut()
        finally:
            with self._lock:
                self._open.discard(pair)
            self._room.release()

    def _count(self, *, sent: int = 0, received: int = 0) -> None:
        with self._lock:
            self.sent_bytes += sent
            self.received_bytes += received


class _Pair:
    """A connection here and the way to the container."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._is_cut = False
        self.stream: ByteStream | None = None

    def carry(self, count: Callable[..., None]) -> None:
        """Pass on what comes, both ways, until both are at their end. Raises OSError when either breaks."""
        assert self.stream is not None
        stream = self.stream
        stream.settimeout(None)
        failed: list[OSError] = []

        def send() -> None:
            try:
                while data := self._sock.recv(_BLOCK_BYTES):
                    stream.sendall(data)
                    count(sent=len(data))
                if not self._is_cut:  # half a request is not a whole one
                    stream.close_write()
            except OSError as error:
                failed.append(error)
                self.cut()

        sender = threading.Thread(target=send, name="forwarded out", daemon=True)
        sender.start()
        try:
            buffer = memoryview(bytearray(_BLOCK_BYTES))
            while size := stream.recv_into(buffer):
                self._sock.sendall(buffer[:size])
                count(received=size)
            if not self._is_cut:
                with suppress(OSError):  # the client has gone already
                    self._sock.shutdown(socket.SHUT_WR)
            sender.join()
        except OSError:
            self.cut()
            sender.join()
            raise
        if failed and not _is_the_client_s(failed[0]):
            raise failed[0]
        self._sock.close()
        stream.close()

    def cut(self) -> None:
        """Break both: whoever is connected hears of a reset."""
        self._is_cut = True
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # Wakes who reads from it. To shut the other way too would be a good end.
            self._sock.shutdown(socket.SHUT_RD)
        self._sock.close()
        if self.stream is not None:
            self.stream.close()


def _is_the_client_s(error: OSError) -> bool:
    """Whether it was the client here that went away: nothing that is wrong with the way."""
    return isinstance(error, ConnectionResetError | BrokenPipeError)


def _listener(address: str, ports: Ports) -> socket.socket:
    port, remote = ports.local, ports.remote
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return socket.create_server((address, port), family=family, backlog=64)
    except (OSError, OverflowError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        hint = ""
        if isinstance(error, PermissionError):
            hint = (
                f"; ports below 1024 are root's here: take another one, {port + 8000}:{remote} or :{remote}"
            )
        elif port:
            hint = f"; :{remote} takes any free port"
        raise UsageError(f"{endpoint(address, port)} can't be listened at: {why}{hint}") from error


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The container does not answer"
    words = str(error) or type(error).__name__
    hint = getattr(error, "hint", "")
    return f"{words} ({hint})" if hint else words
