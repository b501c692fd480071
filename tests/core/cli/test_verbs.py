"""The verbs without an engine: what is read, what is folded here, and what is said of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.config import read
from core.ecs import ADDITIONS
from tests.botocore_shapes import departures, ecs

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell

ROOT = Path(__file__).parents[3]
NO_ENGINE = "accepted; waits for an engine"


def follows_ecs(document: Any, operation: str) -> None:
    shape = ecs().operation_model(operation).output_shape
    assert list(departures(document, shape, ADDITIONS)) == []


def test_a_changing_verb_says_that_it_waits_for_an_engine(dockyard: Shell, web_json: str) -> None:
    ran = dockyard.ok("taskdef", "register", web_json)
    assert ran.out == "web:1 is registered.\n"
    assert NO_ENGINE in ran.err


def test_wait_without_an_engine_is_1_with_the_sentence(with_web: Shell) -> None:
    ran = with_web("service", "scale", "web", "3", "--wait")
    assert ran.exit_code == 1
    assert ran.out == "Service web: 2 → 3 tasks.\n"
    assert "No engine runs, so nothing can be waited for" in ran.err


def test_run_without_an_engine_gives_waiting_tasks_and_no_failures(with_web: Shell) -> None:
    output = with_web.ok("task", "run", "web", "--count", "2", "--json").json()
    assert [task["lastStatus"] for task in output["tasks"]] == ["PROVISIONING", "PROVISIONING"]
    assert output["failures"] == []


@pytest.mark.parametrize(
    ("arguments", "operation"),
    [
        (("cluster", "ls"), "DescribeClusters"),
        (("cluster", "describe", "default"), "DescribeClusters"),
        (("capacity", "ls"), "DescribeContainerInstances"),
        (("capacity", "describe", "sim-a"), "DescribeContainerInstances"),
        (("taskdef", "ls"), "ListTaskDefinitions"),
        (("taskdef", "describe", "web"), "DescribeTaskDefinition"),
        (("service", "ls"), "DescribeServices"),
        (("service", "describe", "web"), "DescribeServices"),
        (("task", "ls"), "DescribeTasks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_json_has_ecs_s_own_shape(with_web: Shell, arguments: tuple[str, ...], operation: str) -> None:
    document = with_web.ok(*arguments, "--json").json()
    assert any(document.values())
    follows_ecs(document, operation)


def test_tables_name_what_there_is(with_web: Shell) -> None:
    (heading, web) = with_web.ok("service", "ls").out.splitlines()
    assert heading.split()[:4] == ["NAME", "CLUSTER", "STATUS", "RUNNING"]
    assert web.split()[:6] == ["web", "default", "ACTIVE", "0/2", "0", "web:1"]
    assert "IN_PROGRESS" in with_web.ok("service", "describe", "web").out
    assert "sim://sim-a" in with_web.ok("capacity", "ls").out
    assert "demo/web:1" in with_web.ok("taskdef", "describe", "web").out
    tasks = with_web.ok("task", "ls", "-q").out.split()
    assert len(tasks) == 1
    assert "PROVISIONING" in with_web.ok("task", "describe", tasks[0][:8]).out
    explained = with_web.ok("task", "explain", tasks[0][:8])
    assert explained.err == "No engine runs: nothing has been looked at yet.\n"
    assert "It has no host yet; the cluster default has 0 of 2 hosts connected and ACTIVE." in explained.out
    reasons = with_web.ok("task", "explain", tasks[0], "--json").json()["reasons"]
    assert "\n".join(reasons) == explained.out.rstrip()


@pytest.mark.parametrize(
    "verb", ["cluster ls", "capacity ls", "service ls", "task ls", "service describe web"]
)
def test_without_an_engine_it_is_said_how_old_what_is_shown_is(with_web: Shell, verb: str) -> None:
    assert with_web.ok(*verb.split()).err == "No engine runs: nothing has been looked at yet.\n"


def test_status_counts_and_names_what_is_wrong(with_web: Shell) -> None:
    ran = with_web.ok("status", "--json").json()
    assert not ran["engine"]["running"]
    assert (ran["services"], ran["pendingTasks"], ran["containerInstances"]) == (1, 1, 2)
    assert "no engine runs" in ran["faults"][0]
    assert "none runs" in with_web.ok("status").out


def test_commands_are_the_audit_log(with_web: Shell) -> None:
    assert with_web("service", "create", "web", "--task-definition", "web").exit_code == 1
    logged = with_web.ok("commands", "--json").json()["commands"]
    assert [c["action"] for c in logged] == [
        "RegisterTaskDefinition",
        "CreateService",
        "RunTask",
        "CreateService",
    ]
    assert [c["verdict"] for c in logged] == ["accepted"] * 3 + ["refused"]
    assert logged[1]["input"]["serviceName"] == "web"
    only = with_web.ok("commands", "--id", logged[0]["id"][:8], "--json").json()["commands"]
    assert [c["id"] for c in only] == [logged[0]["id"]]
    assert "refused: Creation of service was not idempotent." in with_web.ok("commands").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--command", "sh -c 'x"], "--command: No closing quotation"),
        (["--overrides", "/nope.json"], "/nope.json: can't be read: No such file or directory"),
        (["--overrides", '{"x"'], "--overrides: Expecting ':' delimiter"),
        (["--overrides", "[]"], "[]: can't be read"),
        (["--env", "A"], "'A' is not NAME=VALUE"),
    ],
)
def test_what_a_run_is_given_wrongly_is_wrong_usage(
    with_web: Shell, arguments: list[str], sentence: str
) -> None:
    ran = with_web("task", "run", "web", *arguments)
    assert ran.exit_code == 2
    assert sentence in ran.err


def test_a_refusal_carries_ecs_s_name_and_is_1(with_web: Shell) -> None:
    ran = with_web("service", "create", "web", "--task-definition", "web")
    assert ran.exit_code == 1
    assert ran.err.startswith("dockyard: Creation of service was not idempotent.")
    assert "(InvalidParameterException)" in ran.err


def test_events_are_dated_sentences(with_web: Shell) -> None:
    lines = with_web.ok("events").out.splitlines()
    assert any("Task definition web:1 was registered." in line for line in lines)
    own = with_web.ok("service", "events", "web", "--json").json()["events"]
    assert {event["subject"] for event in own} == {"service"}
    assert {"id", "createdAt", "message"} <= own[0].keys()


def test_files_are_each_their_own_when_several_are_registered(
    dockyard: Shell, web_json: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"family": "web", ')
    ran = dockyard("taskdef", "register", str(bad), web_json)
    assert ran.exit_code == 1
    assert ran.out == "web:1 is registered.\n"
    assert f"{bad}: It is not valid JSON at line 1" in ran.err
    assert "(ClientException)" in ran.err
    alone = dockyard("taskdef", "register", str(bad))
    assert (alone.exit_code, alone.out) == (1, "")
    for verb in ("taskdef register", "apply", "taskdef diff web"):
        told = dockyard(*verb.split(), str(bad)).err
        assert told.startswith(f"dockyard: {bad}: It is not valid JSON at line 1")
    assert dockyard("taskdef", "register", str(tmp_path / "missing.json")).exit_code == 2


@pytest.mark.parametrize(
    "verb", [("taskdef", "register"), ("taskdef", "register", "--dry-run"), ("apply", "--yes")]
)
def test_what_is_adapted_is_told_at_registration(
    dockyard: Shell, web_json: str, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    vpc = tmp_path / "vpc.json"
    vpc.write_text((tmp_path / "web.json").read_text().replace("{", '{"networkMode": "awsvpc", ', 1))
    assert "warning: networkMode awsvpc: the task's containers share" in dockyard.ok(*verb, str(vpc)).err
    assert "warning:" not in dockyard.ok(*verb, web_json).err


def test_a_dry_run_registers_nothing(dockyard: Shell, web_json: str) -> None:
    assert "web can be registered." in dockyard.ok("taskdef", "register", "--dry-run", web_json).out
    shown = dockyard.ok("taskdef", "register", "--dry-run", "--json", web_json).json()
    assert shown["taskDefinition"]["containerDefinitions"][0]["image"] == "demo/web:1"
    assert "revision" not in shown["taskDefinition"]
    assert dockyard.ok("taskdef", "ls", "-q").out == ""


def test_two_revisions_are_compared(with_web: Shell, web_json: str, tmp_path: Path) -> None:
    newer = tmp_path / "newer.json"
    newer.write_text((tmp_path / "web.json").read_text().replace("demo/web:1", "demo/web:2"))
    want = '~ containerDefinitions[app].image: "demo/web:1" → "demo/web:2"\n'
    assert with_web.ok("taskdef", "diff", "web", str(newer)).out == want
    with_web.ok("taskdef", "register", str(newer))
    assert with_web.ok("taskdef", "diff", "web:1", "web:2").out == want
    assert with_web.ok("taskdef", "diff", "web:1", "web:1").out == "no difference\n"
    with_web.ok("taskdef", "deregister", "web:2", "--yes")
    assert with_web.ok("taskdef", "ls", "--family", "web", "-q").out == "web:1\n"


def test_an_options_tour_of_service_create(dockyard: Shell, web_json: str) -> None:
    dockyard.ok("taskdef", "register", web_json)
    output = dockyard.ok(
        "service", "create", "web", "--task-definition", "web", "--desired-count", "4",
        "--minimum-healthy-percent", "50", "--maximum-percent", "150", "--health-check-grace-period", "1m",
        "--healthy-after", "3s", "--replace", "ask", "--placement-strategy", "spread=attribute:zone",
        "--placement-strategy", "binpack=memory", "--placement-constraint", "memberOf=attribute:zone == a",
        "--tag", "team=web", "--json",
    ).json()  # fmt: skip
    service = output["service"]
    follows_ecs({"service": service}, "CreateService")
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert service["healthCheckGracePeriodSeconds"] == 60
    assert service["placementStrategy"] == [
        {"type": "spread", "field": "attribute:zone"},
        {"type": "binpack", "field": "memory"},
    ]
    assert service["placementConstraints"] == [{"type": "memberOf", "expression": "attribute:zone == a"}]
    assert service["replace"] == "ask"
    assert service["tags"] == [{"key": "team", "value": "web"}]


def test_a_daemon_is_created_without_a_count(dockyard: Shell, web_json: str) -> None:
    dockyard.ok("taskdef", "register", web_json)
    create = ("service", "create", "logs", "--task-definition", "web", "--scheduling-strategy", "daemon")
    service = dockyard.ok(*create, "--json").json()["service"]
    follows_ecs({"service": service}, "CreateService")
    assert (service["schedulingStrategy"], service["desiredCount"]) == ("DAEMON", 0)
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 0
    assert service["deploymentConfiguration"]["maximumPercent"] == 100
    ran = dockyard("service", "scale", "logs", "3")
    assert ran.exit_code == 1
    assert "a DAEMON service runs one task on each instance" in ran.err


def test_when_a_deployment_is_complete_is_set_told_and_taken_off(with_web: Shell) -> None:
    def configuration() -> dict[str, object]:
        (service,) = with_web.ok("service", "describe", "web", "--json").json()["services"]
        found: dict[str, object] = service["deploymentConfiguration"]
        return found

    assert configuration()["bakeTimeInMinutes"] == 0
    with_web.ok("service", "update", "web", "--bake-time", "1h", "--early-success", "100%")
    assert configuration()["bakeTimeInMinutes"] == 60
    early = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"}
    assert configuration()["earlySuccessCriteria"] == early
    described = with_web.ok("service", "describe", "web").out
    assert "60 min" in described
    assert "with 100 % of the tasks healthy, when older ones are gone" in described
    with_web.ok("service", "update", "web", "--early-success", "100", "--early-success-cleanup", "deferred")
    assert configuration()["earlySuccessCriteria"] == early | {"sourceServiceRevisionCleanup": "DEFERRED"}
    with_web.ok("service", "update", "web", "--bake-time", "0", "--early-success", "off")
    assert configuration()["bakeTimeInMinutes"] == 0
    assert "earlySuccessCriteria" not in configuration()


@pytest.mark.parametrize(
    ("wrong", "exit_code", "sentence"),
    [
        (("--bake-time", "90s"), 2, "'90s' is no number of whole minutes of up to a day"),
        (("--bake-time", "2d"), 2, "'2d'"),
        (("--early-success", "most"), 2, "'most' is not a percentage of the tasks (90%), nor off"),
        (("--early-success", "101"), 2, "'101' is not a percentage"),
        (("--early-success-cleanup", "DEFERRED"), 2, "--early-success-cleanup needs --early-success N%"),
        (
            ("--early-success", "50%"),
            1,
            "earlySuccessCriteria.healthyPercent: 50 is less than minimumHealthyPercent, which is 100.",
        ),
    ],
)
def test_what_completes_no_deployment_is_refused(
    with_web: Shell, wrong: tuple[str, ...], exit_code: int, sentence: str
) -> None:
    ran = with_web("service", "update", "web", *wrong)
    assert ran.exit_code == exit_code
    assert sentence in " ".join(ran.err.split())


def test_the_circuit_breaker_is_set_told_and_taken_off(with_web: Shell) -> None:
    def breaker() -> dict[str, object]:
        (service,) = with_web.ok("service", "describe", "web", "--json").json()["services"]
        found: dict[str, object] = service["deploymentConfiguration"]["deploymentCircuitBreaker"]
        return found

    with_web.ok("service", "update", "web", "--circuit-breaker", "rollback")
    half = {"type": "BOUNDED_PERCENT", "value": 50}
    assert breaker() == {
        "enable": True, "rollback": True, "resetOnHealthyTask": True, "thresholdConfiguration": half,
    }  # fmt: skip
    with_web.ok("service", "update", "web", "--circuit-breaker", "stop", "--circuit-breaker-threshold", "7")
    assert breaker()["thresholdConfiguration"] == {"type": "COUNT", "value": 7}
    assert "stops the deployment after 7 failures" in with_web.ok("service", "describe", "web").out
    with_web.ok("service", "update", "web", "--circuit-breaker", "off")
    assert breaker()["enable"] is False
    for wrong, sentence in (
        (("--circuit-breaker-threshold", "7"), "needs --circuit-breaker stop or rollback"),
        (
            ("--circuit-breaker", "stop", "--circuit-breaker-threshold", "many"),
            "'many' is not a number of failures",
        ),
    ):
        ran = with_web("service", "update", "web", *wrong)
        assert ran.exit_code == 2
        assert sentence in ran.err


def probe_of(shell: Shell) -> dict[str, object] | None:
    (service,) = shell.ok("service", "describe", "web", "--json").json()["services"]
    found: dict[str, object] | None = service.get("probe")
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://app:8080/healthz?x=1", {"protocol": "HTTP", "containerPort": 8080, "path": "/healthz?x=1"}),
        ("HTTPS://app", {"protocol": "HTTPS", "containerPort": 443, "path": "/"}),
        ("tcp://app:5432", {"protocol": "TCP", "containerPort": 5432}),
        ("exec:app sh -c 'test -e /up'", {"protocol": "EXEC", "command": ["sh", "-c", "test -e /up"]}),
    ],
)
def test_a_probe_is_one_word(with_web: Shell, written: str, meant: dict[str, object]) -> None:
    with_web.ok("service", "update", "web", "--probe", written)
    found = probe_of(with_web)
    assert found is not None
    assert {name: found[name] for name in meant} == meant


def test_a_probes_pace_is_changed_alone_and_it_is_taken_away(with_web: Shell) -> None:
    quick = ("--probe-interval", "3s", "--probe-timeout", "2", "--probe-matcher", "200-399")
    with_web.ok("service", "update", "web", "--probe", "http://app:80/", *quick)
    with_web.ok("service", "update", "web", "--probe-unhealthy-threshold", "5")
    assert probe_of(with_web) == {
        "protocol": "HTTP", "containerName": "app", "containerPort": 80, "path": "/", "matcher": "200-399",
        "intervalSeconds": 3, "timeoutSeconds": 2, "healthyThresholdCount": 2, "unhealthyThresholdCount": 5,
    }  # fmt: skip
    told = "http://app:80/, every 3 s, 200-399 within 2 s; healthy after 2, unhealthy after 5"
    assert told in " ".join(with_web.ok("service", "describe", "web").out.split())
    with_web.ok("service", "update", "web", "--no-probe")
    assert probe_of(with_web) is None
    assert "Probe" not in with_web.ok("service", "describe", "web").out


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--probe", "app:80"), "'app:80' is no probe; it is written like http://web:80/healthz"),
        (("--probe", "tcp://app"), "names no port"),
        (("--probe", "tcp://app:1/x"), "a probe by TCP has no path"),
        (("--probe", "exec:app"), "names no command"),
        (("--probe", "exec:app 'x"), "No closing quotation"),
        (
            ("--probe", "http://app", "--probe-interval", "1.5s"),
            "--probe-interval takes whole seconds, not 1.5",
        ),
        (("--no-probe", "--probe-interval", "3s"), "name nothing else of it"),
        (
            ("--probe-interval", "5s", "--probe-timeout", "2s"),
            "web has no probe for --probe-interval, --probe-timeout to change; --probe gives it one: http://",
        ),
    ],
)
def test_a_probe_that_is_none_is_refused_at_once(
    with_web: Shell, given: tuple[str, ...], sentence: str
) -> None:
    ran = with_web("service", "update", "web", *given)
    assert ran.exit_code == 2
    assert sentence in " ".join(ran.err.split())


def test_a_new_service_can_not_have_a_probes_pace_alone(with_web: Shell) -> None:
    ran = with_web("service", "create", "api", "--task-definition", "web", "--probe-timeout", "2s")
    assert ran.exit_code == 2
    assert "api has no probe for --probe-timeout to change; --probe gives it one" in ran.err


def test_what_destroys_asks_first_and_takes_yes(with_web: Shell) -> None:
    ran = with_web("service", "rm", "web")
    assert ran.exit_code == 2
    assert (
        "Delete the service default/web and stop its 0 tasks? Nobody can be asked here: say --yes." in ran.err
    )
    assert "scaled above 0" in with_web("service", "rm", "web", "--yes").err
    with_web.ok("service", "rm", "web", "--yes", "--force")
    assert "DRAINING" in with_web.ok("service", "ls").out


def test_capacity_is_written_into_the_config_with_comments_kept(dockyard: Shell) -> None:
    dockyard.config.write_text("# mine\n" + dockyard.config.read_text())
    ran = dockyard.ok(
        "capacity", "add", "edge-1", "ssh://deploy@edge-1:2222", "--identity-file", "~/.ssh/edge",
        "--attribute", "zone=c", "--reserve-memory", "512",
    )  # fmt: skip
    assert NO_ENGINE in ran.err
    text = dockyard.config.read_text()
    assert text.startswith("# mine\n")
    assert '[capacity.edge-1]\nurl = "ssh://deploy@edge-1:2222"\nidentity_file = "~/.ssh/edge"' in text
    assert "edge-1" in dockyard.ok("capacity", "ls").out
    dockyard.ok("capacity", "rm", "edge-1", "--yes")
    assert "edge-1" not in dockyard.config.read_text()
    assert dockyard("capacity", "add", "x", "ftp://host").exit_code == 1
    assert "[capacity.x]" not in dockyard.config.read_text()


def test_hosts_that_are_added_at_once_are_all_there(dockyard: Shell) -> None:
    adding = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "core.cli", "--config", dockyard.config, "--state", dockyard.state),
                *("capacity", "add", f"new-{n}", f"sim://new-{n}"),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for n in range(6)
    ]
    assert [process.wait(30) for process in adding] == [0] * 6
    assert {f"new-{n}" for n in range(6)} <= read(dockyard.config).capacity.keys()


def test_an_address_that_can_not_be_used_is_not_written_down(dockyard: Shell) -> None:
    before = dockyard.config.read_text()
    for url in ("ssh://", "tcp://:1", "ssh://host:99999", "ftp://host"):
        assert dockyard("capacity", "add", "x", url).exit_code == 1, url
    assert dockyard.config.read_text() == before


def test_a_cluster_comes_into_the_config_with_its_first_host_and_leaves_it_when_it_goes(
    dockyard: Shell,
) -> None:
    before = dockyard.config.read_text()
    unknown = dockyard("capacity", "add", "x", "ssh://x", "--cluster", "staging")
    assert unknown.exit_code == 1
    assert "To make one: dockyard cluster create staging" in unknown.err
    dockyard.ok("cluster", "create", "staging")
    dockyard.ok("capacity", "add", "x", "ssh://x", "--cluster", "staging")
    assert "[clusters.staging]\n\n[capacity.x]" in dockyard.config.read_text()
    assert dockyard("cluster", "rm", "staging", "--yes").exit_code == 1
    dockyard.ok("capacity", "rm", "x", "--yes")
    dockyard.ok("cluster", "rm", "staging", "--yes")
    assert dockyard.config.read_text().rstrip() == before.rstrip()


def test_attributes_are_set_and_taken_away_while_a_host_is_there(dockyard: Shell) -> None:
    dockyard.ok("config", "apply")
    said = dockyard.ok("capacity", "put-attributes", "sim-a", "rack=7", "disk=ssd").out
    assert said == "sim-a: disk=ssd, rack=7, zone=a.\n"
    shown = dockyard.ok("capacity", "describe", "sim-a", "--json").json()["containerInstances"][0][
        "attributes"
    ]
    assert {"name": "rack", "value": "7"} in shown
    gone = dockyard.ok("capacity", "delete-attributes", "sim-a", "disk", "--json").json()
    assert [attribute["name"] for attribute in gone["attributes"]] == ["disk"]
    assert dockyard.ok("capacity", "delete-attributes", "sim-a", "rack").out == "sim-a: zone=a.\n"
    assert dockyard("capacity", "put-attributes", "sim-a", "rack").exit_code == 2
    refused = dockyard("capacity", "put-attributes", "sim-a", "rack=a$")
    assert (refused.exit_code, "attributes[0].value" in refused.err) == (1, True)


def test_doctor_names_the_step_that_fails(dockyard: Shell) -> None:
    dockyard.ok("capacity", "add", "gone", "unix:///nowhere/docker.sock")
    ran = dockyard("capacity", "doctor", "gone")
    assert ran.exit_code == 1
    assert "FAILED  socket" in ran.out
    assert "There is no Docker socket at /nowhere/docker.sock" in ran.out
    findings = dockyard("capacity", "doctor", "gone", "--json").json()["findings"]
    assert not all(finding["ok"] for finding in findings)
    assert "did you mean gone" in dockyard("capacity", "doctor", "gonne").err
    assert "simulated host" in dockyard("capacity", "doctor", "sim-a").err


def test_config_check_warns_of_files_that_are_not_there(dockyard: Shell) -> None:
    dockyard.config.write_text(
        "[capacity.a]\nurl = 'ssh://a'\nidentity_file = '/nope/key'\nknown_hosts = '/nope/known_hosts'\n"
        "[capacity.b]\nurl = 'tcp://b'\ntls = { ca = 'ca.pem' }\n"
        "[registries.'r:5000']\nusername = 'u'\npassword_file = '/nope/password'\n"
    )
    assert dockyard.ok("config", "check").err.splitlines() == [
        "warning: [capacity.a] identity_file: there is no /nope/key",
        f"warning: [capacity.b] tls.ca: there is no {dockyard.folder / 'ca.pem'}",
        'warning: [registries."r:5000"] password_file: there is no /nope/password',
    ]
    assert len(dockyard.ok("config", "check", "--json").json()["warnings"]) == 3


def test_config_check_says_all_that_is_wrong_with_addresses_by_file_table_and_key(dockyard: Shell) -> None:
    dockyard.config.write_text(
        "[capacity.a]\nurl = 'ssh://me:secret@a'\n[capacity.'b.c']\nurl = 'ssh://'\n[capacity.c]\nurl = 'ssh://c'\n"
    )
    ran = dockyard("config", "check")
    assert ran.exit_code == 1
    password, no_host = ran.err.splitlines()
    assert password == (
        f"dockyard: {dockyard.config}: [capacity.a] url: ssh://…@a: a capacity URL holds no password;"
        " use a key or the ssh agent"
    )
    assert no_host == f"{dockyard.config}: [capacity.\"b.c\"] url: 'ssh://' names no host"


def test_config_check_warns_of_sources_of_secrets_that_will_fail(dockyard: Shell) -> None:
    folder = dockyard.config.parent / "secrets"
    folder.mkdir()
    folder.chmod(0o755)
    with dockyard.config.open("a") as file:
        file.write('[secrets."a"]\ncommand = ["no-such-program"]\n[secrets."b"]\nfile = "no-such-file"\n')
    assert dockyard.ok("config", "check").err.splitlines() == [
        f"warning: The secrets folder {folder} is open to others (mode 0755): chmod 700 {folder}",
        "warning: [secrets.a] command: there is no program no-such-program",
        f"warning: [secrets.b] file: there is no {folder.parent / 'no-such-file'}",
    ]


def test_config_check_and_apply(dockyard: Shell) -> None:
    assert "1 cluster, 2 hosts" in dockyard.ok("config", "check").out
    dockyard.ok("config", "apply")
    assert dockyard.ok("capacity", "ls", "-q").out.split() == ["sim-a", "sim-b"]
    dockyard.config.write_text("[clusters.default]\n")
    held = dockyard.ok("config", "apply")
    assert "held back: sim-a" in held.err
    dockyard.ok("config", "apply", "--force")
    assert dockyard.ok("capacity", "ls", "-q").out == ""


def test_a_config_that_can_not_be_read_hides_no_host_that_is_known(with_web: Shell) -> None:
    with_web.config.write_text("[capacity.sim-a")
    ran = with_web.ok("capacity", "ls")
    assert "sim-b" in ran.out
    assert "The config file can't be read: " in ran.err


def test_another_config_where_no_engine_runs_takes_no_host_away(with_web: Shell) -> None:
    with_web.config.write_text(
        "[capacity.sim-c]\nurl = 'sim://sim-c'\n[capacity.sim-a]\nurl = 'sim://sim-a'\n"
    )
    with_web.ok("service", "scale", "web", "3")
    assert with_web.ok("capacity", "ls", "-q").out.split() == ["sim-a", "sim-b", "sim-c"]


def test_events_of_a_cluster_that_never_was_are_refused(with_web: Shell) -> None:
    assert "did you mean default?" in with_web("events", "--cluster", "defualt").err
    with_web.ok("cluster", "create", "brief")
    with_web.ok("cluster", "rm", "brief", "--yes")
    assert "brief was deleted" in with_web.ok("events", "--cluster", "brief").out
    assert with_web.ok("status", "--json").json()["clusters"] == 1


def test_apply_shows_asks_and_does(dockyard: Shell, web_json: str, tmp_path: Path) -> None:
    stack = tmp_path / "stack.toml"
    stack.write_text(
        '[task_definitions.web]\nfile = "web.json"\n[services.web]\ntask_definition = "web"\ndesired_count = 2\n'
    )
    shown = dockyard.ok("apply", str(stack), "--dry-run").out
    assert shown == "+ task definition web\n+ service default/web: 2 of the new revision of web\n"
    assert dockyard.ok("service", "ls", "-q").out == ""
    assert "Make 2 changes? Nobody can be asked" in dockyard("apply", str(stack)).err
    dockyard.ok("apply", str(stack), "--yes")
    assert dockyard.ok("apply", str(stack)).out == "= task definition web:1\n= service default/web\n"
    stack.write_text(stack.read_text().replace("2", "3"))
    steps = dockyard.ok("apply", str(stack), "--dry-run", "--json").json()["steps"]
    assert [step["action"] for step in steps] == [None, "UpdateService"]


def test_a_dry_run_of_apply_warns_in_the_words_of_the_real_one(
    dockyard: Shell, web_json: str, tmp_path: Path
) -> None:
    (tmp_path / "web.json").write_text(
        (tmp_path / "web.json").read_text().replace("{", '{"taskRoleArn": "r", ', 1)
    )
    stack = tmp_path / "stack.toml"
    stack.write_text(
        '[task_definitions.web]\nfile = "web.json"\n'
        '[services.web]\ntask_definition = "web"\ndesired_count = 2\nlaunch_type = "FARGATE"\n'
    )

    def warned(*options: str) -> list[str]:
        told = dockyard.ok("apply", str(stack), *options).err.splitlines()
        return [line for line in told if line.startswith("warning: ")]

    tried = warned("--dry-run")
    assert tried == [
        "warning: taskRoleArn has no effect: no AWS credentials are served to containers.",
        "warning: launchType has no effect: every connected instance of the cluster may be used.",
    ]
    steps = dockyard.ok("apply", str(stack), "--dry-run", "--json").json()["steps"]
    assert [f"warning: {warning}" for step in steps for warning in step["warnings"]] == tried
    assert warned("--yes") == tried, "once each"
    assert warned("--yes") == []
    stack.write_text(stack.read_text().replace("= 2", "= 3"))
    assert warned("--dry-run") == warned("--yes") == tried[1:]


def test_apply_reads_standard_input(dockyard: Shell, web_json: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = json.dumps({"serviceName": "web", "taskDefinition": "web", "desiredCount": 1})
    dockyard.ok("taskdef", "register", web_json)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert "+ service default/web: 1 of web:1" in dockyard.ok("apply", "-", "--yes").out


def test_apply_of_nothing_is_no_success(dockyard: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    ran = dockyard("apply", "-", "--yes")
    assert ran.exit_code == 2
    assert "standard input: no task definition, no service and no schedule is named there" in ran.err


def test_foreign_text_does_not_reach_the_terminal(with_web: Shell) -> None:
    ran = with_web("service", "describe", "we\x1b[2Jb")
    assert ran.exit_code == 1
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(("typed", "exit_code"), [("default\n", 0), ("yes\n", 130)])
def test_on_a_protected_cluster_its_name_is_typed(
    with_web: Shell, monkeypatch: pytest.MonkeyPatch, typed: str, exit_code: int
) -> None:
    with_web.config.write_text(with_web.config.read_text() + "\n[clusters.default]\nprotected = true\n")
    (task,) = with_web.ok("task", "ls", "-q").out.split()
    assert "default is protected" not in with_web("task", "stop", task).err
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    ran = with_web("task", "stop", task)
    assert ran.exit_code == exit_code
    assert "Stop 1 task? default is protected: type its name" in ran.err
    assert ("Nothing was done." in ran.err) == (exit_code == 130)


def test_a_config_that_cant_be_read_protects_every_cluster(
    with_web: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = with_web.ok("task", "ls", "-q").out.split()
    with_web.config.write_text("[clusters.default\n")
    terminal = io.StringIO("y\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    ran = with_web("task", "stop", task)
    assert ran.exit_code == 130
    assert "cluster default is taken as protected" in ran.err


def test_without_an_engine_nothing_can_be_waited_for(dockyard: Shell, web_json: str) -> None:
    for arguments in (("cluster", "create", "blue"), ("taskdef", "register", web_json)):
        waited = dockyard(*arguments, "--wait")
        assert (waited.exit_code, "No engine runs" in waited.err) == (1, True)


MEMORY = {"predefinedMetricType": "ECSServiceAverageMemoryUtilization", "targetValue": 70}


def test_auto_scaling_is_set_piece_by_piece_shown_and_ended(with_web: Shell) -> None:
    def asked() -> dict[str, Any]:
        (shown,) = with_web.ok("service", "describe", "web", "--json").json()["services"]
        scaling: dict[str, Any] = shown["autoScaling"]
        return scaling

    ran = with_web.ok("service", "autoscale", "web", "--min", "3", "--max", "9", "--memory", "70%")
    assert ran.out == "Service web: auto scaling 3 to 9 tasks, average memory at 70 %.\n"
    assert asked()["policies"][0].items() >= MEMORY.items()
    with_web.ok(
        "service", "autoscale", "web", "--scale-in-cooldown", "10m", "--no-scale-in", "--suspend", "out"
    )
    (policy,) = asked()["policies"]
    assert (policy["scaleInCooldown"], policy["scaleOutCooldown"], policy["disableScaleIn"]) == (
        600,
        300,
        True,
    )
    assert asked()["suspendedState"] == {
        "dynamicScalingInSuspended": False,
        "dynamicScalingOutSuspended": True,
    }
    told = "3 to 9 tasks, average memory at 70 %; never in; scaling out is suspended"
    assert told in with_web.ok("service", "describe", "web").out
    assert "3 to 9" in with_web.ok("service", "ls").out
    scaled = with_web.ok("service", "scale", "web", "12")
    assert f"Auto scaling goes on from there: {told}." in scaled.err
    explained = with_web.ok("service", "explain", "web").out
    assert f"Auto scaling: {told}.\n" in explained
    assert "No engine tells what its tasks use now." in explained
    ran = with_web.ok("service", "autoscale", "web", "--off", "--json")
    assert "autoScaling" not in ran.json()["service"]


def test_a_service_is_created_with_auto_scaling_and_begins_at_its_least(with_web: Shell) -> None:
    options = ("--autoscale-min", "2", "--autoscale-max", "6", "--autoscale-cpu", "60")
    more = ("--autoscale-scale-in-cooldown", "10m", "--autoscale-no-scale-in")
    ran = with_web.ok("service", "create", "api", "--task-definition", "web", *options, *more, "--json")
    made = ran.json()["service"]
    assert made["desiredCount"] == 2
    assert (made["autoScaling"]["minCapacity"], made["autoScaling"]["maxCapacity"]) == (2, 6)
    (policy,) = made["autoScaling"]["policies"]
    assert (policy["targetValue"], policy["scaleInCooldown"], policy["disableScaleIn"]) == (60, 600, True)
    ran = with_web("service", "create", "b", "--task-definition", "web", "--autoscale-cpu", "60")
    assert (ran.exit_code, "--autoscale-min and --autoscale-max: missing" in ran.err) == (2, True)
    ran = with_web("service", "create", "c", "--task-definition", "web", *options[:4])
    assert (ran.exit_code, "--autoscale-cpu or --autoscale-memory: missing" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Nothing to change: name at least one option"),
        (["--off", "--min", "1"], "--off stands alone"),
        (["--cpu", "60"], "--min and --max: missing; the desired count is kept between two bounds"),
        (["--min", "1", "--max", "2"], "--cpu or --memory: missing; it follows one of them, or both"),
        (["--min", "1", "--max", "2", "--cpu", "much"], "'much' is neither a percentage above 0 nor off"),
        (
            ["--min", "3", "--max", "2", "--memory", "60"],
            "autoScaling.minCapacity: 3 is more than maxCapacity, 2.",
        ),
    ],
)
def test_auto_scaling_that_makes_no_sense_is_refused_in_a_sentence(
    with_web: Shell, arguments: list[str], sentence: str
) -> None:
    ran = with_web("service", "autoscale", "web", *arguments)
    assert ran.exit_code in {1, 2}
    assert sentence in ran.err
