"""`dockyard cluster`: ls, describe, create, put-capacity-providers, rm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.asking import ask, confirmed, protected, wait_for_engine
from core.cli.invocation import Invocation, invoked
from core.cli.listing import answered, show_list
from core.cli.options import Pair, json_option, quiet_option, wait_options, yes_option
from core.cli.placement import Share
from core.cli.printing import Cell, Column, Tone, age
from core.cli.requests import create_cluster, default_providers
from core.cli.verbs import Verbs
from core.client.names import find_cluster
from core.commands import Action
from core.config.edit import names_cluster, remove_cluster
from core.model.capacity_provider import shares_told
from core.model.cluster import ClusterStatus
from core.model.ids import last_part
from core.model.service import ServiceStatus
from core.model.tags import tags_told
from core.model.task import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cli.printing import Row
    from core.model.cluster import Cluster
    from core.model.state import State

_COLUMNS = (
    Column("NAME"),
    Column("STATUS"),
    Column("SERVICES", right=True),
    Column("RUNNING", right=True),
    Column("PENDING", right=True),
    Column("CAPACITY"),
    Column("AGE", right=True),
)


@click.group("cluster", cls=Verbs, lazy={"tag": ("core.cli.tag:cluster", "Show and change its tags.")})
def verb() -> None:
    """Clusters: named groups of capacity, services and tasks."""


@verb.command("ls", examples=["dockyard cluster ls", "dockyard cluster ls --json"])
@json_option
@quiet_option
@invoked
def ls(invocation: Invocation, as_json: bool, quiet: bool) -> None:
    """List the clusters."""
    state = invocation.shown_state()
    clusters = [c for _, c in sorted(state.clusters.items()) if c.status is ClusterStatus.ACTIVE]
    printer, now = invocation.printer, invocation.dockyard().now()
    show_list(
        printer,
        document=lambda: _described(invocation, state, clusters),
        names=(c.name for c in clusters),
        table=lambda: printer.table(_COLUMNS, [_row(state, c, now) for c in clusters]),
        as_json=as_json,
        quiet=quiet,
    )


@verb.command("describe", examples=["dockyard cluster describe default"])
@click.argument("name", default="default", shell_complete=completing.clusters)
@json_option
@invoked
def describe(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show one cluster."""
    state = invocation.shown_state()
    cluster = find_cluster(state, name)
    if as_json:
        invocation.printer.json(_described(invocation, state, [cluster]))
        return
    row = _row(state, cluster, invocation.dockyard().now())
    facts = dict(zip([c.title.capitalize() for c in _COLUMNS], row, strict=True))
    groups = ", ".join(provider.name for provider in cluster.capacity_providers)
    more = {
        "Capacity providers": groups,
        "Default strategy": shares_told(cluster.default_strategy),
        "Tags": tags_told(cluster.tags),
    }
    invocation.printer.facts(facts | more)


_default_option = click.option(
    "--default-capacity-provider",
    "default_strategy",
    type=Share(),
    multiple=True,
    metavar="NAME[=WEIGHT[,base=N]]",
    help="As --capacity-provider of what says none itself: services and runs, but for DAEMON services. May be repeated.",
    shell_complete=completing.providers,
)


@verb.command(
    "create", examples=["dockyard cluster create staging", "dockyard cluster create staging --tag team=shop"]
)
@click.argument("name")
@click.option("--tag", "tags", type=Pair(), multiple=True, help="May be repeated.")
@_default_option
@quiet_option
@wait_options("1m")
@invoked
def create(
    invocation: Invocation,
    name: str,
    tags: Sequence[tuple[str, str]],
    default_strategy: Sequence[dict[str, Any]],
    quiet: bool,
    wait: bool,
    timeout_s: float,
) -> None:
    """Create a cluster; one that is there already is left as it is, as those are that the config file names."""
    said = {"name": name, "tags": tags, "default_strategy": default_strategy}
    asked = create_cluster(invocation.state(), said)
    output = ask(invocation, Action.CREATE_CLUSTER, asked)
    created = output["cluster"]["clusterName"]
    invocation.printer.line(created if quiet else f"Cluster {created} is there.")
    if wait:
        wait_for_engine(invocation, timeout_s)


