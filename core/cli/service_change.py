"""`dockyard service` create, update, scale, restart, rollback, rm, replace."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, protected, wait_for
from core.cli.autoscale import autoscale_options
from core.cli.failures import REFUSED
from core.cli.invocation import Invocation, invoked
from core.cli.options import (
    Pair,
    Whole,
    cluster_option,
    json_option,
    quiet_option,
    wait_options,
    yes_option,
)
from core.cli.placement import launch_type_option
from core.cli.printing import count_of
from core.cli.probe import check_named
from core.cli.requests import create_service
from core.cli.service_options import options_given, service_options
from core.cli.verbs import Verb
from core.client.names import find_definition, find_instance, find_service
from core.client.progress import service_gone, service_stable
from core.commands import Action
from core.model.service import DeploymentStatus, SchedulingStrategy
from core.scheduler.auto_scaling import told

if TYPE_CHECKING:
    from core.model.service import Service


@click.command(
    "create",
    cls=Verb,
    examples=[
        "dockyard service create web --task-definition web --desired-count 3 --wait",
        "dockyard service create web --task-definition web:4 --placement-strategy spread=attribute:zone",
        "dockyard service create web --task-definition web --desired-count 3 --circuit-breaker rollback",
        "dockyard service create web --task-definition web --circuit-breaker rollback --bake-time 5m",
        "dockyard service create api --task-definition api --capacity-provider steady=1,base=2 --capacity-provider spare=3",
        "dockyard service create web --task-definition web --probe http://web:80/healthz --probe-matcher 200-399",
        "dockyard service create db --task-definition db --probe 'exec:db pg_isready' --health-check-grace-period 1m",
        "dockyard service create web --task-definition web --autoscale-min 2 --autoscale-max 10 --autoscale-cpu 60",
        "dockyard service create logs --task-definition shipper --scheduling-strategy DAEMON",
        "dockyard service create db --task-definition db --replace no --placement-constraint 'memberOf=attribute:disk == ssd'",
    ],
)
@click.argument("name")
@click.option(
    "--task-definition", required=True, metavar="FAMILY[:REVISION]", shell_complete=completing.definitions
)
@click.option(
    "--desired-count",
    type=Whole(0),
    metavar="N",
    help="Else 1, or where auto scaling begins: --autoscale-min.",
)
@click.option(
    "--scheduling-strategy",
    type=click.Choice([choice.value for choice in SchedulingStrategy], case_sensitive=False),
    default=SchedulingStrategy.REPLICA.value,
    show_default=True,
    help="DAEMON: one task on each host that suits it.",
)
@click.option("--tag", "tags", type=Pair(), multiple=True, help="May be repeated.")
@launch_type_option
@service_options
@autoscale_options
@cluster_option
@wait_options("10m")
@json_option
@quiet_option
@invoked
def create(
    invocation: Invocation,
    /,
    name: str,
    task_definition: str,
    desired_count: int | None,
    scheduling_strategy: str,
    tags: tuple[tuple[str, str], ...],
    cluster: str | None,
    as_json: bool,
    quiet: bool,
    wait: bool,
    timeout_s: float,
    **bounds: Any,
) -> int | None:
    """Create a service, which keeps a number of tasks running, or one on each host."""
    said = {"name": name, "task_definition": task_definition, "desired_count": desired_count, "tags": tags}
    said |= {"scheduling_strategy": scheduling_strategy, "cluster": cluster}
    given = create_service(invocation.state(), said | bounds)
    output = ask(invocation, Action.CREATE_SERVICE, given)
    _report(invocation, output, f"Service {name} is created.", as_json=as_json, quiet=quiet)
    return _stable(invocation, f"{given['cluster']}/{name}", output, timeout_s) if wait else None


@click.command(
    "update",
    cls=Verb,
    examples=[
        "dockyard service update web --task-definition web:5 --wait",
        "dockyard service update web --minimum-healthy-percent 50 --maximum-percent 150",
        "dockyard service update web --probe-interval 30s --probe-unhealthy-threshold 2",
        "dockyard service update web --no-probe",
    ],
)
@click.argument("name", shell_complete=completing.services)
@click.option("--task-definition", metavar="FAMILY[:REVISION]", shell_complete=completing.definitions)
@click.option("--desired-count", type=Whole(0), metavar="N")
@click.option("--force-new-deployment", is_flag=True, help="Replace all tasks even if nothing changed.")
@click.option("--no-probe", is_flag=True, help="Take its probe away.")
@click.option("--no-capacity-provider", is_flag=True, help="New tasks go to any host, as with a launch type.")
@service_options
@cluster_option
@wait_options("10m")
@json_option
@quiet_option
@invoked
def update(
    invocation: Invocation,
    /,
    name: str,
    task_definition: str | None,
    desired_count: int | None,
    force_new_deployment: bool,
    no_probe: bool,
    no_capacity_provider: bool,
    cluster: str | None,
    as_json: bool,
    quiet: bool,
    wait: bool,
    timeout_s: float,
    **bounds: Any,
) -> int | None:
    """Change a service. What is not named stays as it is; a new task definition is rolled out."""
    state = invocation.state()
    service = find_service(state, name, cluster)
    change: dict[str, Any] = options_given(bounds)
    if task_definition is not None:
        change["taskDefinition"] = find_definition(state, task_definition).name
    if desired_count is not None:
        change["desiredCount"] = desired_count
    if force_new_deployment:
        change["forceNewDeployment"] = True
    if no_probe:
        if "probe" in change:
            raise click.UsageError("--no-probe takes the probe away: name nothing else of it")
        change["probe"] = {}
    elif service.probe is None:
        check_named(change, service.name)
    if no_capacity_provider:
        if "capacityProviderStrategy" in change:
            raise click.UsageError("--no-capacity-provider takes the strategy away: name none beside it")
        change["capacityProviderStrategy"] = []
    if not change:
        raise click.UsageError("Nothing to change: name at least one option")
    output = ask(invocation, Action.UPDATE_SERVICE, _of(service) | change)
    _report(invocation, output, f"Service {service.name} is updated.", as_json=as_json, quiet=quiet)
    return _stable(invocation, service.key, output, timeout_s) if wait else None


@click.command("scale", cls=Verb, examples=["dockyard service scale web 5 --wait"])
@click.argument("name", shell_complete=completing.services)
@click.argument("number", type=Whole(0), metavar="N")
@cluster_option
@wait_options("10m")
@invoked
def scale(
    invocation: Invocation, name: str, number: int, cluster: str | None, wait: bool, timeout_s: float
) -> int | None:
    """Set a service's desired count."""
    service = find_service(invocation.state(), name, cluster)
    output = ask(invocation, Action.UPDATE_SERVICE, _of(service) | {"desiredCount": number})
    invocation.printer.line(f"Service {service.name}: {service.desired_count} → {number} tasks.")
    if service.auto_scaling is not None:
        invocation.printer.note(f"Auto scaling goes on from there: {told(service.auto_scaling)}.")
    return _stable(invocation, service.key, output, timeout_s) if wait else None


