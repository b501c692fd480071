"""The circuit breaker's threshold, as ECS documents it."""

from __future__ import annotations

import pytest

from core.model.service import CircuitBreaker, ThresholdType
from core.scheduler.breaker import threshold


@pytest.mark.parametrize(
    ("desired", "failures"),
    # The first and the last of ECS's own examples; between them 0.5 × the desired count, rounded up.
    [(1, 3), (6, 3), (7, 4), (25, 13), (26, 13), (399, 200), (400, 200), (800, 200), (0, 3)],
)
def test_the_default_is_half_of_the_desired_count_within_bounds(desired: int, failures: int) -> None:
    assert threshold(CircuitBreaker(), desired) == failures


@pytest.mark.parametrize(
    ("kind", "value", "desired", "failures"),
    [
        (ThresholdType.BOUNDED_PERCENT, 10, 100, 10),
        (ThresholdType.BOUNDED_PERCENT, 100, 1000, 200),
        (ThresholdType.UNBOUNDED_PERCENT, 10, 10, 1),
        (ThresholdType.UNBOUNDED_PERCENT, 10, 11, 2),
        (ThresholdType.UNBOUNDED_PERCENT, 100, 1000, 1000),
        (ThresholdType.UNBOUNDED_PERCENT, 50, 0, 1),
        (ThresholdType.COUNT, 7, 1, 7),
        (ThresholdType.COUNT, 7, 1000, 7),
    ],
)
def test_a_threshold_of_ones_own(kind: ThresholdType, value: int, desired: int, failures: int) -> None:
    assert threshold(CircuitBreaker(threshold_type=kind, threshold=value), desired) == failures
