"""What operators do to container instances: drain, deregister, declare lost, accept. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.connectivity import Sign, move
from core.ecs import describe_container_instance
from core.errors import Refused
from core.events import Event, Level, Subject
from core.fold.find import find_cluster, find_instance, registered
from core.fold.retire import left_uncleaned
from core.lifecycle import Signal, advance, order_stop
from core.model.ids import arn, last_part
from core.model.instance import Connectivity, InstanceStatus
from core.model.task import StopCode
from core.record import replace

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.fold.inputs import DeregisterContainerInstance, OneInstance, UpdateContainerInstancesState
    from core.model.instance import ContainerInstance
    from core.model.state import State
    from core.model.task import Task

Output = dict[str, Any]

#: ECS's reason for the tasks of an instance that is deregistered by force.
FORCED: Final = "Container instance deregistration forced by user"


def update_state(state: State, given: UpdateContainerInstancesState, turn: TurnContext) -> Output:
    """Drain instances, or let them take tasks again. Those that can't are failures beside the others (ECS)."""
    cluster = find_cluster(state, given.cluster)
    if not given.container_instances:
        raise _invalid("Container Instances cannot be empty.")
    if given.status not in {InstanceStatus.ACTIVE, InstanceStatus.DRAINING}:
        raise _invalid("Container instance status should be one of [ACTIVE, DRAINING]")
    wanted = InstanceStatus(given.status)
    deadline_s = given.drain_deadline_seconds
    if deadline_s is not None and wanted is not InstanceStatus.DRAINING:
        raise _invalid("drainDeadlineSeconds: goes with the status DRAINING, for it ends a drain.")
    updated: list[Output] = []
    failures: list[Output] = []
    for identifier in dict.fromkeys(given.container_instances):
        instance = registered(state, cluster, identifier)
        failure = _failure(instance, wanted)
        if instance is None or failure is not None:
            name = arn("container-instance", cluster.name, instance.id if instance else last_part(identifier))
            failures.append({"arn": name, **(failure or {})})
        else:
            instance = _with_status(state, instance, wanted, deadline_s, turn.now)
            updated.append(describe_container_instance(state, instance))
    return {"containerInstances": updated, "failures": failures}


def deregister(state: State, given: DeregisterContainerInstance, turn: TurnContext) -> Output:
    """Forget an instance. By force its tasks are called STOPPED though nobody saw them stop: the one place where that is."""
    cluster = find_cluster(state, given.cluster)
    instance = find_instance(state, cluster, given.container_instance)
    tasks = state.tasks_on(instance.id)
    if tasks and not given.force:
        raise _invalid(f"Found running tasks on the instance. {len(tasks)} are left; drain it, or use force.")
    for task in tasks:
        state.put(_given_up(task, turn.now))
    gone = replace(instance, status=InstanceStatus.INACTIVE)
    output = describe_container_instance(state, gone)
    state.delete(instance)
    some = "1 task is" if len(tasks) == 1 else f"{len(tasks)} tasks are"
    left = f" by force; {some} left on it unattended" if tasks else ""
    left += left_uncleaned(instance)
    _say(state, gone, turn.now, f"was deregistered{left}.", Level.WARN if left else Level.INFO)
    return {"containerInstance": output}


def declare_lost(state: State, given: OneInstance, turn: TurnContext) -> Output:
    """The operator knows that an instance is gone: what its services held is replaced now, also while ISOLATED."""
    cluster = find_cluster(state, given.cluster)
    instance = find_instance(state, cluster, given.container_instance)
    if turn.by_engine and instance.connected:
        raise _invalid(f"Container instance {instance.name} answers: drain it instead.")
    if not instance.lost:
        state.put(move(instance, Sign.GIVEN_UP, turn.now))
        instance = state.instances[instance.id]
        who = turn.submitted_by or "the operator"
        _say(
            state,
            instance,
            turn.now,
            f"is lost: {who} declared it. What its services held is replaced.",
            Level.ERROR,
        )
    return {"containerInstance": describe_container_instance(state, instance)}


def accept(state: State, given: OneInstance, turn: TurnContext) -> Output:
    """Lift a quarantine: the Docker that answers at the instance's address becomes the instance."""
    cluster = find_cluster(state, given.cluster)
    instance = find_instance(state, cluster, given.container_instance)
    quarantined = instance.connectivity is Connectivity.QUARANTINED
    if not quarantined and not (instance.lost and instance.problem):
        raise _invalid(
            f"Container instance {instance.name} is not in quarantine: there is nothing to accept."
        )
    accepted = move(instance, Sign.ACCEPTED, turn.now) if quarantined else instance
    accepted = replace(accepted, marked=False, pulled_images=(), problem="")
    state.put(accepted)
    _say(state, accepted, turn.now, f"is accepted as the Docker that answers at {instance.url}.")
    return {"containerInstance": describe_container_instance(state, accepted)}


def _failure(instance: ContainerInstance | None, wanted: InstanceStatus) -> Output | None:
    """Why an instance can't be given a status, in ECS's word and ours."""
    if instance is None:
        return {"reason": "MISSING"}
    if instance.status is InstanceStatus.REGISTERING and wanted is InstanceStatus.DRAINING:
        return {
            "reason": "REGISTERING",
            "detail": f"{instance.name} has not answered yet: there is nothing to drain.",
        }
    if instance.removed_from_config and wanted is InstanceStatus.ACTIVE:
        return {
            "reason": "INACTIVE",
            "detail": f"The config no longer names {instance.name}: it goes when it is empty.",
        }
    return None


def _with_status(
    state: State, instance: ContainerInstance, wanted: InstanceStatus, deadline_s: float | None, now: float
) -> ContainerInstance:
    """The instance with the status it was given. A drain that is asked for again keeps the deadline it has, unless it is given one."""
    if instance.status is InstanceStatus.REGISTERING:
        return instance
    deadline = instance.drain_deadline if wanted is InstanceStatus.DRAINING else None
    if deadline_s is not None:
        deadline = now + deadline_s
    if (instance.status, instance.drain_deadline) == (wanted, deadline):
        return instance
    state.put(replace(instance, status=wanted, drain_deadline=deadline))
    changed = state.instances[instance.id]
    end = f" What is left there in {deadline_s:g} s is stopped." if deadline_s is not None else ""
    _say(state, changed, now, f"is {wanted}.{end}")
    return changed


def _given_up(task: Task, now: float) -> Task:
    stopping = order_stop(task, now, StopCode.USER_INITIATED, FORCED)
    return stopping if stopping.stopped else advance(stopping, Signal.ENDED, now)


def _say(state: State, instance: ContainerInstance, now: float, what: str, level: Level = Level.INFO) -> None:
    text = f"Container instance {instance.name} {what}"
    state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster, level))


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