@click.command("restart", cls=Verb, examples=["dockyard service restart web --wait"])
@click.argument("name", shell_complete=completing.services)
@cluster_option
@wait_options("10m")
@invoked
def restart(
    invocation: Invocation, name: str, cluster: str | None, wait: bool, timeout_s: float
) -> int | None:
    """Replace all tasks by new ones of the same task definition, within the bounds of a rolling update."""
    service = find_service(invocation.state(), name, cluster)
    output = ask(invocation, Action.UPDATE_SERVICE, _of(service) | {"forceNewDeployment": True})
    invocation.printer.line(f"Service {service.name} is restarting.")
    return _stable(invocation, service.key, output, timeout_s) if wait else None


@click.command(
    "rollback",
    cls=Verb,
    examples=["dockyard service rollback web --wait", "dockyard service rollback web --to web:3"],
)
@click.argument("name", shell_complete=completing.services)
@click.option(
    "--to",
    metavar="FAMILY:REVISION",
    help="Else the latest that was deployed completely before.",
    shell_complete=completing.definitions,
)
@cluster_option
@wait_options("10m")
@invoked
def rollback(
    invocation: Invocation, name: str, to: str | None, cluster: str | None, wait: bool, timeout_s: float
) -> int | None:
    """Deploy again what ran well before."""
    state = invocation.state()
    service = find_service(state, name, cluster)
    target = {"taskDefinition": find_definition(state, to).name} if to else {}
    output = ask(invocation, Action.ROLLBACK_SERVICE, _of(service) | target)
    went_to = output.get("service", {}).get("taskDefinition", "").rpartition("/")[2]
    invocation.printer.line(f"Service {service.name} rolls back from {service.definition} to {went_to}.")
    return _stable(invocation, service.key, output, timeout_s) if wait else None


