"""Streams over `docker system dial-stdio`, for hosts whose sshd forbids the forward to the socket.

sshd counts these (MaxSessions, per connection). The bound is learnt from its refusals; a stream that rests gives way
to a new one, and when all are busy another connection is opened, so that even MaxSessions 1 serves a stream and calls.
"""

from __future__ import annotations

import contextlib
import secrets
import shlex
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import paramiko

from core.errors import HostUnreachable
from core.hosts.link import DEFAULT_SOCKET
from core.hosts.ssh_probe import PATH, run_command
from core.hosts.ssh_transport import ChannelStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.link import ByteStream
    from core.hosts.ssh_connection import SshConnection

_MAX_CONNECTIONS: Final = 4
_MOST_NOISE: Final = 64 * 1024
#: sshd frees a session a moment after its channel is closed.
_SETTLE_S: Final = 0.1
_SETTLE_TRIES: Final = 3
#: A session whose command hangs is freed late: what was learnt from a refusal is tried anew after this.
_BELIEVED_S: Final = 20.0


@dataclass(slots=True, eq=False)
class _Room:
    """One connection's sessions."""

    connection: SshConnection
    taken: int = 0
    #: How many sshd was seen to allow, and until when that is believed.
    bound: int | None = None
    believed_until: float = 0.0
    refusals: int = 0

    def has_place(self) -> bool:
        if self.bound is None or self.taken < self.bound:
            return self.connection.active
        return self.connection.active and time.monotonic() > self.believed_until

    def learn(self) -> None:
        """Sshd refuses one more than are taken."""
        self.bound = self.taken
        self.believed_until = time.monotonic() + _BELIEVED_S


@dataclass(slots=True)
class _State:
    rooms: list[_Room] = field(default_factory=list)
    resting: list[StdioStream] = field(default_factory=list)
    joining: bool = False
    closed: bool = False


