"""`dockyard service`: ls, describe, events, wait; what changes services is in service_change.py."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import click

from core.cli import completing
from core.cli.asking import wait_for_all
from core.cli.events import print_events, show_events, shown_options
from core.cli.invocation import Invocation, invoked
from core.cli.listing import answered, named_cluster, show_list
from core.cli.options import Duration, cluster_option, json_option, quiet_option
from core.cli.printing import Cell, Column, Tone, age
from core.cli.rows import part_of, status_cell
from core.cli.verbs import Verbs
from core.client.names import find_service
from core.client.progress import service_stable
from core.events import Subject
from core.model.capacity_provider import shares_told
from core.model.counts import counts
from core.model.service import DeploymentStatus, ServiceStatus, rolled_back_from
from core.model.tags import propagation_told, tags_told
from core.scheduler import auto_scaling, breaker
from core.scheduler.completion import bake_time_told, reason_told, told_early
from core.scheduler.probes import told_probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.api import Dockyard
    from core.cli.events import Shown, Which
    from core.cli.printing import Printer, Row
    from core.events import Event
    from core.model.service import Service
    from core.model.state import State

_CHANGE = "core.cli.service_change"
#: As many as ECS shows.
_EVENTS_SHOWN = 100
_COLUMNS = (
    Column("NAME"),
    Column("CLUSTER", spare=True),
    Column("STATUS"),
    Column("RUNNING", right=True),
    Column("PENDING", right=True),
    Column("TASK DEFINITION"),
    Column("ROLLOUT"),
    Column("AGE", right=True, spare=True),
    Column("WHY"),
)
#: Between the rollout and the age, where a service has auto scaling.
_SCALES = Column("SCALES", spare=True)
_SCALES_AT = _COLUMNS.index(Column("AGE", right=True, spare=True))


@click.group(
    "service",
    cls=Verbs,
    lazy={
        "create": (f"{_CHANGE}:create", "Create a service."),
        "update": (f"{_CHANGE}:update", "Change a service; a new task definition is rolled out."),
        "edit": ("core.cli.edit:service", "Change it in your editor."),
        "scale": (f"{_CHANGE}:scale", "Set a service's desired count."),
        "restart": (f"{_CHANGE}:restart", "Replace all its tasks by new ones, as a deployment."),
        "rollback": (f"{_CHANGE}:rollback", "Return to what ran well before."),
        "stop-deployment": (f"{_CHANGE}:stop_deployment", "End the deployment in progress, and go back."),
        "rm": (f"{_CHANGE}:rm", "Delete a service."),
        "replace": (f"{_CHANGE}:replace", "Answer a service that asks before replacing lost tasks."),
        "tag": ("core.cli.tag:service", "Show and change its tags."),
        "autoscale": (
            "core.cli.autoscale:autoscale",
            "Let its desired count follow what its tasks use.",
        ),
        "rebalance": ("core.cli.rebalance:rebalance", "Even its tasks out over zones and hosts."),
        "explain": (
            "core.cli.explain:service",
            "Say what a service waits for, and why tasks go or were restarted.",
        ),
    },
)
def verb() -> None:
    """Services: so many tasks, kept running."""


@verb.command("ls", examples=["dockyard service ls", "dockyard service ls --cluster staging -q"])
@cluster_option
@json_option
@quiet_option
@invoked
def ls(invocation: Invocation, cluster: str | None, as_json: bool, quiet: bool) -> None:
    """List the services of all clusters, or of one."""
    state = invocation.shown_state()
    cluster = named_cluster(state, cluster)
    services = [
        s
        for _, s in sorted(state.services.items())
        if cluster in {None, s.cluster} and s.status is not ServiceStatus.INACTIVE
    ]
    show_list(
        invocation.printer,
        document=lambda: _described(invocation, state, services),
        names=(s.name for s in services),
        table=lambda: print_services(invocation.printer, invocation.dockyard(), state, services),
        as_json=as_json,
        quiet=quiet,
    )


@verb.command(
    "describe", examples=["dockyard service describe web", "dockyard service describe staging/web --json"]
)
@click.argument("name", shell_complete=completing.services)
@cluster_option
@json_option
@invoked
def describe(invocation: Invocation, name: str, cluster: str | None, as_json: bool) -> None:
    """Show one service: its deployments, tasks and latest events."""
    state = invocation.shown_state()
    service = find_service(state, name, cluster)
    if as_json:
        invocation.printer.json(_described(invocation, state, [service]))
        return
    _show_facts(invocation, state, service)
    invocation.printer.line()
    _show_deployments(invocation, state, service)
    events = invocation.dockyard().events(
        subject=Subject.SERVICE, name=service.name, cluster=service.cluster, limit=10
    )
    if events:
        invocation.printer.line()
        print_events(invocation.printer, events)


def _show_facts(invocation: Invocation, state: State, service: Service) -> None:
    now = invocation.dockyard().now()
    found = counts(state, state.tasks_of_service(service.key), watched=invocation.watched())
    left = rolled_back_from(state.deployments_of(service.key))
    invocation.printer.facts(
        {
            "Service": service.name,
            "Cluster": service.cluster,
            "Status": status_cell(service.status),
            "Scheduling": service.scheduling_strategy.value,
            "Task definition": service.definition,
            "Running": part_of(found.running, service.desired_count),
            "Pending": found.pending,
            "Unknown": Cell(str(found.unknown), Tone.WARN) if found.unknown else "",
            "Why": service.why,
            "Rollout": Cell(left.told_left(), Tone.WARN) if left is not None else "",
            "Healthy percent": f"{service.minimum_healthy_percent} to {service.maximum_percent}",
            "Probe": told_probe(service.probe),
            "Auto scaling": auto_scaling.told(service.auto_scaling),
            "Circuit breaker": breaker.told(service.circuit_breaker),
            "Bake time": bake_time_told(service),
            "Early success": told_early(service.early_success),
            "Strategy": ", ".join(f"{s.type.value} {s.field}".strip() for s in service.placement_strategy),
            "Capacity providers": shares_told(service.capacity_provider_strategy),
            "Constraints": ", ".join(
                f"{c.type.value} {c.expression}".strip() for c in service.placement_constraints
            ),
            "Replace lost tasks": service.replace.value,
            "Stack": service.stack,
            "Tags": tags_told(service.tags),
            "Tags of new tasks": propagation_told(service.propagate_tags, managed=service.managed_tags),
            "Asks": Cell(_questions(state, service), Tone.WARN),
            "Created": f"{age(now - service.created_at)} ago",
        }
    )


def _show_deployments(invocation: Invocation, state: State, service: Service) -> None:
    """Those with tasks, the newest first, and how far each is."""
    now = invocation.dockyard().now()
    deployments = [d for d in state.deployments_of(service.key) if d.status is not DeploymentStatus.INACTIVE]
    invocation.printer.table(
        (
            Column("DEPLOYMENT"),
            Column("STATUS"),
            Column("TASK DEFINITION"),
            Column("ROLLOUT"),
            Column("RUNNING", right=True),
            Column("PENDING", right=True),
            Column("FAILED", right=True),
            Column("REASON", whole=True),
        ),
        [
            (
                d.id,
                d.status.value,
                d.definition,
                status_cell(d.rollout_state),
                part_of(d.running_count, d.desired_count),
                d.pending_count,
                d.failed_tasks,
                reason_told(service, d, now),
            )
            for d in deployments
        ],
    )


@verb.command("events", examples=["dockyard service events web", "dockyard service events web -f --since 1h"])
@click.argument("name", shell_complete=completing.services)
@cluster_option
@shown_options
@json_option
@invoked
def events(
    invocation: Invocation, name: str, cluster: str | None, as_json: bool, **shown: Unpack[Shown]
) -> None:
    """Show what happened to a service, in ECS's words."""
    service = find_service(invocation.state(), name, cluster)
    which: Which = {"subject": Subject.SERVICE, "name": service.name, "cluster": service.cluster}
    show_events(invocation, which, shown, as_json=as_json)


