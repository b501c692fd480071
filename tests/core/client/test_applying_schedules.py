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


SERVICE = {"serviceName": "api", "taskDefinition": "web", "desiredCount": 1}


def test_a_stack_holds_schedules_and_prunes_its_own_alone() -> None:
    state = empty()
    weekly = NIGHTLY | {"name": "weekly"}
    carry_out(state, planned(state, [WEB], schedules=[NIGHTLY | {"name": "free"}]))
    carry_out(state, planned(state, [WEB], stack="blog", schedules=[NIGHTLY | {"name": "other"}]))
    carry_out(state, planned(state, [WEB], [SERVICE], stack="shop", schedules=[NIGHTLY, weekly]))
    assert {s.name: s.stack for s in state.schedules.values()} == {
        "free": "",
        "other": "blog",
        "nightly": "shop",
        "weekly": "shop",
    }
    assert not any(
        step.action for step in planned(state, [WEB], [SERVICE], stack="shop", schedules=[NIGHTLY])
    )
    steps = planned(state, [WEB], [SERVICE], stack="shop", schedules=[NIGHTLY], prune=True)
    assert [(step.sign, step.what, step.schedule) for step in steps if step.action] == [
        (
            "-",
            "schedule default/weekly: of stack shop and no longer named; tasks that run go on",
            "default/weekly",
        )
    ]
    assert carry_out(state, [step for step in steps if step.action]) == ["DeleteSchedule"]
    assert [step for step in planned(state, [WEB], [SERVICE], stack="shop", prune=True, schedules=[NIGHTLY]) if step.action] == []  # fmt: skip


def test_a_schedule_of_no_stack_is_taken_in_with_its_other_tags_as_they_were() -> None:
    state = empty()
    tagged = NIGHTLY | {"tags": [{"key": "team", "value": "a"}]}
    carry_out(state, planned(state, [WEB], schedules=[tagged]))
    _, step = planned(state, [WEB], stack="shop", schedules=[NIGHTLY])
    assert (step.sign, step.takes_in, step.key) == ("~", True, "default/nightly")
    assert step.what == "schedule default/nightly: is not part of stack shop; it is taken in"
    assert carry_out(state, [step]) == ["TagResource"]
    schedule = state.schedules["default/nightly"]
    assert dict(schedule.tags) == {"team": "a", "dockyard:stack": "shop"}
    retagged = NIGHTLY | {"tags": [{"key": "tier", "value": "1"}]}
    steps = [s for s in planned(state, [WEB], stack="shop", schedules=[retagged]) if s.action]
    assert [(s.what, s.differences) for s in steps] == [
        ("tags of schedule default/nightly", ('+ tier: "1"',)),
        ("tags of schedule default/nightly", ('- team: "a"',)),
    ]
    carry_out(state, steps)
    assert dict(state.schedules["default/nightly"].tags) == {"tier": "1", "dockyard:stack": "shop"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, r"schedule default/nightly is of stack shop, not of blog; .* dockyard schedule tag default/nightly"),
        ({"name": "n", "tags": [{"key": "dockyard:stack", "value": "shop"}]}, "is given by --stack"),
        ({"name": "n", "cluster": "edge"}, "a stack is in one cluster, and blog is in default"),
        ({"name": "n", "tags": [{"key": "a"}, {"key": "a"}]}, "a key may be given once"),
    ],
)  # fmt: skip
def test_a_schedule_that_can_not_be_of_a_stack_is_refused(changes: dict[str, object], words: str) -> None:
    state = empty()
    carry_out(state, planned(state, [WEB], stack="shop", schedules=[NIGHTLY]))
    service = SERVICE | {"serviceName": "web", "cluster": "default"}
    with pytest.raises(Refused, match=words):
        planned(state, [WEB], [service], stack="blog", schedules=[NIGHTLY | changes])


