"""`dockyard schedule` create and update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, wait_for_engine
from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, cluster_option, json_option, wait_options
from core.cli.placement import launch_type_option, placement_options
from core.cli.requests import TAKEN_AWAY, create_schedule, update_schedule
from core.cli.task_run import target_options
from core.cli.verbs import Verb
from core.client.schedules import next_told
from core.commands import Action
from core.model.schedule import AfterCompletion, MissedRuns, Overlap

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.schedule import Schedule

_EXPRESSION = "cron(MIN HOUR DAY MONTH WEEKDAY YEAR), rate(N minutes|hours|days) or at(YYYY-MM-DDThh:mm:ss)."


class Window(Duration):
    """Minutes of a flexible time window, written as a duration; 0 for `off`."""

    name = "window"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if str(value).lower() == "off":
            return 0.0
        minutes = super().convert(value, param, ctx) / 60
        if minutes != int(minutes) or not minutes:
            self.fail(f"{value!r} is not whole minutes, such as 15m; or off", param, ctx)
        return minutes


def _when_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """When it runs, and by which policies."""
    for option in (
        click.option("--description", metavar="TEXT", help="What it is for."),
        click.option(
            "--maximum-event-age",
            type=Duration(),
            metavar="DURATION",
            help="So late a run may begin, and so long its tasks may wait for a place: 1m to 24h; else 24h.",
        ),
        click.option(
            "--missed-runs",
            type=click.Choice(list(MissedRuns), case_sensitive=False),
            help="While no engine ran: run once, late (the default), or not at all.",
        ),
        click.option(
            "--overlap",
            type=click.Choice(list(Overlap), case_sensitive=False),
            help="While an earlier run goes on: run beside it (the default), don't run, or stop it and run.",
        ),
        click.option(
            "--action-after-completion",
            type=click.Choice(list(AfterCompletion), case_sensitive=False),
            help="Once it will never run again: keep it (NONE, the default) or delete it.",
        ),
        click.option(
            "--flexible-time-window",
            type=Window(),
            metavar="DURATION|off",
            help="Run at some moment within so long after its time: 1m to 24h; else off.",
        ),
        click.option("--end-date", metavar="DATE", help="Not after: 2027-01-31T03:00:00Z."),
        click.option("--start-date", metavar="DATE", help="Not before; a rate counts from then."),
        click.option(
            "--timezone",
            metavar="NAME",
            help="An IANA name, such as Europe/Berlin; else UTC.",
            shell_complete=completing.time_zones,
        ),
    ):
        function = option(function)
    return function


@click.command(
    "create",
    cls=Verb,
    examples=[
        "dockyard schedule create backup --task-definition backup --expression 'cron(0 3 * * ? *)'",
        "dockyard schedule create report --task-definition report:4 --expression 'cron(30 8 ? * FRI *)' --dry-run",
        "dockyard schedule create poll --task-definition poll --expression 'rate(5 minutes)' --env MODE=fast",
    ],
)
@click.argument("name")
@click.option(
    "--task-definition",
    "definition",
    required=True,
    metavar="FAMILY[:REVISION]",
    help="A family is run in its latest revision of then.",
    shell_complete=completing.definitions,
)
@click.option("--expression", required=True, metavar="EXPRESSION", help=_EXPRESSION)
@click.option(
    "--count", type=click.IntRange(1, 10), default=1, show_default=True, metavar="N", help="Tasks of a run."
)
@_when_options
@target_options
@placement_options
@launch_type_option
@click.option("--disabled", is_flag=True, help="Don't run it yet.")
@click.option("--dry-run", is_flag=True, help="Check it and show when it would run; nothing is created.")
@cluster_option
@wait_options("1m")
@json_option
@invoked
def create(
    invocation: Invocation, /, name: str, dry_run: bool, cluster: str | None, as_json: bool, **given: Any
) -> None:
    """Create a schedule, which runs tasks of a task definition by cron, at a rate, or at a time."""
    asked = create_schedule(invocation.state(), {"name": name, "cluster": cluster} | given)
    if dry_run:
        from core.cli.schedule_trial import show_trial  # noqa: PLC0415  # what an engine has loaded, a client rarely needs

        show_trial(invocation, asked, as_json=as_json)
        return
    output = ask(invocation, Action.CREATE_SCHEDULE, asked)
    _told(invocation, output, f"{asked['cluster']}/{name}", as_json=as_json)
    if given["wait"]:
        wait_for_engine(invocation, given["timeout_s"])


@click.command(
    "update",
    cls=Verb,
    examples=[
        "dockyard schedule update backup --expression 'cron(0 4 * * ? *)'",
        "dockyard schedule update backup --overlap replace --env MODE=full",
        "dockyard schedule update backup --without command --end-date ''",
    ],
)
@click.argument("name", shell_complete=completing.schedules)
@click.option(
    "--task-definition", "definition", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions
)
@click.option("--expression", metavar="EXPRESSION", help=_EXPRESSION)
@click.option("--count", type=click.IntRange(1, 10), metavar="N", help="Tasks of a run.")
@_when_options
@target_options
@placement_options
@launch_type_option
@click.option(
    "--without",
    type=click.Choice(TAKEN_AWAY),
    multiple=True,
    help="Take this away from what it runs. May be repeated.",
)
@cluster_option
@wait_options("1m")
@json_option
@invoked
def update(invocation: Invocation, /, name: str, cluster: str | None, as_json: bool, **given: Any) -> None:
    """Change a schedule; what is not said stays as it is. An empty date takes it away."""
    asked = update_schedule(invocation.state(), {"name": name, "cluster": cluster} | given)
    output = ask(invocation, Action.UPDATE_SCHEDULE, asked)
    _told(invocation, output, f"{asked['cluster']}/{asked['name']}", as_json=as_json)
    if given["wait"]:
        wait_for_engine(invocation, given["timeout_s"])


def _told(invocation: Invocation, output: dict[str, Any], key: str, *, as_json: bool) -> None:
    if as_json:
        invocation.printer.json(output)
        return
    schedule: Schedule | None = invocation.state().schedules.get(key)
    following = f", next run {told}" if schedule is not None and (told := next_told(schedule)) else ""
    name = key.rpartition("/")[2]
    invocation.printer.line(f"Schedule {name} is {output['schedule']['state']}{following}.")
