"""How the consequences of a change are printed: one line for each host and kind of task, then the services whose floor breaks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from core.cli.printing import Cell, Column, Tone, count_of
from core.client.what_if import Fate, consequences, document

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from core.cli.invocation import Invocation
    from core.client.what_if import Consequences
    from core.forecast import Trial

_COLUMNS: Final = (
    Column("GROUP"),
    Column("TASKS", right=True),
    Column("EFFECT"),
    Column("FROM"),
    Column("TO"),
    Column("WHY", whole=True),
)
_TONES: Final[Mapping[Fate, Tone]] = {
    Fate.MOVES: Tone.PLAIN,
    Fate.STARTS: Tone.GOOD,
    Fate.STOPS: Tone.DIM,
    Fate.STAYS: Tone.WARN,
    Fate.WAITS: Tone.BAD,
    Fate.IS_LOST: Tone.BAD,
}


def show_trial(
    invocation: Invocation,
    trial: Trial,
    cluster: str,
    change: Mapping[str, Any],
    *,
    as_json: bool,
    leaving: Collection[str] = (),
) -> None:
    """Print what a trial came to."""
    found = consequences(trial, invocation.dockyard().now(), leaving)
    if as_json:
        invocation.printer.json(document(found, cluster, change))
    else:
        _print(invocation, found)


def _print(invocation: Invocation, found: Consequences) -> None:
    printer = invocation.printer
    alike = Counter((e.group, e.fate, e.source, e.target, e.why) for e in found.effects)
    if alike:
        printer.table(
            _COLUMNS,
            [
                (group, count, Cell(fate.value, _TONES[fate]), source or None, target or None, why or None)
                for (group, fate, source, target, why), count in alike.items()
            ],
        )
        printer.line()
    printer.line(summary(found))
    for served in found.served:
        if served.broken:
            printer.line(
                f"{served.name}: {served.lowest} of {count_of(served.before, 'healthy task')} for a while, "
                f"and its floor is {served.floor}; {served.after} healthy at the end."
            )
    told = {effect.group for effect in found.effects}
    for served in found.served:
        if served.why and served.after < served.desired and f"service:{served.name}" not in told:
            printer.line(
                f"{served.name}: {served.after} of {served.desired} healthy at the end: {served.why}."
            )
    if not found.settled:
        printer.note("The trial was cut off before everything came to rest.")


def summary(found: Consequences) -> str:
    """`3 tasks move, 1 stays.`; the sentence for a change without consequences."""
    verbs = {
        Fate.MOVES: ("moves", "move"),
        Fate.STARTS: ("starts", "start"),
        Fate.STOPS: ("stops", "stop"),
        Fate.STAYS: ("stays", "stay"),
        Fate.WAITS: ("waits for a place", "wait for a place"),
        Fate.IS_LOST: ("is lost", "are lost"),
    }
    counted = [(found.of(fate), words) for fate, words in verbs.items() if found.of(fate)]
    if not counted:
        return "No task is affected."
    parts = [f"{count} {one if count == 1 else many}" for count, (one, many) in counted]
    first, _, rest = parts[0].partition(" ")
    return ", ".join([f"{count_of(int(first), 'task')} {rest}", *parts[1:]]) + "."
