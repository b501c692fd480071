"""`dockyard config`: check, apply, path."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import click

from core.cli.asking import ask, note_other_file, wait_for_all
from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option, quiet_option, wait_options
from core.cli.printing import Column, count_of
from core.cli.verbs import Verbs
from core.client.progress import instance_joined
from core.commands import Action
from core.declare import apply_input
from core.errors import ConfigError
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from core.config import Config


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
    """Read the config file and say everything that is wrong with it; files it names that aren't there are warnings."""
    config = invocation.config()
    if problems := list(_problems(invocation, config)):
        raise ConfigError("\n".join(problems))
    printer = invocation.printer
    warnings = [*_missing_files(config), *_missing_secrets(config)]
    for warning in warnings:
        printer.note(f"warning: {warning}")
    if as_json:
        hosts = [{"name": c.name, "cluster": c.cluster, "url": c.url} for c in config.capacity.values()]
        printer.json(
            {
                "path": str(config.path),
                "clusters": sorted(config.clusters),
                "capacity": hosts,
                "warnings": warnings,
            }
        )
        return
    where = str(config.path) if config.from_file else f"{config.path} is not there: defaults"
    printer.line(
        f"{where}: {count_of(len(config.clusters), 'cluster')}, {count_of(len(config.capacity), 'host')}"
    )
    if not quiet and config.capacity:
        rows = [(c.name, c.cluster, c.url) for _, c in sorted(config.capacity.items())]
        printer.table((Column("NAME"), Column("CLUSTER"), Column("URL")), rows)


def _problems(invocation: Invocation, config: Config) -> Iterator[str]:
    """What whoever would use a value has against it."""
    from core.config.read import heading  # noqa: PLC0415  # keeps the group's help light
    from core.reach import way_to  # noqa: PLC0415

    for name, capacity in sorted(config.capacity.items()):
        try:
            if not Scheme.SIM.begins(capacity.url):
                way_to(capacity)
        except ConfigError as problem:
            yield f"{config.path}: {heading('capacity', name)} url: {problem}"
    if invocation.check_ui is not None:
        yield from invocation.check_ui(config)


def _missing_files(config: Config) -> Iterator[str]:
    """Files that are named and not there. known_hosts is no such: `capacity trust` makes it."""
    from core.config.read import heading  # noqa: PLC0415  # as above

    for name, host in sorted(config.capacity.items()):
        named = {"identity_file": host.identity_file, "ssh_config": host.ssh_config}
        if host.tls is not None:
            named |= {"tls.ca": host.tls.ca, "tls.cert": host.tls.cert, "tls.key": host.tls.key}
        yield from _not_there(heading("capacity", name), named)
    for name, registry in sorted(config.registries.items()):
        named = {"password_file": registry.password_file, "docker_config": registry.docker_config}
        yield from _not_there(heading("registries", name), named)


def _missing_secrets(config: Config) -> Iterator[str]:
    """What keeps secrets from being found: files and programs that aren't there, a folder that is open to others."""
    from core.config.read import heading  # noqa: PLC0415  # as above
    from core.secrets import FOLDER, folder_problem  # noqa: PLC0415  # as above

    if problem := folder_problem(config.path.absolute().parent / FOLDER):
        yield problem
    for name, rule in config.secrets.items():
        if rule.file is not None and "{name}" not in str(rule.file):
            yield from _not_there(heading("secrets", name), {"file": rule.file})
        if rule.command and shutil.which(rule.command[0]) is None:
            yield f"{heading('secrets', name)} command: there is no program {rule.command[0]}"


def _not_there(table: str, named: Mapping[str, Path | None]) -> Iterator[str]:
    return (f"{table} {key}: there is no {path}" for key, path in named.items() if path and not path.exists())


@verb.command("apply", examples=["dockyard config apply --wait", "dockyard config apply --force"])
@click.option("--force", is_flag=True, help="Also when it drops more than one host, or all.")
@wait_options("1m")
@invoked
def apply(invocation: Invocation, force: bool, wait: bool, timeout_s: float) -> int | None:
    """Let the engine take over the config file as it is now.

    A running engine does so by itself when the file changes. Only a change that drops more than one host, or all, waits for
    this with --force.
    """
    config = invocation.config()
    note_other_file(invocation, config)
    output = ask(invocation, Action.APPLY_CONFIG, apply_input(config) | {"force": force})
    for name in output.get("heldBack", ()):
        invocation.printer.note(f"held back: {name} (--force drops it)")
    invocation.printer.line(f"{config.path} is applied.")
    if not wait:
        return None
    judges = [
        partial(instance_joined, cluster=capacity.cluster, name=name)
        for name, capacity in sorted(config.capacity.items())
    ]
    return wait_for_all(invocation, judges, timeout_s, "The engine goes on trying to reach its hosts.")
