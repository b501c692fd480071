"""Tags of services and schedules, and attributes of hosts, as they are typed: `NAME=VALUE` sets one, `NAME-` takes it away. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.commands import Action
from core.ecs.parts import tags_shown
from core.model.ids import arn
from tui.plans.hosts import hosts_of, names_of
from tui.plans.plan import Plan, Request, listed, twin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State

#: What the field is for.
LABEL = "NAME=VALUE sets, NAME- takes away; several by spaces"


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, or what is wrong with it."""

    given: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    problem: str = ""


def _read(typed: str) -> _Typed:
    try:
        words = shlex.split(typed)
    except ValueError:
        return _Typed(problem="a quotation mark is open")
    given: list[tuple[str, str]] = []
    removed: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name:
            given.append((name, value))
        elif not equals and len(word) > 1 and word.endswith("-"):
            removed.append(word[:-1])
        else:
            return _Typed(problem=f"{word!r} is neither NAME=VALUE nor NAME-")
    if both := sorted({name for name, _ in given} & set(removed)):
        return _Typed(problem=f"{', '.join(both)}: given and taken away at once")
    return _Typed(tuple(given), tuple(removed))


def _changes(said: _Typed) -> list[str]:
    return [
        *([f"sets {listed([f'{name}={value}' for name, value in said.given])}"] if said.given else []),
        *([f"takes away {listed(list(said.removed))}"] if said.removed else []),
    ]


def _has(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    told = listed([f"{key}={value}" if value else key for key, value in pairs], 20)
    return f"{name}: {told or 'none yet'}"


def tag(state: State, keys: Iterable[str], typed: str, kind: str) -> Plan:
    """Change the tags of services (`kind` is `service`) or schedules; with nothing typed they are only shown."""
    table = state.services if kind == "service" else state.schedules
    found: list[Service | Schedule] = [table[key] for key in keys if key in table]
    said = _read(typed)
    requests: list[Request] = []
    for each in found if not said.problem else ():
        of = {"resourceArn": arn(kind, each.cluster, each.name)}
        done = f"The tags of {kind} {each.name} are changed"
        words = (kind, "tag", each.name)
        if said.given:
            line = twin(*words, *(f"{name}={value}" for name, value in said.given), cluster=each.cluster)
            given = {**of, "tags": tags_shown(said.given)}
            requests.append(Request(Action.TAG_RESOURCE, given, done, line, each.cluster))
        if said.removed:
            line = twin(*words, *_each("--remove", said.removed), cluster=each.cluster)
            given = {**of, "tagKeys": list(said.removed)}
            requests.append(Request(Action.UNTAG_RESOURCE, given, done, line, each.cluster))
    title = f"Tags of {listed([each.name for each in found]) or f'a {kind} that is gone'}"
    lines = [_has(each.name, each.tags) for each in found]
    return Plan(
        title, (*lines, *([said.problem] if said.problem else _changes(said))), tuple(requests), "Change"
    )


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def put_attributes(state: State, ids: Iterable[str], typed: str) -> Plan:
    """Change what operators say of hosts; placement asks it of what is placed from now on."""
    hosts = hosts_of(state, ids)
    said = _read(typed)
    requests: list[Request] = []
    for host in hosts if not said.problem else ():
        done = f"The attributes of {host.name} are changed"
        if said.given:
            named = [{"name": name, "value": value, "targetId": host.id} for name, value in said.given]
            pairs = [f"{name}={value}" for name, value in said.given]
            line = twin("capacity", "put-attributes", host.name, *pairs, cluster=host.cluster)
            requests.append(Request(Action.PUT_ATTRIBUTES, _attributes(host, named), done, line))
        if said.removed:
            named = [{"name": name, "targetId": host.id} for name in said.removed]
            line = twin("capacity", "delete-attributes", host.name, *said.removed, cluster=host.cluster)
            requests.append(Request(Action.DELETE_ATTRIBUTES, _attributes(host, named), done, line))
    lines = [_has(host.name, host.attributes) for host in hosts]
    return Plan(
        f"Attributes of {names_of(hosts)}",
        (*lines, *([said.problem] if said.problem else _changes(said))),
        tuple(requests),
        "Change",
        moves_tasks=True,
    )


def _attributes(host: ContainerInstance, named: list[dict[str, str]]) -> dict[str, object]:
    return {"cluster": host.cluster, "attributes": named}
