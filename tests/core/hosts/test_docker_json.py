"""From Docker's JSON to what crosses the seam."""

from __future__ import annotations

from typing import Any

import pytest

from core.hosts.docker_json import (
    container_seen,
    glance,
    host_facts,
    moment,
    present_run,
    published_ports,
    repository_digest,
)
from core.labels import Ownership
from core.model.ports import HostPort
from core.model.task import Health, NetworkBinding
from core.reports import SeenState

OWNER = Ownership(
    installation="us",
    instance="i",
    cluster="default",
    task="t",
    container="main",
    family="web",
    revision=3,
    definition_digest="d",
)


def inspect(state: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    given = {"Status": "running", "ExitCode": 0, "OOMKilled": False, "Error": "", **(state or {})}
    return {
        "Id": "c1",
        "Name": "/web-1",
        "Image": "sha256:1",
        "State": given,
        "Config": {"Image": "web:1"},
        **parts,
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("created", SeenState.CREATED),
        ("running", SeenState.RUNNING),
        ("paused", SeenState.RUNNING),
        ("restarting", SeenState.RUNNING),
        ("removing", SeenState.REMOVING),
        ("exited", SeenState.EXITED),
        ("dead", SeenState.EXITED),
    ],
)
def test_dockers_states_fold_to_four(status: str, state: SeenState) -> None:
    assert container_seen(inspect({"Status": status}), OWNER).state is state


def test_an_exit_code_means_something_only_after_the_end() -> None:
    created = container_seen(inspect({"Status": "created", "ExitCode": 128, "Error": "port taken"}), OWNER)
    assert (created.exit_code, created.error) == (None, "port taken")
    assert container_seen(inspect({"Status": "exited", "ExitCode": 3}), OWNER).exit_code == 3


def test_a_host_whose_clock_is_ahead_reports_our_times() -> None:
    state = {"Status": "exited", "StartedAt": "2026-01-01T00:01:40.5Z", "FinishedAt": "2026-01-01T00:01:41Z"}
    seen = container_seen(inspect(state, Created="2026-01-01T00:01:40Z"), OWNER, skew_s=100.0)
    start_of_year = moment("2026-01-01T00:00:00Z")
    assert (seen.created_at, seen.started_at) == (start_of_year, (start_of_year or 0.0) + 0.5)


def test_dockers_zero_time_and_nanoseconds_are_read() -> None:
    assert moment("0001-01-01T00:00:00Z") is None
    assert moment("") is None
    assert moment("1970-01-01T00:00:01.123456789Z") == pytest.approx(1.123456)
    assert moment("1970-01-01T01:00:00.000000001+01:00") == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        ({"Running": True, "StartedAt": "1970-01-01T00:00:12Z", "FinishedAt": "1970-01-01T00:00:10Z"}, 11.0),
        ({"Running": True, "StartedAt": "1970-01-01T00:00:12Z", "FinishedAt": "0001-01-01T00:00:00Z"}, 12.0),
        ({"Running": False, "StartedAt": "1970-01-01T00:00:08Z", "FinishedAt": "1970-01-01T00:00:10Z"}, None),
        ({}, None),
    ],
    ids=["again", "first", "over", "nothing said"],
)
def test_a_run_begins_in_the_log_between_the_last_ones_end_and_its_start(
    state: dict[str, Any], begins: float | None
) -> None:
    assert present_run(state) == begins


def test_health_is_unknown_until_the_check_has_said_something() -> None:
    def health(status: str) -> Health:
        return container_seen(inspect({"Health": {"Status": status, "Log": []}}), OWNER).health

    assert [health(s) for s in ("starting", "none", "healthy", "unhealthy")] == [
        Health.UNKNOWN,
        Health.UNKNOWN,
        Health.HEALTHY,
        Health.UNHEALTHY,
    ]


def test_a_port_bound_on_both_address_families_is_one_binding() -> None:
    ports = {
        "80/tcp": [{"HostIp": "::", "HostPort": "8080"}, {"HostIp": "0.0.0.0", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "10.0.0.1", "HostPort": "5353"}],
        "443/tcp": None,
    }
    assert container_seen(inspect(NetworkSettings={"Ports": ports}), OWNER).network_bindings == (
        NetworkBinding(53, 5353, "udp", "10.0.0.1"),
        NetworkBinding(80, 8080, "tcp", "0.0.0.0"),
    )


def test_published_ports_know_their_address_unless_it_is_every_one() -> None:
    listed: list[dict[str, Any]] = [
        {
            "Ports": [
                {"IP": "0.0.0.0", "PublicPort": 80, "PrivatePort": 80, "Type": "tcp"},
                {"PrivatePort": 9},
            ]
        },
        {"Ports": [{"IP": "::", "PublicPort": 80, "PrivatePort": 80, "Type": "tcp"}]},
        {"Ports": [{"IP": "127.0.0.1", "PublicPort": 53, "PrivatePort": 53, "Type": "udp"}]},
        {"Ports": None},
    ]
    assert published_ports(listed) == (HostPort(53, "udp", "127.0.0.1"), HostPort(80, "tcp", ""))


def test_a_glance_changes_with_state_and_health_but_not_with_every_second() -> None:
    def key(status: str, state: str = "running") -> str:
        return glance({"Id": "c", "State": state, "Status": status})

    assert key("Up 3 seconds") == key("Up 58 seconds") == key("Up Less than a second") == key("Up 1 second")
    assert len({key("Up 3 seconds"), key("Up 2 minutes"), key("Up 3 seconds (healthy)")}) == 3
    assert key("Exited (0) 3 seconds ago", "exited") != key("Exited (1) 3 seconds ago", "exited")


def test_facts_speak_of_cpu_units_and_of_ecs_attributes() -> None:
    info = {
        "NCPU": 4,
        "MemTotal": 8 * 1024**3 + 1,
        "ServerVersion": "27.1",
        "OSType": "linux",
        "Architecture": "aarch64",
        "Plugins": {"Log": ["json-file", "syslog"], "Volume": ["local"]},
    }
    facts = host_facts(info, api_version="1.46", skew_s=0.0)
    assert (facts.cpu_units, facts.memory_mib, facts.architecture) == (4096, 8192, "arm64")
    attributes = dict(facts.attributes)
    assert attributes["ecs.cpu-architecture"] == "arm64"
    assert "com.amazonaws.ecs.capability.logging-driver.syslog" in attributes


def test_the_digest_is_the_registrys_not_the_images_id() -> None:
    assert repository_digest({"RepoDigests": ["b/web@sha256:2", "a/web@sha256:1"]}) == "sha256:1"
    assert repository_digest({"RepoDigests": None}) == ""
