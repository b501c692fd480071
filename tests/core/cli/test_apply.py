"""`dockyard apply`: what is read, what is shown and asked, what is done, and what is said of it; `stack`, and the tags behind it."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from core.api import Dockyard, open_dockyard
from core.commands import Action
from core.errors import NotInTime
from core.model.tags import STACK_TAG
from tests.core.cli.conftest import WEB

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.cli.conftest import Shell

SHOP = """
stack = "shop"
[task_definitions.web]
file = "web.json"
[services.web]
task_definition = "web"
desired_count = 2
[services.api]
task_definition = "web"
desired_count = 1
"""


@pytest.fixture
def shop(dockyard: Shell, web_json: str, tmp_path: Path) -> Path:
    """A folder with a stack of two services, and what else lies about in a folder."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.toml").write_text(SHOP)
    (folder / "web.json").write_text((tmp_path / "web.json").read_text())
    (folder / "secrets.toml").write_text('[secrets."x"]\nfile = "y"\n')
    for name in (".shop.toml", "shop.toml~", "#shop.toml#", "web.json.bak", "README.md", ".#web.json"):
        (folder / name).write_text("{")
    assert web_json
    assert dockyard.folder == tmp_path
    return folder


def without(folder: Path, service: str) -> None:
    """Take a service out of the folder's file."""
    text = (folder / "shop.toml").read_text()
    begin = text.index(f"[services.{service}]")
    end = text.find("[services.", begin + 1)
    (folder / "shop.toml").write_text(text[:begin] + (text[end:] if end > 0 else ""))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A terminal at which this is typed."""

    def typed(text: str) -> None:
        terminal = io.StringIO(text)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)

    return typed


def test_a_folder_is_applied_as_a_whole_and_twice_changes_nothing(dockyard: Shell, shop: Path) -> None:
    shown = dockyard.ok("apply", str(shop), "--dry-run")
    assert shown.out.splitlines() == [
        "+ task definition web",
        "+ service default/web: 2 of the new revision of web",
        "+ service default/api: 1 of the new revision of web",
    ]
    assert f"{shop}/secrets.toml: its tables belong into the config; it is not read\n" in shown.err
    assert f"read: {shop}/shop.toml, {shop}/web.json\n" in shown.err
    ran = dockyard.ok("apply", str(shop), "--yes")
    assert [line for line in ran.err.splitlines() if line.endswith("ed.")] == [
        "Task definition web:1 is registered.",
        "Service web is created.",
        "Service api is created.",
    ]
    assert "done" not in ran.err
    again = dockyard.ok("apply", str(shop))
    assert [line[0] for line in again.out.splitlines()] == ["=", "=", "="]


def test_a_folder_without_files_and_one_with_a_bad_one_are_refused(
    dockyard: Shell, shop: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    ran = dockyard("apply", str(tmp_path / "empty"))
    assert (ran.exit_code, ran.err) == (
        2,
        f"dockyard: {tmp_path}/empty: there is no .toml or .json file in this folder\n",
    )
    (shop / "gone.json").symlink_to(tmp_path / "nowhere.json")
    assert f"{shop}/gone.json: can't be read: No such file" in dockyard("apply", str(shop)).err
    (shop / "gone.json").unlink()
    (shop / "other.json").write_text('{"name": "web"}')
    (shop / "broken.toml").write_text("[services.db]\ntask_definition = 'web'\ndesired_cuont = 2\n")
    ran = dockyard("apply", str(shop), "--yes")
    assert ran.exit_code == 1
    assert f"{shop}/other.json: is neither a task definition" in ran.err
    (shop / "other.json").unlink()
    (shop / "far.json").write_text('{"serviceName": "far", "taskDefinition": "wbe", "desiredCount": 1}')
    ran = dockyard("apply", str(shop), "--yes")
    assert ran.err.splitlines()[-3:] == [
        "dockyard: 2 problems, and nothing was done:",
        f"- {shop}/broken.toml: [services.db] desired_cuont: unknown member; did you mean desired_count?",
        f"- {shop}/far.json: taskDefinition: there is no task definition wbe; what is applied has web.",
    ]  # fmt: skip
    assert dockyard.ok("taskdef", "ls", "-q").out == ""


def test_prune_deletes_what_the_stack_no_longer_names_after_asking(
    dockyard: Shell, shop: Path, answers: Any
) -> None:
    dockyard.ok("apply", str(shop), "--yes")
    dockyard.ok("service", "create", "mine", "--task-definition", "web")
    without(shop, "api")
    (shop / "shop.toml").write_text((shop / "shop.toml").read_text().replace("= 2", "= 3"))
    assert "-" not in [line[0] for line in dockyard.ok("apply", str(shop), "--dry-run").out.splitlines()]
    shown = dockyard.ok("apply", str(shop), "--prune", "--dry-run").out.splitlines()
    assert shown[-1] == "- service default/api: of stack shop and no longer named; 0 tasks stop"
    answers("n\n")
    declined = dockyard("apply", str(shop), "--prune")
    assert (declined.exit_code, "Stack shop: make 1 change, delete 1 service?" in declined.err) == (130, True)
    assert dockyard.ok("service", "ls", "-q").out.split() == ["api", "mine", "web"]
    answers("y\n")
    ran = dockyard.ok("apply", str(shop), "--prune")
    assert "Service api is deleted." in ran.err
    statuses = {
        s["serviceName"]: s["status"] for s in dockyard.ok("service", "ls", "--json").json()["services"]
    }
    assert statuses == {"api": "DRAINING", "mine": "ACTIVE", "web": "ACTIVE"}


def test_prune_needs_a_stack_and_on_a_protected_cluster_its_name(
    dockyard: Shell, shop: Path, web_json: str, answers: Any
) -> None:
    alone = dockyard("apply", web_json, "--prune", "--yes")
    assert (alone.exit_code, "--prune deletes what a stack no longer names: say which" in alone.err) == (
        2,
        True,
    )
    nothing = dockyard("apply", web_json, "--stack", "shop", "--prune", "--yes")
    assert (nothing.exit_code, "dockyard stack rm shop does that" in nothing.err) == (2, True)
    dockyard.ok("apply", str(shop), "--yes")
    without(shop, "api")
    dockyard.config.write_text(dockyard.config.read_text() + "\n[clusters.default]\nprotected = true\n")
    answers("yes\n")
    refused = dockyard("apply", str(shop), "--prune")
    assert refused.exit_code == 130
    assert "Stack shop: delete 1 service? default is protected: type its name" in refused.err
    answers("default\n")
    assert "Service api is deleted." in dockyard.ok("apply", str(shop), "--prune").err


def test_a_service_of_no_stack_is_taken_in_by_consent_alone(
    dockyard: Shell, shop: Path, answers: Any
) -> None:
    dockyard.ok("apply", str(shop / "web.json"), "--yes")
    dockyard.ok("service", "create", "web", "--task-definition", "web", "--desired-count", "2")
    shown = dockyard.ok("apply", str(shop), "--dry-run").out
    assert "~ service default/web: is not part of stack shop; it is taken in\n" in shown
    ran = dockyard("apply", str(shop), "--yes")
    assert (ran.exit_code, "say --take-in as well" in ran.err) == (2, True)
    answers("y\n")
    ran = dockyard.ok("apply", str(shop))
    assert "Stack shop: make 1 change, take 1 service in?" in ran.err
    assert "Service web is part of stack shop." in ran.err
    assert dockyard.ok("stack", "ls", "-q").out == "shop\n"
    dockyard.ok("service", "tag", "web", "--remove", STACK_TAG)
    dockyard.ok("apply", str(shop), "--yes", "--take-in")
    assert dockyard.ok("service", "tag", "web").out == "dockyard:stack  shop\n"


def test_what_another_stack_owns_is_refused_naming_it(dockyard: Shell, shop: Path) -> None:
    dockyard.ok("apply", str(shop), "--yes")
    (shop / "shop.toml").write_text((shop / "shop.toml").read_text().replace('"shop"', '"blog"'))
    ran = dockyard("apply", str(shop), "--yes", "--prune")
    assert ran.exit_code == 1
    for name in ("web", "api"):
        assert (
            f"- {shop}/shop.toml: [services.{name}] service default/{name} is of stack shop, not of blog; to take it out there: "
            f"dockyard service tag default/{name} --remove dockyard:stack" in ran.err.splitlines()
        )


def test_what_changed_while_it_was_asked_is_looked_at_again(
    dockyard: Shell, shop: Path, answers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dockyard.ok("apply", str(shop), "--yes")
    without(shop, "api")
    answers("y\n")
    confirm = click.confirm

    def slowly(*given: Any, **more: Any) -> bool:
        yard = open_dockyard(dockyard.config, dockyard.state)
        tag = {"key": STACK_TAG, "value": "blog"}
        arn = yard.state().services["default/api"].name
        yard.submit(
            Action.TAG_RESOURCE, {"resourceArn": f"arn:aws:ecs:x:1:service/default/{arn}", "tags": [tag]}
        ).output()
        yard.close()
        return bool(confirm(*given, **more))

    monkeypatch.setattr(click, "confirm", slowly)
    ran = dockyard("apply", str(shop), "--prune")
    assert ran.exit_code == 1
    assert "Something else was changed while you were asked, and nothing was done" in ran.err
    assert dockyard.ok("service", "describe", "api", "--json").json()["services"][0]["status"] == "ACTIVE"


def test_what_another_stack_took_meanwhile_is_not_deleted(
    dockyard: Shell, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dockyard.ok("apply", str(shop), "--yes")
    without(shop, "api")
    (shop / "shop.toml").write_text((shop / "shop.toml").read_text().replace("= 2", "= 3"))
    submit = Dockyard.submit

    def and_then(self: Dockyard, action: Action, given: Any) -> Any:
        done = submit(self, action, given)
        arn, tag = "arn:aws:ecs:x:1:service/default/api", {"key": STACK_TAG, "value": "blog"}
        submit(self, Action.TAG_RESOURCE, {"resourceArn": arn, "tags": [tag]}).output()
        return done

    monkeypatch.setattr(Dockyard, "submit", and_then)
    ran = dockyard("apply", str(shop), "--prune", "--yes")
    assert ran.exit_code == 1
    assert ran.err.splitlines()[-2:] == [
        "Done: service default/web. Refused: service default/api. The same command again goes on from here.",
        "dockyard: service default/api is no longer of stack shop: it was left alone. (ConflictException)",
    ]


def test_json_is_one_document_of_the_plan_and_what_became_of_it(dockyard: Shell, shop: Path) -> None:
    tried = dockyard.ok("apply", str(shop), "--dry-run", "--json").json()
    assert tried["files"] == [f"{shop}/shop.toml", f"{shop}/web.json"]
    assert tried["stack"] == "shop"
    assert [step["outcome"] for step in tried["steps"]] == ["notDone"] * 3
    done = dockyard.ok("apply", str(shop), "--yes", "--json").json()
    assert [(step["action"], step["outcome"]) for step in done["steps"]] == [
        ("RegisterTaskDefinition", "done"),
        ("CreateService", "done"),
        ("CreateService", "done"),
    ]
    again = dockyard.ok("apply", str(shop), "--yes", "--json").json()
    assert [step["outcome"] for step in again["steps"]] == ["unchanged"] * 3


def test_a_step_that_fails_in_the_middle_is_told_with_what_was_done_and_what_was_not(
    dockyard: Shell, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the plan could not foresee: here, an engine that does not answer."""
    submit = Dockyard.submit

    def silent(self: Dockyard, action: Action, given: Any) -> Any:
        if given.get("serviceName") == "web":
            raise NotInTime("No answer yet to command c; it may still happen")
        return submit(self, action, given)

    monkeypatch.setattr(Dockyard, "submit", silent)
    ran = dockyard("apply", str(shop), "--yes", "--json")
    assert ran.exit_code == 3
    assert ran.err.splitlines()[-2:] == [
        "Done: task definition web. Not known: service default/web. Not done: service default/api. The same command again goes on from here.",
        "dockyard: No answer yet to command c; it may still happen",
    ]
    document = ran.json()
    assert [step["outcome"] for step in document["steps"]] == ["done", "unknown", "notDone"]
    assert document["problem"] == {"step": 1, "message": "No answer yet to command c; it may still happen"}
    monkeypatch.undo()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    again = dockyard.ok("apply", str(shop), "--yes")
    assert [line[0] for line in again.out.splitlines()] == ["=", "+", "+"]


