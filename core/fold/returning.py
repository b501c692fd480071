"""A lost instance came back: it takes new work only when what was superseded there is seen gone. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.connectivity import Sign, move
from core.events import Event, Subject
from core.record import replace
from core.reports import SeenState

if TYPE_CHECKING:
    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.observed import HostView


def let_in(state: State, instance: ContainerInstance, view: HostView, now: float) -> bool:
    """Let a RETURNING instance back in when nothing superseded is left on it. Its services have just been planned."""
    if not view.observed_since(instance.connectivity_at) or leftovers(state, instance, view):
        return False
    state.put(move(instance, Sign.CLEARED, now))
    _forget_answers(state, instance)
    text = f"Container instance {instance.name} takes new work again."
    state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster))
    return True


def leftovers(state: State, instance: ContainerInstance, view: HostView) -> list[str]:
    """What still runs there that should not: ids of tasks."""
    wanted = {task.id for task in state.tasks_on(instance.id) if task.wanted}
    unwanted = {task.id for task in state.tasks_on(instance.id) if not task.wanted}
    seen = {c.task for c in view.containers.values() if c.state is SeenState.RUNNING}
    return sorted(unwanted | (seen - wanted))


def to_be_cleared(state: State, instance: ContainerInstance, view: HostView) -> bool:
    """Whether one that answers again, but was not given up now, holds what has to go first.

    It was coming back when it fell silent with the engine cut off, or when a stranger answered at its address, and another
    has taken the place of a task there; or tasks run there of which the instance knows nothing, so that they hold what it
    seems to have free.
    """
    placed = {task.id: task for task in state.tasks_on(instance.id)}
    running = {seen.task for seen in view.containers.values() if seen.state is SeenState.RUNNING}
    return bool(running - placed.keys()) or any(task.superseded_by for task in placed.values())


def _forget_answers(state: State, instance: ContainerInstance) -> None:
    """Under `replace = ask` a yes was said to one loss: the next one is asked about again."""
    for key in sorted(state.index.services_of_cluster[instance.cluster]):
        service = state.services[key]
        if instance.id in service.replace_confirmed:
            kept = tuple(i for i in service.replace_confirmed if i != instance.id)
            state.put(replace(service, replace_confirmed=kept))


def forget_stand_ins(state: State, instance: ContainerInstance) -> None:
    """A task that its service kept when the instance came back no longer has anyone in its place."""
    for task in state.tasks_on(instance.id):
        if task.wanted and task.superseded_by:
            state.put(replace(task, superseded_by=""))
