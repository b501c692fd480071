"""What forms say of what is typed: the engine's own sentences beside the fields, the numbers, and the command that follows."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from core.client.what_if import Consequences, Effect, Fate
from core.commands import Action
from core.config.read import parse
from core.errors import ConfigError
from core.forecast import Served
from core.model.state import State
from core.record import replace
from tests.tui import shop
from tests.tui.forms.judged import judged, judged_with
from tui.forms import creating, registering, updating
from tui.forms.capacity import add_capacity, settings_of
from tui.forms.form import Form
from tui.forms.paths import goes_on
from tui.plans.foresight import told
from tui.plans.services import exchange

if TYPE_CHECKING:
    from pathlib import Path

    from core.config import Config
    from tui.forms.form import Judged

STATE = State(shop.ROWS)


def service(**values: str) -> Judged:
    return judged_with(
        creating.new_service(STATE, "prod"), {"name": "shop", "task_definition": "web"} | values
    )


def test_a_service_is_asked_for_with_its_numbers_and_its_twin() -> None:
    found = service(desired_count="3", placement_strategy="spread=attribute:zone")
    assert found.is_good
    (request,) = found.requests
    assert request.action is Action.CREATE_SERVICE
    assert request.given == {
        "cluster": "prod",
        "serviceName": "shop",
        "taskDefinition": "web:12",
        "desiredCount": 3,
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        "placementStrategy": [{"type": "spread", "field": "attribute:zone"}],
    }
    assert request.twin == (
        "dockyard service create shop --task-definition web --desired-count 3 --cluster prod --circuit-breaker rollback"
        " --placement-strategy spread=attribute:zone"
    )
    assert found.lines[0] == "shop keeps 3 tasks of web:12"
    assert [line for line in found.lines if line.startswith("shop: starts 3 tasks: ")]
    assert found.lines[-1] == "a rolling update keeps at least 3 healthy and at most 6 live"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": ""}, "name", "is missing"),
        ({"name": "no good"}, "name", "serviceName: "),
        ({"name": "web"}, "name", "Creation of service was not idempotent."),
        ({"task_definition": "wbe"}, "task_definition", "There is no task definition wbe; did you mean web?"),
        ({"desired_count": "many"}, "desired_count", "'many' is not a whole number"),
        ({"desired_count": "-1"}, "desired_count", "-1 is too few: at least 0"),
        ({"desired_count": "5001"}, "desired_count", "desiredCount: "),
        ({"cluster": "prdo"}, "cluster", "Cluster not found. "),
        ({"maximum_percent": "x"}, "maximum_percent", "'x' is not a valid integer"),
        ({"probe": "web:80"}, "probe", "'web:80' is no probe"),
        ({"probe": "http://nobody:80/"}, "probe", "probe"),
        ({"placement_constraints": "memberOf=(("}, "placement_constraints", "Invalid expression"),
        ({"tags": "team"}, "tags", "'team' is not NAME=VALUE"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(values: dict[str, str], field: str, sentence: str) -> None:
    found = service(**values)
    assert found.errors[field].startswith(sentence), (found.errors, found.problems)
    assert found.requests == ()


def test_several_fields_are_blamed_at_once() -> None:
    found = service(name="", desired_count="many", probe="x", task_definition="wbe")
    assert {"name", "desired_count", "probe"} <= found.errors.keys()
    missing_alone = service(name="", task_definition="wbe")
    assert missing_alone.errors.keys() == {"name", "task_definition"}, "the rest is judged already"


def test_a_daemon_is_told_host_by_host() -> None:
    found = service(scheduling_strategy="DAEMON", desired_count="")
    assert found.is_good
    assert found.lines == ("shop: starts 2 tasks: 1 on edge-1, 1 on edge-2",)
    wrong = service(scheduling_strategy="DAEMON", desired_count="2")
    assert wrong.errors == {
        "desired_count": "desiredCount: a DAEMON service runs one task on each instance that suits it."
    }


def test_many_hosts_are_counted_and_not_all_named() -> None:
    effects = tuple(
        Effect(Fate.STARTS, "service:shop", target=f"h{number}") for number in range(12) for _ in range(2)
    )
    found = Consequences((*effects, Effect(Fate.STARTS, "service:other", target="h1")), (), settled=True)
    assert list(told(found, "service:shop")) == [
        "shop: starts 24 tasks: 2 on h0, 2 on h1, 2 on h2, 2 on h3, 2 on h4, 2 on h5, 2 on h6, 2 on h7 and 4 more"
    ]


def test_what_waits_is_lost_or_breaks_a_floor_is_told() -> None:
    effects = (
        Effect(Fate.WAITS, "service:web", why="1 instance lacks memory"),
        Effect(Fate.STOPS, "service:web", "t", source="h0"),
    )
    broken = (Served("api", 2, 2, 1, 2, 2, ""), Served("web", 0, 1, 0, 0, 1, "1 waits"))
    assert list(told(Consequences(effects, broken, settled=True), "service:web")) == [
        "web: stops 1 task: 1 on h0",
        "web: 1 task waits for a place: 1 instance lacks memory",
        "api goes below its minimum for a while: 1 of 2 healthy tasks, and 2 should stay",
    ]
    stuck = (Served("web", 0, 1, 0, 0, 1, "nothing may be stopped"),)
    assert list(told(Consequences((), stuck, settled=True), "service:web")) == [
        "web: 0 of 1 healthy at the end: nothing may be stopped"
    ]


def test_tasks_that_find_no_place_are_told() -> None:
    found = service(desired_count="200")
    assert found.is_good
    assert any("wait for a place" in line for line in found.lines)


def test_judging_leaves_the_state_as_it_was() -> None:
    yard = shop.Yard()
    before = set(yard.state().services)
    sheet = creating.new_service(STATE, "prod")
    judged(sheet, yard, name="shop", task_definition="web")
    assert set(yard.state().services) == before
    assert not yard.state().changes()


def test_a_task_is_run_with_its_own_command_and_variables() -> None:
    sheet = creating.run_task(STATE, "prod", "web:11")
    found = judged(sheet, count="2", command="sh -c 'echo a'", environment="MODE=canary 'HELLO=good day'")
    (request,) = found.requests
    assert request.given == {
        "cluster": "prod",
        "taskDefinition": "web:11",
        "count": 2,
        "overrides": {
            "containerOverrides": [
                {
                    "name": "web",
                    "environment": [
                        {"name": "MODE", "value": "canary"},
                        {"name": "HELLO", "value": "good day"},
                    ],
                    "command": ["sh", "-c", "echo a"],
                }
            ]
        },
    }
    assert "starts 2 tasks" in " ".join(found.lines)
    assert judged(sheet, count="11").errors == {"count": "11 is not between 1 and 10"}
    assert judged(sheet, container="wbe", command="x").errors.keys() == {"container"}
    assert judged(sheet, group="service:x").errors == {
        "group": "group: the prefix service: is the services' own."
    }


def test_a_cluster_that_is_there_is_left_as_it_is() -> None:
    sheet = creating.new_cluster()
    assert judged(sheet, name="prod").lines == ("prod is there already, and is left as it is",)
    (request,) = judged(sheet, name="lab").requests
    assert (request.given, request.twin) == ({"clusterName": "lab"}, "dockyard cluster create lab")
    assert judged(sheet, name="a b").errors.keys() == {"name"}


# -- a definition from a file --------------------------------------------------------------------------------------------


def written(folder: Path, document: Any) -> str:
    file = folder / "web.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(file)


CONTAINER = {"name": "web", "image": "registry.example.net/web:13", "memory": 64}


def test_a_definition_is_compared_with_the_latest_revision(tmp_path: Path) -> None:
    file = written(tmp_path, {"family": "web", "containerDefinitions": [CONTAINER]})
    found = judged(registering.register(), file=file)
    assert found.lines[0] == "web:13: a new revision after web:12; what differs:"
    assert any(
        '"registry.example.net/web:12" → "registry.example.net/web:13"' in line for line in found.lines
    )
    assert any(
        line.startswith("prod/web, schedule staging/report go on with what they have") for line in found.lines
    )
    (request,) = found.requests
    assert request.twin == f"dockyard taskdef register {shlex.quote(file)}"


def test_every_problem_of_a_file_is_told_with_its_path(tmp_path: Path) -> None:
    bad = {"family": "web", "containerDefinitions": [{"name": "a b", "memory": "much", "prots": []}]}
    found = judged(registering.register(), file=written(tmp_path, bad))
    assert len(found.problems) >= 3
    assert all(problem.startswith("containerDefinitions[0]") for problem in found.problems)
    assert found.errors["file"] == f"{len(found.problems)} problems, see below; Ctrl-r reads it again"


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_what_is_no_definition_is_refused(tmp_path: Path, text: str) -> None:
    found = judged(registering.register(), file=written(tmp_path, text))
    assert found.errors.keys() == {"file"}
    assert not found.requests


def test_paths_go_on_as_typed(tmp_path: Path) -> None:
    for name in ("web.json", "worker.json", "notes.txt", ".hidden.json", "w\x1b[2J.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "wide").mkdir()
    assert goes_on(f"{tmp_path}/w", {".json"}) == (
        f"{tmp_path}/web.json",
        f"{tmp_path}/worker.json",
        f"{tmp_path}/wide/",
    )
    assert goes_on(f"{tmp_path}/.h", {".json"}) == (f"{tmp_path}/.hidden.json",)
    assert goes_on(f"{tmp_path}/nowhere/x") == ()
    found = judged(registering.register(), file=f"{tmp_path}/nope.json")
    assert found.errors == {"file": "can't be read: No such file or directory"}


@pytest.mark.parametrize("typed", ["~nobody-of-that-name", "~nobody-of-that-name/web.json", "n" * 300])
def test_a_path_that_can_not_be_is_said_and_ends_nothing(typed: str) -> None:
    found = judged(registering.register(), file=typed)
    assert found.errors["file"].startswith("can't be read: ")
    assert goes_on(typed) == ()


# -- an update -----------------------------------------------------------------------------------------------------------


def test_an_update_shows_what_differs_and_how_tasks_are_exchanged() -> None:
    sheet = updating.update(STATE, shop.WEB)
    (entry,) = sheet.entries
    assert entry.value == "web:11"
    assert entry.choices == ("web:11", "api:3")
    found = judged(sheet)
    assert found.lines[0] == (
        "web:12 → web:11: replaces 5 tasks, at most 5 at once; at least 5 stay healthy, at most 10 live"
    )
    assert any(line.startswith("~ containerDefinitions[web].image: ") for line in found.lines)
    (request,) = found.requests
    assert request.given == {"cluster": "prod", "service": "web", "taskDefinition": "web:11"}
    assert request.twin == "dockyard service update web --task-definition web:11 --cluster prod"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("web:12", "web runs web:12 already; R restarts it"),
        ("web", "web runs web:12 already; R restarts it"),
        ("web:99", "There is no task definition web:99; ACTIVE: 11, 12."),
        ("", "is missing"),
    ],
)
def test_an_update_that_goes_nowhere(typed: str, sentence: str) -> None:
    assert judged(updating.update(STATE, shop.WEB), task_definition=typed).errors == {
        "task_definition": sentence
    }


def test_bounds_say_how_many_at_once() -> None:
    tight = replace(shop.WEB, minimum_healthy_percent=50, maximum_percent=100)
    assert exchange(STATE, tight) == (
        "replaces 5 tasks, at most 2 at once; at least 3 stay healthy, at most 5 live"
    )


def test_a_service_that_is_gone_is_not_updated() -> None:
    gone = replace(shop.WEB, name="gone")
    assert judged(updating.update(STATE, gone)).problems == ("The service is gone",)


# -- capacity ------------------------------------------------------------------------------------------------------------


class OnDisk(shop.Yard):
    """The shop with a config file of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.config_path = folder / "config.toml"
        self.config_path.write_text(
            '[clusters.prod]\n[capacity.edge-1]\nurl = "ssh://edge-1"\ncluster = "prod"\n'
        )

    def config(self) -> Config:
        return parse(self.config_path.read_bytes(), self.config_path)


