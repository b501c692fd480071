"""The root of the command line, and how a run ends: its exit code, and every error as a sentence."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import shell_complete

from core.cli.failures import failed, interrupted, output_gone
from core.cli.invocation import CheckUi, Invocation, Look, OpenUi
from core.cli.verbs import PLACE, Verbs
from core.errors import UsageError
from core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROGRAM: Final = "dockyard"
#: Set by a shell's completion script, to what it wants to know.
COMPLETE: Final = "_DOCKYARD_COMPLETE"

_VERBS: Final = {
    "cluster": ("core.cli.cluster", "Clusters: named groups of capacity, services and tasks."),
    "capacity": ("core.cli.capacity", "Capacity: the Docker hosts (container instances)."),
    "taskdef": ("core.cli.taskdef", "Task definitions, in ECS's own JSON."),
    "service": ("core.cli.service", "Services: so many tasks, kept running."),
    "task": ("core.cli.task", "Tasks: run, stop, logs, exec."),
    "schedule": ("core.cli.schedule", "Schedules: tasks that run by cron, at a rate, or at a time."),
    "apply": (
        "core.cli.apply",
        "Bring services and schedules to what files say, after showing what changes.",
    ),
    "stack": ("core.cli.stack", "Stacks: what `apply --stack` holds together."),
    "what-if": ("core.cli.what_if", "What would follow from a lost host, from scaling, from a new host."),
    "events": ("core.cli.events", "What happened, in dated sentences."),
    "commands": ("core.cli.commands", "Who asked for what, and the answers."),
    "status": ("core.cli.status", "The engine, the hosts and what is wrong, in one look."),
    "config": ("core.cli.config", "The config file: check it, apply it."),
    "demo": ("core.cli.demo", "See the product at work on simulated hosts."),
    "version": ("core.cli.version", "The version."),
    "completion": ("core.cli.completion", "A shell's completion script."),
}


@click.group(
    cls=Verbs,
    lazy=_VERBS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="dockyard VERB --help shows more, with examples. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 timed out.",
)
@click.option(
    "--config",
    "config_path",
    type=PLACE,
    metavar="FILE",
    help="The config file; else $DOCKYARD_CONFIG, else ~/.config/dockyard/config.toml.",
)
@click.option(
    "--state",
    "state_dir",
    type=PLACE,
    metavar="FOLDER",
    help="The state's folder; else $DOCKYARD_STATE, else ~/.local/state/dockyard.",
)
@click.option(
    "--ascii", "is_ascii", is_flag=True, help="The terminal UI draws with ASCII alone, whatever the locale."
)
@click.option("--no-mouse", is_flag=True, help="The terminal UI leaves the mouse to the terminal.")
@click.option(
    "--read-only", is_flag=True, help="The terminal UI leaves out every key that changes something."
)
@click.option(
    "--no-ui",
    is_flag=True,
    help="Run the engine alone, until SIGTERM or Ctrl-C; it outlives its terminal. SIGHUP reloads the config.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the engine alone prints its events.",
)
@click.option(
    "--parent-fd", type=int, hidden=True, help="A pipe whose end tells the engine that its UI is gone."
)
@click.option("--version", is_flag=True, help="Print the version.")
@click.pass_context
def root(
    ctx: click.Context,
    config_path: Path | None,
    state_dir: Path | None,
    is_ascii: bool,
    no_mouse: bool,
    read_only: bool,
    no_ui: bool,
    log_format: str,
    parent_fd: int | None,
    version: bool,
) -> int | None:
    """Run the Amazon ECS model on your own Docker hosts.

    Without a verb: the terminal UI, and an engine if none runs.
    """
    invocation = ctx.ensure_object(Invocation)
    invocation.config_path = config_path
    invocation.state_dir = state_dir
    invocation.look = Look(is_ascii, not no_mouse, read_only)
    if version:
        invocation.printer.line(f"dockyard {VERSION}")
        ctx.exit()
    if ctx.invoked_subcommand is not None:
        if no_ui:
            raise click.UsageError("--no-ui runs the engine alone and takes no verb", ctx)
        return None
    if no_ui:
        from core.headless import main as run_engine  # noqa: PLC0415  # the engine's whole weight

        return run_engine(config_path, state_dir, log_format, parent_fd)
    return _ui(invocation)


def _ui(invocation: Invocation) -> int:
    if invocation.open_ui is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The terminal UI needs a terminal. Run `dockyard --no-ui` for the engine alone, "
            "`dockyard status` for a look, or `dockyard --help`."
        )
    return invocation.open_ui(invocation.config_path, invocation.state_dir, invocation.look)


def main(
    argv: Sequence[str] | None = None, open_ui: OpenUi | None = None, check_ui: CheckUi | None = None
) -> int:
    """Run one command line and return its exit code. `open_ui` opens the terminal UI, where there is one, `check_ui` checks
    what a config file says of it.
    """
    asked = os.environ.get(COMPLETE)
    if asked:
        return shell_complete(root, {"obj": Invocation()}, PROGRAM, COMPLETE, asked)
    _ready_outputs()
    invocation = Invocation(open_ui=open_ui, check_ui=check_ui)
    try:
        return _run(list(sys.argv[1:] if argv is None else argv), invocation)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort) as interrupt:
        return interrupted(invocation, interrupt)
    except BrokenPipeError:
        return output_gone()
    except Exception as error:  # noqa: BLE001  # nothing leaves as a traceback
        return failed(invocation, error)
    finally:
        invocation.close()


def _ready_outputs() -> None:
    """Let the outputs take what is written: a daemon may start us with them closed, and a locale know few characters."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: list[str], invocation: Invocation) -> int:
    with root.make_context(PROGRAM, arguments, obj=invocation) as ctx:
        exit_code: int | None = root.invoke(ctx)
    sys.stdout.flush()
    return exit_code or 0
