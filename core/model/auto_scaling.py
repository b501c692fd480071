"""How a service's desired count follows the use of its tasks, in the words of AWS's Application Auto Scaling."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.record import Record


class ScalingMetric(StrEnum):
    """What is measured of a service: what its RUNNING tasks use, in percent of what they reserve. It may exceed 100."""

    CPU = "ECSServiceAverageCPUUtilization"
    MEMORY = "ECSServiceAverageMemoryUtilization"

    @property
    def words(self) -> str:
        """As it stands in a sentence."""
        return "average CPU" if self is ScalingMetric.CPU else "average memory"


class ScalingPolicy(Record):
    """Target tracking: as many tasks as bring the metric to the target (AWS: TargetTrackingScalingPolicyConfiguration)."""

    metric: ScalingMetric
    target_percent: float
    scale_out_cooldown_s: int = 300
    scale_in_cooldown_s: int = 300
    disable_scale_in: bool = False


class AutoScaling(Record):
    """The bounds of a service's desired count and what moves it between them (AWS: ScalableTarget, with its policies)."""

    min_capacity: int
    max_capacity: int
    policies: tuple[ScalingPolicy, ...]
    scale_in_suspended: bool = False
    scale_out_suspended: bool = False


class Scaled(Record):
    """What auto scaling did last to a service: from here its cooldowns run, in the next engine as well."""

    out_at: float | None = None
    #: How many tasks ran before it scaled out: while that cools down, a further step is counted from here (AWS).
    out_from: int = 0
    #: Forgotten when it scales out: that ends the cooldown of a scale-in (AWS).
    in_at: float | None = None
    #: Whether it was told that the maximum is not enough, so that it is told once.
    at_maximum: bool = False


#: Of a service that auto scaling has left alone until now.
UNSCALED: Final = Scaled()
