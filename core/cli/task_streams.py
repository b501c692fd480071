"""`dockyard task` logs and exec: streams that this process opens to the hosts itself."""

from __future__ import annotations

import math
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from core.cli import completing
from core.cli.aside import Aside
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, Whole, cluster_option
from core.cli.printing import Tone, paint
from core.cli.verbs import Verb
from core.client.names import find_service, find_task
from core.client.progress import container_started, task_placed
from core.errors import HostError, UsageError
from core.model.ids import arn
from core.safe_text import coloured
from core.streams import SHELL, LogLine, Streams, merged, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.api import Dockyard, Stage
    from core.cli.printing import Printer
    from core.errors import DockyardError
    from core.model.state import State
    from core.streams import Place

#: SGR colours of container names, in turn; neither red nor the dim ones.
_NAME_COLOURS: Final = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")


@click.command(
    "logs",
    cls=Verb,
    examples=[
        "dockyard task logs 3f2a91c0 -f",
        "dockyard task logs --service web -f --tail 20",
        "dockyard task logs 3f2a --since 10m -t --container app",
    ],
)
@click.argument("names", nargs=-1, metavar="[ID…]", shell_complete=completing.tasks)
@click.option(
    "--service", metavar="NAME", help="All tasks of this service.", shell_complete=completing.services
)
@click.option("--container", metavar="NAME", help="Only this container.")
@click.option("-f", "--follow", is_flag=True, help="Go on printing what comes.")
@click.option("--tail", type=Whole(0), metavar="N", help="Only the last N lines of each container.")
@click.option("--since", type=Duration(), help="Only the last so long, like 10m.")
@click.option("-t", "--timestamps", is_flag=True, help="Print each line's time.")
@click.option("--json", "as_json", is_flag=True, help="Print each line as an object.")
@cluster_option
@invoked
def logs(
    invocation: Invocation,
    names: Sequence[str],
    service: str | None,
    container: str | None,
    follow: bool,
    tail: int | None,
    since: float | None,
    timestamps: bool,
    as_json: bool,
    cluster: str | None,
) -> int | None:
    """Print the logs of tasks, read from their hosts. Several containers are merged, each line with its name.

    Of a host that can't be reached that is said, and the exit code is 1; the others' lines are printed. With -f, what has not
    started yet is waited for.
    """
    if follow:
        _until_placed(invocation, names, cluster)
    found = places_of(invocation.state(), names, service, container, cluster)
    begin = invocation.dockyard().now() - since if since is not None else None
    aside = Aside()
    streams = Streams(invocation.config(), aside.passphrase())

    def read(place: Place) -> Iterator[LogLine]:
        there = _started(invocation, place) if follow and place.awaited else place
        yield from streams.logs(there, follow=follow, tail=tail, since=begin)

    sources = {place: partial(read, place) for place in found}
    failed: list[Place] = []

    def tell(place: Place, error: DockyardError) -> None:
        failed.append(place)
        invocation.printer.note(f"{place.label} on {place.instance.name}: {error}")

    lines: Iterator[LogLine] = sources[found[0]]() if len(found) == 1 else merged(sources, tell)
    labels = _labels(found)

    def show() -> None:
        ordered = lines if follow or len(found) == 1 else sorted(lines, key=lambda line: line.at)
        for line in ordered:
            if as_json:
                invocation.printer.json_line(_described(line))
            else:
                _print(invocation.printer, line, labels.get(line.place), timestamps=timestamps)

    try:
        aside.run(show, streams.close)
    finally:
        streams.close()
    return REFUSED if failed else None


