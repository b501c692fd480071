"""One logged-in SSH connection and what carries it: a socket, a ProxyCommand, or a channel through a jump host."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

from core.errors import HostUnreachable
from core.hosts.link import endpoint
from core.record import Record

if TYPE_CHECKING:
    import paramiko

    from core.hosts.ssh_config import SshTarget
    from core.hosts.ssh_transport import SshTransport


class SshConnection:
    """A logged-in connection with what carries it. Thread-safe; never revived."""

    def __init__(self, target: SshTarget, transport: SshTransport, carrier: Carrier) -> None:
        """Own the transport and its carrier: closing this closes them."""
        self.target = target
        self._transport = transport
        self._carrier = carrier

    @property
    def active(self) -> bool:
        """Whether channels can still be opened."""
        return self._transport.is_active()

    def open(self, kind: str, *fields: str | int, timeout_s: float) -> paramiko.Channel:
        """Open a channel. Raises ChannelException when refused, HostUnreachable when the connection is no good."""
        try:
            return self._transport.open(kind, *fields, timeout_s=timeout_s)
        except TimeoutError as error:
            self.close()  # an answer that comes late would leave a channel open at the server for ever
            raise HostUnreachable(
                "connect",
                f"{self.where} opened no channel within {timeout_s:g} s; the connection was dropped",
            ) from error
        except (EOFError, OSError) as error:
            raise HostUnreachable("connect", f"The SSH connection to {self.where} is gone") from error

    def open_port(self, address: str, port: int, *, timeout_s: float) -> paramiko.Channel:
        """Open a channel to a port as the server reaches it; one that does not open in time is left to fail by itself.

        Raises ChannelException when refused, TimeoutError, and HostUnreachable when the connection is no good.
        """
        try:
            # RFC 4254, 7.2: where to, and from where.
            return self._transport.open(
                "direct-tcpip", address, port, "127.0.0.1", 0, timeout_s=timeout_s, may_be_late=True
            )
        except TimeoutError:
            raise
        except (EOFError, OSError) as error:
            raise HostUnreachable("connect", f"The SSH connection to {self.where} is gone") from error

    @property
    def where(self) -> str:
        """The host as people write it."""
        return endpoint(self.target.host, self.target.port)

    @property
    def route(self) -> tuple[str, ...]:
        """The names of the jump hosts, or the proxy command, on the way."""
        return self._carrier.route

    def close(self) -> None:
        """End the connection and what carries it; blocked readers end at once."""
        self._transport.close()
        self._carrier.close()


class Carrier(Record):
    """What an SSH connection runs over: a socket, a proxy command's socket, or a channel of another connection."""

    sock: socket.socket | paramiko.Channel
    jump: SshConnection | None = None
    command: ProxyCommand | None = None

    @property
    def route(self) -> tuple[str, ...]:
        if self.command:
            return (self.command.text,)
        return (*self.jump.route, self.jump.target.alias) if self.jump else ()

    def close(self) -> None:
        """Close all of it."""
        self.drop()
        if self.jump:
            self.jump.close()

    def drop(self) -> None:
        """Close what was opened for this connection, but not the jump host under it."""
        if isinstance(self.sock, socket.socket):
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)  # wakes the transport's thread
        self.sock.close()
        if self.command:
            self.command.end()


class ProxyCommand(Record):
    """A running ProxyCommand and what it complained about."""

    text: str
    process: subprocess.Popen[bytes]
    complaints: IO[bytes]

    @classmethod
    def start(cls, text: str) -> tuple[socket.socket, ProxyCommand]:
        """Run the command by a shell, as ssh does, its input and output on one socket."""
        ours, theirs = socket.socketpair()
        complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the command
        with theirs:
            process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {text}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=complaints,
                start_new_session=True,
            )
        return ours, cls(text, process, complaints)

    def complaint(self) -> str:
        """The last line that it wrote to its error output."""
        self.complaints.seek(0)
        lines = self.complaints.read(64 * 1024).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.complaints.close()