def test_a_changed_definition_is_compared_member_by_member_without_its_secrets(
    dockyard: Shell, tmp_path: Path
) -> None:
    def write(image: str, password: str) -> str:
        environment = [
            {"name": "DB_PASSWORD", "value": password},
            {"name": "URL", "value": f"postgres://app:{password}@db/app"},
            {"name": "MODE", "value": image},
        ]
        container = {**WEB["containerDefinitions"][0], "image": image, "environment": environment}  # type: ignore[dict-item]
        path = tmp_path / "web.json"
        path.write_text(json.dumps({"family": "web", "containerDefinitions": [container]}))
        return str(path)

    dockyard.ok("apply", write("demo/web:1", "hunter2"), "--yes")
    shown = dockyard.ok("apply", write("demo/web:2", "hunter3"), "--dry-run").out
    path = "containerDefinitions[app]"
    assert shown.splitlines() == [
        "~ task definition web: a new revision after 1",
        f"    ~ {path}.environment[DB_PASSWORD].value: another one (not shown)",
        f'    ~ {path}.environment[MODE].value: "demo/web:1" → "demo/web:2"',
        f"    ~ {path}.environment[URL].value: another one (not shown)",
        f'    ~ {path}.image: "demo/web:1" → "demo/web:2"',
    ]


