"""Target tracking: how many tasks bring a service's use to its target, judged as CloudWatch's alarms and AWS's policies are. Pure.

Out of the last datapoints three above the target scale out; fifteen below nine tenths of it scale in, all of them measured whole,
by every policy that may scale in, and not during a deployment. A step starts from the tasks that run, not from the desired count.
Unlike AWS's, a policy that never scales in by itself keeps others from scaling in below what it needs: the two would go on for ever.
Source: Application Auto Scaling User Guide, "Target tracking scaling policies"; ECS Developer Guide, "Service auto scaling".
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.model.auto_scaling import AutoScaling, ScalingPolicy
    from core.model.service import Service
    from core.usage import Datapoint

#: So many datapoints in a row above the target scale out, and so many below scale in.
HIGH_DATAPOINTS: Final = 3
LOW_DATAPOINTS: Final = 15
#: Below this share of the target is low: between the two nothing is done.
LOW_SHARE: Final = 0.9
#: A service is never scaled in to nothing: where nothing runs nothing is measured, and it would stay so.
FEWEST: Final = 1
#: What rounding may add to a number of tasks.
_ROUNDING: Final = 1e-6


class Alarm(Enum):
    """What the datapoints of one policy say."""

    HIGH = "high"
    LOW = "low"
    OK = "ok"


class Judged(Record):
    """One policy's word. `needed` is how many tasks bring its metric to the target, None where that isn't known."""

    policy: ScalingPolicy
    alarm: Alarm
    #: With the reason: "average CPU 83 % over 3 minutes is above the target of 60 %".
    words: str
    needed: int | None = None


class Verdict(Record):
    """How many tasks the service is to have, and why, or why no other number. `desired` is None where it stays."""

    why: str
    desired: int | None = None
    scales_out: bool = False
    #: For a scale-out: how many tasks ran before it, or before the one that still cools down.
    out_from: int = 0
    #: Whether more tasks are needed than the maximum allows; None where that neither is so nor is known to be over.
    at_maximum: bool | None = None


def told(scaling: AutoScaling | None) -> str:
    """Auto scaling in words, for people."""
    if scaling is None:
        return "off"
    targets = " and ".join(f"{p.metric.words} at {p.target_percent:g} %" for p in scaling.policies)
    held = [
        *(["never in"] if all(p.disable_scale_in for p in scaling.policies) else []),
        *(["scaling in is suspended"] if scaling.scale_in_suspended else []),
        *(["scaling out is suspended"] if scaling.scale_out_suspended else []),
    ]
    return "; ".join((f"{scaling.min_capacity} to {scaling.max_capacity} tasks, {targets}", *held))


def bounded(scaling: AutoScaling, count: int) -> int:
    """A count within the bounds."""
    return max(scaling.min_capacity, min(scaling.max_capacity, count))


def decide(
    service: Service,
    points: Sequence[Datapoint | None],
    now: float,
    *,
    period_s: float,
    deploying: bool,
) -> Verdict:
    """What follows from a service's last datapoints, the newest last; None stands for one that is missing."""
    scaling = service.auto_scaling
    assert scaling is not None
    judged = [judge(policy, points, period_s) for policy in scaling.policies]
    if any(each.alarm is Alarm.HIGH for each in judged):
        return _out(service, scaling, judged, points, now)
    return _in(service, scaling, judged, now, deploying=deploying)


def judge(policy: ScalingPolicy, points: Sequence[Datapoint | None], period_s: float) -> Judged:
    """What the datapoints say by one policy."""
    metric, target = policy.metric.words, f"the target of {policy.target_percent:g} %"
    high = _figures(policy, points[-HIGH_DATAPOINTS:], HIGH_DATAPOINTS)
    if high and all(percent > policy.target_percent for percent, _ in high):
        mean = sum(percent for percent, _ in high) / len(high)
        least = "" if all(point.whole for _, point in high) else "at least "
        needed = _needed(policy, sum(percent * point.tasks for percent, point in high) / len(high))
        over = _span(HIGH_DATAPOINTS * period_s)
        return Judged(
            policy, Alarm.HIGH, f"{metric} {least}{mean:.0f} % over {over} is above {target}", needed
        )
    low = _figures(policy, points[-LOW_DATAPOINTS:], LOW_DATAPOINTS)
    limit = LOW_SHARE * policy.target_percent
    whole = [(percent, point) for percent, point in low if point.whole]
    if len(whole) < LOW_DATAPOINTS:
        return Judged(policy, Alarm.OK, _held(policy, points, period_s))
    # By the busiest of them, so that no load that was there a moment ago would now be too much.
    needed = _needed(policy, max(percent * point.tasks for percent, point in whole))
    if all(percent < limit for percent, _ in whole):
        most = max(percent for percent, _ in whole)
        words = f"{metric} at most {most:.0f} % over {_span(LOW_DATAPOINTS * period_s)} is below {limit:g} %, nine tenths of {target}"
        return Judged(policy, Alarm.LOW, words, needed)
    return Judged(policy, Alarm.OK, _held(policy, points, period_s), needed)


def _figures(
    policy: ScalingPolicy, points: Sequence[Datapoint | None], wanted: int
) -> list[tuple[float, Datapoint]]:
    """The policy's figures of so many datapoints in a row; none where one of them is missing."""
    found = [
        (percent, point)
        for point in points
        if point is not None and (percent := point.percent(policy.metric)) is not None
    ]
    return found if len(found) == wanted else []


