"""Target tracking as a table, and what holds of it whatever was measured."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fold.members import AutoScalingInput, ScalingPolicyInput, SuspendedState
from core.model.auto_scaling import AutoScaling, Scaled, ScalingMetric, ScalingPolicy
from core.model.service import Service
from core.record import replace
from core.scheduler.auto_scaling import LOW_DATAPOINTS, Alarm, Verdict, decide, judge
from core.usage import KEPT, Datapoint
from tests.botocore_shapes import service_model

CPU: Final = ScalingPolicy(ScalingMetric.CPU, 60.0)
MEMORY: Final = ScalingPolicy(ScalingMetric.MEMORY, 50.0)
WEB: Final = Service("default", "web", "web:1", 4, auto_scaling=AutoScaling(2, 8, (CPU,)))
NOW: Final = 10_000.0


def points(*percents: float | None, tasks: int = 4, measured: int | None = None) -> list[Datapoint | None]:
    """Datapoints of these figures, the newest last."""
    seen = tasks if measured is None else measured
    return [None if p is None else Datapoint(tasks, seen, p, p) for p in percents]


def verdict(service: Service, seen: list[Datapoint | None], *, deploying: bool = False) -> Verdict:
    return decide(service, seen, NOW, period_s=60.0, deploying=deploying)


@pytest.mark.parametrize(
    ("seen", "desired"),
    [
        (points(90.0, 90.0, 90.0), 6),
        (points(60.0, 60.0, 60.0), None),
        (points(60.1, 60.1, 60.1), 5),
        (points(90.0, 59.0, 90.0), None),
        (points(90.0, None, 90.0, 90.0), None),
        (points(90.0, 90.0), None),
        (points(900.0, 900.0, 900.0), 8),
        (points(*[30.0] * 15), 2),
        (points(*[20.0] * 14, 52.0), 4),
        (points(*[20.0] * 14), None),
        (points(*[20.0] * 15, measured=3), None),
        (points(*[20.0] * 7, None, *[20.0] * 7), None),
        (points(*[54.0] * 15), None),
        (points(*[1.0] * 15), 2),
        ([], None),
        (points(None), None),
    ],
)  # fmt: skip
def test_out_after_three_and_in_after_fifteen(seen: list[Datapoint | None], desired: int | None) -> None:
    expected = None if desired == WEB.desired_count else desired
    assert verdict(WEB, seen).desired == expected


def test_a_step_starts_from_the_tasks_that_run() -> None:
    few = replace(WEB, desired_count=6)
    # Of six wanted two run, for the others there is no room yet: their load is one of three.
    assert verdict(few, points(90.0, 90.0, 90.0, tasks=2)).desired is None
    assert verdict(few, points(200.0, 200.0, 200.0, tasks=2)).desired == 7


def both(cpu: float, memory: float, tasks: int) -> list[Datapoint | None]:
    """A quarter of an hour of the same use."""
    return [Datapoint(tasks, tasks, cpu, memory)] * LOW_DATAPOINTS


@pytest.mark.parametrize(
    ("cpu", "desired"),
    [(10.0, 2), (40.0, 3), (59.0, None), (59.9, None)],
)
def test_none_scales_in_below_what_a_policy_needs_that_never_does(cpu: float, desired: int | None) -> None:
    never = replace(CPU, disable_scale_in=True)
    kept = replace(WEB, auto_scaling=AutoScaling(1, 8, (never, MEMORY)))
    assert verdict(kept, both(cpu, 20.0, 4)).desired == desired


def test_without_the_figures_of_one_that_never_scales_in_none_does() -> None:
    never = replace(CPU, disable_scale_in=True)
    kept = replace(WEB, auto_scaling=AutoScaling(1, 8, (never, MEMORY)))
    unknown: list[Datapoint | None] = [Datapoint(4, 4, None, 20.0)] * LOW_DATAPOINTS
    found = verdict(kept, unknown)
    assert (found.desired, "CPU" in found.why) == (None, True)


@given(
    st.integers(1, 20),
    st.floats(0, 200),
    st.floats(0, 200),
    st.booleans(),
    st.booleans(),
)
def test_what_scales_in_does_not_scale_out_again_by_the_same_load(
    tasks: int, cpu: float, memory: float, never_cpu: bool, never_memory: bool
) -> None:
    policies = (replace(CPU, disable_scale_in=never_cpu), replace(MEMORY, disable_scale_in=never_memory))
    service = replace(WEB, desired_count=tasks, auto_scaling=AutoScaling(1, 20, policies))
    found = verdict(service, both(cpu, memory, tasks))
    if found.desired is not None and not found.scales_out:
        share = tasks / found.desired
        again = verdict(
            replace(service, desired_count=found.desired), both(cpu * share, memory * share, found.desired)
        )
        assert not again.scales_out


def test_a_service_is_never_scaled_in_to_nothing() -> None:
    idle = replace(WEB, auto_scaling=AutoScaling(0, 8, (CPU,)))
    assert verdict(idle, points(*[0.0] * 15)).desired == 1


def test_a_desired_count_outside_the_bounds_is_brought_back_by_the_step_that_leads_there() -> None:
    above, below = replace(WEB, desired_count=12), replace(WEB, desired_count=1)
    assert verdict(above, points(*[90.0] * 3, tasks=12)).desired is None
    assert verdict(above, points(*[50.0] * 15, tasks=12)).desired == 8
    assert verdict(below, points(*[10.0] * 15, tasks=1)).desired is None
    assert verdict(below, points(*[61.0] * 3, tasks=1)).desired == 2


def test_a_policy_whose_metric_is_not_known_holds_a_scale_in_and_no_scale_out() -> None:
    both = replace(WEB, auto_scaling=AutoScaling(1, 8, (CPU, MEMORY)))
    no_cpu: list[Datapoint | None] = [Datapoint(4, 4, None, 10.0)] * 15
    assert verdict(both, no_cpu).desired is None
    assert "reserve none" in verdict(both, no_cpu).why
    assert verdict(both, [Datapoint(4, 4, None, 80.0)] * 3).desired == 7


def test_words_of_a_policy_say_how_far_it_is() -> None:
    def words(seen: list[Datapoint | None]) -> str:
        return judge(CPU, seen, 60.0).words

    assert words(points(70.0, 70.0)).endswith(
        "is 70 %, the target 60 %; above it for 2 of the 3 datapoints that scale out"
    )
    assert words(points(*[10.0] * 4)).endswith(
        "below 54 % for 4 of the 15 datapoints of 1 minute that scale in"
    )
    assert words(points(10.0, measured=1)).endswith(
        "3 of 4 tasks were not measured, and nothing is scaled in on that"
    )
    assert words(points(None)).endswith("no task was running when it was last to be measured")


SEEN: Final = st.lists(
    st.none()
    | st.builds(
        lambda tasks, missed, cpu, memory: Datapoint(tasks, max(0, tasks - missed), cpu, memory),
        st.integers(1, 12),
        st.sampled_from([0, 0, 0, 1]),
        st.none() | st.floats(0, 400),
        st.floats(0, 400),
    ),
    max_size=KEPT,
)
MOMENTS: Final = st.none() | st.floats(NOW - 400, NOW)
SERVICES: Final = st.builds(
    lambda least, more, policies, count, out_at, in_at, out_from: replace(
        WEB,
        desired_count=count,
        auto_scaling=AutoScaling(least, least + more, tuple(policies)),
        scaled=Scaled(out_at, out_from, in_at),
    ),
    st.integers(0, 5),
    st.integers(0, 7),
    st.lists(st.sampled_from([CPU, MEMORY]), min_size=1, max_size=2, unique=True),
    st.integers(0, 14),
    MOMENTS,
    MOMENTS,
    st.integers(0, 10),
)


@given(service=SERVICES, seen=SEEN, deploying=st.booleans())
def test_whatever_was_measured_a_step_keeps_its_rules(
    service: Service, seen: list[Datapoint | None], deploying: bool
) -> None:
    found = verdict(service, seen, deploying=deploying)
    scaling = service.auto_scaling
    assert scaling is not None
    assert found.why
    if found.desired is None:
        return
    assert scaling.min_capacity <= found.desired <= max(1, scaling.max_capacity)
    assert (found.desired > service.desired_count) is found.scales_out
    if not found.scales_out:
        assert not deploying
        assert found.desired < service.desired_count
        assert len(seen) >= LOW_DATAPOINTS
        assert all(point is not None and point.whole for point in seen[-LOW_DATAPOINTS:])
        assert service.scaled.in_at is None or NOW - service.scaled.in_at >= 300
    # The same once more, after it: nothing follows.
    after = Scaled(NOW, found.out_from) if found.scales_out else replace(service.scaled, in_at=NOW)
    again = replace(service, desired_count=found.desired, scaled=after)
    assert verdict(again, seen, deploying=deploying).desired is None


@given(percent=st.floats(61, 500), tasks=st.integers(1, 100))
def test_after_a_scale_out_the_same_load_is_at_the_target_or_below(percent: float, tasks: int) -> None:
    found = judge(CPU, points(*[percent] * 3, tasks=tasks), 60.0)
    assert found.alarm is Alarm.HIGH
    assert found.needed is not None
    assert percent * tasks / found.needed <= CPU.target_percent + 1e-3
    assert percent * tasks / (found.needed - 1) > CPU.target_percent


def test_members_and_their_words_are_those_of_application_auto_scaling() -> None:
    model = service_model("application-autoscaling")

    def members(shape: str) -> set[str]:
        return {name[0].lower() + name[1:] for name in model.shape_for(shape).members}

    def aliases(kind: type[AutoScalingInput | ScalingPolicyInput | SuspendedState]) -> set[str]:
        return {str(field.alias) for field in kind.model_fields.values()}

    policy = members("TargetTrackingScalingPolicyConfiguration") | members("PredefinedMetricSpecification")
    assert aliases(ScalingPolicyInput) <= policy
    assert aliases(AutoScalingInput) - {"policies"} <= members("RegisterScalableTargetRequest")
    assert aliases(SuspendedState) <= members("SuspendedState")
    assert {metric.value for metric in ScalingMetric} <= set(model.shape_for("MetricType").enum)
