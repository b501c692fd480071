from __future__ import annotations

import pytest

from core.client.complaints import Problems
from core.client.manifest import File, read_manifests
from core.commands import Action
from core.errors import ConfigError, Refused
from tests.core.client.manifests import carry_out, empty, planned

WEB = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1", "memory": 64}]}
NIGHTLY = {
    "name": "nightly",
    "scheduleExpression": "cron(0 3 * * ? *)",
    "target": {"taskDefinition": "web"},
}


def test_a_schedule_is_made_changed_and_then_left_alone() -> None:
    state = empty()
    steps = planned(state, [WEB], schedules=[NIGHTLY])
    assert [(step.sign, step.what) for step in steps] == [
        ("+", "task definition web"),
        ("+", "schedule default/nightly: cron(0 3 * * ? *) of web"),
    ]
    assert carry_out(state, steps) == ["RegisterTaskDefinition", "CreateSchedule"]
    assert [step.action for step in planned(state, [WEB], schedules=[NIGHTLY])] == [None, None]
    later = NIGHTLY | {"scheduleExpression": "cron(0  4 * * ? *)", "startDate": "2033-01-01T00:00:00Z"}
    _, changed = planned(state, [WEB], schedules=[later])
    assert (changed.sign, changed.differences) == (
        "~",
        (
            '~ scheduleExpression: "cron(0 3 * * ? *)" → "cron(0 4 * * ? *)"',
            "+ startDate: 1988150400.0",
        ),
    )
    assert carry_out(state, [changed]) == ["UpdateSchedule"]
    assert [step.action for step in planned(state, [WEB], schedules=[later])] == [None, None]
    assert [step.action for step in planned(state, [WEB], schedules=[NIGHTLY | {"scheduleExpression": "cron(0 4 * * ? *)"}])] == [
        None,
        None,
    ], "what a file does not say stays"  # fmt: skip


def test_a_schedule_is_of_no_stack_and_is_not_pruned() -> None:
    state = empty()
    service = {"serviceName": "api", "taskDefinition": "web", "desiredCount": 1}
    carry_out(state, planned(state, [WEB], [service], stack="shop", schedules=[NIGHTLY]))
    steps = planned(state, [WEB], [service], stack="shop", prune=True)
    assert [step.action for step in steps] == [None, None]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scheduleExpression": "cron(0 3 * * *)"}, r"cron\(0 3 \* \* \? \*\)"),
        ({"scheduleExpressionTimezone": "Europe/Berln"}, "Europe/Berlin"),
        ({"target": {"taskDefinition": "wbe"}}, "wbe"),
        ({"overlap": "NEVER"}, "overlap"),
        ({"cluster": "edge"}, "edge"),
    ],
)
def test_what_create_schedule_would_refuse_is_refused_before_anything_is_done(
    changes: dict[str, object], words: str
) -> None:
    state = empty()
    with pytest.raises(Refused, match=words):
        planned(state, [WEB], schedules=[NIGHTLY | changes])
    assert not state.changes()


def test_a_schedule_of_a_definition_that_is_refused_is_not_told_of_again() -> None:
    with pytest.raises(Refused) as raised:
        planned(empty(), [{"family": "web"}], schedules=[NIGHTLY])
    assert raised.value.message == "containerDefinitions: is missing."
    with pytest.raises(Problems, match="containerDefinitions"):
        planned(empty(), [{"family": "web"}], schedules=[NIGHTLY | {"overlap": "NEVER"}])


TOML = b"""
[schedules.nightly]
schedule_expression = "rate(1 hour)"
[schedules.nightly.target]
task_definition = "web"
"""


def test_files_hold_schedules_as_tables_and_as_json() -> None:
    json = b'{"schedules": [{"name": "weekly", "scheduleExpression": "rate(7 days)", "target": {"taskDefinition": "web"}}]}'
    manifest, _ = read_manifests([File("a.toml", TOML), File("b.json", json)])
    assert [said.document["name"] for said in manifest.schedules] == ["nightly", "weekly"]
    assert [said.origin.name for said in manifest.schedules] == [
        "a.toml [schedules.nightly]",
        "b.json schedules[0]",
    ]


def test_two_places_that_say_what_one_schedule_is_are_both_named() -> None:
    state = empty()
    carry_out(state, planned(state, [WEB]))
    with pytest.raises(ConfigError, match=r"schedule default/nightly: .* both say what it is"):
        planned(state, schedules=[NIGHTLY, NIGHTLY | {"cluster": "default"}])
    assert carry_out(state, planned(state, schedules=[NIGHTLY])) == [Action.CREATE_SCHEDULE]
