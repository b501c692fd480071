"""Fields that several forms have: what runs, where, and by which overrides. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.forms.form import Entry, Kind
from tui.forms.sheet import clusters, families

if TYPE_CHECKING:
    from core.model.state import State


def definition_entry(state: State, value: str, entry_id: str, option: str) -> Entry:
    """What is run."""
    return Entry(
        entry_id,
        "task definition",
        option=option,
        value=value,
        hint="FAMILY, or FAMILY:REVISION",
        choices=families(state),
        is_required=True,
        about=(
            "target.taskDefinition",
            "taskDefinition",
            "TaskDefinition",
            "There is no task definition",
            "Invalid revision number",
            "task definition",
        ),
    )


def cluster_entry(state: State, value: str) -> Entry:
    """Where."""
    return Entry(
        "cluster",
        "cluster",
        option="--cluster",
        value=value,
        choices=clusters(state),
        is_required=True,
        about=("cluster", "Cluster not found", "The referenced cluster"),
    )


def container_entries(member: str) -> tuple[Entry, ...]:
    """What one of its containers is overridden with; `member` is that of the overrides."""
    return (
        Entry(
            "command",
            "command",
            option="--command",
            hint="instead of the container's; split as a shell would",
            about=(f"{member}.containerOverrides", member, "--command"),
        ),
        Entry("environment", "environment", Kind.LIST, "--env", hint="MODE=canary 'GREETING=good day'"),
        Entry(
            "container",
            "container",
            option="--container",
            hint="which one that is for; else the first",
            about=("Override for container",),
        ),
        Entry(
            "overrides",
            "overrides",
            option="--overrides",
            hint="overrides.json: what those can't say, as ECS's overrides",
            about=("--overrides",),
        ),
    )


def placement_entries(state: State, within: str = "") -> tuple[Entry, ...]:
    """Where it may go; `within` is what stands before the members."""
    return (
        Entry(
            "placement_strategy",
            "spread over",
            Kind.LIST,
            "--placement-strategy",
            hint="spread=attribute:zone spread=instanceId binpack=memory random",
            about=(f"{within}placementStrategy",),
        ),
        Entry(
            "placement_constraints",
            "only where",
            Kind.LIST,
            "--placement-constraint",
            hint="distinctInstance 'memberOf=attribute:disk == ssd'",
            about=(f"{within}placementConstraints", "Invalid expression"),
        ),
        providers_entry(state, "capacity_provider_strategy", "--capacity-provider", within),
        Entry(
            "launch_type",
            "launch type",
            option="--launch-type",
            hint="EC2 or EXTERNAL: on any host, not by the cluster's default providers",
            choices=("EC2", "EXTERNAL"),
            about=(f"{within}launchType", "launchType"),
        ),
    )


def tag_entries(label: str, within: str = "") -> tuple[Entry, ...]:
    """What tasks that are made are tagged with."""
    return (
        Entry("tags", label, Kind.LIST, "--tag", hint="team=shop tier=web", about=(f"{within}tags",)),
        Entry(
            "propagate_tags",
            "propagated",
            Kind.CHOICE,
            "--propagate-tags",
            "NONE",
            "whether its tasks have the task definition's tags as well",
            ("NONE", "TASK_DEFINITION"),
            usual="NONE",
            about=(f"{within}propagateTags",),
        ),
        Entry(
            "managed_tags",
            "managed tags",
            Kind.FLAG,
            "--enable-ecs-managed-tags",
            "no",
            "whether its tasks have the tag aws:ecs:clusterName",
        ),
    )


def providers_entry(state: State, entry_id: str, option: str, within: str = "") -> Entry:
    """By which groups of hosts, in which parts."""
    return Entry(
        entry_id,
        "capacity providers",
        Kind.LIST,
        option,
        hint="steady=1,base=2 spare=3: groups of hosts that the config names, and their parts",
        choices=tuple(sorted({p.name for c in state.clusters.values() for p in c.capacity_providers})),
        about=(f"{within}capacityProviderStrategy", "defaultCapacityProviderStrategy", "capacity provider"),
    )
