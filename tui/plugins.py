"""The operator's own commands: which keys they have, and the words they are run with. Pure.

No shell runs them: a command is a list of words, and a name like `$NAME` in a word stands for one value of what the cursor is on.
Values of which a shell, or a program's options, could make something else are refused, so that even `sh -c` in a command is harmless.
"""

from __future__ import annotations

import re
import shlex
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError, UsageError
from core.model.ids import SHORT
from tui.commands import Command, Scope
from tui.naming import name_of
from tui.place import About

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.config.values import PluginConfig, UiConfig
    from core.model.instance import ContainerInstance
    from core.model.task import Task
    from tui.place import Thing
    from tui.world import World

PREFIX: Final = "plugin."
#: `$$` is a dollar sign; what is not in capitals is a shell's own affair.
_VARIABLE: Final = re.compile(r"\$(\$|[A-Z][A-Z_]*)")
_DOLLAR: Final = "$"
#: Neither a space nor anything that a shell knows a meaning of, and no option.
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+=\[\],-]*")
_ON_HOSTS: Final = frozenset({Scope.TASKS, Scope.CONTAINERS, Scope.CAPACITY})
_OF_TASKS: Final = frozenset({Scope.TASKS, Scope.CONTAINERS})
_THINGS: Final = frozenset(
    {
        Scope.CLUSTERS,
        Scope.SERVICES,
        Scope.DEPLOYMENTS,
        Scope.SCHEDULES,
        Scope.DEFINITIONS,
        Scope.REVISIONS,
        *_ON_HOSTS,
    }
)
#: What may stand in a command, and where there is such a thing.
VARIABLES: Final[Mapping[str, frozenset[Scope]]] = {
    "NAME": _THINGS,
    "CLUSTER": _THINGS - {Scope.DEFINITIONS, Scope.REVISIONS},
    "SERVICE": frozenset({Scope.SERVICES, Scope.DEPLOYMENTS, *_OF_TASKS}),
    "TASK": _OF_TASKS,
    "HOST": _ON_HOSTS,
    "HOST_URL": _ON_HOSTS,
    "CONTAINER": frozenset({Scope.CONTAINERS}),
    "CONTAINER_ID": frozenset({Scope.CONTAINERS}),
}


def plugin_commands(ui: UiConfig, path: object) -> list[Command]:
    """The registry's entries of the plugins. Raises ConfigError with the line of the config file that is wrong."""
    return [_command(plugin, f"{path} [ui.plugins.{plugin.name}]") for plugin in ui.plugins.values()]


def _command(plugin: PluginConfig, where: str) -> Command:
    scopes = _scopes(plugin, where)
    is_quiet = plugin.key == "enter" or (len(plugin.key) == 1 and plugin.key.islower())
    if plugin.dangerous and not plugin.asks and is_quiet:
        raise ConfigError(
            f"{where} confirm: no lower-case key changes anything without asking: leave it true, choose another key, or"
            " say that it changes nothing (dangerous = false)"
        )
    label = plugin.label or plugin.name
    return Command(
        f"{PREFIX}{plugin.name}",
        (plugin.key,),
        label,
        shlex.join(plugin.command),
        scopes,
        dangerous=plugin.dangerous,
        asks=plugin.asks,
        weight=2,
    )


def _scopes(plugin: PluginConfig, where: str) -> frozenset[Scope]:
    if "$" in plugin.command[0]:
        raise ConfigError(f"{where} command: its first word is the program, and can't be a variable")
    found = [name for word in plugin.command for name in _VARIABLE.findall(word)]
    asked = [name for name in found if name != _DOLLAR]
    possible = _THINGS
    for name in asked:
        if name not in VARIABLES:
            raise ConfigError(f"{where} command: there is no ${name}{_nearest(name, VARIABLES, sign='$')}")
        possible &= VARIABLES[name]
    for said in plugin.scopes:
        if said not in {scope.value for scope in _THINGS}:
            raise ConfigError(
                f"{where} scopes: there is no {said!r}{_nearest(said, [s.value for s in _THINGS])}"
            )
        if said not in possible:
            missing = next(name for name in asked if said not in VARIABLES[name])
            raise ConfigError(f"{where} scopes: in {said} there is no ${missing}")
    if not possible:
        raise ConfigError(f"{where} command: nowhere is there {' and '.join(f'${name}' for name in asked)}")
    return frozenset(map(Scope, plugin.scopes)) or possible


def words_for(plugin: PluginConfig, world: World, thing: Thing) -> list[str]:
    """The command for a thing. Raises UsageError, with why it isn't run."""
    values = dict(_values(world, thing))

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == _DOLLAR:
            return _DOLLAR
        found = values.get(name, "")
        if not found:
            raise UsageError(f"{plugin.name}: there is no ${name} of {name_of(world, thing)} now")
        if not _HARMLESS.fullmatch(found):
            raise UsageError(f"{plugin.name}: ${name} is {found!r}, which is not safe to run with")
        return found

    return [_VARIABLE.sub(value, word) for word in plugin.command]


def _values(world: World, thing: Thing) -> Iterator[tuple[str, str]]:
    state = world.state
    match thing.about:
        case About.TASK | About.CONTAINER:
            task_id, _, container = thing.key.partition("/")
            task = state.tasks.get(task_id)
            yield "NAME", container or task_id[:SHORT]
            if task is not None:
                yield from _of_task(task, container)
                yield from _of_host(state.instances.get(task.instance))
        case About.INSTANCE:
            instance = state.instances.get(thing.key)
            if instance is not None:
                yield "NAME", instance.name
                yield "CLUSTER", instance.cluster
            yield from _of_host(instance)
        case About.DEPLOYMENT:
            yield "NAME", thing.key
            deployment = state.deployments.get(thing.key)
            if deployment is not None:
                yield "CLUSTER", deployment.cluster
                yield "SERVICE", deployment.service
        case About.SERVICE | About.SCHEDULE:
            cluster, _, name = thing.key.partition("/")
            yield "NAME", name
            yield "CLUSTER", cluster
            if thing.about is About.SERVICE:
                yield "SERVICE", name
        case About.CLUSTER:
            yield "NAME", thing.key
            yield "CLUSTER", thing.key
        case _:
            yield "NAME", thing.key


def _of_task(task: Task, name: str) -> Iterator[tuple[str, str]]:
    yield "CLUSTER", task.cluster
    yield "SERVICE", task.service
    yield "TASK", task.id
    container = task.container(name)
    if container is not None:
        yield "CONTAINER", name
        yield "CONTAINER_ID", container.runtime_id


def _of_host(instance: ContainerInstance | None) -> Iterator[tuple[str, str]]:
    if instance is not None:
        yield "HOST", instance.name
        yield "HOST_URL", instance.url


def _nearest(word: str, known: Iterable[str], *, sign: str = "") -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return (
        f"; did you mean {sign}{near[0]}?"
        if near
        else f"; there are {', '.join(sign + name for name in sorted(known))}"
    )
