"""`dockyard schedule`: made, tried, shown, changed, run by hand; in files; and what is wrong with one is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.api import open_dockyard
from tests.engine.namespaces import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.cli.conftest import Shell

NIGHTLY = ("--task-definition", "web", "--expression", "cron(0 3 * * ? *)")


@pytest.fixture
def yard(dockyard: Shell, web_json: str) -> Shell:
    dockyard.ok("taskdef", "register", web_json)
    return dockyard


def test_a_dry_run_shows_when_it_would_run_and_makes_nothing(yard: Shell) -> None:
    ran = yard.ok("schedule", "create", "n", *NIGHTLY, "--timezone", "Europe/Berlin", "--dry-run")
    assert ran.err == "Nothing was created.\n"
    lines = ran.out.splitlines()
    runs = [line for line in lines if " 03:00 CE" in line]
    assert len(runs) == 5
    found = yard.ok("schedule", "create", "n", *NIGHTLY, "--dry-run", "--json").json()
    assert all(run["scheduledAt"] % 86_400 == 3 * 3600 for run in found["nextRuns"])
    assert yard.ok("schedule", "ls", "-q").out == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--task-definition", "web", "--expression", "0 3 * * *"), "did you mean cron(0 3 * * ? *)? (Valid"),
        (("--task-definition", "wbe", "--expression", "rate(1 day)"), "did you mean web?"),
        ((*NIGHTLY, "--timezone", "Europe/Berlni"), "did you mean Europe/Berlin?"),
        ((*NIGHTLY, "--end-date", "2020-01-01"), "endDate: has passed: it would never run."),
        ((*NIGHTLY, "--container", "no", "--env", "A=b"), "container named no"),
    ],
)
def test_what_can_t_run_is_one_sentence(yard: Shell, options: tuple[str, ...], sentence: str) -> None:
    for dry in ((), ("--dry-run",)):
        ran = yard("schedule", "create", "n", *options, *dry)
        assert ran.exit_code == 1
        assert sentence in ran.err
        assert ran.err.count("\n") == 1


def test_it_is_listed_described_changed_and_deleted(yard: Shell) -> None:
    ran = yard.ok("schedule", "create", "n", *NIGHTLY, "--overlap", "skip", "--description", "the backup")
    assert ran.out.startswith("Schedule n is ENABLED, next run ")
    assert ran.out.endswith(" 03:00 UTC.\n")
    _, row = yard.ok("schedule", "ls").out.splitlines()
    assert row.split()[:8] == ["n", "default", "cron(0", "3", "*", "*", "?", "*)"]
    described = yard.ok("schedule", "describe", "default/n").out
    assert "the backup" in described
    assert described.count(" 03:00 UTC ") == 5

    assert yard.ok("schedule", "disable", "n").out == "Schedule n is DISABLED.\n"
    assert "No next run: it is DISABLED." in yard.ok("schedule", "describe", "n").out
    assert yard.ok("schedule", "enable", "n").out.startswith("Schedule n is ENABLED, next ")
    yard.ok("schedule", "update", "n", "--expression", "cron(0 4 * * ? *)", "--env", "A=b", "--count", "2")
    (shown,) = yard.ok("schedule", "describe", "n", "--json").json()["schedules"]
    assert shown["overlap"] == "SKIP"
    assert shown["nextRunAt"] % 86_400 == 4 * 3600
    assert shown["target"] == {
        "taskDefinition": "web",
        "count": 2,
        "overrides": {"containerOverrides": [{"name": "app", "environment": [{"name": "A", "value": "b"}]}]},
    }
    ran = yard("schedule", "update", "n")
    assert (ran.exit_code, ran.err.startswith("dockyard: Nothing to change")) == (2, True)
    ran = yard("schedule", "describe", "m")
    assert ran.exit_code == 1
    assert "There is no schedule m. (ResourceNotFoundException)" in ran.err
    assert yard("schedule", "rm", "n").exit_code == 2  # nobody can be asked
    assert yard.ok("schedule", "rm", "n", "--yes").out == "Schedule n is deleted.\n"


def test_what_an_update_does_not_say_of_the_target_stays_and_is_taken_away_by_name(yard: Shell) -> None:
    def overrides() -> object:
        (shown,) = yard.ok("schedule", "describe", "n", "--json").json()["schedules"]
        return shown["target"].get("overrides")

    yard.ok("schedule", "create", "n", *NIGHTLY, "--env", "A=b", "--command", "sleep 5")
    yard.ok("schedule", "update", "n", "--env", "C=d")
    own = {"name": "app", "environment": [{"name": "C", "value": "d"}], "command": ["sleep", "5"]}
    assert overrides() == {"containerOverrides": [own]}
    yard.ok("schedule", "update", "n", "--without", "command")
    del own["command"]
    assert overrides() == {"containerOverrides": [own]}
    yard.ok("schedule", "update", "n", "--without", "env", "--count", "2")
    assert overrides() is None
    ran = yard("schedule", "update", "n", "--without", "everything")
    assert (ran.exit_code, "'everything' is not one of" in ran.err) == (2, True)


def test_a_window_shows_the_occasion_and_when_it_is_run(yard: Shell) -> None:
    window = ("--flexible-time-window", "1h", "--action-after-completion", "delete")
    dry = yard.ok("schedule", "create", "n", *NIGHTLY, *window, "--dry-run").out
    assert "RUN AT" in dry
    ran = yard.ok("schedule", "create", "n", *NIGHTLY, *window)
    (shown,) = yard.ok("schedule", "describe", "n", "--json").json()["schedules"]
    assert shown["flexibleTimeWindow"] == {"mode": "FLEXIBLE", "maximumWindowInMinutes": 60}
    assert shown["actionAfterCompletion"] == "DELETE"
    occasion, moment = shown["nextScheduledAt"], shown["nextRunAt"]
    assert occasion % 86_400 == 3 * 3600
    assert occasion < moment < occasion + 3600
    assert shown["nextRuns"][0] == {"scheduledAt": occasion, "plannedAt": moment}
    clock = datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")
    assert ran.out.endswith(f" 03:00 UTC, at {clock}.\n")
    assert f"03:00 UTC, at {clock}" in yard.ok("schedule", "ls").out
    described = yard.ok("schedule", "describe", "n").out
    for part in ("1h", "DELETE", f"{clock} UTC", clock):
        assert part in described
        assert part in dry
    yard.ok("schedule", "update", "n", "--flexible-time-window", "off", "--action-after-completion", "NONE")
    (shown,) = yard.ok("schedule", "describe", "n", "--json").json()["schedules"]
    assert shown["flexibleTimeWindow"] == {"mode": "OFF"}
    assert shown["nextRunAt"] == shown["nextScheduledAt"] == occasion
    assert shown["actionAfterCompletion"] == "NONE"


@pytest.mark.parametrize(
    ("window", "sentence", "code"),
    [
        ("90s", "'90s' is not whole minutes, such as 15m; or off", 2),
        ("soon", "soon", 2),
        ("25h", "flexibleTimeWindow.maximumWindowInMinutes: must be at most 1440, not 1500.", 1),
    ],
)
def test_what_is_no_window_is_one_sentence(yard: Shell, window: str, sentence: str, code: int) -> None:
    ran = yard("schedule", "create", "n", *NIGHTLY, "--flexible-time-window", window)
    assert ran.exit_code == code
    assert sentence in ran.err


def test_a_definition_that_is_gone_is_a_fault_and_the_time_can_still_be_changed(yard: Shell) -> None:
    yard.ok("schedule", "create", "n", *NIGHTLY)
    yard.ok("taskdef", "deregister", "web:1", "--yes")
    problem = "its task definition web is not ACTIVE: its next run will fail"
    assert f"schedule default/n: {problem}" in yard.ok("status", "--json").json()["faults"]
    yard.ok("schedule", "update", "n", "--expression", "cron(0 4 * * ? *)")
    yard.ok("schedule", "disable", "n")
    assert not any("schedule" in fault for fault in yard.ok("status", "--json").json()["faults"])


def test_it_runs_by_hand_and_at_its_time(running: Shell, web_json: str) -> None:
    running.ok("taskdef", "register", web_json)
    running.ok("schedule", "create", "n", "--task-definition", "web", "--expression", "rate(1 hour)")
    ran = running.ok("schedule", "run", "n", "--wait", "-q")
    by_hand = ran.out.strip()
    yard = open_dockyard(running.config, running.state)
    try:
        wait_until(lambda: len(yard.state().tasks_of_schedule("default/n")) == 2, "both runs", 10.0)
        found = yard.state().schedules["default/n"]
        assert {run.by_hand for run in found.runs} == {True, False}
    finally:
        yard.close()
    assert by_hand in running.ok("task", "ls", "--schedule", "n", "-q").out.split()
    assert "schedule/n" in running.ok("task", "describe", by_hand).out
    assert "runs 1 task of web:1" in running.ok("events", "--subject", "schedule").out
    running.ok("task", "stop", by_hand, "--reason", "enough", "--wait")
    table = running.ok("schedule", "describe", "n").out
    assert "by hand" in table
    assert "enough" in table


# -- files ---------------------------------------------------------------------------------------------------------------

FILE = """
[task_definitions.web]
file = "web.json"

