"""What the verbs that list things share: whose things, and in which form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.client.names import find_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from core.cli.invocation import Invocation
    from core.cli.printing import Printer
    from core.model.state import State


def named_cluster(state: State, cluster: str | None) -> str | None:
    """The cluster to which a list is limited; None: all of them. Raises Refused."""
    return None if cluster is None else find_cluster(state, cluster).name


def answered(invocation: Invocation, described: Callable[[bool], Mapping[str, Any]]) -> dict[str, Any]:
    """A Describe call's answer, with what it is worth: of when it is, and whether an engine keeps it true now.

    `described` is told that (`watched`): what no engine looks at is shown as unknown.
    """
    engine = invocation.dockyard().engine()
    as_of = {"asOf": engine.pulse.at} if engine.pulse.at else {}
    return {**described(engine.watches), "failures": [], **as_of, "current": engine.watches}


def show_list(
    printer: Printer,
    *,
    document: Callable[[], Any],
    names: Iterable[str],
    table: Callable[[], None],
    as_json: bool,
    quiet: bool,
) -> None:
    """Print a list as JSON, as its names alone, or as a table."""
    if as_json:
        printer.json(document())
    elif quiet:
        for name in names:
            printer.line(name)
    else:
        table()
