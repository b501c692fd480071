"""What a plan would do to tasks, by the engine's own planner played on a copy (core/forecast.py). Pure; may take seconds."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from core.cli.effects import summary
from core.cli.printing import count_of
from core.cli.trying import folded
from core.client.what_if import Fate, consequences
from core.forecast import try_change
from core.record import Record
from tui.listing.row import natural
from tui.plans.plan import listed, tasks_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.client.what_if import Consequences, Effect
    from core.errors import Refused
    from core.model.state import State
    from tui.plans.plan import Plan

#: Services and families whose tasks are told of one by one; the sum tells of the others.
_MOST_TOLD: Final = 20
_SERVICE: Final = "service:"
#: How a task's own reason begins (core/fold/plans.py); here it was said already.
_UNPLACED: Final = "can't be placed: "


class Foresight(Record):
    """The lines for a dialog. `is_refused`: the engine would not do it, and they say why."""

    lines: tuple[str, ...]
    is_refused: bool = False


def foresee(
    plan: Plan, state_of: Callable[[str], State], now: float, is_wanted: Callable[[], bool] = lambda: True
) -> Foresight:
    """Try a plan's commands, in a state of each cluster. Raises Abandoned when nobody waits for it any more.

    Of several commands each is tried, also after one that would be refused.
    """
    lines: list[str] = []
    refusals: list[Refused] = []
    for cluster in plan.clusters:
        commands = [(each.action, each.given) for each in plan.requests if each.cluster == cluster]
        before = len(refusals)
        change = folded(commands, now, refusals.append)
        trial = try_change(state_of(cluster), cluster, change, now, is_wanted)
        if len(refusals) - before < len(commands):
            # Services of several clusters may have one name.
            where = f"{cluster}: " if len(plan.clusters) > 1 else ""
            lines += [f"{where}{line}" for line in told(consequences(trial, now, plan.leaving))]
    lines += dict.fromkeys(f"The engine would refuse it: {refusal.message}" for refusal in refusals)
    return Foresight(tuple(lines), is_refused=len(refusals) == len(plan.requests))


def told(found: Consequences, only: str = "") -> Iterator[str]:
    """What becomes of the tasks of each group, which floors break, and all of it in one sentence.

    Of one group `only` where that is all that was asked for; a floor that breaks is told whosever it is.
    """
    by_group: defaultdict[str, list[Effect]] = defaultdict(list)
    for effect in found.effects:
        if only in {"", effect.group}:
            by_group[effect.group].append(effect)
    lines = [line for group in list(by_group)[:_MOST_TOLD] for line in _of_group(group, by_group[group])]
    yield from lines
    if len(by_group) > _MOST_TOLD:
        yield f"and tasks of {len(by_group) - _MOST_TOLD} more services"
    for served in found.served:
        if served.broken:
            yield (
                f"{served.name} goes below its minimum for a while: {served.lowest} of"
                f" {count_of(served.before, 'healthy task')}, and {served.floor} should stay"
            )
    explained = {effect.group for effect in found.effects if effect.why} if only else {*by_group}
    for served in found.served:
        group = f"{_SERVICE}{served.name}"
        if served.why and served.after < served.desired and group not in explained and only in {"", group}:
            yield f"{served.name}: {served.after} of {served.desired} healthy at the end: {served.why}"
    if not only and len(lines) != 1:
        yield summary(found)
    if not found.settled:
        yield "It does not come to rest by itself: this is how it would be after a long while"


def _of_group(group: str, effects: Sequence[Effect]) -> Iterator[str]:
    name = group.removeprefix(_SERVICE).removeprefix("family:")
    fates: defaultdict[Fate, list[Effect]] = defaultdict(list)
    for effect in effects:
        fates[effect.fate].append(effect)
    for fate in Fate:
        if fate in fates:
            for words in _TELLERS[fate](fates[fate]):
                yield f"{name}: {words}"


def _moves(effects: list[Effect]) -> Iterator[str]:
    sources, targets = Counter(e.source for e in effects), Counter(e.target for e in effects)
    counted = tasks_text(len(effects))
    if set(sources) & set(targets):
        yield f"replaces {counted} on {listed(sorted(sources, key=natural))}: {_counted(targets, 'on')}"
    else:
        yield f"moves {counted} from {listed(sorted(sources, key=natural))}: {_counted(targets, 'to')}"


def _starts(effects: list[Effect]) -> Iterator[str]:
    yield f"starts {tasks_text(len(effects))}: {_counted(Counter(e.target for e in effects), 'on')}"


def _stops(effects: list[Effect]) -> Iterator[str]:
    yield f"stops {tasks_text(len(effects))}: {_counted(Counter(e.source for e in effects), 'on')}"


def _stays(effects: list[Effect]) -> Iterator[str]:
    for (source, why), count in Counter((e.source, e.why) for e in effects).items():
        verb = "stays" if count == 1 else "stay"
        yield f"{tasks_text(count)} {verb} on {source}: {why}"


def _waits(effects: list[Effect]) -> Iterator[str]:
    for why, count in Counter(e.why.removeprefix(_UNPLACED) for e in effects).items():
        yield f"{tasks_text(count)} {'waits' if count == 1 else 'wait'} for a place{f': {why}' if why else ''}"


def _is_lost(effects: list[Effect]) -> Iterator[str]:
    for (source, why), count in Counter((e.source, e.why) for e in effects).items():
        yield f"{tasks_text(count)} {'is' if count == 1 else 'are'} lost with {source}: {why}"


def _counted(hosts: Counter[str], word: str) -> str:
    """`2 to edge-1, 1 to edge-2`."""
    return listed([f"{hosts[name]} {word} {name}" for name in sorted(hosts, key=natural)])


_TELLERS: Final[dict[Fate, Callable[[list[Effect]], Iterator[str]]]] = {
    Fate.MOVES: _moves,
    Fate.STARTS: _starts,
    Fate.STOPS: _stops,
    Fate.STAYS: _stays,
    Fate.WAITS: _waits,
    Fate.IS_LOST: _is_lost,
}
