"""`dockyard completion`: what a shell needs to complete verbs, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from core.cli.invocation import Invocation, invoked
from core.cli.verbs import Verb


@click.command(
    "completion",
    cls=Verb,
    examples=[
        'eval "$(dockyard completion bash)"      # in ~/.bashrc',
        'eval "$(dockyard completion zsh)"       # in ~/.zshrc',
        "dockyard completion fish > ~/.config/fish/completions/dockyard.fish",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@invoked
def verb(invocation: Invocation, shell: str) -> None:
    """Print a completion script."""
    from core.cli.root import COMPLETE, PROGRAM, root  # noqa: PLC0415  # this module is loaded by root

    made = get_completion_class(shell)
    assert made is not None
    invocation.printer.line(made(root, {}, PROGRAM, COMPLETE).source())
