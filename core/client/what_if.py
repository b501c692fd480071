"""What a change would do, in rows for people and programs: which tasks move, start, stop, stay or wait, and which floors break. Pure.

The trial is core.forecast's; here it is only read. It is a preview, not a reservation: the engine decides by how things are then.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from core.client.leaving import why_left
from core.model.ids import arn
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from core.forecast import Served, Trial
    from core.model.state import State
    from core.model.task import Task


class Fate(StrEnum):
    """What becomes of a task."""

    MOVES = "moves"
    STARTS = "starts"
    STOPS = "stops"
    #: It remains where it should leave, or is wanted where it can't be seen.
    STAYS = "stays"
    #: It has no place.
    WAITS = "waits"
    #: It is gone with its host, and nothing takes its place.
    IS_LOST = "is lost"


class Effect(Record):
    """One task's fate. `task` is empty for one that would be made; `source` and `target` are names of hosts."""

    fate: Fate
    group: str
    task: str = ""
    source: str = ""
    target: str = ""
    why: str = ""


class Consequences(Record):
    """All of a change's effects, by group and host, and how the services fared."""

    effects: tuple[Effect, ...]
    served: tuple[Served, ...]
    settled: bool

    def of(self, fate: Fate) -> int:
        """How many tasks have a fate."""
        return sum(effect.fate is fate for effect in self.effects)


def consequences(trial: Trial, now: float, leaving: Collection[str] = ()) -> Consequences:
    """Read a trial. `leaving` are the hosts (ids) that are to be empty: what remains there is told with its reason."""
    held = [task for key in sorted(leaving) for task in trial.after.tasks_on(key) if task.wanted]
    effects = [*_changed(trial, held), *_left(trial, held, now)]
    effects.sort(key=lambda e: (e.group, list(Fate).index(e.fate), e.source, e.target, e.task))
    return Consequences(tuple(effects), trial.served, trial.settled)


def _changed(trial: Trial, held: Collection[Task]) -> Iterator[Effect]:
    """What is not as it was, group by group: what goes is paired with what comes in its place."""
    gone: defaultdict[str, list[Task]] = defaultdict(list)
    come: defaultdict[str, list[Task]] = defaultdict(list)
    for key, before in sorted(trial.was.items()):
        after = trial.after.tasks.get(key)
        was = before is not None and before.wanted and bool(before.instance)
        is_wanted = after is not None and after.wanted
        if before is not None and was and not is_wanted:
            gone[before.group].append(before)
        elif after is not None and is_wanted and not was:
            come[after.group].append(after)
    for group in sorted({*gone, *come}):
        yield from _exchanged(trial, group, gone[group], come[group])
        yield from _waiting(trial, held, [t for t in come[group] if not t.instance])


def _exchanged(trial: Trial, group: str, gone: list[Task], come: list[Task]) -> Iterator[Effect]:
    placed = sorted((t for t in come if t.instance), key=lambda t: t.created_at)
    for old, new in _pairs(trial, gone, placed):
        if old is not None and new is not None:
            yield Effect(Fate.MOVES, group, old.id, _host(trial, old), _host(trial, new))
        elif old is not None:
            yield Effect(Fate.STOPS, group, old.id, _host(trial, old), why=_why_stopped(trial, old))
        elif new is not None:
            known = new.id if trial.was[new.id] is not None else ""
            yield Effect(Fate.STARTS, group, known, target=_host(trial, new))


def _waiting(trial: Trial, held: Collection[Task], unplaced: list[Task]) -> Iterator[Effect]:
    """What found no place. In the place of a task that stays meanwhile it is told with that one."""
    instead_of = {t.superseded_by: t for t in held if t.superseded_by}
    staying = {t.group for t in held if not trial.after.instances[t.instance].lost}
    for task in unplaced:
        lost = instead_of.get(task.id)
        if lost is not None:
            yield Effect(Fate.WAITS, task.group, lost.id, _host(trial, lost), why=task.why)
        elif trial.was[task.id] is not None:
            yield Effect(Fate.WAITS, task.group, task.id, why=task.why)
        elif task.group not in staying:
            yield Effect(Fate.WAITS, task.group, why=task.why)


def _pairs(trial: Trial, gone: list[Task], placed: list[Task]) -> Iterator[tuple[Task | None, Task | None]]:
    """Each that goes with the one in its place: where the engine says which that is, by its word, else in their order.

    Only what is new takes a place: a task that waited before anyhow is one more.
    """
    new = {task.id: task for task in placed if trial.was[task.id] is None}
    told = [
        (old, new.pop(trial.after.tasks[old.id].superseded_by, None))
        for old in gone
        if old.id in trial.after.tasks
    ]
    yield from ((old, found) for old, found in told if found is not None)
    rest = [old for old in gone if not any(old is t and found is not None for t, found in told)]
    yield from zip_longest(rest, new.values())
    yield from ((None, task) for task in placed if trial.was[task.id] is not None)


def _why_stopped(trial: Trial, task: Task) -> str:
    after = trial.after.tasks.get(task.id)
    return after.stopped_reason if after is not None else ""


def _left(trial: Trial, held: Collection[Task], now: float) -> Iterator[Effect]:
    """What remains on hosts that are to be empty, and what is lost with a host that is lost."""
    for task in held:
        stand_in = trial.after.tasks.get(task.superseded_by)
        if stand_in is not None and not stand_in.instance:
            continue  # it is told by what waits in its place
        fate, why = (Fate.STAYS, why_left(trial.after, task, now))
        if trial.after.instances[task.instance].lost:
            fate, why = _on_lost(trial.after, task)
        yield Effect(fate, task.group, task.id, _host(trial, task), why=why)


def _on_lost(state: State, task: Task) -> tuple[Fate, str]:
    service = state.services.get(task.service_key)
    if service is None:
        return Fate.IS_LOST, "belongs to no service: nothing replaces it"
    if service.daemon:
        return Fate.STAYS, "is a DAEMON's: it serves again when the host is back"
    match service.replace.value:
        case "no":
            return Fate.STAYS, f"{service.name} waits for the host (replace = no)"
        case "ask" if task.instance not in service.replace_confirmed:
            return Fate.STAYS, f"{service.name} asks before it replaces (replace = ask)"
        case _:
            return Fate.STAYS, why_left(state, task, 0.0)


def _host(trial: Trial, task: Task) -> str:
    found = trial.after.instances.get(task.instance)
    return found.name if found is not None else trial.gone.get(task.instance, "")


# -- for programs -------------------------------------------------------------------------------------------------------


def document(found: Consequences, cluster: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """The consequences as JSON. ECS has no such action; members are named as ECS names them."""
    return {
        "change": dict(change),
        "clusterArn": arn("cluster", cluster),
        "effects": [_effect(effect, cluster) for effect in found.effects],
        "services": [
            {
                "serviceName": served.name,
                "desiredCount": served.desired,
                "minimumHealthyCount": served.floor,
                "healthyCountBefore": served.before,
                "healthyCountLowest": served.lowest,
                "healthyCountAfter": served.after,
                "minimumHealthyBroken": served.broken,
                **({"reason": served.why} if served.why else {}),
            }
            for served in found.served
        ],
        "settled": found.settled,
    }


def _effect(effect: Effect, cluster: str) -> dict[str, Any]:
    members = {
        "taskArn": arn("task", cluster, effect.task) if effect.task else "",
        "fromContainerInstanceName": effect.source,
        "toContainerInstanceName": effect.target,
        "reason": effect.why,
    }
    return {"effect": effect.fate.value, "group": effect.group} | {k: v for k, v in members.items() if v}
