"""Tags of everything that has some, and attributes of hosts, as they are typed: `NAME=VALUE` sets one, `NAME-` takes it away. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from core.commands import Action
from core.ecs.parts import tags_shown
from core.model.ids import SHORT, arn
from core.model.task_request import tags_of_task
from core.record import Record
from tui.place import About
from tui.plans.hosts import hosts_of, names_of
from tui.plans.plan import Plan, Request, listed, twin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.instance import ContainerInstance
    from core.model.state import State

#: What the field is for.
LABEL = "NAME=VALUE sets, NAME- takes away; several by spaces"


class _Typed(Record):
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
        *([f"takes away {listed(said.removed)}"] if said.removed else []),
    ]


def _has(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    told = listed([f"{key}={value}" if value else key for key, value in pairs], 20)
    return f"{name}: {told or 'none yet'}"


def tag(state: State, about: About, keys: Iterable[str], typed: str) -> Plan:
    """Change the tags of things of a kind; with nothing typed they are only shown."""
    found = [each for key in keys if (each := _tagged(state, about, key)) is not None]
    said = _read(typed)
    requests: list[Request] = []
    for each in found if not said.problem else ():
        done = f"The tags of {each.word} {each.name} are changed"
        if said.given:
            pairs = [f"{name}={value}" for name, value in said.given]
            given: dict[str, object] = {"resourceArn": each.arn, "tags": tags_shown(said.given)}
            requests.append(Request(Action.TAG_RESOURCE, given, done, each.twin(pairs), each.of_cluster))
        if said.removed:
            given = {"resourceArn": each.arn, "tagKeys": list(said.removed)}
            words = each.twin(_each("--remove", said.removed))
            requests.append(Request(Action.UNTAG_RESOURCE, given, done, words, each.of_cluster))
    title = f"Tags of {listed([each.name for each in found]) or f'a {about} that is gone'}"
    lines = [_has(each.name, each.tags) for each in found]
    return Plan(
        title, (*lines, *([said.problem] if said.problem else _changes(said))), tuple(requests), "Change"
    )


class _Tagged(Record):
    """Something with tags: what it is called here and on the command line, and its ARN."""

    word: str
    name: str
    arn: str
    tags: Iterable[tuple[str, str]]
    of_cluster: str = ""

    def twin(self, words: Iterable[str]) -> str:
        """The command line that changes its tags."""
        cluster = "" if self.word == "cluster" else self.of_cluster
        return twin(self.word, "tag", self.name, *words, cluster=cluster)


def _tagged(state: State, about: About, key: str) -> _Tagged | None:
    made = None
    match about:
        case About.SERVICE if row := state.services.get(key):
            made = _Tagged("service", row.name, arn("service", row.cluster, row.name), row.tags, row.cluster)
        case About.SCHEDULE if schedule := state.schedules.get(key):
            of, name = schedule.cluster, schedule.name
            made = _Tagged("schedule", name, arn("schedule", of, name), schedule.tags, of)
        case About.TASK if task := state.tasks.get(key):
            tags = tags_of_task(task).items()
            made = _Tagged("task", task.id[:SHORT], arn("task", task.cluster, task.id), tags, task.cluster)
        case About.INSTANCE if host := state.instances.get(key):
            of = arn("container-instance", host.cluster, host.id)
            made = _Tagged("capacity", host.name, of, host.tags, host.cluster)
        case About.CLUSTER if cluster := state.clusters.get(key):
            made = _Tagged("cluster", key, arn("cluster", key), cluster.tags, key)
        case About.REVISION if definition := state.definitions.get(key):
            made = _Tagged("taskdef", key, arn("task-definition", key), definition.tags)
        case _:
            pass
    return made


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
