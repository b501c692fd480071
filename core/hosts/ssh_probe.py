"""Finding out by a command on the host why its sshd refuses the forward to the Docker socket.

The refusal's code says nothing: a forbidden forward and a socket that is missing or not ours look the same.
"""

from __future__ import annotations

import secrets
import shlex
import time
from typing import TYPE_CHECKING, Final

import paramiko

from core.errors import HostUnreachable
from core.hosts.ssh_transport import close_channel
from core.record import Record

if TYPE_CHECKING:
    from core.hosts.ssh_connection import SshConnection

_MOST_OUTPUT: Final = 64 * 1024
#: Non-interactive shells often lack these.
PATH: Final = "PATH=$PATH:/usr/local/bin:/usr/bin:/snap/bin"
#: The sockets that somebody listens on, in the kernel's list of all.
_LISTENING: Final = "grep -F ' 00010000 0001 01 ' /proc/net/unix"
#: On one line: a login shell may be csh, which takes no line end inside quotes.
_QUESTIONS: Final = "; ".join(
    (
        "{path}; s={socket}; echo {mark}",
        'if [ -r "$s" ] && [ -w "$s" ]; then a=usable; elif [ -e "$s" ]; then a=denied; else a=missing; fi',
        "echo socket=$a",
        f'if {_LISTENING} | grep -qF -e " $s" -e " $(readlink -f "$s")"; then echo listens=yes; fi',
        "echo cli=$(command -v docker)",
        "echo user=$(id -un)",
        'r=/run/user/$(id -u)/docker.sock; if [ -S "$r" ]; then echo rootless=$r; fi',
        "exit 0",
    )
)


class Findings(Record):
    """What the host says about its socket. `socket` is usable, denied or missing."""

    socket: str
    #: Whether somebody was seen to listen there.
    listens: bool
    cli: str
    user: str
    rootless: str


def run_command(connection: SshConnection, command: str, timeout_s: float) -> tuple[int, str, str]:
    """Run a command on the host: its status, output and complaints. Raises HostUnreachable, ChannelException."""
    channel = connection.open("session", timeout_s=timeout_s)
    deadline = time.monotonic() + timeout_s
    try:
        channel.settimeout(timeout_s)
        channel.exec_command(command)
        channel.shutdown_write()  # a forced command that reads would wait for us
        output = _read(channel, deadline)
        complaints = channel.recv_stderr(_MOST_OUTPUT).decode(errors="replace")
        status = (
            channel.recv_exit_status()
            if channel.status_event.wait(max(0.0, deadline - time.monotonic()))
            else -1
        )
    except (TimeoutError, paramiko.SSHException, OSError, EOFError) as error:
        raise HostUnreachable(
            "login", f"{connection.where} runs no command: {str(error) or 'no answer in time'}"
        ) from error
    finally:
        close_channel(channel)
    return status, output, complaints


def _read(channel: paramiko.Channel, deadline: float) -> str:
    output = b""
    while len(output) < _MOST_OUTPUT:
        channel.settimeout(max(0.01, deadline - time.monotonic()))
        data = channel.recv(_MOST_OUTPUT)
        if not data:
            break
        output += data
    return output.decode(errors="replace")


def probe(connection: SshConnection, socket_path: str, timeout_s: float) -> Findings | None:
    """Ask the host; None where it runs no command of ours."""
    mark = f"dockyard-{secrets.token_hex(8)}"
    script = _QUESTIONS.format(path=PATH, socket=shlex.quote(socket_path), mark=mark)
    try:
        _, output, _ = run_command(connection, f"sh -c {shlex.quote(script)}", timeout_s)
    except paramiko.ChannelException:
        return None
    _, found, answers = output.partition(f"{mark}\n")  # what a .bashrc prints comes before it
    if not found:
        return None
    said = dict(line.split("=", 1) for line in answers.splitlines() if "=" in line)
    return Findings(
        socket=said.get("socket", ""),
        listens=said.get("listens") == "yes",
        cli=said.get("cli", ""),
        user=said.get("user", ""),
        rootless=said.get("rootless", ""),
    )


def explain(findings: Findings | None, where: str, socket_path: str) -> HostUnreachable:
    """The sentence for a host whose socket can't be had in any way."""
    if findings is None:
        return HostUnreachable(
            "forward",
            f"The sshd of {where} refuses the forward to {socket_path} (forbidden, or no such socket), "
            "and runs no command that could tell more (ForceCommand, MaxSessions 0)",
            "Set AllowStreamLocalForwarding yes for this user, or let it run docker system dial-stdio",
        )
    rootless = (
        f", or use the rootless Docker: …{findings.rootless} at the end of the URL"
        if findings.rootless
        else ""
    )
    match findings.socket:
        case "denied":
            return HostUnreachable(
                "socket",
                f"{findings.user} may not use {socket_path} on {where}",
                f"There: sudo usermod -aG docker {findings.user}{rootless}",
            )
        case "missing":
            return HostUnreachable(
                "socket",
                f"There is no Docker socket {socket_path} on {where}",
                f"Is Docker installed and running? There: sudo systemctl start docker{rootless}",
            )
        case "usable" if not findings.listens:
            return HostUnreachable(
                "socket",
                f"Nobody listens at {socket_path} on {where}",
                "Is Docker running? There: sudo systemctl start docker",
            )
        case _:
            return HostUnreachable(
                "forward",
                f"The sshd of {where} forbids the forward to {socket_path}, "
                "and there is no docker command to go by instead",
                "Set AllowStreamLocalForwarding yes in its sshd_config, or install the docker CLI there",
            )
