"""Ways to a Docker socket: the address, the options, and the seam `Link`; light enough to be imported by anything.

A link opens new byte streams to one host's Docker. It is never revived: when it is dead, the caller opens another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol, Self
from urllib.parse import unquote, urlsplit

from core.errors import ConfigError
from core.record import Record
from core.schemes import Scheme

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_SOCKET: Final = "/var/run/docker.sock"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SPACE: Final = re.compile(r"\s")

LOOPBACK: Final = "127.0.0.1"
#: What to do where a container's port can't be reached.
PUBLISH_IT: Final = "Publish the port; a check by exec needs none"
#: Channels and sockets are plenty; Docker answers so many calls at once without being felt.
PLENTY: Final = 16

#: Asks the operator for a secret (a key's passphrase). None where nobody can be asked.
Prompt = Callable[[str], str]


class Address(Record):
    """Where a Docker socket is. `socket_path` is empty for tcp, and for ssh when the URL names none."""

    scheme: Scheme
    host: str = ""
    port: int | None = None
    user: str = ""
    socket_path: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a capacity URL, by the rules of docker/cli's connection helper. Raises ConfigError."""
        if _CONTROL.search(url):
            raise ConfigError(f"{url!r} holds a control character")
        if "?" in url or "#" in url:
            raise ConfigError(f"{url!r}: a capacity URL has no query and no fragment")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ConfigError(f"{url!r} is no URL: {error}") from error
        try:
            scheme = Scheme(parts.scheme)
        except ValueError:
            raise ConfigError(
                f"{url!r}: a capacity URL begins with unix://, tcp:// or ssh://, such as ssh://me@host:22"
            ) from None
        if parts.password is not None:
            raise ConfigError(
                f"{scheme}://…@{host}: a capacity URL holds no password; use a key or the ssh agent"
            )
        user, host, path = unquote(parts.username or ""), unquote(host), unquote(parts.path)
        if any(_CONTROL.search(part) for part in (user, host, path)):
            raise ConfigError(f"{url!r} holds an escaped control character")
        match scheme:
            case Scheme.UNIX:
                return cls._unix(url, parts.netloc, path)
            case Scheme.TCP:
                return cls._tcp(url, user, host, port, path)
            case Scheme.SSH:
                return cls._ssh(url, user, host, port, path)
            case Scheme.SIM:
                raise ConfigError(f"{url!r} is a simulated host: there is no Docker to connect to")

    @classmethod
    def _unix(cls, url: str, netloc: str, path: str) -> Self:
        if netloc or not path.strip("/"):
            raise ConfigError(f"{url!r}: a unix URL names an absolute path, such as unix://{DEFAULT_SOCKET}")
        return cls(Scheme.UNIX, socket_path=path)

    @classmethod
    def _tcp(cls, url: str, user: str, host: str, port: int | None, path: str) -> Self:
        if user:
            raise ConfigError(f"{url!r}: a tcp URL names no user; TLS certificates say who you are")
        if path.strip("/"):
            raise ConfigError(f"{url!r}: a tcp URL has no path")
        return cls(Scheme.TCP, host=_valid_host(url, host, port), port=port)

    @classmethod
    def _ssh(cls, url: str, user: str, host: str, port: int | None, path: str) -> Self:
        socket_path = path if path.strip("/") else ""
        return cls(
            Scheme.SSH, host=_valid_host(url, host, port), port=port, user=user, socket_path=socket_path
        )

    def __str__(self) -> str:
        """The URL again, in its plainest form."""
        if self.scheme is Scheme.UNIX:
            return f"unix://{self.socket_path}"
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme}://{user}{endpoint(self.host, self.port)}{self.socket_path}"


def _valid_host(url: str, host: str, port: int | None) -> str:
    if not host:
        raise ConfigError(f"{url!r} names no host")
    if host.startswith("-"):
        raise ConfigError(f"{url!r}: a host name does not begin with a dash")
    if _SPACE.search(host):
        raise ConfigError(f"{url!r}: a host name holds no spaces")
    if port == 0:
        raise ConfigError(f"{url!r}: there is no port 0")
    return host


