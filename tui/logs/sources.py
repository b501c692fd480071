"""Whose logs are read: of what runs now, or of what ran before it and Docker still keeps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from core.record import Record
from core.streams import places
from tui.place import About

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.model.state import State
    from core.model.task import Container, Task
    from core.streams import Place
    from tui.place import Thing

#: Of a service, so many tasks that have ended are read, those that ended last.
MOST_ENDED: Final = 20


class LogSource(Record):
    """A container whose log is read."""

    place: Place
    #: Only its earlier runs, of a container that was restarted in place.
    earlier: bool = False
    #: It has ended: nothing more comes, and its last minutes are those before this moment.
    ended_at: float | None = None
    is_over: bool = False


def present(state: State, thing: Thing) -> list[LogSource]:
    """The logs of a service's tasks, or of a task or one of its containers, as far as they have been started."""
    if thing.about is About.SERVICE:
        tasks: Iterable[Task] = state.tasks_of_service(thing.key)
    else:
        tasks = _tasks(state, thing)
    found = (place for task in tasks for place in _places(state, task, _container(thing)))
    return [LogSource(place) for place in found if not place.awaited]


def previous(state: State, thing: Thing) -> list[LogSource]:
    """The earlier runs of containers that were restarted in place, else the containers of the tasks that were there before."""
    if thing.about is not About.SERVICE:
        return [source for task in _tasks(state, thing) for source in _before(state, task, _container(thing))]
    restarted = [
        source for task in state.tasks_of_service(thing.key) for source in _earlier_runs(state, task, None)
    ]
    ended = _ended(state, lambda task: task.service_key == thing.key)[:MOST_ENDED]
    return restarted + [source for task in ended for source in _all_of(state, task, None)]


def _before(state: State, task: Task, container: str | None) -> list[LogSource]:
    earlier = _earlier_runs(state, task, container)
    if earlier:
        return earlier
    ended = _ended(state, lambda other: _is_like(task, other) and other.created_at < task.created_at)
    return [source for other in ended[:1] for source in _all_of(state, other, container)]


def _is_like(task: Task, other: Task) -> bool:
    """Whether another task was of the same service or schedule, else of the same family."""
    if task.service or task.schedule:
        return (other.service_key, other.schedule_key) == (task.service_key, task.schedule_key)
    family = task.definition.partition(":")[0]
    return (
        not (other.service or other.schedule)
        and other.cluster == task.cluster
        and other.definition.partition(":")[0] == family
    )


def _ended(state: State, chosen: Callable[[Task], bool]) -> list[Task]:
    found = [task for task in state.tasks.values() if task.stopped and task.instance and chosen(task)]
    return sorted(found, key=lambda task: (-(task.stopped_at or 0.0), task.id))


def _earlier_runs(state: State, task: Task, container: str | None) -> list[LogSource]:
    restarted = {each.name: each for each in task.containers if each.restart_count or each.ended_run}
    return [
        LogSource(place, earlier=True, ended_at=_began(found), is_over=True)
        for place in _places(state, task, container)
        if (found := restarted.get(place.container)) is not None
    ]


def _began(container: Container) -> float | None:
    """When its present run began; None while it waits for it, and all of its log is of earlier ones."""
    return None if container.restarting else container.started_at


def _all_of(state: State, task: Task, container: str | None) -> list[LogSource]:
    return [
        LogSource(place, ended_at=task.stopped_at, is_over=True) for place in _places(state, task, container)
    ]


def _tasks(state: State, thing: Thing) -> list[Task]:
    task = state.tasks.get(thing.key.partition("/")[0])
    return [task] if task is not None else []


def _container(thing: Thing) -> str | None:
    return thing.key.partition("/")[2] if thing.about is About.CONTAINER else None


def _places(state: State, task: Task, container: str | None) -> list[Place]:
    try:
        return places(state, task, container)
    except DockyardError:  # not placed yet, or its host or container is gone: read when that changes
        return []