# -- stacks --------------------------------------------------------------------------------------------------------------


def test_a_stack_is_listed_described_and_removed(dockyard: Shell, shop: Path) -> None:
    assert dockyard.ok("stack", "ls", "--json").json() == {"stacks": []}
    dockyard.ok("apply", str(shop), "--yes")
    dockyard.ok("service", "create", "mine", "--task-definition", "web")
    (row,) = dockyard.ok("stack", "ls").out.splitlines()[1:]
    assert row.split()[:3] == ["shop", "default", "2"]
    (listed,) = dockyard.ok("stack", "ls", "--json").json()["stacks"]
    assert [arn.rpartition("/")[2] for arn in listed["serviceArns"]] == ["api", "web"]
    rows = dockyard.ok("stack", "describe", "shop").out.splitlines()[1:]
    assert [line.split()[0] for line in rows] == ["api", "web"]
    described = dockyard.ok("stack", "describe", "default/shop", "--json").json()
    assert [s["serviceName"] for s in described["services"]] == ["api", "web"]
    assert "There is no stack shpo; did you mean shop?" in dockyard("stack", "describe", "shpo").err
    asked = dockyard("stack", "rm", "shop")
    assert "Delete 2 services of the stack default/shop (api, web) and stop 0 tasks?" in asked.err
    gone = dockyard.ok("stack", "rm", "shop", "--yes")
    assert gone.out == "Service api is deleted.\nService web is deleted.\n"
    assert dockyard.ok("service", "describe", "mine", "--json").json()["services"][0]["status"] == "ACTIVE"


