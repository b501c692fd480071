"""`dockyard completion`: what a shell needs to complete verbs, options and names."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, get_completion_class

from core.cli.invocation import Invocation, invoked
from core.cli.verbs import Verb


class _Bash(BashComplete):
    """click's, but for colons: bash ends a word at each, and `web:3` is one name."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' words=() word completion type value
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#words[@]} -gt 0 && ( $word == :* || ${words[-1]} == *: ) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    local before=${words[-1]%%"${words[-1]##*:}"}
    for completion in $(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \\
            %(complete_var)s=bash_complete $1); do
        IFS=',' read -r type value <<< "$completion"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$before"}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


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

    made = _Bash if shell == "bash" else get_completion_class(shell)
    assert made is not None
    invocation.printer.line(made(root, {}, PROGRAM, COMPLETE).source())