@verb.command("wait", examples=["dockyard service wait web worker --timeout 5m"])
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=completing.services)
@cluster_option
@click.option("--timeout", "timeout_s", type=Duration(), default="10m", show_default=True)
@invoked
def wait(invocation: Invocation, names: Sequence[str], cluster: str | None, timeout_s: float) -> int | None:
    """Wait until services are stable: one deployment, complete, all tasks running."""
    state = invocation.state()
    services = [find_service(state, name, cluster) for name in names]
    judges = [partial(service_stable, key=service.key, now=invocation.dockyard().now) for service in services]
    return wait_for_all(invocation, judges, timeout_s, "")


def print_services(printer: Printer, dockyard: Dockyard, state: State, services: Sequence[Service]) -> None:
    """A table of services."""
    now, watched = dockyard.now(), dockyard.engine().watches
    columns: tuple[Column, ...] = _COLUMNS
    rows = [_row(state, service, now, watched=watched) for service in services]
    if any(service.auto_scaling is not None for service in services):
        columns = (*columns[:_SCALES_AT], _SCALES, *columns[_SCALES_AT:])
        rows = [
            (*row[:_SCALES_AT], _scales(service), *row[_SCALES_AT:])
            for row, service in zip(rows, services, strict=True)
        ]
    printer.table(columns, rows)


def _scales(service: Service) -> str | None:
    scaling = service.auto_scaling
    return f"{scaling.min_capacity} to {scaling.max_capacity}" if scaling is not None else None


def _questions(state: State, service: Service) -> str:
    """The commands that answer what the service asks."""
    hosts = [state.instances[i].name for i in service.replace_asked if i in state.instances]
    return "; ".join(f"dockyard service replace {service.key} {host} yes" for host in hosts)


def _described(invocation: Invocation, state: State, services: Sequence[Service]) -> dict[str, Any]:
    dockyard = invocation.dockyard()
    return answered(
        invocation,
        lambda watched: {"services": described_services(dockyard, state, services, watched=watched)},
    )


def described_services(
    dockyard: Dockyard, state: State, services: Sequence[Service], *, watched: bool
) -> list[dict[str, Any]]:
    """Services in ECS's shape, with their newest events."""
    from core.ecs import describe_service  # noqa: PLC0415  # only JSON needs ECS's shapes

    return [describe_service(state, s, _newest_events(dockyard, s), watched=watched) for s in services]


def _newest_events(dockyard: Dockyard, service: Service) -> list[Event]:
    """As ECS shows them, the newest first."""
    found = dockyard.events(
        subject=Subject.SERVICE, name=service.name, cluster=service.cluster, limit=_EVENTS_SHOWN
    )
    return [recorded.event for recorded in reversed(found)]


def _row(state: State, service: Service, now: float, *, watched: bool) -> Row:
    found = counts(state, state.tasks_of_service(service.key), watched=watched)
    primary = state.primary_of(service.key)
    unknown = f"{found.unknown} unknown" if found.unknown else ""
    left = rolled_back_from(state.deployments_of(service.key))
    back = left.told_left() if left is not None and not service.why else ""
    return (
        service.name,
        service.cluster,
        status_cell(service.status),
        part_of(found.running, service.desired_count),
        found.pending,
        service.definition,
        status_cell(primary.rollout_state) if primary else None,
        age(now - service.created_at),
        "; ".join(part for part in (unknown, service.why, back) if part) or None,
    )
