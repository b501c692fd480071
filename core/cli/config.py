"""`dockyard config`: check, apply, path."""

from __future__ import annotations

import click

from core.cli.asking import ask, note_other_file
from core.cli.declaring import declared_input
from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option, quiet_option
from core.cli.printing import Column, count_of
from core.cli.verbs import Verbs
from core.commands import Action


@click.group("config", cls=Verbs)
def verb() -> None:
    """The config file: check it, apply it."""


@verb.command(
    "check",
    examples=["dockyard config check", "dockyard --config new.toml config check && mv new.toml config.toml"],
)
@quiet_option
@json_option
@invoked
def check(invocation: Invocation, quiet: bool, as_json: bool) -> None:
    """Read the config file and say everything that is wrong with it."""
    from core.reach import SIMULATED, way_to  # noqa: PLC0415  # keeps the group's help light

    config = invocation.config()
    for capacity in config.capacity.values():
        if not capacity.url.startswith(SIMULATED):
            way_to(capacity)
    printer = invocation.printer
    if as_json:
        hosts = [{"name": c.name, "cluster": c.cluster, "url": c.url} for c in config.capacity.values()]
        printer.json({"path": str(config.path), "clusters": sorted(config.clusters), "capacity": hosts})
        return
    where = str(config.path) if config.from_file else f"{config.path} is not there: defaults"
    printer.line(
        f"{where}: {count_of(len(config.clusters), 'cluster')}, {count_of(len(config.capacity), 'host')}"
    )
    if not quiet and config.capacity:
        rows = [(c.name, c.cluster, c.url) for _, c in sorted(config.capacity.items())]
        printer.table((Column("NAME"), Column("CLUSTER"), Column("URL")), rows)


@verb.command("apply", examples=["dockyard config apply", "dockyard config apply --force"])
@click.option("--force", is_flag=True, help="Also when it drops more than one host, or all.")
@invoked
def apply(invocation: Invocation, force: bool) -> None:
    """Let the engine take over the config file as it is now.

    A running engine does so by itself when the file changes. Only a change that drops more than one host, or all, waits for
    this with --force.
    """
    config = invocation.config()
    note_other_file(invocation, config)
    output = ask(invocation, Action.APPLY_CONFIG, declared_input(config, force=force))
    for name in output.get("heldBack", ()):
        invocation.printer.note(f"held back: {name} (--force drops it)")
    invocation.printer.line(f"{config.path} is applied.")
