"""`dockyard version`."""

from __future__ import annotations

import click

from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option
from core.cli.verbs import Verb
from core.version import VERSION


@click.command("version", cls=Verb, examples=["dockyard version", "dockyard version --json"])
@json_option
@invoked
def verb(invocation: Invocation, as_json: bool) -> None:
    """Print the version."""
    if as_json:
        invocation.printer.json({"version": VERSION})
    else:
        invocation.printer.line(f"dockyard {VERSION}")
