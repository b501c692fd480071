"""The forms of schedules: a new one, and what is another in one that is there, said as the command line says it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.model.schedule import AfterCompletion, Overlap
from core.model.state import State
from core.record import replace
from tests.tui import shop
from tests.tui.forms.judged import judged, judged_with
from tui.forms.scheduling import change_schedule, new_schedule

if TYPE_CHECKING:
    from tui.forms.form import Judged

STATE = State(shop.ROWS)
FULL = replace(
    shop.BACKUP,
    name="full",
    target=json.dumps(
        {
            "taskDefinition": "api",
            "count": 2,
            "group": "nightly",
            "overrides": {
                "containerOverrides": [
                    {
                        "name": "api",
                        "command": ["sh", "-c", "echo a"],
                        "environment": [{"name": "MODE", "value": "full run"}],
                    }
                ]
            },
            "placementStrategy": [{"type": "spread", "field": "instanceId"}, {"type": "random"}],
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:zone == a"}],
            "tags": [{"key": "team", "value": "shop"}],
            "launchType": "EC2",
            "propagateTags": "TASK_DEFINITION",
            "enableECSManagedTags": True,
        }
    ),
    description="the backup",
    after_completion=AfterCompletion.DELETE,
    start_at=shop.NOW - shop.DAY,
    end_at=shop.NOW + 90 * shop.DAY,
    maximum_event_age_s=3600,
)


class Yard(shop.Yard):
    """The shop with a schedule of which everything is said."""

    def __init__(self) -> None:
        super().__init__()
        self._state = State([*shop.ROWS, FULL])
        self._state.keep()


def changed(**values: str) -> Judged:
    return judged(change_schedule(Yard().state(), FULL), Yard(), **values)


def test_a_schedule_tells_its_next_runs() -> None:
    sheet = new_schedule(STATE, "prod", "web")
    found = judged(sheet, name="nightly", expression="cron(0 3 * * ? *)", timezone="Europe/Berlin")
    assert found.lines == (
        "nightly: 1 task of web a run",
        "runs Tue 2026-11-24 03:00 CET, then Wed 2026-11-25 03:00 CET, then Thu 2026-11-26 03:00 CET",
    )
    (request,) = found.requests
    assert request.twin == (
        "dockyard schedule create nightly --task-definition web --expression 'cron(0 3 * * ? *)'"
        " --timezone Europe/Berlin --count 1 --cluster prod"
    )
    rests = judged(sheet, name="nightly", expression="rate(5 minutes)", disabled="yes")
    assert rests.lines[1] == "it rests until it is enabled (E)"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"expression": "cron(0 3 * *)"}, "expression"),
        ({"expression": "rate(5 minutes)", "timezone": "Europe/Berln"}, "timezone"),
        ({"expression": "at(2001-01-01T00:00:00)"}, "expression"),
        ({"expression": "rate(5 minutes)", "name": "backup"}, "name"),
    ],
)
def test_what_is_wrong_with_a_schedule(values: dict[str, str], field: str) -> None:
    found = judged_with(new_schedule(STATE, "prod", "web"), {"name": "new"} | values)
    assert field in found.errors, (found.errors, found.problems)


def test_a_new_one_may_have_a_window_and_go_when_it_is_over() -> None:
    sheet = new_schedule(STATE, "prod", "web")
    given = {"name": "once", "expression": "at(2027-01-31T03:00:00)", "flexible_time_window": "15m"}
    found = judged_with(sheet, given | {"action_after_completion": "DELETE"})
    (request,) = found.requests
    assert request.given["flexibleTimeWindow"] == {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15}
    assert request.given["actionAfterCompletion"] == "DELETE"
    assert judged_with(sheet, given | {"flexible_time_window": "90s"}).errors == {
        "flexible_time_window": "'90s' is not whole minutes, such as 15m; or off"
    }


def test_a_change_says_what_is_another_and_nothing_else() -> None:
    found = changed()
    assert (found.lines, found.requests) == (("Nothing is changed yet",), ())
    (request,) = changed(overlap="REPLACE").requests
    assert request.given == {"cluster": "prod", "name": "full", "overlap": "REPLACE"}
    assert request.twin == "dockyard schedule update full --cluster prod --overlap REPLACE"
    found = changed(expression="cron(0 4 * * ? *)", environment="MODE=half")
    assert '~ scheduleExpression: "cron(0 3 * * ? *)" → "cron(0 4 * * ? *)"' in found.lines
    assert any("MODE" in line for line in found.lines)
    assert found.lines[-1].startswith("runs ")
    (request,) = found.requests
    (override,) = request.given["target"]["overrides"]["containerOverrides"]
    assert override["command"] == ["sh", "-c", "echo a"], "what is not said stays"
    assert changed(expression="cron(0 4 *)").errors.keys() == {"expression"}
    assert changed(definition="wbe").errors.keys() == {"definition"}


@pytest.mark.parametrize(
    ("field", "option", "gone"),
    [
        ("end_date", "--end-date ''", "endDate"),
        ("description", "--description ''", "description"),
        ("flexible_time_window", "--flexible-time-window off", ""),
        ("maximum_event_age", "--maximum-event-age 24h", ""),
        ("timezone", "--timezone UTC", ""),
        ("count", "--count 1", ""),
        ("command", "--without command", "command"),
        ("environment", "--without env", "environment"),
        ("placement_strategy", "--without placement-strategy", "placementStrategy"),
        ("placement_constraints", "--without placement-constraint", "placementConstraints"),
        ("group", "--without group", "group"),
        ("tags", "--without tag", "tags"),
        ("launch_type", "--without launch-type", "launchType"),
        ("managed_tags", "--no-enable-ecs-managed-tags", "enableECSManagedTags"),
    ],
)
def test_what_is_emptied_is_taken_away(field: str, option: str, gone: str) -> None:
    found = changed(**{field: ""})
    (request,) = found.requests
    assert request.twin == f"dockyard schedule update full --cluster prod {option}"
    asked = request.given.get("target", request.given)
    assert not gone or not asked.get(gone)
    assert found.lines[-1].startswith("runs ")
    assert all(line.startswith(("- ", "~ ")) for line in found.lines[:-1])


def test_a_date_that_stands_there_is_read_as_the_same() -> None:
    found = changed(end_date="2027-02-21T12:04:00Z ", overlap=Overlap.ALLOW)
    assert "endDate" not in found.requests[0].given