class StdioDialer:
    """Opens streams by dial-stdio, as many at once as the host allows."""

    def __init__(
        self, first: SshConnection, join_another: Callable[[], SshConnection], socket_path: str
    ) -> None:
        """`join_another` opens one more connection to the same host; `socket_path` empty leaves the choice to its CLI."""
        self._join_another = join_another
        self._where = first.where
        named = (
            f"--host={shlex.quote(f'unix://{socket_path}')} "
            if socket_path not in {"", DEFAULT_SOCKET}
            else ""
        )
        self._docker = f"docker {named}system dial-stdio"
        self._changed = threading.Condition()
        self._state = _State(rooms=[_Room(first)])

    def dial(self, timeout_s: float) -> ByteStream:
        """Open a stream. Raises HostUnreachable."""
        deadline = time.monotonic() + timeout_s
        while True:
            room = self._take(deadline)
            try:
                channel = room.connection.open("session", timeout_s=max(0.1, deadline - time.monotonic()))
            except paramiko.ChannelException:
                self._refused(room)
                continue
            except BaseException:
                self._leave(room)
                raise
            room.refusals = 0
            stream = StdioStream(channel, self, room)
            try:
                self._begin(stream, channel, deadline)
            except BaseException:
                stream.close()
                raise
            return stream

    def run_aside(self, command: str, timeout_s: float) -> str:
        """Run another command where a session is free anyway: it takes no stream's place. Raises HostUnreachable."""
        with self._changed:
            room = next((room for room in self._state.rooms if room.has_place()), None)
            if room is None:
                raise self._all_busy()
            room.taken += 1
        try:
            return run_command(room.connection, command, timeout_s)[1]
        except paramiko.ChannelException as error:
            raise self._all_busy() from error
        finally:
            self._leave(room)

    def close(self) -> None:
        """Close every connection."""
        with self._changed:
            self._state.closed = True
            rooms = list(self._state.rooms)
            self._changed.notify_all()
        for room in rooms:
            room.connection.close()

    def _take(self, deadline: float) -> _Room:
        """Reserve a place: a free one, a resting stream's, one on another connection, or the next that is left."""
        while True:
            self._drop_broken()
            with self._changed:
                state = self._state
                if state.closed or not state.rooms[0].connection.active:
                    raise HostUnreachable("connect", f"The SSH connection to {self._where} is gone")
                room = next((room for room in state.rooms if room.has_place()), None)
                if room:
                    room.taken += 1
                    return room
                victim = state.resting.pop(0) if state.resting else None
                another = victim is None and not state.joining and len(state.rooms) < _MAX_CONNECTIONS
                state.joining |= another
                if victim is None and not another:
                    left_s = deadline - time.monotonic()
                    if left_s <= 0:
                        raise self._all_busy()
                    self._changed.wait(min(left_s, 1.0))
            if victim:
                victim.close()
            elif another:
                self._join()

    def _drop_broken(self) -> None:
        """Part with further connections that broke, and with what carried them: a jump host's connection, a proxy command."""
        with self._changed:
            broken = [room for room in self._state.rooms[1:] if not room.connection.active]
            self._state.rooms = [room for room in self._state.rooms if room not in broken]
        for room in broken:
            room.connection.close()

    def _join(self) -> None:
        connection: SshConnection | None = None
        try:
            connection = self._join_another()
        finally:
            with self._changed:
                self._state.joining = False
                if connection is not None and not self._state.closed:
                    self._state.rooms.append(_Room(connection))
                elif connection is not None:
                    connection.close()
                self._changed.notify_all()

    def _refused(self, room: _Room) -> None:
        """Learn the bound, after a moment's patience: a session just closed may still be counted."""
        with self._changed:
            room.taken -= 1
            room.refusals += 1
            patient = room.refusals <= _SETTLE_TRIES
            if not patient:
                room.learn()
            self._changed.notify_all()
        if patient:
            time.sleep(_SETTLE_S)

    def _all_busy(self) -> HostUnreachable:
        busy = sum(room.taken for room in self._state.rooms)
        return HostUnreachable(
            "forward",
            f"The sshd of {self._where} allows no further session for docker system dial-stdio ({busy} are busy)",
            "Raise MaxSessions in its sshd_config, or set AllowStreamLocalForwarding yes",
        )

    def _leave(self, room: _Room) -> None:
        with self._changed:
            room.taken -= 1
            self._changed.notify_all()

    def _begin(self, stream: StdioStream, channel: paramiko.Channel, deadline: float) -> None:
        """Start the command and read past what the login shell prints before it."""
        mark = f"dockyard-{secrets.token_hex(8)}"
        script = f"{PATH}; export PATH; echo {mark}; exec {self._docker}"
        try:
            channel.settimeout(max(0.1, deadline - time.monotonic()))
            channel.exec_command(f"sh -c {shlex.quote(script)}")
            noise = b""
            while not noise.endswith(f"{mark}\n".encode()):
                byte = channel.recv(1)
                if not byte or len(noise) > _MOST_NOISE:
                    raise self._not_started(noise)
                noise += byte
        except TimeoutError as error:
            raise HostUnreachable(
                "forward", f"{self._where} did not start docker system dial-stdio in time"
            ) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise HostUnreachable(
                "forward", f"{self._where} refuses to run docker system dial-stdio"
            ) from error
        stream.settimeout(None)

    def _not_started(self, noise: bytes) -> HostUnreachable:
        said = noise.decode(errors="replace").strip().splitlines()
        instead = f"; it says: {said[-1][:200]}" if said else ""
        return HostUnreachable(
            "forward",
            f"{self._where} runs another command than docker system dial-stdio (ForceCommand){instead}",
            "Set AllowStreamLocalForwarding yes for this user, or lift the forced command",
        )

    def resting(self, stream: StdioStream) -> None:
        """A stream is put aside: it may be closed to make room."""
        with self._changed:
            self._state.resting.append(stream)
            self._changed.notify_all()

    def claimed(self, stream: StdioStream) -> bool:
        """A stream is wanted again; False when it has given way."""
        with self._changed:
            if stream not in self._state.resting:
                return False
            self._state.resting.remove(stream)
            return True

    def left(self, stream: StdioStream, room: _Room) -> None:
        """A stream is closed."""
        with self._changed:
            if stream in self._state.resting:
                self._state.resting.remove(stream)
            room.taken -= 1
            self._changed.notify_all()


class StdioStream(ChannelStream):
    """A byte stream over one dial-stdio command, which occupies a session until it is closed."""

    def __init__(self, channel: paramiko.Channel, dialer: StdioDialer, room: _Room) -> None:
        """Occupy a place that was taken."""
        super().__init__(channel)
        self._dialer = dialer
        self._room = room
        self._leaving = threading.Lock()

    def complaint(self, timeout_s: float) -> str:
        """The last line of the command's error output, once it has ended."""
        self._channel.settimeout(timeout_s)
        with contextlib.suppress(TimeoutError):
            lines = self._channel.recv_stderr(_MOST_NOISE).decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def close(self) -> None:
        if self._leaving.acquire(blocking=False):  # never released: a stream leaves once
            super().close()
            self._dialer.left(self, self._room)

    def rest(self) -> None:
        self._dialer.resting(self)

    def claim(self) -> bool:
        return self._dialer.claimed(self) and super().claim()