def test_a_service_s_tags_are_shown_and_changed(dockyard: Shell, shop: Path) -> None:
    dockyard.ok("apply", str(shop), "--yes")
    assert (
        dockyard.ok("service", "tag", "api", "team=a", "tier=1").out
        == "dockyard:stack  shop\nteam            a\ntier            1\n"
    )
    left = dockyard.ok("service", "tag", "api", "team=b", "--remove", "tier", "--json").json()
    assert left == {"tags": [{"key": STACK_TAG, "value": "shop"}, {"key": "team", "value": "b"}]}
    logged = [line.split()[-3:-1] for line in dockyard.ok("commands").out.splitlines()]
    assert ["TagResource", "default/api"] in logged
    shown = dockyard.ok("service", "describe", "api").out
    assert "Stack               shop\n" in shown
    assert "Tags                team=b\n" in shown
    assert "given and removed at once" in dockyard("service", "tag", "api", "a=1", "--remove", "a").err


NIGHTLY = """
[schedules.nightly]
schedule_expression = "cron(0 3 * * ? *)"
tags = { team = "shop" }
[schedules.nightly.target]
task_definition = "web"
"""


def test_a_stack_holds_schedules_beside_services(dockyard: Shell, shop: Path, answers: Any) -> None:
    plain = (shop / "shop.toml").read_text()
    (shop / "shop.toml").write_text(plain + NIGHTLY)
    dockyard.ok("apply", str(shop), "--yes")
    listed = dockyard.ok("stack", "ls")
    assert listed.out.split() == ["NAME", "CLUSTER", "SERVICES", "STEADY", "RUNNING", "SCHEDULES", "shop", "default", "2", "0/2", "0/3", "1"]  # fmt: skip
    shown = dockyard.ok("stack", "describe", "shop", "--json").json()
    assert shown["stack"]["scheduleArns"] == [shown["schedules"][0]["scheduleArn"]]
    assert shown["schedules"][0]["tags"] == [
        {"key": "team", "value": "shop"},
        {"key": STACK_TAG, "value": "shop"},
    ]
    assert "cron(0 3 * * ? *)" in dockyard.ok("stack", "describe", "shop").out
    described = dockyard.ok("schedule", "describe", "nightly").out
    assert ("Stack            shop\n" in described, "Tags             team=shop\n" in described) == (
        True,
        True,
    )
    (shop / "shop.toml").write_text(plain)
    answers("y\n")
    ran = dockyard.ok("apply", str(shop), "--prune")
    assert "Stack shop: delete 1 schedule?" in ran.err
    assert "Schedule nightly is deleted." in ran.err


