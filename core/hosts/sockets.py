"""Plain sockets: TCP connections that notice a dead peer, and the links over unix and tcp sockets."""

from __future__ import annotations

import contextlib
import getpass
import select
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakSet

from core.errors import HostUnreachable, NoWay, PortRefused
from core.hosts.link import (
    LOOPBACK,
    PLENTY,
    PUBLISH_IT,
    Address,
    ByteStream,
    ContainerPort,
    LinkOptions,
    endpoint,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

#: A dead peer is noticed within about 10 s: by the first two when idle, by the last with unanswered bytes on the way.
KEEPALIVE: Final = (
    ("TCP_KEEPIDLE", 5),
    ("TCP_KEEPINTVL", 2),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 10_000),
)


def connect_tcp(host: str, port: int, timeout_s: float) -> socket.socket:
    """Open a TCP connection whose dead peer is noticed. Raises HostUnreachable at `resolve` or `connect`."""
    where = endpoint(host, port)
    deadline = time.monotonic() + timeout_s
    candidates = looked_up(host, port)
    failure: OSError | None = None
    for number, (family, kind, protocol, _, sockaddr) in enumerate(candidates):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            # An address that swallows what it is sent (IPv6 by a broken way) leaves the next ones their time.
            sock.settimeout(left_s / (len(candidates) - number))
            sock.connect(sockaddr)
            notice_dead_peer(sock)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    if failure is None or isinstance(failure, TimeoutError):
        message = f"{where} does not answer within {timeout_s:g} s"
        raise HostUnreachable(
            "connect", message, "Is the host up, and does a firewall drop the port?"
        ) from failure
    message = f"{where} can't be reached: {failure.strerror or failure}"
    raise HostUnreachable("connect", message, "Is the port right, and is the server running?") from failure


def looked_up(
    host: str, port: int
) -> list[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]]:
    """A name's addresses, as getaddrinfo has them. Raises HostUnreachable at `resolve`."""
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise HostUnreachable(
            "resolve",
            f"The name {host} can't be resolved: {reason}",
            "Check the name, or write the IP address",
        ) from error


def notice_dead_peer(sock: socket.socket) -> None:
    """Let the kernel end the connection when the peer has gone silently."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in KEEPALIVE:
        number = getattr(socket, option, None)  # not every system has all four
        if number is not None:
            sock.setsockopt(socket.IPPROTO_TCP, number, value)


class SocketStream:
    """A byte stream over a connected socket."""

    def __init__(self, sock: socket.socket) -> None:
        """Take the socket over."""
        self._sock = sock

    def recv_into(self, buffer: memoryview) -> int:
        return self._sock.recv_into(buffer)

    def sendall(self, data: bytes | memoryview) -> None:
        self._sock.sendall(data)

    def settimeout(self, timeout_s: float | None) -> None:
        self._sock.settimeout(timeout_s)

    def close_write(self) -> None:
        self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # closing alone does not wake a reader in another thread
        self._sock.close()

    def rest(self) -> None:
        """Nothing is held back: sockets are plenty."""

    def claim(self) -> bool:
        return self._sock.fileno() >= 0 and is_quiet(self._sock)


def is_quiet(sock: socket.socket) -> bool:
    """Whether an idle socket is still open: at its end, or with bytes nobody asked for, it is readable."""
    poll = select.poll()  # not select.select: descriptors may be above 1023
    poll.register(sock, select.POLLIN)
    return not poll.poll(0)


class OpenStreams:
    """The streams that a link has dialled, so that a link that is dropped ends them. Thread-safe."""

    def __init__(self) -> None:
        """Hold none yet; one that nobody uses any more is forgotten."""
        self._streams: WeakSet[ByteStream] = WeakSet()
        self._lock = threading.Lock()
        self.closed = False

    def keep(self, stream: ByteStream) -> ByteStream:
        """Hold a new stream. Raises HostUnreachable when the link was dropped meanwhile."""
        with self._lock:
            if not self.closed:
                self._streams.add(stream)
                return stream
        stream.close()
        raise HostUnreachable("connect", "The connection was closed meanwhile")

    def close(self) -> None:
        """End them all; blocked readers end at once."""
        with self._lock:
            self.closed = True
            streams = list(self._streams)
        for stream in streams:
            stream.close()


def open_port(address: str, port: int, timeout_s: float) -> SocketStream:
    """A stream to a port from this machine. Raises PortRefused, and OSError when nobody answers."""
    try:
        sock = socket.create_connection((address, port), timeout_s)
    except ConnectionRefusedError as error:
        raise PortRefused(f"Nobody listens at {endpoint(address, port)}") from error
    notice_dead_peer(sock)
    return SocketStream(sock)


def is_own(address: str) -> bool:
    """Whether an address is this machine's own: no other can be bound."""
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind((address, 0))
    except OSError:
        return False
    return True


