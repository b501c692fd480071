"""A service is evened out: RebalanceService (ours), and ECS's availabilityZoneRebalancing, by moves that are planned a few at a time. Pure.

What moves now is stored with the service and has the standing MOVE, so bounds, crashes and events are those of every exchange. When
the last of them has gone, the next are worked out from how things are then; nothing is left to move when none would be an
improvement. It stops as well when a task finds no place or fails in its new one, and when a deployment begins.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from core.ecs import describe_service
from core.errors import Refused
from core.events import Event, Level, Subject
from core.fold.find import find_active_service, find_cluster
from core.lifecycle import order_stop
from core.model.service import ConstraintType, Moving, RolloutState, ServiceStatus
from core.model.task import StopCode
from core.record import replace
from core.scheduler.balance import at_once_for, held_by_bounds, moves, spread_fields, value_of
from core.scheduler.need import DEFAULT_STRATEGY, Need, need_of_service
from core.scheduler.standing import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from core.fold.context import TurnContext
    from core.fold.inputs import RebalanceService
    from core.model.service import Service
    from core.model.state import State
    from core.scheduler.reconcile import ServicePlan
    from core.scheduler.room import Room, Rooms

#: How long a service that is always evened out rests after a move had to be given up.
REST_S: Final = 300.0
ZONE: Final = "attribute:ecs.availability-zone"


def rebalance_service(state: State, given: RebalanceService, turn: TurnContext) -> dict[str, Any]:
    """Begin to even a service out, or stop. Nothing moves by it where nothing would be an improvement."""
    cluster = find_cluster(state, given.cluster)
    service = find_active_service(state, cluster, given.service)
    if given.stop:
        if service.rebalance_at_once:
            give_up_moving(state, service, f"{turn.submitted_by or 'the operator'} stopped it", turn.now)
        return {"service": describe_service(state, state.services[service.key])}
    _check(service)
    primary = state.primary_of(service.key)
    if primary is None or primary.rollout_state is not RolloutState.COMPLETED:
        raise _invalid(
            f"Service {service.name} has a deployment that is not completed: a deployment places all tasks anew, "
            "even it out afterwards."
        )
    if service.desired_count and held_by_bounds(service):
        raise _invalid(
            f"Service {service.name} must keep {service.minimum_healthy_percent} % and may have {service.maximum_percent} % of "
            f"{service.desired_count}: its bounds let no task be moved."
        )
    at_once = given.at_once or service.rebalance_at_once or at_once_for(service)
    service = replace(service, rebalance_at_once=at_once)
    state.put(service)
    who = turn.submitted_by or "the operator"
    count = "1 task" if at_once == 1 else f"{at_once} tasks"
    _say(state, service, turn.now, f"is evened out for {who}, {count} at once at the most.", "STARTED")
    return {"service": describe_service(state, service)}


def check_rebalancing(service: Service) -> None:
    """Whether a service may ask to be evened out always. Raises Refused."""
    if service.zone_rebalancing:
        _check(service)


def _check(service: Service) -> None:
    if service.daemon:
        raise _invalid(
            f"Service {service.name} is a DAEMON: it runs one task on each instance, there is nothing to even out."
        )
    if service.capacity_provider_strategy:
        raise _invalid(
            f"Service {service.name} is shared out among capacity providers: what is even within each of them is not worked out."
        )
    if not spread_fields(service.placement_strategy):
        raise _invalid(
            f"Service {service.name} is placed by {', '.join(s.type for s in service.placement_strategy)}, which spreads over "
            "nothing: only what is spread can be evened out."
        )
    if service.minimum_healthy_percent >= 100 >= service.maximum_percent:
        raise _invalid(
            f"Service {service.name} must keep {service.minimum_healthy_percent} % of its tasks and may have {service.maximum_percent} %: "
            "its bounds let no task be moved."
        )


def still_moving(state: State, service: Service) -> Service:
    """The service without what has moved: asked before it is planned, or one more would be started in the place of what has gone."""
    left = tuple(moving for moving in service.moving if _under_way(state, moving))
    return service if left == service.moving else replace(service, moving=left)


def with_stand_ins(service: Service, stand_ins: Mapping[str, str]) -> Service:
    """The service after tasks were started in the place of such as move."""
    if not stand_ins:
        return service
    moving = tuple(m._replace(stand_in=stand_ins.get(m.task, m.stand_in)) for m in service.moving)
    return replace(service, moving=moving)


def even_out(
    state: State, service: Service, plan: ServicePlan, rooms: Rooms, now: float, chance: Random
) -> Service:
    """The service with what moves next. It begins by itself where that was asked for, and ends when nothing gets better."""
    going = service.rebalance_at_once
    if service.daemon or not (going or service.zone_rebalancing):
        return service
    primary = state.primary_of(service.key)
    if primary is None or service.status is not ServiceStatus.ACTIVE:
        return replace(service, rebalance_at_once=0, moving=())
    if service.moving and (primary.failed_tasks or plan.stuck):
        why = "a task failed meanwhile" if primary.failed_tasks else "its bounds let no task be moved"
        give_up_moving(state, service, why, now)
        return state.services[service.key]
    if service.moving or not plan.steady or primary.in_progress:
        return service  # a deployment that bakes places its tasks anew if it fails
    if not going and (
        primary.failed_tasks or held_by_bounds(service) or rests_until(service, now) is not None
    ):
        return service
    places = [rooms[i.id].copy() for i in state.instances_of(service.cluster)]
    need = _need(state, service)
    uneven = _shares(service, places, need)
    tasks = state.tasks_of_service(service.key)
    cases = [Case(task, service, state.instances.get(task.instance), primary.id, now) for task in tasks]
    found = moves(cases, need, places, going or at_once_for(service), chance)
    moving = tuple(Moving(move.task, move.target) for move in found)
    if moving and not going:
        going = at_once_for(service)
    if moving and not service.rebalance_at_once:
        _say(state, service, now, f"is not balanced with {uneven}. Rebalancing in progress.", "STARTED")
    elif not moving and going:
        _say(state, service, now, f"is balanced with {uneven}.", "COMPLETED")
    return replace(service, rebalance_at_once=going if moving else 0, moving=moving)


def rests_until(service: Service, now: float) -> float | None:
    """Until when a service that is always evened out leaves its tasks where they are; None when it need not rest."""
    again_at = service.rebalance_again_at
    return again_at if service.zone_rebalancing and again_at is not None and again_at > now else None


def _under_way(state: State, moving: Moving) -> bool:
    """Whether a task that moves is still there, or has gone before one was started in its place."""
    task = state.tasks.get(moving.task)
    return not moving.stand_in or (task is not None and not task.stopped)


def end_move(state: State, service: Service, unplaced: Iterable[str], why: str, now: float) -> None:
    """Tasks that were to take the place of such as move find none where they were to go: nothing is to wait for that."""
    for task_id in unplaced:
        state.put(order_stop(state.tasks[task_id], now, StopCode.SERVICE_SCHEDULER_INITIATED, f"It {why}"))
    if service.rebalance_at_once:
        give_up_moving(state, service, f"a task in its new place {why}", now)


def give_up_moving(state: State, service: Service, why: str, now: float) -> None:
    """Move nothing more: what was to move stays, and what was started in its place is one too many."""
    state.put(replace(service, rebalance_at_once=0, moving=(), rebalance_again_at=now + REST_S))
    _say(state, service, now, f"is not evened out any further: {why}.", "STOPPED", Level.WARN)


def _need(state: State, service: Service) -> Need:
    """What a task of the service asks of an instance, room included."""
    definition = state.definitions[service.definition]
    return replace(
        need_of_service(service, definition),
        cpu_units=definition.reserved_cpu_units,
        memory_mib=definition.reserved_memory_mib,
        ports=definition.static_ports,
        distinct=any(c.type is ConstraintType.DISTINCT_INSTANCE for c in service.placement_constraints),
        strategy=service.placement_strategy or DEFAULT_STRATEGY,
    )


def _shares(service: Service, rooms: list[Room], need: Need) -> str:
    """How a service's tasks are spread: ECS's words for zones where there are several, and the fewest and the most on a host."""
    zones: Counter[str] = Counter()
    for room in rooms:
        zones[value_of(room, ZONE)] += room.groups.get(need.group, 0)
    held = [room.groups.get(need.group, 0) for room in rooms if room.instance.connected]
    told = (
        [f"{count} tasks in {zone}" for zone, count in sorted(zones.items()) if zone]
        if len(zones) > 1
        else []
    )
    told += [f"{min(held)} to {max(held)} tasks on a host"] if held else []
    return ", ".join(told) or f"{service.desired_count} tasks"


def _say(state: State, service: Service, now: float, text: str, what: str, level: Level = Level.INFO) -> None:
    message = f"(service {service.name}) {text}"
    state.say(
        Event(
            now, Subject.SERVICE, service.name, message, service.cluster, level, f"SERVICE_REBALANCING_{what}"
        )
    )


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
