"""What every command of the registry does when its key is pressed, as data: the tests are made from it (test_every_command.py).

`CHANGES`: commands that change something; what is pressed on which row, and exactly what is submitted. `EFFECTS`: all others;
what of the screen is another afterwards. `ELSEWHERE`: what only a real terminal or host shows, by the test that shows it.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

from core.config import parse
from core.declare import apply_input
from core.ecs import describe_auto_scaling
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.cluster import Cluster
from core.model.ids import arn
from core.model.instance import Connectivity
from core.model.service import Replace
from core.model.task_definition import TaskDefinitionStatus
from core.record import Record, field, replace
from core.streams import LogLine
from tests.tui import shop
from tui.commands import Scope
from tui.logs.span import SPANS, TAIL
from tui.place import About, Place, Thing
from tui.world import News

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.config import Config
    from core.model.state import Row
    from core.streams import Place as LogPlace
    from core.streams import Streams
    from tui.session import Session

# -- the shop, with something to do for every verb -----------------------------------------------------------------------

STRANGE = replace(
    shop.host(5, Connectivity.QUARANTINED), problem="another Docker answers: 4 tasks are unaccounted for"
)
LOST = shop.host(6, Connectivity.LOST)
ASKING = shop.service("db", 1, "api:3", replace=Replace.ASK, replace_asked=(LOST.id,))
SCALES = replace(
    shop.API,
    auto_scaling=AutoScaling(2, 9, (ScalingPolicy(ScalingMetric.CPU, 60.0),)),
    tags=(*shop.SHOP, ("team", "a")),
)
RETIRED = replace(
    shop.definition("web:10", "registry.example.net/web:10"), status=TaskDefinitionStatus.INACTIVE
)
ROWS: Final[tuple[Row, ...]] = (
    *(row for row in shop.ROWS if row is not shop.API),
    SCALES,
    Cluster("empty", created_at=shop.NOW, declared=True),
    STRANGE,
    LOST,
    ASKING,
    shop.deployment(ASKING),
    shop.task(10, ASKING, LOST),
    RETIRED,
)
#: The config file that names its hosts.
TEXT: Final = "".join(
    (
        "[clusters.prod]\n[clusters.staging]\n[clusters.empty]\n",
        *(
            f'[capacity.edge-{number}]\nurl = "ssh://deploy@edge-{number}"\ncluster = "{cluster}"\n'
            for number, cluster in (
                (1, "prod"),
                (2, "prod"),
                (3, "prod"),
                (4, "staging"),
                (5, "prod"),
                (6, "prod"),
            )
        ),
        *(
            f'[capacity_providers.{each.name}]\ncluster = "prod"\nmembers = ["{each.members[0]}"]\n'
            for each in shop.PROD.capacity_providers
        ),
    )
)
CONFIG: Final = parse(TEXT.encode(), Path("config.toml"))
WITHOUT_EDGE_3: Final = (
    "ApplyConfig",
    apply_input(replace(CONFIG, capacity={n: c for n, c in CONFIG.capacity.items() if n != "edge-3"}))
    | {"force": True},
)


def news(config: Config = CONFIG) -> News:
    """All of it."""
    engine = replace(shop.ENGINE, config=config)
    return News(ROWS, (), True, engine, shop.EVENTS, shop.COMMANDS, "", shop.NOW)


def session(desk: shop.Desk, source: shop.Told) -> Session:
    """Ready for the screens."""
    made = shop.session(source=source, desk=desk)
    made.open_streams = lambda: cast("Streams", SimpleNamespace(logs=_log, close=lambda: None))
    return made


def _log(place: LogPlace, **_: object) -> Iterator[LogLine]:
    for number in range(200):
        yield LogLine(place, f"2026-11-23T12:04:{number:05}Z", f"line {number:04} of a log {'and on ' * 40}")


# -- the ways to each scope ----------------------------------------------------------------------------------------------


def view(name: str) -> tuple[str, ...]:
    return (":", f"type:{name}", "enter")


#: A view of each scope, and keys from the first one to those in which something is changed.
PLACES: Final[Mapping[Scope, Place]] = {
    **{scope: Place(scope.value) for scope in Scope},
    Scope.TEXT: Place("describe", "prod", Thing(About.SERVICE, "prod/web")),
    Scope.LOGS: Place("logs", "prod", Thing(About.TASK, shop.TASKS[0].id)),
}
WAYS: Final[Mapping[Scope, tuple[str, ...]]] = {scope: view(scope.value) for scope in Scope}


def row(text: str) -> tuple[str, ...]:
    """Keys that put the cursor on the one row that a filter leaves."""
    return ("/", f"type:{text}", "enter")


# -- what changes something ------------------------------------------------------------------------------------------------


class Change(Record):
    """On the row that `at` leads to, the command's key and then `answer`; what is submitted."""

    at: tuple[str, ...]
    answer: tuple[str, ...]
    asked: tuple[tuple[str, dict[str, Any]], ...]
    #: What is pressed instead of a key, for a command that has none.
    by: tuple[str, ...] = ()
    #: What the screen says when all of it is done, where that is more than the answers.
    said: str = ""
    #: What there is in the folder that the program runs in.
    files: Mapping[str, str] = field(default_factory=dict)


