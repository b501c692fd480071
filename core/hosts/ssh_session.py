"""A session on a host itself: a shell or a command that its sshd runs, with a terminal or without. It needs no Docker there."""

from __future__ import annotations

import threading
import time
from queue import Queue
from typing import TYPE_CHECKING, Final

import paramiko

from core.errors import HostError, HostUnreachable, ReplyLost
from core.hosts.frames import STDERR, STDOUT
from core.hosts.ssh_join import join
from core.hosts.ssh_transport import close_channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.hosts.link import Address, LinkOptions, Prompt
    from core.hosts.ssh_connection import SshConnection

_BLOCK_BYTES: Final = 32 * 1024
#: Pieces of output that may wait to be shown: a host that prints faster than we show is held up.
_MOST_WAITING: Final = 64
_EXIT_S: Final = 5.0
#: What ssh ends with when a signal ended the command.
_BY_SIGNAL: Final = 255


class HostSession:
    """One command on a host, over a connection of its own. Read in one thread, written and resized in others."""

    def __init__(self, connection: SshConnection, channel: paramiko.Channel) -> None:
        """Own both."""
        self._connection = connection
        self._channel = channel
        self._is_closed = False

    def output(self) -> Iterator[tuple[int, bytes]]:
        """What it prints, until it ends or is closed. Raises ReplyLost."""
        pieces: Queue[tuple[int, bytes]] = Queue(_MOST_WAITING)
        readers = ((STDOUT, self._channel.recv), (STDERR, self._channel.recv_stderr))
        for source, read in readers:
            threading.Thread(target=self._read, args=(source, read, pieces), daemon=True).start()
        left = len(readers)
        while left:
            source, data = pieces.get()
            left -= not data
            if data:
                yield source, data
        # A channel that broke says that it has ended, too; how, only one that did.
        if not self._is_closed and not self._channel.eof_received and self._channel.exit_status < 0:
            raise ReplyLost(f"The SSH connection to {self._connection.where} broke")

    def _read(self, source: int, read: Callable[[int], bytes], pieces: Queue[tuple[int, bytes]]) -> None:
        data = b""
        try:
            while data := read(_BLOCK_BYTES):
                pieces.put((source, data))
        finally:
            pieces.put((source, b""))

    def write(self, data: bytes) -> None:
        """Its input. Raises ReplyLost."""
        try:
            while data:
                sent = self._channel.send(data)
                if not sent:
                    raise ReplyLost("The session is closed")
                data = data[sent:]
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise ReplyLost(f"The SSH connection to {self._connection.where} broke") from error

    def close_input(self) -> None:
        """Say that no more input comes. Raises ReplyLost."""
        try:
            self._channel.shutdown_write()
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise ReplyLost(f"The SSH connection to {self._connection.where} broke") from error

    def resize(self, columns: int, lines: int) -> None:
        """Tell its terminal's size. Raises HostError."""
        try:
            self._channel.resize_pty(columns, lines)
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise HostError("the size was not told") from error

    def exit_code(self, patience_s: float = _EXIT_S) -> int | None:
        """How it ended; None when it was left. What a signal ended counts as 255, as with ssh."""
        deadline = time.monotonic() + patience_s
        while not self._channel.status_event.wait(max(0.0, min(0.1, deadline - time.monotonic()))):
            if self._channel.closed or time.monotonic() > deadline:
                break
        status = self._channel.exit_status
        if status >= 0:
            return status
        return None if self._is_closed else _BY_SIGNAL

    def close(self) -> None:
        """End it: its connection is closed, and the host hangs up on what runs."""
        self._is_closed = True
        close_channel(self._channel)
        self._connection.close()


def open_session(
    address: Address,
    options: LinkOptions,
    prompt: Prompt | None,
    command: str = "",
    *,
    terminal: tuple[str, int, int] | None = None,
) -> HostSession:
    """Log in and run a command, or without one a shell. `terminal`: its kind, columns and lines. Raises HostError, ConfigError."""
    connection = join(address, options, prompt)
    timeout_s = options.connect_timeout_s
    try:
        channel = connection.open("session", timeout_s=timeout_s)
        channel.settimeout(timeout_s)
        if terminal is not None:
            channel.get_pty(*terminal)
        if command:
            channel.exec_command(command)
        else:
            channel.invoke_shell()
        channel.settimeout(None)
    except paramiko.ChannelException as error:
        connection.close()
        raise HostUnreachable(
            "login", f"The sshd of {connection.where} allows no session", "Raise its MaxSessions"
        ) from error
    except (TimeoutError, paramiko.SSHException, OSError, EOFError) as error:
        connection.close()
        why = str(error) or "no answer in time"
        raise HostUnreachable("login", f"{connection.where} opens no session: {why}") from error
    except BaseException:
        connection.close()
        raise
    return HostSession(connection, channel)
