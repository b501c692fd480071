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