#: The button beside Cancel, and the one after it.
GO: Final = ("tab", "enter")
OTHER: Final = ("tab", "tab", "enter")
#: The last button of a form, from its first field.
LAST: Final = ("shift+tab", "enter")
API: Final = {"cluster": "prod", "service": "api"}
WEB: Final = {"cluster": "prod", "service": "web"}
_WEB_NOW: Final = shop.deployment(shop.WEB).id
_TASK: Final = shop.TASKS[0]


def _one(action: str, given: dict[str, Any]) -> tuple[tuple[str, dict[str, Any]], ...]:
    return ((action, given),)


def _status(host: str, status: str, **more: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
    given = {"cluster": "prod", "containerInstances": [host], "status": status, **more}
    return _one("UpdateContainerInstancesState", given)


def _attributes(**pairs: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value, "targetId": shop.EDGE_1.id} for name, value in pairs.items()]


_SUSPENDED: Final = describe_auto_scaling(AutoScaling(2, 9, (ScalingPolicy(ScalingMetric.CPU, 60.0),))) | {
    "suspendedState": {"dynamicScalingInSuspended": True, "dynamicScalingOutSuspended": False}
}
JOB: Final = {"family": "job", "containerDefinitions": [{"name": "job", "image": "job:1", "memory": 64}]}
_STARTED: Final = {"cluster": "prod", "containerInstances": [shop.EDGE_1.id]}
WORKER: Final = {"serviceName": "worker", "taskDefinition": "api:3", "desiredCount": 2}
_STOPPED_WEB: Final = {"serviceDeploymentArn": _WEB_NOW, "stopType": "ROLLBACK"}

