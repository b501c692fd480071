"""`dockyard task port-forward`: ports of a task's container, reached from this machine by the connection to its host."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from core.cli import completing
from core.cli.aside import LOOK_UP_S, Aside
from core.cli.invocation import Invocation, invoked
from core.cli.options import cluster_option
from core.cli.verbs import Verb
from core.client.names import find_task
from core.errors import PortRefused
from core.streams import Streams, places
from core.streams.forward import DIAL_S, Forward, ports_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.streams import Place
    from core.streams.forward import Ports


@click.command(
    "port-forward",
    cls=Verb,
    examples=[
        "dockyard task port-forward 3f2a91c0 8080:80",
        "dockyard task port-forward 3f2a91c0 5432 :9090 --container db",
        "dockyard task port-forward 3f2a91c0 8080:80 --address 0.0.0.0",
    ],
)
@click.option("--container", metavar="NAME", help="Else the task's first.")
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; 0.0.0.0 lets others in.",
)
@cluster_option
@click.argument("name", metavar="ID", shell_complete=completing.tasks)
@click.argument("ports", nargs=-1, required=True, metavar="[LOCAL:]PORT…")
@invoked
def verb(
    invocation: Invocation,
    name: str,
    ports: Sequence[str],
    container: str | None,
    address: str,
    cluster: str | None,
) -> int:
    """Forward ports of this machine to ports of a task's container, until Ctrl-C. Nothing needs to be published.

    As with kubectl: 8080:80 listens at 8080, 80 at the same port, :80 at any free one. Each connection goes by the SSH connection
    to the container's host; where it can't be made, that is said here and the others go on.
    """
    wanted = [ports_of(text) for text in ports]
    place = places(invocation.state(), find_task(invocation.state(), name, cluster), container)[0]
    aside = Aside()
    with closing(Streams(invocation.config(), aside.passphrase())) as streams, ExitStack() as opened:
        for each in wanted:
            aside.run(partial(_try, invocation, streams, place, each))
            forward = Forward(
                each,
                partial(streams.dial, place, each.remote, DIAL_S),
                address=address,
                told=invocation.printer.note,
            )
            opened.callback(forward.close)
            invocation.printer.line(
                f"Forwarding {forward.here} to port {each.remote} of {place.label} on {place.instance.name}"
            )
        invocation.printer.out.flush()
        _wait_for_ctrl_c()
    return 0


def _try(invocation: Invocation, streams: Streams, place: Place, ports: Ports) -> None:
    """See that a way leads there, before anybody relies on it. Raises HostError."""
    try:
        streams.dial(place, ports.remote, DIAL_S).close()
    except PortRefused as error:
        invocation.printer.note(f"{error} yet.")
    except OSError:
        invocation.printer.note(f"Port {ports.remote} of {place.label} does not answer yet.")


def _wait_for_ctrl_c() -> None:
    """It is the usual end."""
    never = threading.Event()
    with suppress(KeyboardInterrupt):
        while not never.wait(LOOK_UP_S):
            pass