class _Exec(Verb):
    """Its options may stand before the ID and behind it; whatever follows is the command's own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, rest = self._options(ctx, args)
        if not rest or ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        more, command = self._options(ctx, rest[1:])
        return super().parse_args(ctx, [*options, *more, rest[0], *command])

    def _options(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """The options at the beginning, and what comes after them."""
        own: list[click.Parameter] = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        # `own` has the help option; click would add another where this one was first asked for under other names.
        parser = click.Command(self.name, params=own, add_help_option=False).make_parser(ctx)
        _, rest, _ = parser.parse_args([*args])
        options = args[: len(args) - len(rest)]
        return (options[:-1] if options[-1:] == ["--"] else options), rest


@click.command(
    "exec",
    cls=_Exec,
    context_settings={"allow_interspersed_args": False},
    examples=[
        "dockyard task exec 3f2a91c0",
        "dockyard task exec 3f2a91c0 --container app -- env",
        "cat dump.sql | dockyard task exec 3f2a -i psql",
    ],
)
@click.option("--container", metavar="NAME", help="Else the task's first.")
@click.option("-i", "--interactive", is_flag=True, help="Pass standard input on; always so on a terminal.")
@click.option(
    "-t",
    "--tty",
    "_tty",
    is_flag=True,
    expose_value=False,
    help="As with docker: on a terminal it is always so.",
)
@click.option("-T", "--no-tty", is_flag=True, help="Give the command no terminal, though there is one here.")
@cluster_option
@click.argument("name", metavar="ID", shell_complete=completing.tasks)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND…]")
@invoked
def execute(
    invocation: Invocation,
    name: str,
    command: Sequence[str],
    container: str | None,
    interactive: bool,
    no_tty: bool,
    cluster: str | None,
) -> int:
    """Run a command in a container of a task; its exit code is this command's. Without one it is a shell: bash, or else sh.

    On a terminal the command gets one too; Ctrl-P Ctrl-Q leaves it running.
    """
    from core.cli.exec import Way, run_attached  # noqa: PLC0415  # termios is this verb's alone

    tty = on_terminal() and not no_tty
    if not command and not (tty or interactive):
        raise UsageError("Name the command: a shell needs a terminal, or -i and its input")
    place = places(invocation.state(), find_task(invocation.state(), name, cluster), container)[0]
    aside = Aside()
    streams = Streams(invocation.config(), aside.passphrase())
    try:
        session = aside.run(lambda: streams.exec(place, command or SHELL, tty=tty, stdin=tty or interactive))
        code = run_attached(aside, session, Way.KEYS if tty else Way.PIPE, stdin=tty or interactive)
    finally:
        streams.close()
    if code is None:
        invocation.printer.note("The command goes on without this terminal.")
        return 0
    return code


@click.command(
    "attach",
    cls=Verb,
    examples=["dockyard task attach 3f2a91c0", "dockyard task attach 3f2a91c0 --container app"],
)
@click.option("--container", metavar="NAME", help="Else the task's first.")
@click.option("--no-stdin", is_flag=True, help="Only look: what is typed goes nowhere.")
@cluster_option
@click.argument("name", metavar="ID", shell_complete=completing.tasks)
@invoked
def attach(
    invocation: Invocation, name: str, container: str | None, no_stdin: bool, cluster: str | None
) -> int:
    """Attach to what a container of a task runs itself: its output from now on, and its input if it takes any.

    Ctrl-P Ctrl-Q leaves it running. Where it has a terminal (pseudoTerminal), all other keys are its own, Ctrl-C too; where it has
    none, Ctrl-C leaves it as well. If it ends, its exit code is this command's.
    """
    from core.cli.exec import Way, attached_told, run_attached, way_of  # noqa: PLC0415  # termios is this verb's alone

    place = places(invocation.state(), find_task(invocation.state(), name, cluster), container)[0]
    aside = Aside()
    streams = Streams(invocation.config(), aside.passphrase())
    try:
        attachment = aside.run(lambda: streams.attach(place))
        way = way_of(attachment) if on_terminal() else Way.PIPE
        invocation.printer.note(attached_told(place, attachment))
        code = run_attached(aside, attachment.session, way, stdin=attachment.stdin and not no_stdin)
    finally:
        streams.close()
    if code is None:
        invocation.printer.note(f"{place.label} goes on without this terminal.")
        return 0
    return code


def on_terminal() -> bool:
    """Whether somebody types here and looks on."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def places_of(
    state: State, names: Sequence[str], service: str | None, container: str | None, cluster: str | None
) -> list[Place]:
    if bool(names) == bool(service):
        raise UsageError("Name tasks by their ids, or all tasks of a service by --service")
    if service:
        of = find_service(state, service, cluster)
        tasks = [t for t in state.tasks_of_service(of.key) if t.instance]
        if not tasks:
            raise UsageError(f"{of.name} has no task on any host now")
    else:
        tasks = [find_task(state, name, cluster) for name in names]
    return [place for task in tasks for place in places(state, task, container)]


def _until_placed(invocation: Invocation, names: Sequence[str], cluster: str | None) -> None:
    """Wait until tasks have a host. Raises HostError where one never has."""
    for name in names:
        task = find_task(invocation.state(), name, cluster)
        if not task.instance:
            _awaited(invocation, invocation.dockyard(), partial(task_placed, key=task.id))


def _started(invocation: Invocation, place: Place) -> Place:
    """A place once its container has started. Raises HostError where it never does. For any thread."""
    dockyard = invocation.dockyard().reader()
    try:
        _awaited(invocation, dockyard, partial(container_started, key=place.task, name=place.container))
        return places(dockyard.state(), dockyard.state().tasks[place.task], place.container)[0]
    finally:
        dockyard.close()


def _awaited(invocation: Invocation, dockyard: Dockyard, judge: Callable[[State], Stage]) -> None:
    """Wait for as long as it takes, saying once for what. Raises HostError when it fails, NoEngine."""
    stage = judge(dockyard.state())
    if not stage.done and not stage.failed:
        invocation.printer.note(f"{stage.text}; its log follows when it has started")
        stage = dockyard.wait(judge, math.inf, lambda _: None)
    if stage.failed:
        raise HostError(stage.text)


def _labels(found: Sequence[Place]) -> dict[Place, tuple[str, str]]:
    """The name and colour before each line, where there is more than one container."""
    if len(found) < 2:
        return {}
    width = max(len(place.label) for place in found)
    return {
        place: (f"{place.label:{width}} | ", _NAME_COLOURS[n % len(_NAME_COLOURS)])
        for n, place in enumerate(found)
    }


def _described(line: LogLine) -> dict[str, str]:
    """CloudWatch's word for the text is `message`; it knows no containers."""
    return {
        "timestamp": line.at,
        "message": line.text,
        "stream": "stderr" if line.stderr else "stdout",
        "taskArn": arn("task", line.place.instance.cluster, line.place.task),
        "container": line.place.container,
    }


def _print(printer: Printer, line: LogLine, label: tuple[str, str] | None, *, timestamps: bool) -> None:
    """One line; of its own escapes only colours are left, and those only on a terminal."""
    parts = [(parameters, text) for parameters, text in coloured(line.text, len(line.text))]
    text = "".join(
        f"\x1b[{sgr}m{piece}\x1b[0m" if sgr and printer.coloured else piece for sgr, piece in parts
    )
    if timestamps:
        text = f"{paint(line.at, Tone.DIM) if printer.coloured else line.at} {text}"
    if label is not None:
        name, colour = label
        text = (f"\x1b[{colour}m{name}\x1b[0m" if printer.coloured else name) + text
    print(text, file=printer.err if line.stderr and not printer.out.isatty() else printer.out, flush=True)