CHANGES: Final[Mapping[tuple[str, Scope], tuple[Change, ...]]] = {
    ("service.scale", Scope.SERVICES): (
        Change(row("api"), ("type:5", "enter"), _one("UpdateService", API | {"desiredCount": 5})),
        Change(row("api"), ("type:-1", "enter"), _one("UpdateService", API | {"desiredCount": 1})),
    ),
    ("service.update", Scope.SERVICES): (
        Change(
            row("name:web"),
            ("ctrl+u", "type:web:11", *LAST),
            _one("UpdateService", WEB | {"taskDefinition": "web:11"}),
        ),
    ),
    ("service.restart", Scope.SERVICES): (
        Change(row("api"), GO, _one("UpdateService", API | {"forceNewDeployment": True})),
    ),
    ("service.rollback", Scope.SERVICES): (
        Change(row("name:web"), GO, _one("RollbackService", WEB | {"taskDefinition": "web:11"})),
    ),
    ("service.rollback", Scope.DEPLOYMENTS): (
        Change(row("web:12"), GO, _one("RollbackService", WEB | {"taskDefinition": "web:11"})),
    ),
    ("service.rebalance", Scope.SERVICES): (
        Change(row("api"), GO, _one("RebalanceService", API)),
        Change(row("api"), ("type:3", "enter"), _one("RebalanceService", API | {"atOnce": 3})),
        Change(row("api"), ("type:stop", "enter"), _one("RebalanceService", API | {"stop": True})),
    ),
    ("service.autoscale", Scope.SERVICES): (
        Change(
            row("api"),
            ("ctrl+u", "type:suspend in", "enter"),
            _one("UpdateService", API | {"autoScaling": _SUSPENDED}),
        ),
        Change(row("api"), ("ctrl+u", "type:off", "enter"), _one("UpdateService", API | {"autoScaling": {}})),
        Change(
            row("name:web"),
            ("type:min 1 max 4 cpu 50 memory 70 scale-in no scale-out-cooldown 90s", "enter"),
            _one(
                "UpdateService",
                WEB
                | {
                    "autoScaling": {
                        "minCapacity": 1,
                        "maxCapacity": 4,
                        "policies": [
                            {
                                "predefinedMetricType": f"ECSServiceAverage{metric}Utilization",
                                "targetValue": target,
                                "scaleOutCooldown": 90,
                                "disableScaleIn": True,
                            }
                            for metric, target in (("CPU", 50.0), ("Memory", 70.0))
                        ],
                    }
                },
            ),
        ),
    ),
    ("service.halt", Scope.SERVICES): (
        Change(row("name:web"), GO, _one("StopServiceDeployment", _STOPPED_WEB)),
        Change(row("name:web"), OTHER, _one("StopServiceDeployment", _STOPPED_WEB | {"stopType": "ABORT"})),
    ),
    ("deployment.stop", Scope.DEPLOYMENTS): (
        Change(row("web:12"), GO, _one("StopServiceDeployment", _STOPPED_WEB)),
    ),
    ("service.replace", Scope.SERVICES): tuple(
        Change(
            row("db"),
            answer,
            _one(
                "ConfirmReplacement",
                {"cluster": "prod", "service": "db", "containerInstance": LOST.id, "replace": is_yes},
            ),
        )
        for answer, is_yes in ((GO, True), (OTHER, False))
    ),
    ("tags", Scope.SERVICES): (
        Change(
            row("api"),
            ("type:tier=1 team-", "enter"),
            (
                (
                    "TagResource",
                    {"resourceArn": arn("service", "prod", "api"), "tags": [{"key": "tier", "value": "1"}]},
                ),
                ("UntagResource", {"resourceArn": arn("service", "prod", "api"), "tagKeys": ["team"]}),
            ),
        ),
    ),
    **{
        ("tags", scope): (
            Change(
                at,
                ("type:team='a b'", "enter"),
                _one("TagResource", {"resourceArn": resource, "tags": [{"key": "team", "value": "a b"}]}),
            ),
        )
        for scope, at, resource in (
            (Scope.SCHEDULES, row("backup"), arn("schedule", "prod", "backup")),
            (Scope.TASKS, row(_TASK.id[:8]), arn("task", "prod", _TASK.id)),
            (Scope.CAPACITY, row("edge-1"), arn("container-instance", "prod", shop.EDGE_1.id)),
            (Scope.CLUSTERS, row("staging"), arn("cluster", "staging")),
            (Scope.REVISIONS, row("web:11"), arn("task-definition", "web:11")),
        )
    },
    ("new", Scope.SERVICES): (
        Change(
            view("services prod"),
            ("type:shop", "tab", "type:web", "shift+tab", *LAST),
            _one(
                "CreateService",
                {
                    "cluster": "prod",
                    "serviceName": "shop",
                    "taskDefinition": "web:12",
                    "desiredCount": 1,
                    "deploymentConfiguration": {
                        "deploymentCircuitBreaker": {"enable": True, "rollback": True}
                    },
                },
            ),
        ),
    ),
    ("new", Scope.TASKS): (
        Change(
            view("tasks prod"),
            ("type:web", *LAST),
            _one("RunTask", {"cluster": "prod", "taskDefinition": "web:12", "count": 1}),
        ),
    ),
    ("new", Scope.CLUSTERS): (
        Change((), ("type:lab", *LAST), _one("CreateCluster", {"clusterName": "lab"})),
    ),
    **{
        (name, scope): (
            Change(
                view(f"{scope} prod"),
                ("type:shop.json", *LAST),
                _one("CreateService", {"cluster": "prod", **WORKER}),
                files={"shop.json": json.dumps(WORKER)},
            ),
        )
        for name, scope in (
            ("new", Scope.STACKS),
            ("apply", Scope.STACKS),
            ("apply", Scope.SERVICES),
            ("apply", Scope.SCHEDULES),
        )
    },
    ("new", Scope.SCHEDULES): (
        Change(
            view("schedules prod"),
            (
                "type:nightly",
                "tab",
                "type:web",
                "tab",
                "type:rate(5 minutes)",
                "shift+tab",
                "shift+tab",
                *LAST,
            ),
            _one(
                "CreateSchedule",
                {
                    "cluster": "prod",
                    "name": "nightly",
                    "scheduleExpression": "rate(5 minutes)",
                    "target": {"count": 1, "taskDefinition": "web"},
                },
            ),
        ),
    ),
    **{
        ("new", scope): (
            Change(
                (),
                ("type:job.json", *LAST),
                _one("RegisterTaskDefinition", JOB),
                files={"job.json": json.dumps(JOB)},
            ),
        )
        for scope in (Scope.DEFINITIONS, Scope.REVISIONS)
    },
    **{
        ("task.run", scope): (
            Change(at, LAST, _one("RunTask", {"cluster": "prod", "taskDefinition": revision, "count": 1})),
        )
        for scope, at, revision in (
            (Scope.DEFINITIONS, (*view("definitions prod"), *row("web")), "web:12"),
            (Scope.REVISIONS, (*view("revisions prod"), *row("web:11")), "web:11"),
        )
    },
    **{
        ("task.start", scope): (
            Change(
                (*view(f"{scope} prod"), *row(shown)),
                ("tab", "type:edge-1", "shift+tab", *LAST),
                _one("StartTask", _STARTED | {"taskDefinition": revision}),
            ),
        )
        for scope, shown, revision in (
            (Scope.DEFINITIONS, "web", "web:12"),
            (Scope.REVISIONS, "web:11", "web:11"),
        )
    },
    ("task.start", Scope.CAPACITY): (
        Change(
            row("edge-1"),
            ("type:web", *LAST),
            _one("StartTask", _STARTED | {"taskDefinition": "web:12"}),
        ),
    ),
    ("cluster.providers", Scope.CLUSTERS): (
        Change(
            row("prod"),
            ("type:steady=1,base=2 spare=3", *LAST),
            _one(
                "PutClusterCapacityProviders",
                {
                    "cluster": "prod",
                    "capacityProviders": ["spare", "steady"],
                    "defaultCapacityProviderStrategy": [
                        {"capacityProvider": "steady", "weight": 1, "base": 2},
                        {"capacityProvider": "spare", "weight": 3},
                    ],
                },
            ),
        ),
    ),
    ("task.protect", Scope.TASKS): (
        Change(
            row(_TASK.id[:8]),
            ("ctrl+u", "type:90m", "enter"),
            _one(
                "UpdateTaskProtection",
                {
                    "cluster": "prod",
                    "tasks": [_TASK.id],
                    "protectionEnabled": True,
                    "expiresInMinutes": 90,
                },
            ),
        ),
        Change(
            row(_TASK.id[:8]),
            ("ctrl+u", "type:off", "enter"),
            _one(
                "UpdateTaskProtection", {"cluster": "prod", "tasks": [_TASK.id], "protectionEnabled": False}
            ),
        ),
    ),
    ("capacity.drain", Scope.CAPACITY): (
        Change(row("edge-1"), GO, _status(shop.EDGE_1.id, "DRAINING")),
        Change(
            row("edge-1"),
            ("type:30m", "enter"),
            _status(shop.EDGE_1.id, "DRAINING", drainDeadlineSeconds=1800.0),
        ),
    ),
    ("capacity.lost", Scope.CAPACITY): (
        Change(
            row("edge-3"),
            GO,
            _one("DeclareContainerInstanceLost", {"cluster": "prod", "containerInstance": shop.EDGE_3.id}),
        ),
    ),
    ("capacity.accept", Scope.CAPACITY): (
        Change(
            row("edge-5"),
            GO,
            _one("AcceptContainerInstance", {"cluster": "prod", "containerInstance": STRANGE.id}),
        ),
    ),
    ("capacity.attributes", Scope.CAPACITY): (
        Change(
            row("edge-1"),
            ("type:rack=7 zone-", "enter"),
            (
                ("PutAttributes", {"cluster": "prod", "attributes": _attributes(rack="7")}),
                (
                    "DeleteAttributes",
                    {"cluster": "prod", "attributes": [{"name": "zone", "targetId": shop.EDGE_1.id}]},
                ),
            ),
        ),
    ),
    ("config.apply", Scope.CAPACITY): (
        Change((), GO, _one("ApplyConfig", apply_input(CONFIG) | {"force": False}), view("apply-config")),
    ),
    ("schedule.run", Scope.SCHEDULES): (
        Change(row("backup"), GO, _one("RunSchedule", {"cluster": "prod", "name": "backup"})),
    ),
    ("schedule.update", Scope.SCHEDULES): (
        Change(
            row("backup"),
            ("ctrl+u", "type:rate(1 hour)", *("tab",) * 5, "ctrl+n", *("shift+tab",) * 5, *LAST),
            _one(
                "UpdateSchedule",
                {
                    "cluster": "prod",
                    "name": "backup",
                    "scheduleExpression": "rate(1 hour)",
                    "missedRuns": "SKIP",
                },
            ),
        ),
    ),
    ("schedule.turn", Scope.SCHEDULES): (
        Change(
            row("backup"),
            GO,
            _one("UpdateSchedule", {"cluster": "prod", "name": "backup", "state": "DISABLED"}),
        ),
        Change(
            row("report"),
            GO,
            _one("UpdateSchedule", {"cluster": "staging", "name": "report", "state": "ENABLED"}),
        ),
    ),
    ("remove", Scope.SERVICES): (Change(row("api"), GO, _one("DeleteService", API | {"force": True})),),
    ("remove", Scope.TASKS): (
        Change(row(_TASK.id[:8]), GO, _one("StopTask", {"cluster": "prod", "task": _TASK.id})),
    ),
    ("remove", Scope.CAPACITY): (
        Change(row("edge-3"), GO, (WITHOUT_EDGE_3,)),
        Change(
            row("edge-3"),
            OTHER,
            (
                WITHOUT_EDGE_3,
                (
                    "DeregisterContainerInstance",
                    {"cluster": "prod", "containerInstance": shop.EDGE_3.id, "force": True},
                ),
            ),
        ),
    ),
    ("remove", Scope.REVISIONS): (
        Change(row("web:11"), GO, _one("DeregisterTaskDefinition", {"taskDefinition": "web:11"})),
        Change(row("web:10"), GO, _one("DeleteTaskDefinitions", {"taskDefinitions": ["web:10"]})),
    ),
    ("remove", Scope.CLUSTERS): (
        Change(row("empty"), GO, _one("DeleteCluster", {"cluster": "empty"}), said="empty no longer in "),
    ),
    ("remove", Scope.STACKS): (
        Change(
            row("shop"),
            GO,
            (
                ("DeleteSchedule", {"cluster": "prod", "name": "backup"}),
                ("DeleteService", API | {"force": True}),
            ),
        ),
    ),
    ("remove", Scope.SCHEDULES): (
        Change(row("backup"), GO, _one("DeleteSchedule", {"cluster": "prod", "name": "backup"})),
    ),
}