def capacity(folder: Path, **values: str) -> Judged:
    given = {"name": "edge-9", "url": "ssh://deploy@edge-9", "cluster": "prod"} | values
    return judged_with(add_capacity(STATE, "prod"), given, OnDisk(folder))


def test_capacity_tells_where_it_will_be_written(tmp_path: Path) -> None:
    found = capacity(tmp_path, attributes="zone=a disk=ssd", jump="ops@bastion:2222")
    assert found.is_good, (found.errors, found.problems)
    assert found.lines[0] == "edge-9 joins cluster prod with zone=a, disk=ssd"
    assert str(tmp_path / "config.toml") in found.lines[1]
    assert found.lines[2] == (
        "$ dockyard capacity add edge-9 ssh://deploy@edge-9 --cluster prod --jump ops@bastion:2222"
        " --attribute zone=a --attribute disk=ssd"
    )
    assert "edge-9" not in (tmp_path / "config.toml").read_text(), "nothing is written by typing"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": "edge-1"}, "name", "is there already"),
        ({"url": ""}, "url", "is missing"),
        ({"url": "edge-9"}, "url", "'edge-9': a capacity URL begins with unix://, tcp:// or ssh://"),
        ({"url": "ssh://edge-9:99999"}, "url", "'ssh://edge-9:99999' is no URL"),
        ({"cluster": "prdo"}, "cluster", "There is no cluster prdo"),
        ({"jump": "a b"}, "jump", "jump: must be SSH hosts"),
        ({"url": "unix:///var/run/docker.sock", "jump": "b"}, "jump", "jump: is for ssh:// addresses"),
        ({"url": "tcp://h:2376", "tls_cert": "/c.pem"}, "tls_key", ".tls key: is missing"),
        ({"reserve_cpu": "-5"}, "reserve_cpu", ".reserve cpu: must be a whole number"),
        ({"reserve_cpu": "much"}, "reserve_cpu", "'much' is not a valid integer"),
        ({"attributes": "zone"}, "attributes", "'zone' is not NAME=VALUE"),
    ],
)
def test_what_is_wrong_with_capacity(
    tmp_path: Path, values: dict[str, str], field: str, sentence: str
) -> None:
    found = capacity(tmp_path, **values)
    assert found.errors.get(field, "").startswith(sentence), (found.errors, found.problems)


def test_a_cluster_that_no_file_names_yet_is_written_with_the_host(tmp_path: Path) -> None:
    assert capacity(tmp_path, cluster="staging").is_good


def test_the_settings_are_those_of_the_verb(tmp_path: Path) -> None:
    sheet = add_capacity(STATE, "prod")
    form = Form(sheet.entries, sheet.verb)
    for entry_id, value in {
        "name": "e",
        "url": "tcp://h",
        "tls_ca": "~/ca.pem",
        "reserve_memory": "512",
    }.items():
        form.put(entry_id, value)
    assert settings_of(sheet.entries, form.values) == (
        "e",
        {"url": "tcp://h", "cluster": "prod", "reserve": {"memory_mib": 512}, "tls": {"ca": "~/ca.pem"}},
    )


def test_a_config_that_cant_be_read_is_said(tmp_path: Path) -> None:
    yard = OnDisk(tmp_path)
    yard.config_path.write_text("[")
    found = judged(add_capacity(STATE, ""), yard, name="e", url="ssh://e")
    assert "is not TOML" in found.problems[0]
    with pytest.raises(ConfigError):
        yard.config()
