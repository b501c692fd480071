"""`dockyard demo`: an installation of its own for as long as it is looked at, on simulated hosts.

Nothing of the operator's is touched: state and config are in a temporary folder. The local Docker, where there is one, is shown
in a cluster of its own, and nothing is started on it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from core.api import open_dockyard
from core.cli.apply import planned
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration
from core.cli.verbs import Verb
from core.client.manifest import read_manifest
from core.client.progress import service_stable
from core.client.step import Scope
from core.config.read import local_socket
from core.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.api import Dockyard

_STACK: Final = "demo_stack.toml"
_CLUSTER: Final = "demo"
_HOSTS: Final = ("sim-a1", "sim-a2", "sim-b1")
_STOP_S: Final = 5.0


@click.command("demo", cls=Verb, examples=["dockyard demo", "dockyard demo | cat"])
@click.option(
    "--timeout",
    "timeout_s",
    type=Duration(),
    default="2m",
    show_default=True,
    help="Without a terminal: how long its services may take until they are steady.",
)
@invoked
def verb(invocation: Invocation, timeout_s: float) -> int:
    """See the product at work on simulated hosts, with nothing prepared and nothing left behind.

    Opens the terminal UI. Without a terminal it prints how the example stack comes up, until it is steady.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        # However it is ended, it leaves nothing behind.
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="dockyard-demo-"))
    config, state = folder / "config.toml", folder / "state"
    config.write_text(_config(), "utf-8")
    invocation.goes_on = "The demo ends, and with it its simulated hosts."
    try:
        return _run(invocation, open_dockyard(config, state), timeout_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(invocation: Invocation, dockyard: Dockyard, timeout_s: float) -> int:
    printer = invocation.printer
    printer.note("The hosts sim-… are SIMULATED: containers there are made up.")
    engine = dockyard.start_engine()
    try:
        services = list(_deploy(dockyard))
        if invocation.open_ui is not None and sys.stdin.isatty() and sys.stdout.isatty():
            return invocation.open_ui(dockyard.config_path, dockyard.folder, invocation.look)
        for key in services:
            dockyard.wait(partial(service_stable, key=key, now=dockyard.now), timeout_s, printer.note)
        _show(invocation, dockyard)
    finally:
        if engine is not None and not engine.stop(_STOP_S):
            engine.kill()  # its hosts end with it, and its folder goes
        _unmark_local(dockyard.installation)
        dockyard.close()
    return 0


def _config() -> str:
    """Three simulated hosts in two zones, and the local Docker; no engine outlives the folder that it would work in."""
    lines = [
        '[engine]\npoll_interval = "2s"\n',
        '[ui]\nengine_on_quit = "stop"\n',
        f"[clusters.{_CLUSTER}]\n",
    ]
    for name in _HOSTS:
        zone = name.removeprefix("sim-")[0]
        lines.append(
            f'[capacity.{name}]\nurl = "sim://{name}?cpu=4096&memory=8192"\ncluster = "{_CLUSTER}"\n'
            f'attributes = {{ zone = "{zone}" }}\n'
        )
    if socket := local_socket(os.environ):
        lines.append(f'[capacity.local]\nurl = "unix://{socket}"\ncluster = "local"\n\n[clusters.local]\n')
    return "\n".join(lines)


def _deploy(dockyard: Dockyard) -> Iterator[str]:
    """Ask for the example stack; the keys of its services."""
    stack = read_manifest(_STACK, files("core.cli").joinpath(_STACK).read_bytes())
    registered: dict[str, str] = {}
    for step in planned(dockyard, stack, Scope(_CLUSTER)):
        if step.action is not None:
            registered |= step.made(dockyard.submit(step.action, step.asked(registered)).output())
        if step.service:
            yield step.service


def _unmark_local(installation: str) -> None:
    """Take the marker of this short-lived installation off the local Docker again."""
    from core.hosts.docker_look import marker_name  # noqa: PLC0415  # docker, which is not needed before
    from core.hosts.http import stream  # noqa: PLC0415
    from core.hosts.sockets import UnixLink  # noqa: PLC0415

    if socket := local_socket(os.environ):
        with suppress(HostError):
            stream(
                UnixLink(socket), "DELETE", f"/volumes/{marker_name(installation)}", timeout_s=_STOP_S
            ).close()


def _show(invocation: Invocation, dockyard: Dockyard) -> None:
    from core.cli.service import print_services  # noqa: PLC0415  # only without a UI
    from core.cli.task import print_tasks  # noqa: PLC0415

    state = dockyard.state()
    invocation.printer.line()
    print_services(invocation.printer, dockyard, state, list(state.services.values()))
    invocation.printer.line()
    tasks = sorted((t for t in state.tasks.values() if not t.stopped), key=lambda t: (t.group, t.id))
    print_tasks(invocation.printer, dockyard, state, tasks)
    invocation.printer.note("Steady. In a terminal, `dockyard demo` shows this live.")