# -- what only looks ----------------------------------------------------------------------------------------------------------


class Effect(Record):
    """What of the screen (test_every_command.look) is another after the key; `before` is pressed first."""

    seen: str
    before: tuple[str, ...] = ()
    #: Where it takes something else than in other scopes.
    before_in: Mapping[Scope, tuple[str, ...]] = field(default_factory=dict)

    def before_for(self, scope: Scope) -> tuple[str, ...]:
        return self.before_in.get(scope, self.before)


_DOWN: Final = ("down",)
_PAGED: Final = {Scope.TEXT: ("ctrl+f",), Scope.LOGS: ("g", "ctrl+f")}
_SEARCHED: Final = ("/", "type:e", "enter")

EFFECTS: Final[Mapping[str, Effect]] = {
    "open": Effect("place", before_in={Scope.EVENTS: ("G",), Scope.COMMANDS: ("g",)}),
    "describe": Effect("place"),
    "raw": Effect("place"),
    "why": Effect("place"),
    "logs": Effect("place"),
    "events": Effect("place"),
    "deployments": Effect("place"),
    "stack.schedules": Effect("place"),
    "move.down": Effect("line", ("g",)),
    "move.up": Effect("line", ("g", "down"), _PAGED),
    "move.first": Effect("line", ("G",), _PAGED),
    "move.last": Effect("line", ("g",)),
    "move.page_down": Effect("line", ("g",)),
    "move.page_up": Effect("line", ("G",), _PAGED),
    "move.left": Effect("side", ("right",)),
    "move.right": Effect("side"),
    "mark": Effect("marks"),
    "mark.range": Effect("marks"),
    "mark.clear": Effect("marks", ("space",)),
    "filter": Effect("prompt"),
    "filter.faults": Effect("only_faults"),
    "sort.previous": Effect("sorted"),
    "sort.next": Effect("sorted"),
    "sort.reverse": Effect("sorted"),
    "columns.wide": Effect("wide"),
    "copy": Effect("clipboard", ("g",)),
    "save": Effect("saved"),
    "clusters.all": Effect("place", ("2",)),
    **{f"clusters.{number}": Effect("place") for number in (1, 2, 3)},
    **{f"clusters.{number}": Effect("message") for number in range(4, 10)},
    "search": Effect("prompt"),
    "search.next": Effect("match", _SEARCHED),
    "search.previous": Effect("match", _SEARCHED),
    "page.wrap": Effect("wrapped"),
    "logs.follow": Effect("follows"),
    "logs.matching": Effect("matching", ("/", "type:0001", "enter")),
    "logs.timestamps": Effect("times"),
    "logs.clear": Effect("count"),
    "logs.previous": Effect("place"),
    "logs.tail": Effect("span", ("1",)),
    **{f"logs.{span.name}": Effect("span") for span in SPANS if span is not TAIL},
    "page.full": Effect("full"),
    "history.back": Effect("place"),
    "history.forward": Effect("place", ("[",)),
    "history.last": Effect("place"),
    "back": Effect("place", _DOWN),
    "prompt": Effect("prompt"),
    "help": Effect("screen"),
    "palette": Effect("screen"),
    "look": Effect("looks"),
    "messages": Effect("place"),
    "screenshot": Effect("saved"),
    "columns": Effect("screen"),
    "compact": Effect("compact"),
    "theme": Effect("screen"),
    "header": Effect("folded"),
    "mouse": Effect("mouse"),
    "engine.start": Effect("message"),
    "quit": Effect("ended"),
}

