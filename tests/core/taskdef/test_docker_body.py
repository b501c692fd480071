"""The bodies for Docker's Engine API. That a real Docker takes them is tested with the engine."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.task_definition import PAUSE_CONTAINER, TaskDefinition
from core.record import replace
from core.taskdef.docker_body import create_body
from core.taskdef.limits import cpu_shares, nano_cpus
from core.taskdef.overrides import overridden
from core.taskdef.parse import parse
from core.taskdef.run_context import RunContext
from core.taskdef.volumes import expected_volumes, volume_bodies
from tests.core.taskdef.samples import Json, container, everything, task

TASK = "0123456789abcdef0123456789abcdef"
CONTEXT = RunContext(
    installation="i1",
    instance="n1",
    cluster="default",
    task=TASK,
    secrets=defaultdict(lambda: "s3cret"),
    gpus=("1",),
    host_ranges={("9000-9002", "tcp"): 61000},
    env_files={"arn:aws:s3:::bucket/prod/web.env": (("A", "file"), ("B", "file"))},
)


def body(definition: TaskDefinition, name: str = "web") -> Json:
    return create_body(definition, name, CONTEXT)


def test_a_small_definition_says_little() -> None:
    made = body(replace(parse(task()), revision=3))
    labels = made.pop("Labels")
    assert labels["com.amazonaws.ecs.task-definition-version"] == "3"
    assert made == {
        "Image": "nginx:1",
        "StopTimeout": 30,
        "HostConfig": {
            "RestartPolicy": {"Name": "no"},
            "NetworkMode": "bridge",
            "CpuShares": 2,
            "Memory": 64 << 20,
            "LogConfig": {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}},
        },
    }


def test_a_task_that_is_limited_as_a_whole_limits_no_container_for_it() -> None:
    pair = parse(
        task(
            {"name": "web", "image": "nginx:1", "cpu": 100},
            container("db", memory=32),
            cpu="512",
            memory="128",
            pidMode="task",
        )
    )
    limited = dataclasses.replace(CONTEXT, task_cgroup="/dockyard/t")
    made = {name: create_body(pair, name, limited) for name in ("web", "db", PAUSE_CONTAINER)}
    assert {each["HostConfig"]["CgroupParent"] for each in made.values()} == {"/dockyard/t"}
    assert {each["Labels"]["dockyard.task-limit"] for each in made.values()} == {
        '{"cpu": 512, "memory": 128}'
    }
    assert not any("NanoCpus" in each["HostConfig"] for each in made.values())
    assert [each["HostConfig"].get("Memory") for each in made.values()] == [None, 32 << 20, None]
    assert made["web"]["HostConfig"]["CpuShares"] == 100

    divided = create_body(pair, "web", CONTEXT)
    assert divided["HostConfig"]["Memory"] == 128 << 20
    assert divided["HostConfig"]["NanoCpus"]
    assert "dockyard.task-limit" not in divided["Labels"]


def test_everything_is_said_in_dockers_words() -> None:
    made = body(replace(parse(everything()), revision=3))
    assert made["Env"] == ["A=1", "B=file", "PASSWORD=s3cret"]
    assert made["ExposedPorts"].keys() == {"80/tcp", "53/udp", "9000/tcp", "9001/tcp", "9002/tcp"}
    assert made["Healthcheck"] == {
        "Test": ["CMD-SHELL", "true"],
        "Interval": 30_000_000_000,
        "Timeout": 5_000_000_000,
        "Retries": 3,
        "StartPeriod": 0,
    }
    host = made["HostConfig"]
    assert host["PortBindings"]["80/tcp"] == [{"HostPort": "8080"}]
    assert host["PortBindings"]["53/udp"] == [{"HostPort": ""}]
    assert host["Binds"] == ["/srv/data:/data:ro"]
    assert host["VolumesFrom"] == [f"ecs-web-3-db-{TASK}"]
    assert host["Links"] == [f"ecs-web-3-db-{TASK}:database"]
    assert host["SecurityOpt"] == ["no-new-privileges", "label=type:web_t"]
    assert host["Tmpfs"] == {"/run": "noexec,size=16m"}
    assert host["Devices"][0] == {
        "PathOnHost": "/dev/kvm",
        "PathInContainer": "/dev/kvm",
        "CgroupPermissions": "rw",
    }
    assert (host["Memory"], host["MemorySwap"], host["MemorySwappiness"]) == (64 << 20, 96 << 20, 10)
    assert host["DeviceRequests"] == [{"DeviceIDs": ["1"], "Capabilities": [["gpu"]]}]
    assert host["PidMode"] == host["IpcMode"] == f"container:ecs-web-3-internalecspause-{TASK}"
    pause = body(parse(everything()), PAUSE_CONTAINER)["HostConfig"]
    assert (pause["NetworkMode"], pause["IpcMode"]) == ("none", "shareable")


def test_our_labels_win_and_secrets_stay_out_of_sight() -> None:
    stolen = {"dockyard.installation": "other", "com.amazonaws.ecs.task-arn": "x", "team": "a"}
    labels = body(parse(task(container(dockerLabels=stolen))))["Labels"]
    assert (labels["dockyard.installation"], labels["team"]) == ("i1", "a")
    assert labels["com.amazonaws.ecs.task-arn"].endswith(f":task/default/{TASK}")
    secret = dataclasses.replace(CONTEXT, secrets={"/db/password": "s3cret"})
    assert "s3cret" not in repr(secret)
    assert "s3cret" not in repr(labels)


def test_in_awsvpc_the_pause_publishes_and_the_others_join() -> None:
    made = parse(
        task(
            container(
                portMappings=[{"containerPort": 80}],
                systemControls=[{"namespace": "net.core.somaxconn", "value": "9"}],
            ),
            container("side", portMappings=[{"containerPort": 81}]),
            networkMode="awsvpc",
        )
    )
    pause, web = body(made, PAUSE_CONTAINER), body(made)
    assert pause["HostConfig"]["PortBindings"] == {"80/tcp": [{"HostPort": ""}], "81/tcp": [{"HostPort": ""}]}
    assert pause["HostConfig"]["Sysctls"] == {"net.core.somaxconn": "9"}
    assert web["HostConfig"]["NetworkMode"] == f"container:ecs-web-0-internalecspause-{TASK}"
    assert {"ExposedPorts", "Hostname"}.isdisjoint(web)
    assert {"PortBindings", "Sysctls"}.isdisjoint(web["HostConfig"])


def test_volumes_of_a_task_and_shared_ones() -> None:
    made = parse(
        task(
            volumes=[
                {"name": "scratch"},
                {"name": "kept", "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": True}},
                {"name": "there", "dockerVolumeConfiguration": {"scope": "shared"}},
                {"name": "path", "host": {"sourcePath": "/x"}},
            ]
        )
    )
    scratch, kept = volume_bodies(made, CONTEXT)
    assert scratch["Name"] == f"ecs-web-0-scratch-{TASK}"
    assert scratch["Labels"]["dockyard.task"] == TASK
    assert kept == {"Name": "kept", "Driver": "local", "DriverOpts": {}, "Labels": {}}
    assert expected_volumes(made) == ("there",)


def test_an_unknown_container_is_an_error() -> None:
    with pytest.raises(KeyError, match="wbe"):
        body(parse(task()), "wbe")


def test_overrides_are_laid_over_the_definition() -> None:
    made = parse(task(container(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])))
    own = {
        "name": "web",
        "command": ["migrate"],
        "environment": [{"name": "A", "value": "9"}, {"name": "C", "value": "3"}],
        "memory": 128,
    }
    changed = overridden(made, {"cpu": "512", "containerOverrides": [own]})
    said = body(changed)
    assert (said["Cmd"], said["Env"]) == (["migrate"], ["A=9", "B=2", "C=3"])
    assert (changed.cpu_units, changed.reserved_memory_mib) == (512, 128)
    assert changed.digest == made.digest
    assert overridden(made, {}) is made


@settings(deadline=None)
@given(st.integers(128, 8192), st.lists(st.integers(0, 2048), min_size=1, max_size=10))
def test_the_tasks_cpu_is_divided_without_starving_anyone(total: int, asked: list[int]) -> None:
    if sum(asked) > total:
        asked = [units * total // sum(asked) for units in asked]
    containers = [container(f"c{index}", cpu=units) for index, units in enumerate(asked)]
    made = parse(task(*containers, cpu=str(total)))
    given_to = [nano_cpus(made, c) or 0 for c in made.containers]
    assert all(nano >= 10_000_000 for nano in given_to)
    assert all(
        nano * 1024 >= c.cpu_units * 10**9 - 1024 for nano, c in zip(given_to, made.containers, strict=True)
    )
    assert all(nano * 1024 <= max(total, 11) * 10**9 + 1024 for nano in given_to)
    if all(asked):
        assert sum(given_to) <= total * 10**9 / 1024 + 10_000_001 * len(asked)
    assert all(2 <= cpu_shares(c) <= 262_144 for c in made.containers)
