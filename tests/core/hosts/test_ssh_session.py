"""Sessions on a host itself, through a real sshd."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from core.errors import HostError, HostUnreachable, ReplyLost
from core.hosts.frames import STDERR, STDOUT
from core.hosts.link import Address, LinkOptions
from core.hosts.ssh_session import HostSession, open_session
from core.schemes import Scheme
from core.streams.host import host_session
from tests.core.hosts.sshd import Sshd, options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Opened = Callable[..., HostSession]


@pytest.fixture
def opened(sshd: Sshd, key: Path, tmp_path: Path) -> Opened:
    """Opens a session; no Docker is needed."""
    settings = options(tmp_path, sshd.known_line(), key)
    return lambda command="", **more: open_session(sshd.address(), settings, None, command, **more)


def test_a_command_has_two_outputs_an_input_and_an_exit_code(opened: Opened) -> None:
    session = opened("cat; echo err >&2; exit 7")
    session.write(b"hello")
    session.close_input()
    said = {STDOUT: b"", STDERR: b""}
    for source, data in session.output():
        said[source] += data
    assert said == {STDOUT: b"hello", STDERR: b"err\n"}
    assert session.exit_code() == 7
    session.close()


def test_a_terminal_has_the_size_that_it_is_told(opened: Opened) -> None:
    session = opened("stty size; read line; stty size", terminal=("xterm", 80, 24))
    output = session.output()
    assert next(output)[1] == b"24 80\r\n"
    session.resize(101, 33)
    session.write(b"\n")
    assert b"33 101" in b"".join(data for _, data in output)
    assert session.exit_code() == 0
    session.close()


def test_what_a_signal_ended_counts_as_with_ssh(opened: Opened) -> None:
    session = opened("kill -KILL $$")
    assert list(session.output()) == []
    assert session.exit_code() == 255
    session.close()


def test_a_connection_that_breaks_is_no_end(opened: Opened, sshd: Sshd) -> None:
    session = opened("echo begun; sleep 600")
    output = session.output()
    assert next(output)[1] == b"begun\n"
    sshd.stop()
    with pytest.raises(ReplyLost, match="broke"):
        list(output)
    with pytest.raises(ReplyLost):
        session.write(b"x")
    with pytest.raises(HostError):
        session.resize(1, 1)
    session.close()


def test_one_that_is_left_has_no_exit_code(opened: Opened) -> None:
    session = opened("echo begun; sleep 600")
    output = session.output()
    next(output)
    threading.Thread(target=session.close).start()
    assert list(output) == []
    assert session.exit_code(0.3) is None


def test_one_whose_connection_breaks_in_the_moment_it_is_closed_is_closed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """paramiko tells the host of the end of a channel, and raises where it can't any more."""
    session = opened("sleep 600")
    transport = session._connection._transport

    def broken(_data: bytes) -> None:
        raise EOFError

    monkeypatch.setattr(transport.packetizer, "write_all", broken)
    with pytest.raises(ReplyLost, match="broke"):
        session.close_input()
    session.close()
    assert not transport.is_active(), "a connection that is left open occupies the host"


def test_where_no_session_may_be_opened_that_is_said(opened: Opened, sshd: Sshd) -> None:
    sshd.restart("MaxSessions 0")
    with pytest.raises(HostUnreachable, match="allows no session"):
        opened()


def test_only_ssh_leads_to_a_host_itself() -> None:
    way = Address(Scheme.UNIX, socket_path="/run/docker.sock"), LinkOptions(name="local")
    with pytest.raises(
        HostError, match=r"local is reached by unix:///run/docker.sock, .*only ssh hosts have sessions"
    ):
        host_session(way, None)
