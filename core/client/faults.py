"""What an operator should look at, in sentences: the engine's faults, then each cluster's hosts, services and schedules. Pure.

One home for the words: `dockyard status` and the terminal UI say the same of the same things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.schedules import last_run, problem_of
from core.config.durations import format_duration
from core.events import Subject
from core.model.counts import known
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus
from core.model.task import Health
from core.record import Record
from core.scheduler.probes import held_by_probe
from core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.client.engine_process import EngineStatus
    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task


class Fault(Record):
    """One thing that is wrong, by the row of the state that it is about."""

    kind: Subject
    cluster: str
    #: That of the row, and what it is called.
    key: str
    name: str
    #: What is wrong with it, without its name.
    why: str
    #: The same as a sentence that stands alone.
    sentence: str
    #: Since when, as far as the state tells.
    since: float | None = None


def engine_faults(engine: EngineStatus, start_by: str) -> Iterator[str]:
    """What is wrong with the engine. `start_by` is how one is started where these sentences are read."""
    pulse = engine.pulse
    if not engine.running:
        yield f"no engine runs: nothing is watched, started or replaced ({start_by})"
        if engine.config_problem:
            yield engine.config_problem
        return
    if engine.is_late:
        ago = format_duration(round(engine.beat_age_s or 0.0))
        yield f"the engine's last beat was {ago} ago: it is suspended, stuck, or can't write its state (is the disk full?)"
    if pulse.isolated:
        yield f"the engine is ISOLATED: {pulse.isolated}"
    if pulse.config_problem:
        yield f"the config file can't be used, the one in force stays: {pulse.config_problem}"
    elif engine.config_problem:
        yield engine.config_problem
    if pulse.version not in {"", VERSION}:
        yield f"the engine runs version {pulse.version}, this is {VERSION}: restart it"


def state_faults(state: State) -> Iterator[str]:
    """What is wrong with the hosts, services and schedules of all clusters."""
    for cluster in sorted(state.clusters):
        yield from cluster_faults(state, cluster)


def cluster_faults(state: State, cluster: str) -> Iterator[str]:
    """What is wrong with a cluster's hosts, services and schedules, in sentences."""
    return (fault.sentence for fault in faults_of(state, cluster))


def faults_of(state: State, cluster: str) -> Iterator[Fault]:
    """What is wrong with a cluster's hosts, services and schedules."""
    return (fault for fault, _ in looked_at(state, cluster) if fault is not None)


def looked_at(state: State, cluster: str) -> Iterator[tuple[Fault | None, int]]:
    """Of each host, service and schedule of a cluster what is wrong with it, if anything is, and how many rows that took to see.

    The state may change between two of them: what is gone when its turn comes is passed over.
    """
    for key in sorted(state.index.instances_of_cluster[cluster]):
        if (instance := state.instances.get(key)) is not None:
            yield _instance_fault(instance), 1
    for key in sorted(state.index.services_of_cluster[cluster]):
        if (service := state.services.get(key)) is not None:
            is_told = bool(service.why) and service.status is ServiceStatus.ACTIVE
            rows = 1 + (len(state.index.tasks_of_service[key]) if is_told else 0)
            yield _service_fault(state, service) if is_told else None, rows
    for key in sorted(state.index.schedules_of_cluster[cluster]):
        if (schedule := state.schedules.get(key)) is not None:
            yield _schedule_fault(state, schedule), 1


def _instance_fault(instance: ContainerInstance) -> Fault | None:
    why = _wrong_with(instance)
    if not why:
        return None
    since, sentence = instance.connectivity_at or None, f"{instance.name} {why}"
    return Fault(Subject.INSTANCE, instance.cluster, instance.id, instance.name, why, sentence, since)


def _service_fault(state: State, service: Service) -> Fault | None:
    """What is wrong with an ACTIVE service that says why it is not steady."""
    if _goes_well(state, service):
        return None
    since = service.told_at if service.last_complaint else None
    sentence = f"{service.key}: {service.why}"
    return Fault(Subject.SERVICE, service.cluster, service.key, service.name, service.why, sentence, since)


def _schedule_fault(state: State, schedule: Schedule) -> Fault | None:
    problem, run = problem_of(state, schedule), last_run(schedule)
    if not problem:
        return None
    since = (run.ended_at or run.at) if run is not None else None
    sentence = f"schedule {schedule.key}: {problem}"
    return Fault(Subject.SCHEDULE, schedule.cluster, schedule.key, schedule.name, problem, sentence, since)


def _wrong_with(instance: ContainerInstance) -> str:
    because = f": {instance.problem}" if instance.problem else ""
    if instance.status is InstanceStatus.REGISTERING and not instance.connected:
        # A new one is given the time of its first connection; then it has a problem.
        return f"has not answered yet{because}" if because else ""
    if because or not instance.connected:
        return f"is {instance.connectivity.value}{because}"
    return "is impaired: it answers, but its actions time out" if instance.impaired else ""


def _goes_well(state: State, service: Service) -> bool:
    """Whether a service is only on its way: all its tasks have a place, and none of them failed, is unhealthy or unknown."""
    wanted = [task for task in state.tasks_of_service(service.key) if task.wanted]
    primary = state.primary_of(service.key)
    return (
        len(wanted) >= service.desired_count
        and not (primary and primary.failed_tasks)
        and all(
            task.instance and task.overall_health is not Health.UNHEALTHY and known(state, task)
            for task in wanted
        )
    )


def _ails(task: Task) -> bool:
    """Whether a check of it fails, or can't be made."""
    return task.health is Health.UNHEALTHY or bool(held_by_probe(task))
