"""paramiko's Transport, taught to open stream-local channels; and the byte stream over a channel."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import paramiko
from paramiko.common import cMSG_CHANNEL_OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

STREAM_LOCAL: Final = "direct-streamlocal@openssh.com"
#: paramiko copies what is left for every packet: in one call of 60 MB that made 2 MB/s, in these pieces 100 MB/s.
PIECE: Final = 128 * 1024

# paramiko logs each refused channel and lost connection as an error; ours are raised, and a terminal UI owns the screen.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


def close_channel(channel: paramiko.Channel) -> None:
    """Close a channel. Of a connection that breaks in the same moment paramiko raises what it could not tell the host."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        channel.close()


class SshTransport(paramiko.Transport):
    """One SSH connection. Uses a few private names of paramiko, which a test pins."""

    #: With the library's 0.1 s each idle connection wakes its thread ten times a second.
    _active_check_timeout = 5.0

    _channels: Any
    _next_channel: Callable[[], int]
    _send_user_message: Callable[[paramiko.Message], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As the library's."""
        super().__init__(*args, **kwargs)
        #: Channels that were given up before they were answered: one that opens after all is closed by the next opening.
        self._late: list[tuple[paramiko.Channel, threading.Event]] = []

    def open(
        self, kind: str, *fields: str | int, timeout_s: float, may_be_late: bool = False
    ) -> paramiko.Channel:
        """Open a channel; `fields` are what its kind wants to be told. One that may be late is not left open at the server.

        Raises ChannelException when the server refuses, TimeoutError, and EOFError when the connection is gone.
        """
        self._close_late()
        message, channel, answered = self._request(kind, fields)
        deadline = time.monotonic() + timeout_s
        try:
            self._send_user_message(message)
        except OSError as error:
            raise EOFError(str(error)) from error
        while not answered.wait(0.2):  # a closing transport does not set it
            if not self.is_active():
                break
            if time.monotonic() > deadline:
                if may_be_late:
                    with self.lock:
                        self._late.append((channel, answered))
                raise TimeoutError
        if not self.is_active():
            raise EOFError("the SSH connection is gone")
        if self._channels.get(channel.get_id()) is None:
            refusal = self.get_exception()  # another thread's refusal may have taken the place of ours
            raise (
                refusal
                if isinstance(refusal, paramiko.ChannelException)
                else paramiko.ChannelException(0, "refused")
            )
        return channel

    def _close_late(self) -> None:
        with self.lock:
            answered = [channel for channel, event in self._late if event.is_set()]
            self._late = [(channel, event) for channel, event in self._late if not event.is_set()]
        for channel in answered:
            if self._channels.get(channel.get_id()) is channel:  # else it was refused
                close_channel(channel)

    def _request(
        self, kind: str, fields: tuple[str | int, ...]
    ) -> tuple[paramiko.Message, paramiko.Channel, threading.Event]:
        """Register a channel and build its opening message: paramiko's own open_channel knows no stream-local kind."""
        with self.lock:
            number = self._next_channel()
            channel: Any = paramiko.Channel(number)
            answered = self.channel_events[number] = threading.Event()
            self._channels.put(number, channel)
            self.channels_seen[number] = True
            channel._set_transport(self)  # noqa: SLF001  # as open_channel does
            channel._set_window(self.default_window_size, self.default_max_packet_size)  # noqa: SLF001
        message = paramiko.Message()
        message.add_byte(cMSG_CHANNEL_OPEN)
        message.add_string(kind)
        message.add_int(number)
        message.add_int(self.default_window_size)
        message.add_int(self.default_max_packet_size)
        for field in fields:
            if isinstance(field, str):
                message.add_string(field)
            else:
                message.add_int(field)
        return message, channel, answered


class ChannelStream:
    """A byte stream over one SSH channel."""

    def __init__(self, channel: paramiko.Channel) -> None:
        """Take the channel over."""
        self._channel = channel
        self._ended = False
        self._write_closed = False

    def recv_into(self, buffer: memoryview) -> int:
        data = self._channel.recv(len(buffer))
        if not data and not self._ended and not self._channel.eof_received:
            raise ConnectionResetError("the SSH connection broke")
        buffer[: len(data)] = data
        return len(data)

    def sendall(self, data: bytes | memoryview) -> None:
        if self._ended or self._write_closed or self._channel.eof_sent:
            raise BrokenPipeError("the channel is closed")
        view = memoryview(data)
        for start in range(0, len(view), PIECE):
            piece = bytes(view[start : start + PIECE])
            while piece:
                try:
                    sent = self._channel.send(piece)
                except EOFError as error:  # the whole connection is closed
                    raise ConnectionResetError("the SSH connection broke") from error
                if sent == 0:  # sendall of paramiko would try for ever
                    raise BrokenPipeError("the channel is closed")
                piece = piece[sent:]

    def settimeout(self, timeout_s: float | None) -> None:
        self._channel.settimeout(timeout_s)

    def close_write(self) -> None:
        self._write_closed = True
        try:
            self._channel.shutdown_write()
        except EOFError as error:
            raise ConnectionResetError("the SSH connection broke") from error

    def close(self) -> None:
        self._ended = True
        close_channel(self._channel)

    def rest(self) -> None:
        """Nothing is held back: forwarding channels are not counted by sshd."""

    def claim(self) -> bool:
        channel = self._channel
        return not (self._ended or channel.closed or channel.eof_received or channel.recv_ready())
