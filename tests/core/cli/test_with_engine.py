"""The verbs beside a running engine, on simulated hosts: every one of a service's life, and what `--wait` comes to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.api import open_dockyard
from tests.core.cli.conftest import WEB
from tests.engine.namespaces import wait_until

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell

ROOT = Path(__file__).parents[3]


def _definition(folder: Path, name: str, image: str = "demo/web:1", **labels: str) -> str:
    container = {**WEB["containerDefinitions"][0], "image": image, "dockerLabels": labels}  # type: ignore[dict-item]
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"family": name, "containerDefinitions": [container]}))
    return str(path)


def test_a_service_from_its_creation_to_its_end(running: Shell, web_json: str, tmp_path: Path) -> None:
    running.ok("taskdef", "register", web_json)
    made = running.ok(
        "service", "create", "web", "--task-definition", "web", "--desired-count", "2", "--wait"
    )
    assert made.out == "Service web is created.\n"
    assert made.err.splitlines()[-1] == "web: 2/2 running"

    running.ok("service", "scale", "web", "3", "--wait")
    running.ok("service", "restart", "web", "--wait")
    running.ok("taskdef", "register", _definition(tmp_path, "web", "demo/web:2"))
    running.ok("service", "update", "web", "--task-definition", "web", "--wait")
    (row,) = running.ok("service", "ls").out.splitlines()[1:]
    assert row.split()[3:7] == ["3/3", "0", "web:2", "COMPLETED"]
    back = running.ok("service", "rollback", "web", "--wait")
    assert back.out == "Service web rolls back from web:2 to web:1.\n"
    running.ok("service", "wait", "web")

    tasks = running.ok("task", "ls", "--service", "web", "-q").out.split()
    assert len(tasks) == 3
    running.ok("task", "stop", tasks[0][:12], "--reason", "because", "--wait")
    stopped = running.ok("task", "describe", tasks[0], "--json").json()["tasks"][0]
    assert (stopped["lastStatus"], stopped["stoppedReason"]) == ("STOPPED", "because")
    assert "because" in running.ok("task", "explain", tasks[0]).out
    running.ok("service", "wait", "web")

    assert running.ok("service", "rm", "web", "--force", "--yes", "--wait").exit_code == 0
    assert running.ok("task", "ls", "-q").out == ""
    events = running.ok("events", "--limit", "1000").out
    assert "has reached a steady state." in events


def test_what_no_engine_looks_at_is_unknown(dockyard: Shell, web_json: str) -> None:
    yard = open_dockyard(dockyard.config, dockyard.state)
    engine = yard.start_engine()
    assert engine is not None
    verbs = (("task", "ls"), ("service", "ls"), ("capacity", "ls"), ("cluster", "ls"))

    def shown() -> dict[str, Any]:
        answers = [dockyard.ok(*verb, "--json").json() for verb in verbs]
        assert len({answer["current"] for answer in answers}) == 1
        assert all(answer["asOf"] > 0 for answer in answers)
        ((task,), (service,), hosts, (cluster,)) = (next(iter(answer.values())) for answer in answers)
        return {
            "task": (task["lastStatus"], task["observedStatus"]),
            "service": (service["runningCount"], service["unknownCount"]),
            "hosts": (
                sum(host["runningTasksCount"] for host in hosts),
                sum(host["unknownTasksCount"] for host in hosts),
            ),
            "cluster": (cluster["runningTasksCount"], cluster["unknownTasksCount"]),
            "status": dockyard.ok("status", "--json").json()["unknownTasks"],
            "current": answers[0]["current"],
        }

    try:
        dockyard.ok("taskdef", "register", web_json)
        dockyard.ok("service", "create", "web", "--task-definition", "web", "--wait")
        assert shown() == {
            "task": ("RUNNING", "RUNNING"),
            "service": (1, 0),
            "hosts": (1, 0),
            "cluster": (1, 0),
            "status": 0,
            "current": True,
        }
    finally:
        assert engine.stop(10.0)
        yard.close()
    # ECS's own members stay what they were.
    assert shown() == {
        "task": ("RUNNING", "UNKNOWN"),
        "service": (1, 1),
        "hosts": (1, 1),
        "cluster": (1, 1),
        "status": 1,
        "current": False,
    }
    assert "unknown (was RUNNING)" in dockyard.ok("task", "ls").out
    assert "1 unknown" in dockyard.ok("service", "ls").out
    assert "1 (1 unknown)" in dockyard.ok("capacity", "ls").out


def test_hosts_drain_and_return(running: Shell, web_json: str) -> None:
    running.ok("taskdef", "register", web_json)
    running.ok("service", "create", "web", "--task-definition", "web", "--desired-count", "2", "--wait")
    running.ok("capacity", "drain", "sim-a", "--wait")
    assert running.ok("task", "ls", "--host", "sim-a", "-q").out == ""
    running.ok("service", "wait", "web")
    running.ok("capacity", "activate", "sim-a", "--wait")
    running.ok("capacity", "add", "sim-c", "sim://sim-c", "--wait")
    assert running.ok("capacity", "ls", "-q").out.split() == ["sim-a", "sim-b", "sim-c"]
    running.ok("capacity", "rm", "sim-b", "--yes", "--wait")
    assert running.ok("capacity", "ls", "-q").out.split() == ["sim-a", "sim-c"]
    (host,) = running.ok("capacity", "describe", "sim-a", "--json").json()["containerInstances"]
    version = {"name": "dockyard.docker-version", "value": host["versionInfo"]["dockerVersion"]}
    assert version in host["attributes"]
    status = running.ok("status", "--json").json()
    assert status["engine"]["running"]
    assert status["connectedInstances"] == 2


def test_a_run_s_exit_code_becomes_the_verb_s(running: Shell, tmp_path: Path) -> None:
    good = _definition(tmp_path, "good", **{"dockyard.sim.exits-after": "0.2"})
    bad = _definition(tmp_path, "bad", **{"dockyard.sim.exits-after": "0.2", "dockyard.sim.exit-code": "3"})
    running.ok("taskdef", "register", good, bad)
    assert running("task", "run", "good", "--wait", "--until", "stopped").exit_code == 0
    ran = running("task", "run", "bad", "--wait", "--until", "stopped")
    assert ran.exit_code == 1
    assert "app: exit code 3" in ran.err


def test_a_wait_that_is_too_short_is_3_and_what_cannot_be_placed_says_why(
    running: Shell, tmp_path: Path
) -> None:
    container = {**WEB["containerDefinitions"][0], "memory": 1_000_000}  # type: ignore[dict-item]
    path = tmp_path / "huge.json"
    path.write_text(json.dumps({"family": "huge", "containerDefinitions": [container]}))
    running.ok("taskdef", "register", str(path))
    ran = running("service", "create", "huge", "--task-definition", "huge", "--wait", "--timeout", "500ms")
    assert ran.exit_code == 3
    assert "It may still happen" in ran.err
    (task,) = running.ok("task", "ls", "-q").out.split()
    assert "MiB" in running.ok("task", "explain", task).out
    refused = running("task", "run", "huge")
    assert refused.exit_code == 1
    assert "RESOURCE:MEMORY" in refused.err


def test_what_is_applied_again_is_waited_for_as_well(running: Shell, tmp_path: Path) -> None:
    stack = tmp_path / "stack.json"
    service = {"taskDefinition": "web", "desiredCount": 1}
    services = [{"serviceName": name, **service} for name in ("one", "two")]
    stack.write_text(json.dumps({"taskDefinitions": [WEB], "services": services}))
    running.ok("apply", str(stack), "--yes")
    again = running.ok("apply", str(stack), "--wait")
    assert "two: 1/1 running" in again.err
    services[0]["desiredCount"] = services[1]["desiredCount"] = 2
    stack.write_text(json.dumps({"services": services}))
    late = running("apply", str(stack), "--yes", "--wait", "--timeout", "0")
    assert late.exit_code == 3
    assert "Not in time: one: " in late.err


def test_a_change_of_a_file_that_the_engine_does_not_read_is_warned_of(
    running: Shell, tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(running.config.read_text())
    warning = f"warning: the engine runs by {running.config}, not by {other}\n"
    named = ("--config", str(other))
    assert running.ok("capacity", "add", "sim-z", "sim://sim-z", *named).err == warning
    assert running.ok("config", "apply", *named).err == warning
    assert running.ok("capacity", "add", "sim-z", "sim://sim-z").err == ""
    assert (
        f"the engine runs by {running.config}, and what is read here is {other}"
        in running.ok("status", *named).out
    )


def test_what_is_shown_is_of_now_only_while_an_engine_runs(running: Shell) -> None:
    assert running.ok("capacity", "ls").err == ""
    yard = open_dockyard(running.config, running.state)
    os.kill(yard.engine().pulse.pid, signal.SIGTERM)
    wait_until(lambda: not yard.engine().running, "the engine ends")
    yard.close()
    assert running.ok("capacity", "ls").err.startswith("No engine runs: this is of ")
    assert "what follows is of " in running.ok("status").out


def test_an_answer_comes_while_it_is_waited_for(running: Shell) -> None:
    """One round through the engine costs a watch, a turn and a commit: a second would mean that something polls slowly."""
    running.ok("cluster", "create", "one", "-q")
    logged = running.ok("commands", "--json").json()["commands"][-1]
    assert logged["verdict"] == "accepted"
    assert 0 <= logged["answeredAt"] - logged["submittedAt"] < 1.0


def test_a_followed_log_waits_for_its_container(with_web: Shell) -> None:
    task = with_web.ok("task", "run", "web", "--json").json()["tasks"][0]["taskArn"].rpartition("/")[2]
    alone = with_web("task", "logs", "-f", task)
    assert alone.exit_code == 1
    assert f"{task[:8]}: PROVISIONING; its log follows when it has started" in alone.err
    assert "No engine runs, so nothing can be waited for" in alone.err

    follow = (sys.executable, "-m", "core.cli", "--config", with_web.config, "--state", with_web.state)
    yard = open_dockyard(with_web.config, with_web.state)
    engine = yard.start_engine()
    assert engine is not None
    reading = subprocess.Popen([*follow, "task", "logs", "-f", task], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert reading.stdout is not None
        assert b"(simulated)" in reading.stdout.readline(), "it ended without a line"
    finally:
        reading.kill()
        reading.communicate()
        assert engine.stop(10.0)
        yard.close()


@pytest.mark.slow
def test_the_demo_comes_to_rest_and_leaves_nothing(tmp_path: Path) -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "core.cli", "demo"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    assert "SIMULATED" in demo.stderr
    assert {"4/4", "3/3", "2/2"} <= set(demo.stdout.split())
    assert list(tmp_path.iterdir()) == []


def test_what_is_done_with_its_answer_can_be_waited_for_like_everything_else(
    running: Shell, web_json: str
) -> None:
    for arguments in (
        ("cluster", "create", "blue"),
        ("cluster", "rm", "blue", "--yes"),
        ("taskdef", "register", web_json),
        ("taskdef", "deregister", "web:1", "--yes"),
        ("config", "apply"),
    ):
        assert "No engine" not in running.ok(*arguments, "--wait").err


def test_nobody_is_asked_to_accept_a_host_that_is_in_no_quarantine(running: Shell) -> None:
    running.ok("capacity", "ls")
    ran = running("capacity", "accept", "sim-a")
    assert ran.exit_code == 1
    assert ran.err.startswith("dockyard: Container instance sim-a is not in quarantine")
