"""`dockyard capacity ssh`: a session on a host itself, by the way that Dockyard has to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.aside import Aside
from core.cli.invocation import Invocation, invoked
from core.cli.verbs import Verb
from core.client.names import find_instance
from core.reach import way_to, way_to_instance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.hosts.link import Address, LinkOptions


@click.command(
    "ssh",
    cls=Verb,
    context_settings={"allow_interspersed_args": False},
    examples=["dockyard capacity ssh edge-1", "dockyard capacity ssh edge-1 df -h /var/lib/docker"],
)
@click.option("-t", "--tty", is_flag=True, help="Give the command a terminal; a shell always has one.")
@click.argument("name", shell_complete=completing.hosts)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND…]")
@invoked
def verb(invocation: Invocation, name: str, command: Sequence[str], tty: bool) -> int:
    """Open an SSH session on a host, or run a command there; its exit code is this command's.

    It goes by the config's own user, port, key, jump hosts and host key, and needs no Docker there. As with ssh, the words of a
    command are joined and read by the host's shell, and ~. at the beginning of a line cuts a session that hangs.
    """
    from core.cli.exec import Way, run_attached, terminal_here  # noqa: PLC0415  # termios is needed by few verbs
    from core.streams.host import host_session  # noqa: PLC0415  # as above

    has_terminal = sys.stdin.isatty() and sys.stdout.isatty() and (tty or not command)
    aside, way = Aside(), _way(invocation, name)
    terminal = terminal_here() if has_terminal else None
    session = aside.run(lambda: host_session(way, aside.passphrase(), " ".join(command), terminal=terminal))
    try:
        code = run_attached(aside, session, Way.HOST_KEYS if has_terminal else Way.PIPE, stdin=True)
    finally:
        session.close()
    if code is None:
        invocation.printer.note(f"The session on {name} was cut.")
        return 0
    return code


def _way(invocation: Invocation, name: str) -> tuple[Address, LinkOptions]:
    """As the config has it; else as it is remembered of a host that left the config."""
    config = invocation.config()
    if name in config.capacity:
        return way_to(config.capacity[name])
    return way_to_instance(find_instance(invocation.state(), name), config)
