"""The forms of `N`: a new service, a task to run once, a new schedule, a new cluster. Each is its verb's command line, in fields."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from core.client.schedules import upcoming, wall_time
from core.commands import Action
from core.model.schedule import MissedRuns, Overlap
from core.model.service import SchedulingStrategy
from core.scheduler.bounds import bounds
from tui.forms.form import Entry, Kind
from tui.forms.judging import Spoken, judge
from tui.forms.sheet import Sheet, clusters, families, first_cluster
from tui.forms.verbs import asked_by, cluster_create, schedule_create, service_create, task_run
from tui.plans.plan import listed, tasks_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.state import State
    from tui.forms.trial import Trial

Json = dict[str, Any]
#: How many of a schedule's next runs are told.
_RUNS_TOLD: Final = 3
#: How complaints about a task definition begin.
_ABOUT_DEFINITION: Final = (
    "taskDefinition",
    "TaskDefinition",
    "There is no task definition",
    "Invalid revision number",
    "task definition",
)
_ABOUT_CLUSTER: Final = ("cluster", "Cluster not found", "The referenced cluster")
_PLACED: Final = (
    Entry(
        "placement_strategy",
        "spread over",
        Kind.LIST,
        "--placement-strategy",
        hint="spread=attribute:zone spread=instanceId binpack=memory random",
        about=("placementStrategy",),
    ),
    Entry(
        "placement_constraints",
        "only where",
        Kind.LIST,
        "--placement-constraint",
        hint="distinctInstance 'memberOf=attribute:disk == ssd'",
        about=("placementConstraints", "Invalid expression"),
    ),
)


def new_service(state: State, here: str, definition: str = "") -> Sheet:
    """CreateService."""
    cluster = first_cluster(state, here)
    entries = (
        Entry("name", "name", is_required=True, hint="web", about=("serviceName", "Creation of service")),
        _definition(state, definition, "task_definition", "--task-definition"),
        Entry("desired_count", "tasks", option="--desired-count", value="1", about=("desiredCount",)),
        _cluster(state, cluster),
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
        *_PLACED,
        Entry("tags", "tags", Kind.LIST, "--tag", hint="team=shop tier=web", about=("tags",)),
    )
    spoken = Spoken(
        ("service", "create"),
        service_create,
        Action.CREATE_SERVICE,
        asked_by("create_service"),
        lambda asked: f"Service {asked['serviceName']} is created",
        _told_service,
    )
    return _sheet("New service", "Create", entries, spoken)


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
        _definition(state, definition, "definition", ""),
        Entry("count", "tasks", option="--count", value="1", hint="1 to 10", about=("count",)),
        _cluster(state, first_cluster(state, here)),
        Entry(
            "command",
            "command",
            option="--command",
            hint="instead of the container's; split as a shell would",
            about=("overrides.containerOverrides", "overrides", "--command"),
        ),
        Entry("environment", "environment", Kind.LIST, "--env", hint="MODE=canary 'GREETING=good day'"),
        Entry(
            "container",
            "container",
            option="--container",
            hint="which one that is for; else the first",
            about=("Override for container",),
        ),
        *_PLACED,
        Entry("started_by", "started by", option="--started-by", about=("startedBy",)),
        Entry("group", "group", option="--group", hint="else family:NAME", about=("group",)),
    )
    spoken = Spoken(
        ("task", "run"),
        task_run,
        Action.RUN_TASK,
        asked_by("run_task"),
        lambda asked: f"{tasks_text(asked['count'])} of {asked['taskDefinition']} made",
        _told_task,
    )
    return _sheet("Run task", "Run", entries, spoken)


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


def new_schedule(state: State, here: str, definition: str = "") -> Sheet:
    """CreateSchedule."""
    entries = (
        Entry("name", "name", is_required=True, hint="backup", about=("name", "Schedule")),
        _definition(state, definition, "definition", "--task-definition"),
        Entry(
            "expression",
            "when",
            option="--expression",
            is_required=True,
            hint="cron(0 3 * * ? *), rate(5 minutes) or at(2027-01-31T03:00:00)",
            about=("scheduleExpression", "The schedule"),
        ),
        Entry(
            "timezone",
            "time zone",
            option="--timezone",
            hint="Europe/Berlin; else UTC",
            about=("scheduleExpressionTimezone",),
        ),
        Entry("count", "tasks", option="--count", value="1", hint="1 to 10", about=("target.count",)),
        _cluster(state, first_cluster(state, here)),
        Entry(
            "overlap",
            "overlap",
            Kind.CHOICE,
            "--overlap",
            Overlap.ALLOW,
            "while an earlier run goes on: run beside it, don't run, or stop it and run",
            tuple(Overlap),
            usual=Overlap.ALLOW,
            about=("overlap",),
        ),
        Entry(
            "missed_runs",
            "missed runs",
            Kind.CHOICE,
            "--missed-runs",
            MissedRuns.RUN_ONCE,
            "while no engine ran: run once, late, or not at all",
            tuple(MissedRuns),
            usual=MissedRuns.RUN_ONCE,
            about=("missedRuns",),
        ),
        Entry(
            "command",
            "command",
            option="--command",
            hint="instead of the container's; split as a shell would",
            about=("target.overrides", "--command"),
        ),
        Entry("environment", "environment", Kind.LIST, "--env", hint="MODE=full"),
        Entry("description", "description", option="--description", about=("description",)),
        Entry("disabled", "not yet", Kind.FLAG, "--disabled", "no", "yes: it rests until it is enabled"),
    )
    spoken = Spoken(
        ("schedule", "create"),
        schedule_create,
        Action.CREATE_SCHEDULE,
        asked_by("create_schedule"),
        lambda asked: f"Schedule {asked['name']} is created",
        _told_schedule,
    )
    return _sheet("New schedule", "Create", entries, spoken)


def _told_schedule(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    key = f"{asked['cluster']}/{asked['name']}"
    schedule = trial.made(Action.CREATE_SCHEDULE, asked, lambda state: state.schedules[key])
    target = asked["target"]
    what = f"{schedule.name}: {tasks_text(target['count'])} of {target['taskDefinition']} a run"
    if not schedule.enabled:
        return [what, "it rests until it is enabled (E)"]
    runs = ", then ".join(wall_time(schedule, run.at) for run in upcoming(schedule, _RUNS_TOLD))
    return [what, f"runs {runs}" if runs else "it never runs"]


def new_cluster() -> Sheet:
    """CreateCluster."""
    entries = (Entry("name", "name", is_required=True, hint="staging", about=("clusterName",)),)
    spoken = Spoken(
        ("cluster", "create"),
        cluster_create,
        Action.CREATE_CLUSTER,
        lambda _state, given: {"clusterName": given["name"]},
        lambda asked: f"Cluster {asked['clusterName']} is there",
        _told_cluster,
    )
    return _sheet("New cluster", "Create", entries, spoken)


def _told_cluster(trial: Trial, asked: Json, _output: Json) -> Sequence[str]:
    name = asked["clusterName"]
    if name in trial.state.clusters:
        return [f"{name} is there already, and is left as it is"]
    return [f"{name} is created, without hosts: A in :capacity adds one to it"]


# -- what they share ----------------------------------------------------------------------------------------------------


def _sheet(title: str, go: str, entries: tuple[Entry, ...], spoken: Spoken) -> Sheet:
    return Sheet(title, go, entries, spoken.verb, partial(judge, spoken, entries))


def _definition(state: State, value: str, entry_id: str, option: str) -> Entry:
    return Entry(
        entry_id,
        "task definition",
        option=option,
        value=value,
        hint="FAMILY, or FAMILY:REVISION",
        choices=families(state),
        is_required=True,
        about=("target.taskDefinition", *_ABOUT_DEFINITION),
    )


def _cluster(state: State, value: str) -> Entry:
    return Entry(
        "cluster",
        "cluster",
        option="--cluster",
        value=value,
        choices=clusters(state),
        is_required=True,
        about=_ABOUT_CLUSTER,
    )