@click.command(
    "stop-deployment",
    cls=Verb,
    examples=[
        "dockyard service stop-deployment web --wait",
        "dockyard service stop-deployment web --abort",
    ],
)
@click.argument("name", shell_complete=completing.services)
@click.option(
    "--abort", is_flag=True, help="Start nothing more and stay; else go back to what was completed before."
)
@cluster_option
@wait_options("10m")
@invoked
def stop_deployment(
    invocation: Invocation, name: str, abort: bool, cluster: str | None, wait: bool, timeout_s: float
) -> int | None:
    """End the deployment that is in progress, and go back to the one completed before it."""
    state = invocation.state()
    service = find_service(state, name, cluster)
    primary = state.primary_of(service.key)
    given = {
        "serviceDeploymentArn": primary.id if primary is not None else service.name,
        "stopType": "ABORT" if abort else "ROLLBACK",
    }
    output = ask(invocation, Action.STOP_SERVICE_DEPLOYMENT, given)
    goes = "is stopped where it is" if abort else "is stopped, and the service goes back"
    stopped = output.get("serviceDeploymentArn", "").rpartition("/")[2]
    invocation.printer.line(f"Service {service.name}: deployment ecs-svc/{stopped} {goes}.")
    return _stable(invocation, service.key, {}, timeout_s) if wait and not abort else None


@click.command(
    "rm", cls=Verb, examples=["dockyard service rm web --wait", "dockyard service rm web --force --yes"]
)
@click.argument("name", shell_complete=completing.services)
@click.option("--force", is_flag=True, help="Also while its desired count is not 0.")
@cluster_option
@yes_option
@wait_options("10m")
@invoked
def rm(
    invocation: Invocation,
    name: str,
    force: bool,
    cluster: str | None,
    yes: bool,
    wait: bool,
    timeout_s: float,
) -> int | None:
    """Delete a service and stop its tasks."""
    state = invocation.state()
    service = find_service(state, name, cluster)
    tasks = len(state.tasks_of_service(service.key))
    confirmed(
        f"Delete the service {service.key} and stop its {count_of(tasks, 'task')}?",
        yes=yes,
        protected=protected(invocation, service.cluster),
    )
    # Having been asked and told how many tasks stop, the operator has said what ECS's `force` says.
    given = _of(service) | ({"force": True} if force or not yes else {})
    ask(invocation, Action.DELETE_SERVICE, given)
    invocation.printer.line(f"Service {service.name} is deleted.")
    if not wait:
        return None
    stage = wait_for(
        invocation, partial(service_gone, key=service.key), timeout_s, "Its tasks go on stopping."
    )
    return REFUSED if stage.failed else None


@click.command(
    "replace",
    cls=Verb,
    examples=["dockyard service replace db edge-1 yes --wait", "dockyard service replace db edge-1 no"],
)
@click.argument("name", shell_complete=completing.services)
@click.argument("host", shell_complete=completing.hosts)
@click.argument("answer", type=click.Choice(["yes", "no"]))
@cluster_option
@wait_options("10m")
@invoked
def replace(
    invocation: Invocation,
    name: str,
    host: str,
    answer: str,
    cluster: str | None,
    wait: bool,
    timeout_s: float,
) -> int | None:
    """Answer a service that asks whether to start a lost host's tasks elsewhere."""
    state = invocation.state()
    service = find_service(state, name, cluster)
    instance = find_instance(state, host, service.cluster)
    given = _of(service) | {"containerInstance": instance.id, "replace": answer == "yes"}
    output = ask(invocation, Action.CONFIRM_REPLACEMENT, given)
    what = "are started elsewhere" if answer == "yes" else f"wait for {instance.name} to return"
    invocation.printer.line(f"The tasks of {service.name} on {instance.name} {what}.")
    # After a no there is nothing to wait for but the host itself.
    return _stable(invocation, service.key, output, timeout_s) if wait and answer == "yes" else None


def _of(service: Service) -> dict[str, Any]:
    return {"cluster": service.cluster, "service": service.name}


def _report(
    invocation: Invocation, output: dict[str, Any], sentence: str, *, as_json: bool, quiet: bool
) -> None:
    if as_json:
        invocation.printer.json(output)
    elif quiet:
        invocation.printer.line(output["service"]["serviceName"])
    else:
        invocation.printer.line(sentence)


def _stable(invocation: Invocation, key: str, output: dict[str, Any], timeout_s: float) -> int | None:
    """Wait for the deployment that the command made or left in force."""
    deployments = output.get("service", {}).get("deployments", ())
    primary = next((d["id"] for d in deployments if d["status"] == DeploymentStatus.PRIMARY), "")
    judge = partial(service_stable, key=key, now=invocation.dockyard().now, deployment=primary)
    name = key.rpartition("/")[2]
    stage = wait_for(
        invocation, judge, timeout_s, f"The deployment goes on; see `dockyard service describe {name}`."
    )
    return REFUSED if stage.failed else None