#: Scopes that are of whatever is under the cursor, or whose rows only a host gives: the test that presses keys there.
SCOPES_ELSEWHERE: Final[Mapping[Scope, str]] = {
    Scope.TREE: "tests/tui/test_tree.py::test_keys_are_those_of_the_thing_under_the_cursor",
    Scope.FAULTS: "tests/tui/test_faults.py::test_each_has_the_keys_of_what_it_is_about",
    Scope.ENGINE: "tests/tui/test_faults.py::test_each_has_the_keys_of_what_it_is_about",
    Scope.PULSES: "tests/tui/test_pulses.py::test_figures_lead_to_what_they_tell_of",
    Scope.FORWARDS: "tests/tui/test_streaming.py::test_a_port_is_forwarded_listed_and_ended",
}
#: Commands that take a real terminal, a file or real hosts: the test that presses their key there.
ELSEWHERE: Final[Mapping[str, str]] = {
    "edit": "tests/tui/test_forms.py::test_a_service_is_edited_and_the_difference_shown",
    "capacity.add": "tests/tui/test_forms.py::test_a_host_is_added_when_its_key_was_confirmed",
    "capacity.doctor": "tests/tui/test_forms.py::test_the_doctors_steps_are_told_as_they_come",
    "capacity.trust": "tests/tui/test_forms.py::test_the_dialog_of_a_host_key",
    "shell": "tests/tui/test_streaming.py::test_a_shell_has_the_terminal_and_gives_it_back",
    "attach": "tests/tui/test_streaming.py::test_a_session_on_a_host_and_attaching",
    "forward": "tests/tui/test_streaming.py::test_a_port_is_forwarded_listed_and_ended",
    "forward.end": "tests/tui/test_streaming.py::test_a_port_is_forwarded_listed_and_ended",
    "transfer": "tests/tui/test_streaming.py::test_files_are_copied_while_a_dialog_says_how_far",
    "exec_all": "tests/tui/test_streaming.py::test_a_command_runs_in_all_marked_and_the_outputs_are_compared",
    "output": "tests/tui/test_plugins.py::test_beside_the_screen_its_output_can_be_read",
}
