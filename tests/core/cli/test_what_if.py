"""`capacity drain` and `what-if` as an operator calls them, beside an engine on simulated hosts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.api import open_dockyard

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell


@pytest.fixture
def served(running: Shell, web_json: str) -> Shell:
    """Four tasks of a service, two on each host, and one of none."""
    running.ok("taskdef", "register", web_json)
    running.ok("service", "create", "web", "--task-definition", "web", "--desired-count", "4", "--wait")
    running.ok("task", "run", "web", "--placement-constraint", "memberOf=attribute:zone == a", "--wait")
    return running


def test_a_drain_is_previewed_in_a_table_and_as_json(served: Shell) -> None:
    before = served.ok("task", "ls", "--json").json()
    ran = served.ok("capacity", "drain", "sim-a", "--dry-run")
    heading, alone, moves, _, summary = ran.out.splitlines()
    assert heading.split() == ["GROUP", "TASKS", "EFFECT", "FROM", "TO", "WHY"]
    assert alone.split()[:5] == ["family:web", "1", "stays", "sim-a", "-"]
    assert alone.endswith("belongs to no service: it stays until it ends or is stopped")
    ended = served.ok("capacity", "drain", "sim-a", "--dry-run", "--deadline", "30m").out
    assert "it stays until it ends, or the drain's deadline stops it in 30 min" in ended
    assert moves.split() == ["service:web", "2", "moves", "sim-a", "sim-b", "-"]
    assert summary == "2 tasks move, 1 stays."
    document = served.ok("capacity", "drain", "sim-a", "--dry-run", "--json").json()
    assert document["change"] == {"drain": ["sim-a"]}
    assert [e["effect"] for e in document["effects"]] == ["stays", "moves", "moves"]
    on_a = {t["taskArn"] for t in before["tasks"] if t["containerInstanceName"] == "sim-a"}
    assert {e["taskArn"] for e in document["effects"]} == on_a
    assert document["services"] == [
        {
            "serviceName": "web",
            "desiredCount": 4,
            "minimumHealthyCount": 4,
            "healthyCountBefore": 4,
            "healthyCountLowest": 4,
            "healthyCountAfter": 4,
            "minimumHealthyBroken": False,
        }
    ]
    assert document["settled"]
    assert served.ok("task", "ls", "--json").json()["tasks"] == before["tasks"]


def test_a_drain_waits_with_its_blockers_and_ends_at_its_deadline(served: Shell) -> None:
    ran = served("capacity", "drain", "sim-a", "--wait", "--timeout", "2s")
    assert ran.exit_code == 3
    assert "sim-a: 1 task left (belongs to no service: it stays until it ends" in ran.err
    made = served.ok("capacity", "drain", "sim-a", "--deadline", "1s", "--wait", "--json").json()
    (instance,) = made["containerInstances"]
    assert (instance["name"], instance["status"]) == ("sim-a", "DRAINING")
    assert instance["drainDeadline"] > 0
    assert served.ok("task", "ls", "--host", "sim-a", "-q").out == ""
    assert "Drain ends" in served.ok("capacity", "describe", "sim-a").out
    said = served.ok("events", "--limit", "100").out
    assert "the deadline of its drain passed; 1 task was left and is told to stop." in said
    served.ok("capacity", "activate", "sim-a", "--wait")
    assert "Drain ends" not in served.ok("capacity", "describe", "sim-a").out


def test_what_if_tells_of_a_loss_of_scaling_and_of_another_host(served: Shell) -> None:
    lost = served.ok("what-if", "host-lost", "sim-a").out
    assert "2 tasks move, 1 is lost." in lost
    assert "web: 2 of 4 healthy tasks for a while, and its floor is 4; 4 healthy at the end." in lost
    both = served.ok("what-if", "host-lost", "sim-a", "sim-b", "--json").json()
    assert sorted(e["effect"] for e in both["effects"]) == ["is lost", *["waits"] * 4]
    assert {e["reason"] for e in both["effects"] if e["effect"] == "waits"} == {
        "can't be placed: 2 instances are LOST"
    }
    assert "4 tasks start." in served.ok("what-if", "scale", "web", "8").out
    assert "3 tasks stop." in served.ok("what-if", "scale", "web", "1").out
    assert (
        served.ok("what-if", "add-host", "--cpu", "1024", "--memory", "1024").out == "No task is affected.\n"
    )
    constraint = "memberOf=attribute:zone == c"
    served.ok("service", "create", "c", "--task-definition", "web", "--placement-constraint", constraint)
    more = ("--cpu", "1024", "--memory", "1024", "--attribute", "zone=c")
    found = served.ok("what-if", "add-host", *more, "--json").json()
    assert [(e["effect"], e["toContainerInstanceName"]) for e in found["effects"]] == [("starts", "new-host")]
    with_nothing_changed = open_dockyard(served.config, served.state)
    try:
        assert {i.name for i in with_nothing_changed.state().instances.values()} == {"sim-a", "sim-b"}
        assert {c.command.action for c in with_nothing_changed.commands()} == {
            "RegisterTaskDefinition",
            "CreateService",
            "RunTask",
        }
    finally:
        with_nothing_changed.close()


def test_scaling_that_starts_nothing_says_why(served: Shell) -> None:
    nowhere = "memberOf=attribute:zone == c"
    served.ok("service", "create", "c", "--task-definition", "web", "--placement-constraint", nowhere)
    served.ok("service", "stop-deployment", "c", "--abort")
    first, second = served.ok("what-if", "scale", "c", "3").out.splitlines()
    assert first == "No task is affected."
    assert second.startswith("c: 0 of 3 healthy at the end: the deployment failed, it starts nothing more")


def test_what_can_t_be_tried_is_refused_in_a_sentence(dockyard: Shell, web_json: str) -> None:
    dockyard.ok("taskdef", "register", web_json)
    ran = dockyard("capacity", "drain", "sim-a", "--dry-run", "--wait")
    assert ran.exit_code == 2
    assert "nothing to wait for" in ran.err
    ran = dockyard("capacity", "drain", "sim-a", "--dry-run")
    assert ran.exit_code == 1
    assert "sim-a has not answered yet: there is nothing to drain." in ran.err
    dockyard.ok("service", "create", "d", "--task-definition", "web", "--scheduling-strategy", "DAEMON")
    ran = dockyard("what-if", "scale", "d", "3")
    assert ran.exit_code == 1
    assert "a DAEMON service runs one task on each instance that suits it" in ran.err
    assert dockyard("what-if", "scale", "dd", "3").exit_code == 1
    assert dockyard("what-if", "host-lost", "sim-x").exit_code == 1


def test_a_service_and_its_tasks_are_explained_as_text_and_as_json(served: Shell) -> None:
    told = served.ok("service", "explain", "web").out.splitlines()
    assert told[0] == "Service web wants 4 tasks of web:1, has 4 running and 4 healthy."
    assert "It is steady." in told
    assert served.ok("service", "explain", "web", "--json").json()["reasons"] == told
    task = served.ok("task", "ls", "--service", "web", "--host", "sim-a", "-q").out.split()[0]
    document = served.ok("task", "explain", task, "--json").json()
    assert [(h["containerInstanceName"], h["hasTask"], h["accepts"]) for h in document["hosts"]] == [
        ("sim-a", True, True),
        ("sim-b", False, True),
    ]
    assert "  sim-a: it is here" in served.ok("task", "explain", task).out.splitlines()


def test_a_service_is_evened_out_over_a_host_that_joined(served: Shell) -> None:
    served.ok("capacity", "add", "sim-c", "sim://sim-c", "--wait")
    preview = served.ok("service", "rebalance", "web", "--dry-run").out
    assert "1 task moves." in preview
    assert (
        served.ok("service", "rebalance", "web", "--dry-run", "--json").json()["effects"][0]["effect"]
        == "moves"
    )
    ran = served.ok("service", "rebalance", "web", "--at-once", "1", "--wait")
    assert ran.out == "Service web is evened out.\n"
    assert len(served.ok("task", "ls", "--service", "web", "--host", "sim-c", "-q").out.split()) == 1
    assert served.ok("service", "rebalance", "web", "--dry-run").out == "No task is affected.\n"
    served.ok("service", "update", "web", "--availability-zone-rebalancing", "ENABLED")
    shown = served.ok("service", "describe", "web", "--json").json()["services"][0]
    assert shown["availabilityZoneRebalancing"] == "ENABLED"
    assert served("service", "rebalance", "web", "--dry-run", "--wait").exit_code == 2
    assert served("service", "rebalance", "web", "--stop", "--at-once", "3").exit_code == 2


def test_tasks_are_started_on_named_hosts_and_protected(served: Shell) -> None:
    ran = served.ok(
        "task", "start", "web", "--on", "sim-a", "--on", "sim-b", "--started-by", "me", "--wait", "-q"
    )
    assert len(ran.out.split()) == 2
    refused = served("task", "start", "web", "--on", "nowhere")
    assert refused.exit_code == 1
    assert "nowhere" in refused.err
    (first, *others) = served.ok("task", "ls", "--service", "web", "-q").out.split()
    made = served.ok("task", "protect", first, "--for", "30m", "--json").json()
    assert [t["protectionEnabled"] for t in made["protectedTasks"]] == [True]
    assert served.ok("task", "protect", first[:8]).out == f"Task {first[:8]} is protected for 2h.\n"
    assert "Protected" in served.ok("task", "describe", first).out
    served.ok("service", "scale", "web", "1", "--wait")
    assert served.ok("task", "ls", "--service", "web", "-q").out.split() == [first]
    (_, row) = served.ok("task", "protection").out.splitlines()
    assert row.split()[:3] == [first[:8], "service:web", "yes"]
    shown = served.ok("task", "protection", first, "--json").json()
    assert shown["protectedTasks"][0]["taskArn"].endswith(first)
    assert shown["protectedTasks"][0]["protectionEnabled"]
    assert served.ok("task", "unprotect", first).out == f"Task {first[:8]} is not protected.\n"
    alone = served("task", "protect", ran.out.split()[0])
    assert alone.exit_code == 1
    assert "TASK_NOT_VALID: It belongs to no service" in alone.err
    assert others


def test_capacity_providers_come_from_the_config(running: Shell, web_json: str) -> None:
    running.ok("taskdef", "register", web_json)
    text = running.config.read_text()
    groups = '[capacity_providers.steady]\nmembers = ["sim-a"]\n[capacity_providers.spare]\nexpression = "attribute:zone == b"\n'
    running.config.write_text(f"{text}\n{groups}")
    running.ok("config", "apply", "--wait")
    assert "spare, steady" in running.ok("cluster", "describe", "default").out
    made = running.ok(
        "service", "create", "web", "--task-definition", "web", "--desired-count", "5",
        "--capacity-provider", "steady=1,base=1", "--capacity-provider", "spare=3", "--wait", "--json",
    ).json()  # fmt: skip
    assert made["service"]["capacityProviderStrategy"] == [
        {"capacityProvider": "steady", "weight": 1, "base": 1},
        {"capacityProvider": "spare", "weight": 3, "base": 0},
    ]
    assert len(running.ok("task", "ls", "--host", "sim-a", "-q").out.split()) == 2
    assert len(running.ok("task", "ls", "--host", "sim-b", "-q").out.split()) == 3
    ran = running.ok("task", "run", "web", "--capacity-provider", "spare", "--json").json()
    assert ran["tasks"][0]["capacityProviderName"] == "spare"
    assert "1 instance is not of the capacity provider" not in running.ok("service", "explain", "web").out
    unknown = running("task", "run", "web", "--capacity-provider", "spar")
    assert unknown.exit_code == 1
    assert "did you mean spare?" in unknown.err
    assert running("task", "run", "web", "--capacity-provider", "spare=x").exit_code == 2


def test_a_cluster_s_default_strategy_is_put_shown_and_kept_away(running: Shell, web_json: str) -> None:
    running.ok("taskdef", "register", web_json)
    groups = '[capacity_providers.steady]\nmembers = ["sim-a"]\n[capacity_providers.spare]\nexpression = "attribute:zone == b"\n'
    running.config.write_text(f"{running.config.read_text()}\n{groups}")
    running.ok("config", "apply", "--wait")
    put = ("cluster", "put-capacity-providers", "default")
    told = running.ok(
        *put, "--default-capacity-provider", "steady=1,base=1", "--default-capacity-provider", "spare=3"
    )
    assert told.out == "Cluster default has the default steady=1,base=1, spare=3.\n"
    assert "steady=1,base=1, spare=3" in running.ok("cluster", "describe", "default").out
    web = ("service", "create", "web", "--task-definition", "web", "--desired-count", "5", "--wait")
    running.ok(*web)
    assert len(running.ok("task", "ls", "--host", "sim-b", "-q").out.split()) == 3
    assert "steady=1,base=1, spare=3" in running.ok("service", "describe", "web").out
    file = running.folder / "service.json"
    file.write_text(json.dumps({"serviceName": "web", "taskDefinition": "web", "desiredCount": 5}))
    assert running("apply", str(file), "--dry-run").out == "= service default/web\n"
    ran = running.ok("task", "run", "web", "--launch-type", "external", "--json").json()
    assert "capacityProviderName" not in ran["tasks"][0]
    when = ("--task-definition", "web", "--expression", "rate(1 hour)")
    running.ok("schedule", "create", "n", *when, "--launch-type", "EC2")
    running.ok("schedule", "update", "n", "--capacity-provider", "spare")
    (schedule,) = running.ok("schedule", "describe", "n", "--json").json()["schedules"]
    assert "launchType" not in schedule["target"]
    running.ok("service", "update", "web", "--no-capacity-provider")
    (service,) = running.ok("service", "describe", "web", "--json").json()["services"]
    assert (service["launchType"], service.get("capacityProviderStrategy")) == ("EXTERNAL", None)
    made = running.ok(
        "service", "create", "any", "--task-definition", "web", "--launch-type", "EC2", "--json"
    )
    assert made.json()["service"]["launchType"] == "EXTERNAL"
    both = ("service", "update", "web", "--no-capacity-provider", "--capacity-provider", "spare")
    assert [running(*run).exit_code for run in (both, put)] == [2, 2]
    assert (
        running.ok(*put, "--no-default", "--json").json()["cluster"]["defaultCapacityProviderStrategy"] == []
    )
