"""What each host of a cluster says to a task: it runs there, it could take it, or it can't and by how much. Pure.

The questions are the planner's own filters, asked of each host as if the task were not placed yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.task_request import constraints_of, pinned_to
from core.record import Record
from core.scheduler.filters import Refusal, explain, refusal
from core.scheduler.need import DEFAULT_STRATEGY, Need, need_of
from core.scheduler.providers import provider_of
from core.scheduler.room import room_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.service import PlacementStrategy
    from core.model.state import State
    from core.model.task import Task
    from core.scheduler.room import Room

#: Of more hosts than these only the counts are told.
HOSTS_TOLD: Final = 12


class HostWord(Record):
    """One host's answer. `refusal` is None for one that could take the task, or has it."""

    name: str
    has_it: bool
    refusal: Refusal | None
    free_cpu_units: int
    free_memory_mib: int
    #: Wanted tasks of the same group there, this one left out.
    alike: int
    cpu_units: int
    memory_mib: int

    def text(self, task: Task) -> str:
        """The answer as one line, with the numbers it turns on."""
        if self.has_it:
            return f"{self.name}: it is here"
        if self.refusal is None:
            alike = f", {self.alike} of {task.group} there" if self.alike else ""
            return f"{self.name}: could take it, {self.free_cpu_units} CPU units and {self.free_memory_mib} MiB free{alike}"
        match self.refusal.code:
            case "RESOURCE:CPU":
                why = f"needs {task.cpu_units} CPU units, {self.free_cpu_units} of {self.cpu_units} are free"
            case "RESOURCE:MEMORY":
                why = f"needs {task.memory_mib} MiB, {self.free_memory_mib} of {self.memory_mib} are free"
            case _:
                why = self.refusal.one
        return f"{self.name}: {why}"


def need(state: State, task: Task) -> Need | None:
    """What a task asks of a host; None when its definition is known no more."""
    definition = state.definitions.get(task.definition)
    if definition is None:
        return None
    service = state.services.get(task.service_key)
    if service is not None:
        constraints, strategy = service.placement_constraints, service.placement_strategy
    else:
        constraints, strategy = constraints_of(task.request)
    provider = provider_of(state.clusters.get(task.cluster), task.capacity_provider)
    return need_of(task, definition, constraints, strategy, provider=provider)


def hosts_asked(state: State, task: Task) -> list[HostWord]:
    """Every host's answer, in the order of names; a task that may run on one host alone is a question to that one."""
    asked = need(state, task)
    if asked is None:
        return []
    service = state.services.get(task.service_key)
    moved = service is not None and not service.daemon and bool(task.instance)
    only = "" if moved else pinned_to(task.request)
    instances = [i for i in state.instances_of(task.cluster) if not only or i.id == only]
    return [
        _word(task, asked, room_on(state, instance)) for instance in sorted(instances, key=lambda i: i.name)
    ]


def _word(task: Task, asked: Need, room: Room) -> HostWord:
    here = task.instance == room.instance.id
    if here and not task.stopped:
        room.discharge(task)
    return HostWord(
        room.instance.name,
        here,
        None if here else refusal(room, asked),
        room.cpu_units,
        room.memory_mib,
        room.groups[task.group],
        room.instance.cpu_units,
        room.instance.memory_mib,
    )


def hosts_told(task: Task, words: Sequence[HostWord]) -> list[str]:
    """The answers as sentences' halves, one a host; of many hosts how many say what."""
    if not words:
        return ["the cluster has no capacity"]
    if len(words) <= HOSTS_TOLD:
        return [word.text(task) for word in words]
    here = [word.text(task) for word in words if word.has_it]
    could = sum(word.refusal is None and not word.has_it for word in words)
    refused = [word.refusal for word in words if word.refusal is not None]
    return [
        *here,
        *([f"{could} hosts could take it"] if could else []),
        *([explain(refused)] if refused else []),
    ]


def strategy_told(strategy: Sequence[PlacementStrategy]) -> str:
    """`spread over attribute:zone, then binpack by memory`; what is left equal goes to the host with the fewest of its group."""
    words = {"random": "at random", "spread": "spread over {}", "binpack": "binpack by {}"}
    return ", then ".join(words[s.type.value].format(s.field) for s in strategy or DEFAULT_STRATEGY)


def placed_by(state: State, task: Task) -> str:
    """By which strategy a task's host was chosen, or who named it."""
    if pinned_to(task.request):
        service = state.services.get(task.service_key)
        if service is None:
            return "it was started on this host"
        return (
            "it runs on each host that suits it"
            if service.daemon
            else "it moved here to even its service out"
        )
    asked = need(state, task)
    return "" if asked is None else strategy_told(asked.strategy)