def _needed(policy: ScalingPolicy, load: float) -> int:
    """How many tasks share a load, in percent of one task, so that each is at the target or below."""
    return max(0, math.ceil(load / policy.target_percent - _ROUNDING))


def _held(policy: ScalingPolicy, points: Sequence[Datapoint | None], period_s: float) -> str:
    """Why a policy asks for nothing."""
    metric, newest = policy.metric.words, points[-1] if points else None
    percent = newest.percent(policy.metric) if newest is not None else None
    if newest is None or percent is None or not newest.measured:
        return f"{metric} is not known: {_unknown(newest)}"
    known = f"{metric} is {'' if newest.whole else 'at least '}{percent:.0f} %, the target {policy.target_percent:g} %"
    if percent > policy.target_percent:
        high = _in_a_row(points, lambda p: (p.percent(policy.metric) or 0.0) > policy.target_percent)
        return f"{known}; above it for {high} of the {HIGH_DATAPOINTS} datapoints that scale out"
    limit = LOW_SHARE * policy.target_percent
    if not newest.whole:
        return f"{known}; {newest.tasks - newest.measured} of {newest.tasks} tasks were not measured, and nothing is scaled in on that"
    if percent >= limit:
        return f"{known}; from {limit:g} % up to the target nothing is to be done"
    low = _in_a_row(points, lambda p: p.whole and (p.percent(policy.metric) or 0.0) < limit)
    return f"{known}; below {limit:g} % for {low} of the {LOW_DATAPOINTS} datapoints of {_span(period_s)} that scale in"


def _unknown(newest: Datapoint | None) -> str:
    """Why the newest datapoint has no figure."""
    if newest is None:
        return "no task was running when it was last to be measured"
    if not newest.measured:
        return f"none of {newest.tasks} tasks was measured"
    return "its tasks reserve none that it could be measured against"


def _out(
    service: Service,
    scaling: AutoScaling,
    judged: Sequence[Judged],
    points: Sequence[Datapoint | None],
    now: float,
) -> Verdict:
    """The largest step that a policy whose metric is high may take."""
    newest = points[-1]
    assert newest is not None
    running, scaled = newest.tasks, service.scaled
    high = [each for each in judged if each.alarm is Alarm.HIGH and each.needed is not None]
    goals: list[tuple[int, int, Judged]] = []
    cools_until = 0.0
    for each in high:
        assert each.needed is not None
        start, ends_at = running, (scaled.out_at or 0.0) + each.policy.scale_out_cooldown_s
        if scaled.out_at is not None and now < ends_at:
            # What was added is part of the next step, so only a larger one goes on (AWS).
            start, cools_until = min(running, scaled.out_from), max(cools_until, ends_at)
        goals.append((start + each.needed - running, start, each))
    goal, start, first = max(goals, key=lambda goal: goal[0])
    desired = bounded(scaling, goal)
    if scaling.scale_out_suspended:
        return Verdict(f"{first.words}, but scaling out is suspended")
    if desired > service.desired_count:
        return Verdict(first.words, desired, scales_out=True, out_from=start)
    if goal > service.desired_count:
        return Verdict(f"{first.words}, but {scaling.max_capacity} tasks are its maximum", at_maximum=True)
    if cools_until:
        left_s = cools_until - now
        return Verdict(
            f"{first.words}; no larger step is needed than the last, which cools down for another {_span(left_s)}"
        )
    return Verdict(f"{first.words}; {service.desired_count} tasks are enough, and {running} of them run")


def _in(
    service: Service, scaling: AutoScaling, judged: Sequence[Judged], now: float, *, deploying: bool
) -> Verdict:
    """The step that all policies which may scale in agree on."""
    enabled = [each for each in judged if not each.policy.disable_scale_in]
    ready = [each for each in enabled if each.alarm is Alarm.LOW]
    if not enabled or len(ready) < len(enabled):
        words = "; ".join(each.words for each in judged if each.alarm is Alarm.OK or not enabled)
        return Verdict(words if enabled else f"{words}; scaling in is disabled")
    first = max(judged, key=lambda each: math.inf if each.needed is None else each.needed)
    if first.needed is None:
        return Verdict(first.words)
    desired = max(FEWEST, bounded(scaling, first.needed))
    if desired >= service.desired_count:
        least = (
            f"{scaling.min_capacity} tasks are its minimum"
            if first.needed != desired
            else "it needs its tasks"
        )
        return Verdict(f"{first.words}, but {least}", at_maximum=False)
    held = ""
    if scaling.scale_in_suspended:
        held = "scaling in is suspended"
    elif deploying:
        held = "nothing is scaled in during a deployment"
    elif service.scaled.in_at is not None:
        left_s = service.scaled.in_at + max(each.policy.scale_in_cooldown_s for each in enabled) - now
        held = f"the last scale-in cools down for another {_span(left_s)}" if left_s > 0 else ""
    if held:
        return Verdict(f"{first.words}, but {held}", at_maximum=False)
    return Verdict(first.words, desired, at_maximum=False)


def _in_a_row(points: Sequence[Datapoint | None], holds: Callable[[Datapoint], bool]) -> int:
    """For how many of the newest datapoints in a row something holds."""
    count = 0
    for point in reversed(points):
        if point is None or not holds(point):
            break
        count += 1
    return count


def _span(seconds: float) -> str:
    """A length of time in a sentence."""
    if seconds < 60 or seconds % 60:
        return f"{seconds:.0f} s"
    return "1 minute" if seconds == 60 else f"{seconds / 60:.0f} minutes"