@verb.command(
    "put-capacity-providers",
    examples=[
        "dockyard cluster put-capacity-providers default --default-capacity-provider steady=1,base=2 --default-capacity-provider spare=3",
        "dockyard cluster put-capacity-providers default --no-default",
    ],
)
@click.argument("name", shell_complete=completing.clusters)
@_default_option
@click.option("--no-default", is_flag=True, help="Take the default away.")
@wait_options("1m")
@json_option
@invoked
def put_capacity_providers(
    invocation: Invocation,
    name: str,
    default_strategy: Sequence[dict[str, Any]],
    no_default: bool,
    wait: bool,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Say by which capacity providers what is created is placed, where it says nothing itself.

    Which there are is the config file's to say: [capacity_providers]. Services that are there keep what they were created with.
    """
    said = {"name": name, "default_strategy": default_strategy, "no_default": no_default}
    asked = default_providers(invocation.state(), said, _declared(invocation, last_part(name)))
    cluster = asked["cluster"]
    output = ask(invocation, Action.PUT_CLUSTER_CAPACITY_PROVIDERS, asked)
    if as_json:
        invocation.printer.json(output)
    else:
        told = shares_told(invocation.state().clusters[cluster].default_strategy)
        what = f"the default {told}" if told else "no default capacity providers"
        invocation.printer.line(f"Cluster {cluster} has {what}.")
    if wait:
        wait_for_engine(invocation, timeout_s)


@verb.command("rm", examples=["dockyard cluster rm staging"])
@click.argument("name", shell_complete=completing.clusters)
@yes_option
@wait_options("1m")
@invoked
def rm(invocation: Invocation, name: str, yes: bool, wait: bool, timeout_s: float) -> None:
    """Delete a cluster, which must be empty; also from the config file, where that names it."""
    cluster = find_cluster(invocation.state(), name)
    confirmed(f"Delete the cluster {cluster.name}?", yes=yes, protected=protected(invocation, cluster.name))
    ask(invocation, Action.DELETE_CLUSTER, {"cluster": cluster.name})
    invocation.printer.line(f"Cluster {cluster.name} is deleted.")
    config = invocation.config()
    if names_cluster(config, cluster.name):
        # Else the engine would make it again when it next reads the file.
        edited = remove_cluster(config, cluster.name)
        invocation.printer.line(f"{cluster.name} is no longer in {edited.path}.")
    if wait:
        wait_for_engine(invocation, timeout_s)


def _declared(invocation: Invocation, cluster: str) -> list[str]:
    """A cluster's capacity providers that the config names and no engine has taken up yet."""
    if invocation.watched():
        return []
    providers = invocation.config().capacity_providers
    return [name for name, provider in providers.items() if provider.cluster == cluster]


def _described(invocation: Invocation, state: State, clusters: list[Cluster]) -> dict[str, Any]:
    from core.ecs import describe_cluster  # noqa: PLC0415  # only JSON needs ECS's shapes

    return answered(
        invocation,
        lambda watched: {"clusters": [describe_cluster(state, c, watched=watched) for c in clusters]},
    )


def _row(state: State, cluster: Cluster, now: float) -> Row:
    tasks = [state.tasks[key] for key in state.index.tasks_of_cluster[cluster.name]]
    services = [state.services[key] for key in state.index.services_of_cluster[cluster.name]]
    instances = state.instances_of(cluster.name)
    connected = sum(i.connected for i in instances)
    return (
        cluster.name,
        cluster.status.value,
        sum(s.status is ServiceStatus.ACTIVE for s in services),
        sum(t.last_status is TaskStatus.RUNNING for t in tasks),
        sum(t.last_status in {TaskStatus.PROVISIONING, TaskStatus.PENDING} for t in tasks),
        Cell(
            f"{connected}/{len(instances)} connected",
            Tone.PLAIN if connected == len(instances) else Tone.WARN,
        ),
        age(now - cluster.created_at) if cluster.created_at else None,
    )