def test_a_stack_that_is_removed_takes_its_schedules_along(dockyard: Shell, shop: Path, answers: Any) -> None:
    dockyard.ok("taskdef", "register", str(shop / "web.json"))
    create = ("--task-definition", "web", "--expression", "rate(1 hour)")
    dockyard.ok("schedule", "create", "nightly", *create)
    (shop / "shop.toml").write_text('stack = "shop"\n' + NIGHTLY.replace("cron(0 3 * * ? *)", "rate(1 hour)"))
    ran = dockyard("apply", str(shop / "shop.toml"), "--yes")
    assert (ran.exit_code, "default/nightly: not part of stack shop yet" in ran.err) == (2, True)
    dockyard.ok("apply", str(shop / "shop.toml"), "--yes", "--take-in")
    assert dockyard.ok("schedule", "tag", "nightly").out == "dockyard:stack  shop\nteam            shop\n"
    dockyard.ok("schedule", "tag", "nightly", "tier=1", "--remove", "team")
    dockyard.ok("schedule", "create", "free", *create)
    answers("y\n")
    ran = dockyard.ok("stack", "rm", "shop")
    assert "Delete 1 schedule of the stack default/shop (nightly) and stop 0 tasks?" in ran.err
    assert dockyard.ok("stack", "ls", "-q").out == ""
    assert dockyard.ok("schedule", "ls", "-q").out == "free\n"


def test_prune_with_files_that_name_only_schedules_asks_like_any_other(dockyard: Shell, shop: Path) -> None:
    (shop / "shop.toml").write_text('stack = "shop"\n')
    ran = dockyard("apply", str(shop), "--prune", "--yes")
    assert ran.exit_code == 2
    assert "The files name no service and no schedule" in ran.err
