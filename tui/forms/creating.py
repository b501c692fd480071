"""The forms of new services, tasks and clusters, and of a cluster's default providers: each a verb's command line, in fields."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from core.cli import requests
from core.commands import Action
from core.model.capacity_provider import shares_told
from core.model.ids import last_part
from core.model.service import SchedulingStrategy
from core.record import replace
from core.scheduler.bounds import bounds
from tui.forms.entries import (
    cluster_entry,
    container_entries,
    definition_entry,
    placement_entries,
    providers_entry,
    tag_entries,
)
from tui.forms.form import Entry, Kind
from tui.forms.judging import Spoken, spoken_sheet
from tui.forms.sheet import first_cluster
from tui.forms.verbs import (
    cluster_create,
    cluster_put_capacity_providers,
    service_create,
    task_run,
    task_start,
)
from tui.plans.plan import listed, tasks_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.model.cluster import Cluster
    from core.model.state import State
    from tui.forms.sheet import Sheet
    from tui.forms.trial import Trial

Json = dict[str, Any]


def new_service(state: State, here: str, definition: str = "") -> Sheet:
    """CreateService."""
    cluster = first_cluster(state, here)
    entries = (
        Entry("name", "name", is_required=True, hint="web", about=("serviceName", "Creation of service")),
        definition_entry(state, definition, "task_definition", "--task-definition"),
        Entry("desired_count", "tasks", option="--desired-count", value="1", about=("desiredCount",)),
        cluster_entry(state, cluster),
        Entry(
            "scheduling_strategy",
            "strategy",
            Kind.CHOICE,
            "--scheduling-strategy",
            SchedulingStrategy.REPLICA,
            "DAEMON: one task on each host that suits it",
            tuple(SchedulingStrategy),
            usual=SchedulingStrategy.REPLICA,
            about=("schedulingStrategy",),
        ),
        Entry(
            "minimum_healthy_percent",
            "at least healthy",
            option="--minimum-healthy-percent",
            hint="percent of the tasks in a rolling update; else 100",
            about=("deploymentConfiguration.minimumHealthyPercent", "minimumHealthyPercent"),
        ),
        Entry(
            "maximum_percent",
            "at most live",
            option="--maximum-percent",
            hint="percent; else 200",
            about=("deploymentConfiguration.maximumPercent", "maximumPercent", "deploymentConfiguration"),
        ),
        Entry(
            "circuit_breaker",
            "when it fails",
            Kind.CHOICE,
            "--circuit-breaker",
            "rollback",
            "a deployment whose tasks keep failing: roll it back, stop it, or go on (off)",
            ("rollback", "stop", "off"),
            usual="off",
        ),
        Entry(
            "probe",
            "probe",
            option="--probe",
            hint="http://web:80/healthz, tcp://web:5432 or 'exec:web pg_isready'",
            about=("probe",),
        ),
        Entry(
            "health_check_grace_period",
            "grace period",
            option="--health-check-grace-period",
            hint="30s: unhealthy counts only after so long",
            about=("healthCheckGracePeriodSeconds",),
        ),
        *placement_entries(state),
        Entry("tags", "tags", Kind.LIST, "--tag", hint="team=shop tier=web", about=("tags",)),
    )
    spoken = Spoken(
        ("service", "create"),
        service_create,
        Action.CREATE_SERVICE,
        requests.create_service,
        lambda asked: f"Service {asked['serviceName']} is created",
        _told_service,
    )
    return spoken_sheet("New service", "Create", entries, spoken)


def _told_service(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    lines = trial.lines(Action.CREATE_SERVICE, asked, f"service:{asked['serviceName']}")
    if "desiredCount" not in asked:
        return lines or ["no host suits it now; it starts one task on each that does"]
    said = asked.get("deploymentConfiguration", {})
    limits = bounds(
        asked["desiredCount"], said.get("minimumHealthyPercent", 100), said.get("maximumPercent", 200)
    )
    return [
        f"{asked['serviceName']} keeps {tasks_text(asked['desiredCount'])} of {asked['taskDefinition']}",
        *lines,
        f"a rolling update keeps at least {limits.floor} healthy and at most {limits.cap} live",
    ]


def run_task(state: State, here: str, definition: str = "") -> Sheet:
    """RunTask."""
    entries = (
        definition_entry(state, definition, "definition", ""),
        Entry("count", "tasks", option="--count", value="1", hint="1 to 10", about=("count",)),
        cluster_entry(state, first_cluster(state, here)),
        *container_entries("overrides"),
        *placement_entries(state),
        *_asked_entries(),
    )
    spoken = Spoken(
        ("task", "run"),
        task_run,
        Action.RUN_TASK,
        requests.run_task,
        lambda asked: f"{tasks_text(asked['count'])} of {asked['taskDefinition']} made",
        _told_task,
    )
    return spoken_sheet("Run task", "Run", entries, spoken)


def _told_task(trial: Trial, asked: Json, output: Json) -> Sequence[str]:
    failures = [str(f.get("detail") or f.get("reason")) for f in output.get("failures", ())]
    family = asked["taskDefinition"].partition(":")[0]
    lines = trial.lines(Action.RUN_TASK, asked, asked.get("group") or f"family:{family}")
    left = [f"not placed: {listed(sorted(set(failures)))}"] if failures else []
    return [
        *(lines or [f"{tasks_text(asked['count'])} of {asked['taskDefinition']}"]),
        *left,
        "they are not replaced when they end",
    ]


def start_task(state: State, here: str, hosts: Sequence[str], definition: str = "") -> Sheet:
    """StartTask: on these hosts, or on those that are named."""
    cluster = first_cluster(state, here)
    names = sorted(i.name for i in state.instances.values() if i.cluster == cluster)
    entries = (
        definition_entry(state, definition, "definition", ""),
        Entry(
            "hosts",
            "on",
            Kind.LIST,
            "--on",
            shlex.join(hosts),
            "edge-1 edge-2: a task on each, where there is room; no constraint is asked",
            tuple(names),
            is_required=True,
            about=("There is no container instance", "containerInstances", "container instance"),
        ),
        cluster_entry(state, cluster),
        *container_entries("overrides"),
        *_asked_entries(),
    )
    spoken = Spoken(
        ("task", "start"),
        task_start,
        Action.START_TASK,
        requests.start_task,
        lambda asked: f"{tasks_text(len(asked['containerInstances']))} of {asked['taskDefinition']} started",
        _told_start,
    )
    return spoken_sheet("Start task on hosts", "Start", entries, spoken)


def _told_start(trial: Trial, asked: Json, output: Json) -> Sequence[str]:
    names = {host: trial.state.instances[host].name for host in asked["containerInstances"]}
    left = {last_part(failure["arn"]): str(failure["reason"]) for failure in output.get("failures", ())}
    going = [name for host, name in names.items() if host not in left]
    return [
        *(
            [f"starts {tasks_text(len(going))} of {asked['taskDefinition']}: {listed(going)}"]
            if going
            else []
        ),
        *(f"not placed: {names[host]}: {reason}" for host, reason in left.items()),
        "they are not replaced when they end",
    ]


def _asked_entries() -> tuple[Entry, ...]:
    """What RunTask and StartTask take of their tasks."""
    return (
        Entry("started_by", "started by", option="--started-by", about=("startedBy",)),
        Entry("group", "group", option="--group", hint="else family:NAME", about=("group",)),
        *tag_entries("tags"),
    )


def new_cluster() -> Sheet:
    """CreateCluster."""
    entries = (Entry("name", "name", is_required=True, hint="staging", about=("clusterName",)),)
    spoken = Spoken(
        ("cluster", "create"),
        cluster_create,
        Action.CREATE_CLUSTER,
        requests.create_cluster,
        lambda asked: f"Cluster {asked['clusterName']} is there",
        _told_cluster,
    )
    return spoken_sheet("New cluster", "Create", entries, spoken)


def _told_cluster(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    name = asked["clusterName"]
    if name in trial.state.clusters:
        return [f"{name} is there already, and is left as it is"]
    return [f"{name} is created, without hosts: A in :capacity adds one to it"]


def default_providers(state: State, cluster: Cluster, declared: Iterable[str]) -> Sheet:
    """PutClusterCapacityProviders. `declared` are those that the config names and no engine has taken up yet."""
    standing = shlex.join(shares_told([share]) for share in cluster.default_strategy)
    entries = (
        replace(
            providers_entry(state, "default_strategy", "--default-capacity-provider"),
            label="default",
            value=standing,
            usual=standing,
            cleared=("--no-default",),
            choices=tuple(sorted({p.name for p in cluster.capacity_providers}.union(declared))),
        ),
    )
    spoken = Spoken(
        ("cluster", "put-capacity-providers"),
        cluster_put_capacity_providers,
        Action.PUT_CLUSTER_CAPACITY_PROVIDERS,
        lambda state, given: requests.default_providers(state, given, declared),
        lambda asked: f"The default capacity providers of {asked['cluster']} are changed",
        _told_default,
        (cluster.name,),
    )
    title = f"Default capacity providers of {cluster.name}"
    return spoken_sheet(title, "Change", entries, spoken, cluster.name)


def _told_default(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    name = asked["cluster"]
    before = shares_told(trial.state.clusters[name].default_strategy)
    after = trial.made(
        Action.PUT_CLUSTER_CAPACITY_PROVIDERS,
        asked,
        lambda state: shares_told(state.clusters[name].default_strategy),
    )
    return [
        f"{before or 'any host'} → {after or 'any host'}",
        "for services and runs that say neither providers nor a launch type; those that are there keep what they have",
    ]