class UnixLink:
    """The way to a Docker socket on this machine."""

    side_by_side: Final = PLENTY
    route: Final = ""

    def __init__(self, path: str) -> None:
        """Nothing is opened before the first dial."""
        self._path = path
        self._open = OpenStreams()

    def dial(self, timeout_s: float) -> ByteStream:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout_s)
        try:
            sock.connect(self._path)
        except OSError as error:
            sock.close()
            raise self._refusal(error) from error
        return self._open.keep(SocketStream(sock))

    def dial_port(self, place: ContainerPort, timeout_s: float) -> ByteStream:
        """To the container itself where its network is this machine's; else (Docker Desktop, rootless) by what it publishes."""
        if place.of_host:
            address, port = LOOPBACK, place.port
        elif place.address and (not place.gateway or is_own(place.gateway)):
            address, port = place.address, place.port
        elif place.published:
            address, port = place.published[0]
        else:
            raise NoWay(
                f"The networks of the Docker at {self._path} are not this machine's, and port {place.port} is not published",
                PUBLISH_IT,
            )
        return self._open.keep(open_port(address or LOOPBACK, port, timeout_s))

    def _refusal(self, error: OSError) -> HostUnreachable:
        match error:
            case FileNotFoundError():
                return HostUnreachable(
                    "socket",
                    f"There is no Docker socket at {self._path}",
                    "Is Docker installed and running? sudo systemctl start docker",
                )
            case PermissionError():
                return HostUnreachable(
                    "socket",
                    f"Permission denied on {self._path}",
                    f"sudo usermod -aG docker {getpass.getuser()}, then log in anew",
                )
            case ConnectionRefusedError():
                return HostUnreachable(
                    "socket",
                    f"Nobody listens at {self._path}",
                    "Is Docker running? sudo systemctl start docker",
                )
            case _:
                reason = error.strerror or str(error)
                return HostUnreachable("socket", f"{self._path} can't be opened: {reason}")

    def read_files(self, paths: Sequence[str], timeout_s: float) -> str:
        del timeout_s  # the kernel's files answer at once
        with contextlib.suppress(OSError):
            return "".join(Path(path).read_text("utf-8", "replace") for path in paths)
        return ""

    def alive(self) -> bool:
        return not self._open.closed

    def close(self) -> None:
        self._open.close()

    def describe(self) -> str:
        return "unix"


class TcpLink:
    """The way to a Docker daemon that listens on TCP, with TLS or without."""

    side_by_side: Final = PLENTY
    route: Final = ""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeout_s: float) -> None:
        """Nothing is opened before the first dial."""
        self._host = host
        self._port = port
        self._context = context
        self._timeout_s = timeout_s
        self._open = OpenStreams()

    @classmethod
    def open(cls, address: Address, options: LinkOptions) -> Self:
        """Read the certificates; Docker's ports are 2376 with TLS and 2375 without. Raises ConfigError."""
        if options.tls is None:
            return cls(address.host, address.port or 2375, None, options.connect_timeout_s)
        from core.hosts.tls import client_context  # noqa: PLC0415  # ssl is paid for by TLS hosts alone

        context = client_context(options.tls)
        return cls(address.host, address.port or 2376, context, options.connect_timeout_s)

    def dial(self, timeout_s: float) -> ByteStream:
        timeout_s = min(timeout_s, self._timeout_s)
        sock = connect_tcp(self._host, self._port, timeout_s)
        if self._context is None:
            return self._open.keep(SocketStream(sock))
        from core.hosts.tls import handshake  # noqa: PLC0415  # ssl is paid for by TLS hosts alone

        return self._open.keep(handshake(sock, self._context, self._host, self._port, timeout_s))

    def dial_port(self, place: ContainerPort, timeout_s: float) -> ByteStream:
        """To what is published at the host's own address: this way leads to Docker alone, and to no network of containers."""
        published = [(self._host, place.port)] if place.of_host else place.published
        for address, port in published:
            if address in {"", self._host}:
                return self._open.keep(open_port(self._host, port, min(timeout_s, self._timeout_s)))
        raise NoWay(
            f"Port {place.port} is not published at {self._host}, and tcp leads to its Docker alone",
            PUBLISH_IT,
        )

    def read_files(self, paths: Sequence[str], timeout_s: float) -> str:
        """Nothing: this way leads to Docker alone."""
        del paths, timeout_s
        return ""

    def alive(self) -> bool:
        return not self._open.closed

    def close(self) -> None:
        self._open.close()

    def describe(self) -> str:
        return "tcp+tls" if self._context is not None else "tcp"
