"""What describe shows, and what diff says of two revisions."""

from __future__ import annotations

from core.model.task_definition import TaskDefinitionStatus
from core.record import replace
from core.taskdef.describe import describe, diff
from core.taskdef.parse import parse
from tests.core.taskdef.samples import container, everything, task


def test_describe_shows_what_was_registered_and_what_was_adapted() -> None:
    made = replace(parse(everything()), revision=4, registered_at=1.5, registered_by="ada")
    shown = describe(made)
    assert shown["tags"] == [{"key": "team", "value": "a"}]
    task_definition = shown["taskDefinition"]
    assert task_definition["taskDefinitionArn"] == "arn:aws:ecs:local:000000000000:task-definition/web:4"
    assert task_definition["containerDefinitions"][0]["logConfiguration"]["logDriver"] == "awslogs"
    assert task_definition["warnings"] == list(made.warnings)
    assert "deregisteredAt" not in task_definition
    gone = replace(made, status=TaskDefinitionStatus.INACTIVE, deregistered_at=9.0)
    assert describe(gone)["taskDefinition"]["deregisteredAt"] == 9.0
    # What is shown can be registered again and is the same.
    assert parse(shown).digest == made.digest


def test_diff_names_what_changed_by_its_name() -> None:
    old = parse(
        task(
            container("web", environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], cpu=1),
            container("side"),
        )
    )
    new = parse(
        task(
            container("metrics"),
            container(
                "web", image="nginx:2", environment=[{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]
            ),
        )
    )
    lines = diff(old, new)
    assert lines[0].startswith('+ containerDefinitions[metrics]: {"cpu": 0,')
    assert lines[1].startswith("- containerDefinitions[side]: ")
    assert lines[2:] == [
        "~ containerDefinitions[web].cpu: 1 → 0",
        '- containerDefinitions[web].environment[A]: {"name": "A", "value": "1"}',
        '~ containerDefinitions[web].environment[B].value: "2" → "3"',
        '+ containerDefinitions[web].environment[C]: {"name": "C", "value": "4"}',
        '~ containerDefinitions[web].image: "nginx:1" → "nginx:2"',
    ]
    assert diff(old, old) == []


def test_lists_without_names_are_shown_whole() -> None:
    old = parse(task(container(command=["a", "b"])))
    new = parse(task(container(command=["a", "c"])))
    assert diff(old, new) == ['~ containerDefinitions[web].command: ["a", "b"] → ["a", "c"]']
