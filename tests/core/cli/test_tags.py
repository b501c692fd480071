"""The tags that tasks are made with, as they are asked for and shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell


def told_tags(shell: Shell) -> str:
    """What `service describe` says that new tasks are tagged with."""
    found = re.search(r"^Tags of new tasks  +(.*)$", shell.ok("service", "describe", "web").out, re.MULTILINE)
    assert found is not None
    return found[1]


def test_tags_of_tasks_are_asked_for_and_shown(with_web: Shell) -> None:
    asked = ("--propagate-tags", "service", "--enable-ecs-managed-tags")
    with_web.ok("service", "update", "web", *asked)
    assert told_tags(with_web) == "the service's and ECS's managed ones"
    (shown,) = with_web.ok("service", "describe", "web", "--json").json()["services"]
    assert (shown["propagateTags"], shown["enableECSManagedTags"]) == ("SERVICE", True)
    with_web.ok("service", "update", "web", "--no-enable-ecs-managed-tags")
    assert told_tags(with_web) == "the service's"
    run = ("task", "run", "web", "--enable-ecs-managed-tags", "--tag", "team=shop")
    task = with_web.ok(*run, "--propagate-tags", "TASK_DEFINITION", "-q").out.strip()
    tags = "Tags             aws:ecs:clusterName=default, team=shop\n"
    assert tags in with_web.ok("task", "describe", task).out
    assert with_web("task", "run", "web", "--propagate-tags", "SERVICE").exit_code == 2
    when = ("--task-definition", "web", "--expression", "rate(1 hour)")
    with_web.ok("schedule", "create", "n", *when, "--enable-ecs-managed-tags")
    with_web.ok("schedule", "update", "n", "--no-enable-ecs-managed-tags", "--propagate-tags", "NONE")
    (schedule,) = with_web.ok("schedule", "describe", "n", "--json").json()["schedules"]
    assert schedule["target"].items() >= {"enableECSManagedTags": False, "propagateTags": "NONE"}.items()


def test_everything_that_ecs_tags_is_tagged_by_a_verb(with_web: Shell) -> None:
    task = with_web.ok("task", "run", "web", "--tag", "tier=1", "-q").out.strip()
    whole = ((("cluster", "default"), "Cluster default"), (("taskdef", "web"), "Task definition web:1"))
    placed = ((("task", task[:8]), f"Task {task[:8]}"), (("capacity", "sim-a"), "Container instance sim-a"))
    for (noun, name), told in (*whole, *placed):
        with_web.ok(noun, "tag", name, "team=shop", "who=ada")
        with_web.ok(noun, "tag", name, "--remove", "who", "--remove", "tier")
        shown = with_web.ok(noun, "tag", name, "--json").json()
        assert shown == {"tags": [{"key": "team", "value": "shop"}]}, noun
        found = with_web.ok(noun, "describe", name).out
        assert re.search(r"^Tags  +team=shop$", found, re.MULTILINE), found
        assert with_web.ok(noun, "tag", name, "--remove", "team").err.endswith(f"{told} has no tags.\n")
        assert with_web(noun, "tag", name, "a=1", "--remove", "a").exit_code == 2
    with_web.ok("taskdef", "deregister", "web:1", "--yes")
    refused = with_web("taskdef", "tag", "web:1", "team=shop")
    assert refused.exit_code == 1
    assert "The specified task definition is inactive." in refused.err


def test_a_default_strategy_is_put_before_any_engine_ran(dockyard: Shell) -> None:
    groups = (
        '[capacity_providers.steady]\nmembers = ["sim-a"]\n[capacity_providers.spare]\nmembers = ["sim-b"]\n'
    )
    dockyard.config.write_text(f"{dockyard.config.read_text()}\n{groups}")
    put = ("cluster", "put-capacity-providers", "default")
    assert "did you mean spare?" in dockyard(*put, "--default-capacity-provider", "spar").err
    told = dockyard.ok(*put, "--default-capacity-provider", "spare").out
    assert told == "Cluster default has the default spare=1.\n"
    assert dockyard.ok(*put, "--no-default").out == "Cluster default has no default capacity providers.\n"
    absent = dockyard("cluster", "put-capacity-providers", "defualt", "--no-default")
    assert "did you mean default?" in absent.err


def test_a_cluster_is_made_with_tags(dockyard: Shell) -> None:
    dockyard.ok("cluster", "create", "edge", "--tag", "team=shop")
    assert re.search(r"^Tags  +team=shop$", dockyard.ok("cluster", "describe", "edge").out, re.MULTILINE)
    again = dockyard.ok("cluster", "create", "edge", "--tag", "team=blog")
    assert "tags has no effect: cluster edge is there already, and stays as it is." in again.err
