"""The link over SSH: one connection to a host, a channel for each stream to its Docker socket."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, Self

import paramiko
from paramiko.common import OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_FAILED_CONNECT_FAILED

from core.errors import HostUnreachable, NoWay, PortRefused
from core.hosts.link import (
    DEFAULT_SOCKET,
    LOOPBACK,
    PLENTY,
    PUBLISH_IT,
    Address,
    LinkOptions,
    Prompt,
    endpoint,
)
from core.hosts.ssh_join import fetch_host_key, join
from core.hosts.ssh_probe import Findings, explain, probe, run_command
from core.hosts.ssh_stdio import StdioDialer, StdioStream
from core.hosts.ssh_transport import STREAM_LOCAL, ChannelStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.link import ByteStream, ContainerPort
    from core.hosts.ssh_connection import SshConnection

__all__ = ["SshLink", "fetch_host_key", "join"]

_PING: Final = b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"


class SshLink:
    """The way to a Docker socket by SSH. Thread-safe; never revived."""

    def __init__(self, connection: SshConnection, socket_path: str, stdio: StdioDialer | None) -> None:
        """With `stdio` every stream goes by dial-stdio, else each is a forwarding channel."""
        self._connection = connection
        self._socket_path = socket_path
        self._stdio = stdio

    @classmethod
    def open(cls, address: Address, options: LinkOptions, prompt: Prompt | None = None) -> Self:
        """Join the host and find the way to its socket. Raises HostUnreachable or ConfigError."""
        return cls.over(join(address, options, prompt), address, options, prompt)

    @classmethod
    def over(
        cls, connection: SshConnection, address: Address, options: LinkOptions, prompt: Prompt | None = None
    ) -> Self:
        """Find the way to the socket over a connection, which is the link's from now on. Raises HostUnreachable."""
        socket_path = address.socket_path or DEFAULT_SOCKET
        try:
            try:
                connection.open(STREAM_LOCAL, socket_path, "", 0, timeout_s=options.connect_timeout_s).close()
            except paramiko.ChannelException:
                stdio = StdioDialer(connection, lambda: join(address, options, prompt), address.socket_path)
                _check_stdio(connection, stdio, socket_path, options.connect_timeout_s)
                return cls(connection, socket_path, stdio)
        except BaseException:
            connection.close()
            raise
        return cls(connection, socket_path, None)

    @property
    def side_by_side(self) -> int:
        return 1 if self._stdio else PLENTY

    @property
    def route(self) -> str:
        return self._connection.route[-1] if self._connection.route else ""

    def dial(self, timeout_s: float) -> ByteStream:
        if self._stdio:
            return self._stdio.dial(timeout_s)
        try:
            channel = self._connection.open(STREAM_LOCAL, self._socket_path, "", 0, timeout_s=timeout_s)
        except paramiko.ChannelException as error:
            raise HostUnreachable(
                "socket",
                f"Nobody listens at {self._socket_path} on {self._connection.where}",
                "Is Docker running? There: sudo systemctl start docker",
            ) from error
        return ChannelStream(channel)

    def dial_port(self, place: ContainerPort, timeout_s: float) -> ByteStream:
        """By a forwarding channel: from where sshd is, which is the container's own host."""
        if place.of_host:
            address, port = LOOPBACK, place.port
        elif place.address:
            address, port = place.address, place.port
        elif place.published:  # a rootless Docker's networks are not its host's
            address, port = place.published[0][0] or LOOPBACK, place.published[0][1]
        else:
            message = (
                f"Port {place.port} has no address on {self._connection.where} and is not published there"
            )
            raise NoWay(message, PUBLISH_IT)
        try:
            return ChannelStream(self._connection.open_port(address, port, timeout_s=timeout_s))
        except paramiko.ChannelException as error:
            where = endpoint(address, port)
            if error.code == OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED:
                raise NoWay(
                    f"The sshd of {self._connection.where} forbids forwarding to {where}",
                    "Allow it there (AllowTcpForwarding local); a check by exec needs none",
                ) from error
            if error.code == OPEN_FAILED_CONNECT_FAILED:
                raise PortRefused(f"Nobody listens at {where}") from error
            raise OSError(f"The sshd of {self._connection.where} opened no channel to {where}") from error

    def run(self, command: str, timeout_s: float) -> str:
        """Run a command on the host itself and return its output. Raises HostUnreachable."""
        if self._stdio:
            return self._stdio.run_aside(command, timeout_s)
        try:
            return run_command(self._connection, command, timeout_s)[1]
        except paramiko.ChannelException as error:
            raise HostUnreachable(
                "login", f"The sshd of {self._connection.where} allows no further session"
            ) from error

    def read_files(self, paths: Sequence[str], timeout_s: float) -> str:
        return self.run(f"cat {shlex.join(paths)}", timeout_s)

    def alive(self) -> bool:
        return self._connection.active

    def close(self) -> None:
        if self._stdio:
            self._stdio.close()
        self._connection.close()

    def describe(self) -> str:
        way = "dial-stdio" if self._stdio else "stream-local"
        route = self._connection.route
        return f"ssh {way} via {', '.join(route)}" if route else f"ssh {way}"


def _check_stdio(connection: SshConnection, stdio: StdioDialer, socket_path: str, timeout_s: float) -> None:
    """See whether dial-stdio serves where the forward was refused. Raises HostUnreachable, saying which one failed."""
    findings = probe(connection, socket_path, timeout_s)
    if findings is None or not findings.cli or findings.socket == "denied":
        raise explain(findings, connection.where, socket_path)
    stream = stdio.dial(timeout_s)
    try:
        stream.settimeout(timeout_s)
        stream.sendall(_PING)
        answer = bytearray(4)
        if stream.recv_into(memoryview(answer)) and answer.startswith(b"H"):
            return
        raise _not_answered(stream, findings, connection.where, socket_path)
    except OSError as error:
        raise _not_answered(stream, findings, connection.where, socket_path) from error
    finally:
        stream.close()


def _not_answered(stream: ByteStream, findings: Findings, where: str, socket_path: str) -> HostUnreachable:
    if findings.socket == "missing":
        return explain(findings, where, socket_path)
    complaint = stream.complaint(1.0) if isinstance(stream, StdioStream) else ""
    message = f"Docker on {where} does not answer by docker system dial-stdio"
    return HostUnreachable(
        "socket",
        f"{message}: {complaint}" if complaint else message,
        "Is Docker running? There: sudo systemctl start docker",
    )
