"""Waiting tasks placed, folded into the state: each has its instance, or says why there is none. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from core import lifecycle
from core.fold.rebalancing import end_move
from core.fold.service_events import (
    UNPLACED,
    complain,
    ids_told,
    say,
    why_unplaced,
)
from core.lifecycle import Signal
from core.model.task import StopCode
from core.model.task_request import constraints_of, pinned_to
from core.record import Record, replace
from core.scheduler.need import Need, need_of
from core.scheduler.placement import Placement, place
from core.scheduler.providers import provider_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.model.task import Task
    from core.scheduler.patience import Patience
    from core.scheduler.room import Room, Rooms

#: How long after a failed start other instances go first: as long as SwarmKit counts failures (manager/scheduler/nodeinfo.go).
SHUNNED_S: Final = 300.0


class Placed(Record):
    """What came of placing: task id -> its batch's placement, and whether there are batches that were not tried for want of time."""

    results: Mapping[str, Placement]
    is_cut: bool


def place_waiting(
    state: State,
    cluster: str,
    rooms: Rooms,
    patience: Patience,
    now: float,
    chance: Random,
    most: float = math.inf,
) -> Placed:
    """Place the cluster's waiting tasks, like ones as a batch, the longest waiting first.

    A task that may run on one instance alone goes first, and keeps its room there from the others (ECS: a daemon's resources).
    Services' batches are tried until `most` instances were looked at, those first that were not tried for the longest time; what
    RunTask and StartTask ask for is answered at once.
    """
    waiting = [state.tasks[key] for key in state.index.unplaced_of_cluster[cluster]]
    likes: defaultdict[tuple[str, ...], list[Task]] = defaultdict(list)
    for task in sorted(waiting, key=lambda t: (t.created_at, t.id)):
        like = (task.group, task.deployment, task.definition, task.request, task.capacity_provider)
        likes[like].append(task)
    batches = [(_asked(state, batch), batch) for batch in likes.values()]
    patience.begin({asked for asked, _ in batches}, now)
    batches.sort(key=lambda one: (not pinned_to(one[1][0].request), patience.tried_at(one[0])))
    results: dict[str, Placement] = {}
    kept: set[str] = set()
    is_cut = False
    for asked, batch in batches:
        passed_over = bool(batch[0].service) and patience.passes_over(asked)
        if passed_over or (batch[0].service and most <= 0):
            is_cut = is_cut or not passed_over
            kept.update(_keep_room(state, batch, rooms))
            continue
        candidates = _candidates(state, cluster, batch[0])
        if batch[0].service:
            # What is tried every time must not use up what the others are tried by.
            most -= len(candidates)
        placement = _place_batch(state, cluster, batch, [rooms[i.id] for i in candidates], now, chance)
        if placement.unplaced:
            patience.in_vain(asked)
            kept.update(_keep_room(state, batch, rooms))
        results.update((task.id, placement) for task in batch)
        gpus = dict(placement.gpus)
        for task_id, instance in placement.placed:
            given = gpus.get(task_id, ())
            task = replace(state.tasks[task_id], instance=instance, gpus=given, why="")
            state.put(lifecycle.advance(task, Signal.PLACED, now))
        _tell_unplaced(state, batch[0], placement, now)
        _tell_started(state, batch[0], placement, now)
    for instance in kept:
        rooms.forget(instance)  # counted afresh, without what only waits for it
    return Placed(results, is_cut)


def _candidates(state: State, cluster: str, like: Task) -> list[ContainerInstance]:
    """Where a task may go at all."""
    only = pinned_to(like.request)
    if not only:
        return state.instances_of(cluster)
    instance = state.instances.get(only)
    return [instance] if instance is not None and instance.cluster == cluster else []


def _keep_room(state: State, batch: list[Task], rooms: Rooms) -> set[str]:
    """Charge tasks that wait for one instance to it already; which instances that were."""
    charged: set[str] = set()
    for task in batch:
        instance = pinned_to(task.request)
        if instance in state.instances and not state.tasks[task.id].instance:
            rooms[instance].charge(task)
            charged.add(instance)
    return charged


def _asked(state: State, batch: list[Task]) -> tuple[object, ...]:
    """What a batch asks for: the same once more would find no more place than a moment ago."""
    service = state.services.get(batch[0].service_key)
    terms = (service.placement_constraints, service.placement_strategy) if service is not None else ()
    first = batch[0]
    place = (pinned_to(first.request), first.capacity_provider)
    return (first.service_key, first.definition, *place, len(batch), *terms)


def _place_batch(
    state: State, cluster: str, batch: list[Task], candidates: list[Room], now: float, chance: Random
) -> Placement:
    first = batch[0]
    service = state.services.get(first.service_key)
    if service is not None:
        constraints, strategy = service.placement_constraints, service.placement_strategy
    else:
        constraints, strategy = constraints_of(first.request)
    definition, shunned = state.definitions[first.definition], shunned_by(state, first, now)
    provider = provider_of(state.clusters.get(cluster), first.capacity_provider)
    need: Need = need_of(first, definition, constraints, strategy, provider=provider, shunned=shunned)
    if pinned_to(first.request) and service is None:
        need = replace(
            need, expressions=(), distinct=False
        )  # StartTask: who names the instance has chosen (ECS)
    return place(batch, need, candidates, chance)


def shunned_by(state: State, task: Task, now: float) -> frozenset[str]:
    """Where tasks of its deployment failed to start lately.

    What fails on one host alone (its disk is full, it reaches no registry) leaves it the emptiest, and so the first to be
    chosen again for ever.
    """
    failed = (state.tasks[key] for key in state.index.failed_starts_of_deployment[task.deployment])
    return frozenset(
        t.instance for t in failed if t.stopped_at is not None and now - t.stopped_at < SHUNNED_S
    )


def _tell_unplaced(state: State, like: Task, placement: Placement, now: float) -> None:
    only = pinned_to(like.request)
    why = f"can't be placed: {placement.why}"
    if only and only not in state.instances:
        why = "can't be placed: the container instance it was to run on is gone"
    for task_id in placement.unplaced:
        state.put(replace(state.tasks[task_id], why=why))
    service = state.services.get(like.service_key)
    if placement.unplaced and service is not None and not service.daemon and pinned_to(like.request):
        end_move(state, service, placement.unplaced, why, now)
        return
    if placement.unplaced and service is None and only and only not in state.instances:
        for task_id in placement.unplaced:  # StartTask's: no other place will do
            task = state.tasks[task_id]
            state.put(lifecycle.order_stop(task, now, StopCode.TASK_FAILED_TO_START, f"It {why}"))
        return
    if placement.unplaced and like.service:
        complain(
            state,
            like.service_key,
            now,
            UNPLACED,
            why_unplaced(state, placement),
            "SERVICE_TASK_PLACEMENT_FAILURE",
        )


def _tell_started(state: State, like: Task, placement: Placement, now: float) -> None:
    if placement.placed and like.service:
        ids = ids_told([task_id for task_id, _ in placement.placed])
        service = state.services[like.service_key]
        say(state, service, now, f"has started {len(placement.placed)} tasks: {ids}.", "TASKS_STARTED")