def test_a_schedule_of_a_stack_that_is_changed_without_one_stays_in_it() -> None:
    state = empty()
    carry_out(state, planned(state, [WEB], stack="shop", schedules=[NIGHTLY]))
    _, step = planned(state, [WEB], schedules=[NIGHTLY | {"scheduleExpression": "rate(1 hour)"}])
    assert step.warnings == ("schedule default/nightly is of stack shop, and stays in it.",)
    carry_out(state, [step])
    assert state.schedules["default/nightly"].stack == "shop"


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


def test_a_wrong_time_is_told_beside_whatever_else_is_wrong() -> None:
    """Each of these would be told alone, and the next one only when it was put right."""
    wrong = NIGHTLY | {"scheduleExpression": "cron(0 3 * * *)"}
    when = "did you mean cron(0 3 * * ? *)?"
    unknown = wrong | {"target": {"taskDefinition": "wbe"}}
    misshapen = wrong | {"overlap": "NEVER", "scheduleExpressionTimezone": "Europe/Berln"}
    for definitions, schedule, words in (
        ([WEB], unknown, [when, "did you mean web?"]),
        ([WEB], misshapen, [when, "NEVER", "did you mean Europe/Berlin?"]),
        ([{"family": "web"}], wrong, [when, "containerDefinitions: is missing."]),
        ([WEB], unknown | {"name": "other", "cluster": "edge"}, [when, "wbe", "Cluster not found"]),
    ):
        with pytest.raises((Problems, Refused)) as raised:
            planned(empty(), definitions, schedules=[schedule])
        for part in words:
            assert str(raised.value).count(part) == 1, part
    state = empty()
    carry_out(state, planned(state, [WEB], schedules=[NIGHTLY]))
    with pytest.raises(Problems) as raised_by_change:
        planned(state, [WEB], schedules=[unknown])
    assert len(raised_by_change.value.problems) == 2


@pytest.mark.parametrize(
    "times",
    [
        {"scheduleExpression": "at(1970-01-01T00:16:00)"},
        {"scheduleExpression": "rate(1 minute)", "endDate": 990},
    ],
)
def test_a_schedule_that_is_over_and_deleted_itself_is_not_made_again(times: dict[str, object]) -> None:
    state, done = empty(), NIGHTLY | {"actionAfterCompletion": "DELETE"} | times
    carry_out(state, planned(state, [WEB], schedules=[NIGHTLY | {"name": "other"}]))
    for stack in ("", "shop"):
        _, step = planned(state, [WEB], stack=stack, schedules=[done])
        assert (step.action, step.sign) == (None, "=")
        assert step.what == "schedule default/nightly: is over, and deleted itself"
    with pytest.raises(Refused, match="it would never run"):
        planned(state, [WEB], schedules=[done | {"actionAfterCompletion": "NONE"}])
    with pytest.raises(Refused, match="no time zone"):
        planned(state, [WEB], schedules=[done | {"scheduleExpressionTimezone": "Europe/Berln"}])
    again = done | {"scheduleExpression": "at(1970-01-01T00:18:00)", "endDate": ""}
    assert carry_out(state, planned(state, [WEB], schedules=[again])) == ["CreateSchedule"]


def test_a_window_and_what_comes_after_are_compared_member_by_member() -> None:
    state = empty()
    window = {"flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15}}
    carry_out(state, planned(state, [WEB], schedules=[NIGHTLY | window]))
    assert [step.action for step in planned(state, [WEB], schedules=[NIGHTLY | window])] == [None, None]
    off = {"flexibleTimeWindow": {"mode": "OFF"}, "actionAfterCompletion": "DELETE"}
    _, changed = planned(state, [WEB], schedules=[NIGHTLY | off])
    assert set(changed.differences) == {
        '~ flexibleTimeWindow.mode: "FLEXIBLE" → "OFF"',
        "- flexibleTimeWindow.maximumWindowInMinutes: 15",
        '~ actionAfterCompletion: "NONE" → "DELETE"',
    }
    carry_out(state, [changed])
    assert [step.action for step in planned(state, [WEB], schedules=[NIGHTLY | off])] == [None, None]


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
