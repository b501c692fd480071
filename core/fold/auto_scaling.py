"""Service auto scaling: what a service is asked about it, and the desired count that its tasks' use brings about. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Refused
from core.events import Event, Level, Subject
from core.fold.deployments import set_desired_count
from core.model.auto_scaling import UNSCALED, AutoScaling, Scaled, ScalingMetric, ScalingPolicy
from core.record import replace
from core.scheduler.auto_scaling import bounded, decide
from core.vitals import ServicePulse

if TYPE_CHECKING:
    from core.fold.members import AutoScalingInput
    from core.model.service import Service
    from core.model.state import State
    from core.model.task_definition import TaskDefinition
    from core.usage import Usage


def auto_scaling_from(given: AutoScalingInput, before: AutoScaling | None) -> AutoScaling | None:
    """Auto scaling whose bounds and policies make sense together; None where none is asked for. Raises Refused.

    What is suspended stays so where nothing is said of it (AWS: RegisterScalableTarget).
    """
    if not given.asks:
        return None
    least, most = given.min_capacity, given.max_capacity
    if least is None or most is None:
        missing = "minCapacity" if least is None else "maxCapacity"
        raise _invalid(f"autoScaling.{missing}: is missing; the desired count is kept within both.")
    if least > most:
        raise _invalid(f"autoScaling.minCapacity: {least} is more than maxCapacity, {most}.")
    if not given.policies:
        raise _invalid(
            "autoScaling.policies: is missing; give one with predefinedMetricType and targetValue, or an empty autoScaling for none."
        )
    policies = tuple(
        ScalingPolicy(
            each.predefined_metric_type,
            each.target_value,
            each.scale_out_cooldown,
            each.scale_in_cooldown,
            each.disable_scale_in,
        )
        for each in given.policies
    )
    if len({policy.metric for policy in policies}) < len(policies):
        raise _invalid(f"autoScaling.policies: {policies[0].metric.value} is given twice.")
    scaling, suspended = AutoScaling(least, most, policies), given.suspended_state
    if suspended is not None:
        return replace(
            scaling,
            scale_in_suspended=suspended.dynamic_scaling_in_suspended,
            scale_out_suspended=suspended.dynamic_scaling_out_suspended,
        )
    if before is not None:
        return replace(
            scaling,
            scale_in_suspended=before.scale_in_suspended,
            scale_out_suspended=before.scale_out_suspended,
        )
    return scaling


def check_auto_scaling(service: Service, definition: TaskDefinition) -> None:
    """Whether what is to be tracked can be measured: use is measured against what is reserved. Raises Refused."""
    policies = service.auto_scaling.policies if service.auto_scaling is not None else ()
    if any(policy.metric is ScalingMetric.CPU for policy in policies) and not definition.reserved_cpu_units:
        raise _invalid(
            f"autoScaling: task definition {definition.name} reserves no cpu, so its use can't be measured against it: "
            "give the task or its containers cpu, or track memory."
        )


def scaled_as(service: Service, given: AutoScalingInput) -> Service:
    """The service auto-scaled as is asked, its desired count brought between new bounds (AWS: RegisterScalableTarget).

    Raises Refused. One that is not to be auto-scaled any more keeps its count; so does one whose bounds stay, for an operator may
    have scaled it beyond them, and now suspends what would undo that.
    """
    before = service.auto_scaling
    scaling = auto_scaling_from(given, before)
    if scaling is None:
        return replace(service, auto_scaling=None, scaled=UNSCALED)
    if before is not None and (before.min_capacity, before.max_capacity) == (
        scaling.min_capacity,
        scaling.max_capacity,
    ):
        return replace(service, auto_scaling=scaling)
    return replace(service, auto_scaling=scaling, desired_count=bounded(scaling, service.desired_count))


def tell_bounds(state: State, before: int, service: Service, now: float) -> None:
    """Say so when a service's bounds, given just now, moved its desired count."""
    scaling = service.auto_scaling
    if scaling is not None and before != service.desired_count:
        which = "minimum" if before < service.desired_count else "maximum"
        text = f"its {which} capacity is {service.desired_count}"
        _say(state, service, now, f"set the desired count from {before} to {service.desired_count}: {text}.")


def scale(state: State, usage: Usage, service: Service, now: float, period_s: float) -> ServicePulse:
    """Judge the periods that have ended, and fold what follows. What is to be shown of it."""
    points = usage.close(state, service, now, period_s)
    primary = state.primary_of(service.key)
    deploying = primary is not None and primary.in_progress
    verdict = decide(service, points, now, period_s=period_s, deploying=deploying)
    scaled = service.scaled
    if verdict.at_maximum is not None and verdict.at_maximum is not scaled.at_maximum:
        scaled = replace(scaled, at_maximum=verdict.at_maximum)
        if scaled.at_maximum:
            _say(state, service, now, f"can't add tasks: {verdict.why}.", Level.WARN)
    changed = service
    if verdict.desired is not None:
        scaled = (
            Scaled(out_at=now, out_from=verdict.out_from)
            if verdict.scales_out
            else replace(scaled, in_at=now)
        )
        changed = replace(service, desired_count=verdict.desired, last_complaint="")
        counts = f"from {service.desired_count} to {changed.desired_count}"
        _say(state, service, now, f"set the desired count {counts}: {verdict.why}.")
    changed = replace(changed, scaled=scaled)
    if changed != service:
        set_desired_count(state, changed, now)
    newest = points[-1]
    if newest is None:
        return ServicePulse(at=now, why=verdict.why)
    return ServicePulse(
        now, newest.tasks, newest.measured, newest.cpu_percent, newest.memory_percent, verdict.why
    )


def _say(state: State, service: Service, now: float, text: str, level: Level = Level.INFO) -> None:
    message = f"(service {service.name}) auto scaling {text}"
    state.say(
        Event(
            now,
            Subject.SERVICE,
            service.name,
            message,
            service.cluster,
            level,
            "SERVICE_DESIRED_COUNT_UPDATED" if level is Level.INFO else "",
        )
    )


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
