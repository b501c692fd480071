"""`dockyard events`, and how events are printed wherever a verb shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

import click

from core.cli.invocation import Invocation, invoked
from core.cli.options import Duration, Whole, cluster_option, json_option
from core.cli.printing import Cell, Column, Printer, Tone
from core.cli.rows import status_cell
from core.cli.verbs import Verb
from core.client.names import find_cluster
from core.events import Level, Subject
from core.store import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.api import Dockyard
    from core.cli.printing import Row

#: So many are shown where nothing else is asked for.
_SHOWN: Final = 100
#: So many are read at once.
_PAGE: Final = 1000
#: How long one wait for news lasts; between two of them Ctrl-C is noticed.
_WATCH_S: Final = 1.0


class Which(TypedDict, total=False):
    """Which events are meant; what is left out selects nothing."""

    cluster: str
    subject: str
    name: str


class Shown(TypedDict):
    """How many events are shown, and whether those that come are too."""

    follow: bool
    since: float | None
    limit: int | None


def shown_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every verb that prints events takes: the members of Shown."""
    for option in (
        click.option(
            "--limit", type=Whole(1), metavar="N", help="The newest so many: 100, or all with --since."
        ),
        click.option("--since", type=Duration(), metavar="TIME", help="Only the last so long, like 10m."),
        click.option("-f", "--follow", is_flag=True, help="Go on printing what happens."),
    ):
        function = option(function)
    return function


@click.command(
    "events",
    cls=Verb,
    examples=[
        "dockyard events",
        "dockyard events -f",
        "dockyard events --since 8h",
        "dockyard events --subject instance --limit 20",
        "dockyard events --json -f | jq -r .message",
    ],
)
@shown_options
@click.option("--subject", type=click.Choice([s.value for s in Subject]), help="Only events about these.")
@click.option("--name", metavar="NAME", help="Only events about the one of that name or id.")
@cluster_option
@json_option
@invoked
def verb(
    invocation: Invocation,
    subject: str | None,
    name: str | None,
    cluster: str | None,
    as_json: bool,
    **shown: Unpack[Shown],
) -> None:
    """Show what happened, the newest last."""
    which: Which = {}
    if cluster:
        which["cluster"] = _cluster(invocation, cluster)
    if subject:
        which["subject"] = subject
    if name:
        which["name"] = name
    show_events(invocation, which, shown, as_json=as_json)


def _cluster(invocation: Invocation, name: str) -> str:
    """A cluster of which there are events: it may be gone, but must have been there."""
    if invocation.dockyard().events(cluster=name, limit=1):
        return name
    return find_cluster(invocation.state(), name).name


def show_events(invocation: Invocation, which: Which, shown: Shown, *, as_json: bool) -> None:
    """Print the newest events, and with `follow` those that come, until Ctrl-C."""
    dockyard, follow = invocation.dockyard(), shown["follow"]
    # Read first: what comes while the others are read is news then.
    last = next((recorded.number for recorded in dockyard.events(limit=1)), 0)
    found = newest(dockyard, which, shown)
    if as_json and not follow:
        invocation.printer.json({"events": [_described(recorded) for recorded in found]})
        return
    _print(invocation.printer, found, as_json=as_json)
    after = found[-1].number if found else last
    while follow:
        for recorded in dockyard.events(after=after, limit=_PAGE, **which):
            _print(invocation.printer, [recorded], as_json=as_json)
            after = recorded.number
        dockyard.watch(_WATCH_S)


def newest(dockyard: Dockyard, which: Which, shown: Shown) -> list[Recorded]:
    """The events that are asked for, the newest last; by `since` as many as there are."""
    since, limit = shown["since"], shown["limit"]
    if since is None:
        return dockyard.events(limit=limit or _SHOWN, **which)
    begin, found = dockyard.now() - since, list[Recorded]()
    while limit is None or len(found) < limit:
        page = dockyard.events(before=found[0].number if found else None, limit=_PAGE, **which)
        fresh = [recorded for recorded in page if recorded.event.at >= begin]
        found = [*fresh, *found]
        if len(fresh) < _PAGE:
            break
    return found if limit is None else found[-limit:]


def print_events(printer: Printer, events: Sequence[Recorded]) -> None:
    """A table of events."""
    printer.table(
        (Column("TIME"), Column("LEVEL"), Column("EVENT", whole=True)),
        [_row(recorded) for recorded in events],
    )


def moment(at: float) -> str:
    """A moment as people read it: UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _row(recorded: Recorded) -> Row:
    event = recorded.event
    return Cell(moment(event.at), Tone.DIM), status_cell(event.level), event.message


def _print(printer: Printer, found: Sequence[Recorded], *, as_json: bool) -> None:
    for recorded in found:
        if as_json:
            printer.json_line(_described(recorded))
        else:
            event = recorded.event
            level = Cell(
                "" if event.level is Level.INFO else event.level.value, status_cell(event.level).tone
            )
            printer.columns((Cell(moment(event.at), Tone.DIM), 22), (level, 7), (event.message, 0))


def _described(recorded: Recorded) -> dict[str, Any]:
    """ECS's ServiceEvent has id, createdAt and message; the rest is ours."""
    event = recorded.event
    return {
        "id": str(recorded.number),
        "createdAt": event.at,
        "message": event.message,
        "subject": event.subject.value,
        "name": event.name,
        "cluster": event.cluster,
        "level": event.level.value,
        "eventName": event.event_name,
    }