def endpoint(host: str, port: int | None) -> str:
    """`host:port` as people write it, IPv6 in brackets."""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port is not None else shown


class TlsOptions(Record):
    """Client-side TLS for tcp hosts; `verify` False trusts any server."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    verify: bool = True


class LinkOptions(Record):
    """How to reach a host, beside its address. `name` is the capacity's name, for sentences that tell a command."""

    name: str = ""
    identity_file: Path | None = None
    known_hosts: Path | None = None
    ssh_config: Path | None = None
    #: SSH hosts on the way, with commas between them; empty leaves it to ssh's own config.
    jump: str = ""
    tls: TlsOptions | None = None
    connect_timeout_s: float = 10.0


class ContainerPort(Record):
    """Where a container's TCP port is found, as its host sees it."""

    port: int
    #: The container's address on one of its host's networks, and the host's own there; empty where it has none.
    address: str = ""
    gateway: str = ""
    #: Whether it has the host's own addresses (networkMode host).
    of_host: bool = False
    #: Addresses and ports of the host at which it is published; an empty address means every one.
    published: tuple[tuple[str, int], ...] = ()


class ByteStream(Protocol):
    """One connection to the Docker socket, or to a container's port. Reading and writing may happen in different threads."""

    def recv_into(self, buffer: memoryview) -> int:
        """Read what is there, at least one byte; 0 at the end. Raises TimeoutError, OSError when it broke."""
        ...

    def sendall(self, data: bytes | memoryview) -> None:
        """Write everything. Raises TimeoutError, OSError."""
        ...

    def settimeout(self, timeout_s: float | None) -> None:
        """Bound each following read and write."""
        ...

    def close_write(self) -> None:
        """Say that nothing more will be written; reading goes on."""
        ...

    def close(self) -> None:
        """Close both ways; a reader blocked in another thread ends at once."""
        ...

    def rest(self) -> None:
        """Called when the stream is put aside for later use: the link may close it when it needs the room."""
        ...

    def claim(self) -> bool:
        """Take a resting stream up again; False when it is closed, at its end or has bytes nobody asked for."""
        ...


class Link(Protocol):
    """A way to one host's Docker socket. Thread-safe."""

    @property
    def side_by_side(self) -> int:
        """How many calls that nobody waits for may be under way at once, without standing in the way of others."""
        ...

    @property
    def route(self) -> str:
        """The last jump host on the way: hosts behind the same one fall silent together. Empty for a direct way."""
        ...

    def dial(self, timeout_s: float) -> ByteStream:
        """Open a new stream. Raises HostUnreachable."""
        ...

    def dial_port(self, place: ContainerPort, timeout_s: float) -> ByteStream:
        """Open a stream to a container's port, from where its host is; one that hangs costs nothing but the time.

        Raises NoWay, PortRefused, HostUnreachable when the connection is no good, and OSError (TimeoutError) when nobody answers.
        """
        ...

    def read_files(self, paths: Sequence[str], timeout_s: float) -> str:
        """The text of files of the host itself, one after the other; empty or nonsense where it tells nothing.

        For what may stay unknown: it stands in nobody's way. Raises HostUnreachable.
        """
        ...

    def alive(self) -> bool:
        """False when a dial can't succeed any more and another link must be opened."""
        ...

    def close(self) -> None:
        """Drop every stream; blocked readers end at once."""
        ...

    def describe(self) -> str:
        """Say how the host is reached: `unix`, `tcp+tls`, `ssh stream-local via bastion`."""
        ...


def open_link(address: Address, options: LinkOptions, prompt: Prompt | None = None) -> Link:
    """Open the link that the address asks for. Raises HostUnreachable or ConfigError."""
    if address.scheme is Scheme.SSH:
        from core.hosts.ssh import SshLink  # noqa: PLC0415  # paramiko is paid for by ssh hosts alone

        return SshLink.open(address, options, prompt)
    from core.hosts.sockets import TcpLink, UnixLink  # noqa: PLC0415  # ssl is paid for by socket hosts alone

    if address.scheme is Scheme.UNIX:
        return UnixLink(address.socket_path)
    return TcpLink.open(address, options)
