"""`dockyard task exec-all`: one command in many tasks, and what it prints compared."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.aside import Aside
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, Whole, cluster_option, json_option
from core.cli.printing import Cell, Tone, count_of
from core.cli.task_streams import places_of
from core.cli.verbs import Verb
from core.errors import UsageError
from core.model.ids import arn
from core.safe_text import plain
from core.streams import Streams
from core.streams.comparing import AT_ONCE, TIMEOUT_S, differing, grouped, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.streams import Place
    from core.streams.comparing import Group, Ran


class _ExecAll(Verb):
    """What follows `--` is the command; the ids stand before it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, dashes, command = (
            (args, "", [])
            if "--" not in args
            else (args[: args.index("--")], "--", args[args.index("--") + 1 :])
        )
        rest = super().parse_args(ctx, own)
        if not ctx.resilient_parsing:
            if not command:
                raise UsageError(
                    "Name the command behind --, such as: dockyard task exec-all --service web -- uname -r"
                    if not dashes
                    else "There is no command behind --"
                )
            ctx.params["command"] = command
        return rest


@click.command(
    "exec-all",
    cls=_ExecAll,
    examples=[
        "dockyard task exec-all --service web -- cat /etc/resolv.conf",
        "dockyard task exec-all 3f2a91c0 77b0c1de -- sha256sum /app/server",
        "dockyard task exec-all --service web --timeout 5s --at-once 20 -- nslookup db",
    ],
)
@click.argument("names", nargs=-1, metavar="[ID…] -- COMMAND…", shell_complete=completing.tasks)
@click.option(
    "--service", metavar="NAME", help="All tasks of this service.", shell_complete=completing.services
)
@click.option("--container", metavar="NAME", help="Else each task's first.")
@click.option(
    "--timeout",
    "timeout_s",
    type=Duration(),
    default=f"{TIMEOUT_S:g}s",
    show_default=True,
    help="How long it may take in each.",
)
@click.option(
    "--at-once", type=Whole(1, 64), default=AT_ONCE, show_default=True, help="In so many at a time."
)
@cluster_option
@json_option
@invoked
def verb(
    invocation: Invocation,
    names: Sequence[str],
    service: str | None,
    container: str | None,
    timeout_s: float,
    at_once: int,
    cluster: str | None,
    as_json: bool,
    command: Sequence[str],
) -> int | None:
    """Run one command in many tasks and compare what it prints: equal outputs are shown once, with the tasks that gave them.

    Lines that the largest group does not have are marked with *. The exit code is 0 if the command ended with 0 everywhere, else 1.
    """
    places = _one_each(places_of(invocation.state(), names, service, container, cluster))
    results: list[Ran] = []
    aside = Aside()
    with closing(Streams(invocation.config(), aside.passphrase())) as streams:

        def run() -> None:
            for ran in run_in(streams, places, command, timeout_s=timeout_s, at_once=at_once):
                results.append(ran)
                if invocation.printer.err.isatty():
                    ended = ran.problem or f"exit code {ran.exit_code}"
                    invocation.printer.note(f"{ran.place.label}: {ended}")

        aside.run(run, streams.close)
    groups = grouped(results)
    if as_json:
        invocation.printer.json({"groups": [_described(group) for group in groups]})
    else:
        for number, group in enumerate(groups):
            if number:
                invocation.printer.line()
            _print(invocation, group, groups[0], len(places))
    return None if all(ran.exit_code == 0 for ran in results) else REFUSED


def _one_each(places: Sequence[Place]) -> list[Place]:
    """Each task's first container among these, in the order of the tasks."""
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.task, place)
    return [*first.values()]


def _print(invocation: Invocation, group: Group, largest: Group, total: int) -> None:
    printer = invocation.printer
    tone = Tone.GOOD if group.exit_code == 0 else Tone.BAD
    printer.columns((Cell(f"{len(group.places)} of {count_of(total, 'task')}: {group.outcome}", tone), 0))
    printer.line("  " + ", ".join(f"{p.label} on {p.instance.name}" for p in group.places))
    for line in marked_lines(group, largest):
        printer.line(line)


def marked_lines(group: Group, largest: Group) -> Iterator[str]:
    """What a group printed, safe, with the lines marked that the largest group does not have."""
    for line, differs in zip(group.output.splitlines(), differing(group, largest), strict=True):
        mark = "*" if differs and group is not largest else " "
        yield f"  {mark} {plain(line.expandtabs())}"


def _described(group: Group) -> dict[str, Any]:
    return {
        "exitCode": group.exit_code,
        "reason": group.problem or None,
        "output": group.output,
        "tasks": [
            {
                "taskArn": arn("task", p.instance.cluster, p.task),
                "container": p.container,
                "containerInstance": p.instance.name,
            }
            for p in group.places
        ],
    }
