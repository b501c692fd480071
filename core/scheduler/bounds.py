"""The two bounds of a service while its tasks are exchanged, with ECS's rounding. Pure.

Source: ECS API reference, DeploymentConfiguration: the floor is rounded up, the cap is rounded down.
"""

from __future__ import annotations

from typing import NamedTuple


class Bounds(NamedTuple):
    """`floor`: healthy tasks that our own doing never goes below. `cap`: live tasks that it never goes above."""

    floor: int
    cap: int


def bounds(desired_count: int, minimum_healthy_percent: int, maximum_percent: int) -> Bounds:
    """ceil(desired × minimum), floor(desired × maximum), in whole tasks."""
    return Bounds(
        floor=-(-desired_count * minimum_healthy_percent // 100),
        cap=desired_count * maximum_percent // 100,
    )