[schedules.backup]
schedule_expression = "cron(0 3 * * ? *)"
schedule_expression_timezone = "Europe/Berlin"
overlap = "SKIP"

[schedules.backup.target]
task_definition = "web"
overrides = { container_overrides = [{ name = "app", environment = { MODE = "full" } }] }
"""


def test_a_file_says_which_schedules_there_are(dockyard: Shell, web_json: str, tmp_path: Path) -> None:
    assert web_json == str(tmp_path / "web.json")
    file = tmp_path / "stack.toml"
    file.write_text(FILE)
    ran = dockyard.ok("apply", str(file), "--yes")
    assert "+ schedule default/backup: cron(0 3 * * ? *) of web" in ran.out
    assert "= schedule default/backup" in dockyard.ok("apply", str(file), "--yes").out
    file.write_text(FILE.replace("0 3", "0 4"))
    ran = dockyard.ok("apply", str(file), "--yes")
    assert '~ scheduleExpression: "cron(0 3 * * ? *)" → "cron(0 4 * * ? *)"' in ran.out
    (shown,) = dockyard.ok("schedule", "describe", "backup", "--json").json()["schedules"]
    assert shown["scheduleExpression"] == "cron(0 4 * * ? *)"


ONCE = """
[schedules.once]
schedule_expression = "at(2020-01-31T03:00:00)"
action_after_completion = "DELETE"
flexible_time_window = { mode = "FLEXIBLE", maximum_window_in_minutes = 15 }
target = { task_definition = "web" }
"""


def test_a_file_stays_good_when_a_schedule_of_it_is_over_and_deleted_itself(
    yard: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "once.toml"
    file.write_text(ONCE)
    for _ in range(2):
        ran = yard.ok("apply", str(file), "--yes", "--wait")
        assert "= schedule default/once: is over, and deleted itself" in ran.out
    assert yard.ok("schedule", "ls", "-q").out == ""
    file.write_text(ONCE.replace("FLEXIBLE", "FLEXIBEL").replace("T03", "T33"))
    ran = yard("apply", str(file), "--yes")
    assert "flexible_time_window.mode" in ran.err
    assert "at(2020-01-31T33:00:00)" in ran.err


def test_json_of_a_schedule_is_applied_too_and_what_is_wrong_with_it_comes_first(
    dockyard: Shell, web_json: str, tmp_path: Path
) -> None:
    dockyard.ok("taskdef", "register", web_json)
    wanted = {"name": "poll", "scheduleExpression": "rate(5 minutes)", "target": {"taskDefinition": "web"}}
    file = tmp_path / "schedules.json"
    file.write_text(json.dumps({"schedules": [wanted, wanted | {"name": "bad", "overlap": "NEVER"}]}))
    ran = dockyard("apply", str(file), "--yes")
    assert ran.exit_code == 1
    assert 'schedules.json: schedules[1]: overlap: "NEVER" is not one of ALLOW, SKIP or REPLACE.' in ran.err
    assert dockyard.ok("schedule", "ls", "-q").out == ""
    file.write_text(json.dumps({"schedules": [wanted]}))
    dockyard.ok("apply", str(file), "--yes")
    assert dockyard.ok("schedule", "ls", "-q").out == "poll\n"
