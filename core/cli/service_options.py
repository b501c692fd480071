"""The options that `dockyard service create` and `update` share, and what they are in ECS's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli.options import Duration
from core.cli.placement import placement_options
from core.cli.probe import probe_given, probe_options
from core.cli.rollout import rollout_given, rollout_options
from core.model.service import Replace
from core.model.tags import PropagateTags

if TYPE_CHECKING:
    from collections.abc import Callable

_REPLACE = click.Choice([choice.value for choice in Replace])


def service_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `create` and `update` share."""
    for option in (
        click.option(
            "--health-check-grace-period", type=Duration(), help="Unhealthy counts only after so long."
        ),
        click.option(
            "--healthy-after", type=Duration(), help="Running for so long counts as healthy, without a check."
        ),
        click.option(
            "--replace", type=_REPLACE, help="Start lost hosts' tasks elsewhere: yes, no, or ask first."
        ),
        click.option(
            "--availability-zone-rebalancing",
            type=click.Choice(["ENABLED", "DISABLED"], case_sensitive=False),
            help="Always even it out over zones, then hosts; else DISABLED.",
        ),
        click.option(
            "--propagate-tags",
            type=click.Choice(list(PropagateTags), case_sensitive=False),
            help="What new tasks are tagged with; else NONE.",
        ),
        click.option(
            "--enable-ecs-managed-tags/--no-enable-ecs-managed-tags",
            "managed_tags",
            default=None,
            help="Whether new tasks have aws:ecs:clusterName and aws:ecs:serviceName.",
        ),
        probe_options,
        rollout_options,
        placement_options,
    ):
        function = option(function)
    return function


def options_given(bounds: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as ECS's members."""
    grace_s = bounds["health_check_grace_period"]
    said = {
        "deploymentConfiguration": rollout_given(bounds),
        "healthCheckGracePeriodSeconds": int(grace_s) if grace_s is not None else None,
        "healthyAfterSeconds": bounds["healthy_after"],
        "availabilityZoneRebalancing": bounds["availability_zone_rebalancing"],
        "replace": bounds["replace"],
        "propagateTags": bounds["propagate_tags"],
        "enableECSManagedTags": bounds["managed_tags"],
        "probe": probe_given(bounds),
        "placementConstraints": list(bounds["placement_constraints"]),
        "placementStrategy": list(bounds["placement_strategy"]),
        "capacityProviderStrategy": list(bounds["capacity_provider_strategy"]),
    }
    return {name: value for name, value in said.items() if value not in (None, {}, [])}
