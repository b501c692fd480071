"""The bodies made from task definitions, on a real Docker: it takes them, and what it made of them is what was meant."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from core import labels
from core.model.names import name_on_host
from core.model.task_definition import PAUSE_CONTAINER, PAUSE_IMAGE, TaskDefinition
from core.taskdef.docker_body import create_body
from core.taskdef.normalise import normalised
from core.taskdef.order import stop_order
from core.taskdef.parse import canonical, load, parse
from core.taskdef.run_context import RunContext
from core.taskdef.volumes import volume_bodies
from tests.core.taskdef.samples import NO_HOST_RUNS
from tests.engine.testbed import Host, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

TASK = "0123456789abcdef0123456789abcdef"
IMAGE = "demo/busybox:1"
SLEEP = ["sh", "-c", "trap 'exit 0' TERM; sleep 60 & wait"]


@pytest.fixture
def api(real_host: Host) -> Iterator[Any]:
    import docker  # noqa: PLC0415  # paid only where an engine test runs

    with docker.APIClient(base_url=real_host.unix_url, timeout=60) as client:
        repository, _, tag = PAUSE_IMAGE.rpartition(":")
        client.tag(IMAGE, repository, tag)
        yield client
        # What stands in for the pause image here must not be taken for it by the next test.
        client.remove_image(PAUSE_IMAGE, force=True)


def context(**more: Any) -> RunContext:
    ranges = {("9000-9001", "tcp"): 61400}
    return RunContext(
        installation="i1", instance="n1", cluster="default", task=TASK, host_ranges=ranges, **more
    )


def run_task(api: Any, definition: TaskDefinition, **more: Any) -> dict[str, dict[str, Any]]:
    """Create and start everything as the engine would; the inspect of each container by its name."""
    run = context(**more)
    for body in volume_bodies(definition, run):
        api.create_volume(body["Name"], body["Driver"], body.get("DriverOpts"), body["Labels"])
    names = [name for wave in reversed(stop_order(definition)) for name in wave]
    if definition.needs_pause:
        names.insert(0, PAUSE_CONTAINER)
    for name in names:
        body = create_body(definition, name, run)
        if name == PAUSE_CONTAINER:
            body["Cmd"] = SLEEP
        create_and_start(api, body, name_on_host(TASK, definition.name, name))
    return {name: api.inspect_container(name_on_host(TASK, definition.name, name)) for name in names}


def output(api: Any, seen: dict[str, Any], script: str) -> str:
    made = api.exec_create(seen["Id"], ["sh", "-c", script])
    answer: bytes = api.exec_start(made["Id"])
    return answer.decode().strip()


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": IMAGE, "memory": 32, "command": SLEEP, **more}


def test_every_setting_of_a_bridged_container_reaches_docker(api: Any) -> None:
    definition = parse(
        {
            "family": "all_of-it",
            "cpu": "256",
            "containerDefinitions": [
                container("db", memoryReservation=16),
                container(
                    "web_1",
                    cpu=128,
                    links=["db:database"],
                    portMappings=[
                        {"containerPort": 80, "hostPort": 8088},
                        {"containerPort": 53, "protocol": "udp"},
                        {"containerPortRange": "9000-9001"},
                    ],
                    entryPoint=["/bin/sh", "-c"],
                    command=["trap 'exit 0' TERM; echo up; sleep 60 & wait"],
                    environment=[{"name": "COLOUR", "value": "blue"}],
                    secrets=[{"name": "PASSWORD", "valueFrom": "/db/password"}],
                    healthCheck={
                        "command": ["CMD-SHELL", "true"],
                        "interval": 1,
                        "retries": 2,
                        "startPeriod": 1,
                    },
                    mountPoints=[
                        {"sourceVolume": "scratch", "containerPath": "/scratch"},
                        {"sourceVolume": "host_etc", "containerPath": "/host-etc", "readOnly": True},
                        {"sourceVolume": "kept", "containerPath": "/kept"},
                    ],
                    volumesFrom=[{"sourceContainer": "db", "readOnly": True}],
                    linuxParameters={
                        "capabilities": {"add": ["NET_ADMIN"], "drop": ["MKNOD"]},
                        "devices": [
                            {
                                "hostPath": "/dev/null",
                                "containerPath": "/dev/nothing",
                                "permissions": ["read"],
                            }
                        ],
                        "sharedMemorySize": 8,
                        "tmpfs": [{"containerPath": "/run", "size": 4, "mountOptions": ["noexec"]}],
                        "maxSwap": 0,
                    },
                    ulimits=[{"name": "nofile", "softLimit": 100, "hardLimit": 200}],
                    systemControls=[{"namespace": "net.core.somaxconn", "value": "99"}],
                    dockerLabels={"team": "a", "dockyard.task": "stolen"},
                    dockerSecurityOptions=["no-new-privileges"],
                    dnsServers=["10.0.0.53"],
                    dnsSearchDomains=["example.net"],
                    extraHosts=[{"hostname": "box", "ipAddress": "10.0.0.9"}],
                    hostname="web-host",
                    user="nobody",
                    workingDirectory="/tmp",
                    stopTimeout=7,
                    interactive=True,
                    pseudoTerminal=True,
                    readonlyRootFilesystem=True,
                ),
            ],
            "volumes": [
                {"name": "scratch", "host": {}},
                {"name": "host_etc", "host": {"sourcePath": "/etc"}},
                {
                    "name": "kept",
                    "dockerVolumeConfiguration": {
                        "scope": "shared",
                        "autoprovision": True,
                        "labels": {"a": "b"},
                    },
                },
            ],
        }
    )
    seen = run_task(
        api, definition, service="web", deployment="ecs-svc/1", secrets={"/db/password": "s3cret"}
    )
    web = seen["web_1"]
    assert web["Name"] == f"/ecs-allof-it-0-web1-{TASK}"
    assert web["State"]["Running"], api.logs(web["Id"])

    owner = labels.read(web["Config"]["Labels"])
    assert owner is not None
    assert (owner.task, owner.container, owner.service, owner.deployment) == (
        TASK,
        "web_1",
        "web",
        "ecs-svc/1",
    )
    assert owner.definition_digest == definition.digest
    assert web["Config"]["Labels"]["team"] == "a"

    ports = web["NetworkSettings"]["Ports"]
    assert {binding["HostPort"] for binding in ports["80/tcp"]} == {"8088"}
    assert all(int(ports[port][0]["HostPort"]) > 1024 for port in ("53/udp", "9000/tcp", "9001/tcp"))

    config = web["HostConfig"]
    assert config["RestartPolicy"]["Name"] in {"no", ""}
    # db has no cpu of its own and gets what web leaves of the task's quarter of a CPU.
    assert (config["NanoCpus"], seen["db"]["HostConfig"]["NanoCpus"]) == (125_000_000, 125_000_000)
    assert (config["CpuShares"], seen["db"]["HostConfig"]["CpuShares"]) == (128, 2)
    assert (config["Memory"], config["MemorySwap"], config["ShmSize"]) == (32 << 20, 32 << 20, 8 << 20)
    assert seen["db"]["HostConfig"]["MemoryReservation"] == 16 << 20
    assert config["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}
    assert (web["Config"]["StopTimeout"], web["Config"]["OpenStdin"], web["Config"]["Tty"]) == (7, True, True)
    assert web["Config"]["Healthcheck"]["Interval"] == 1_000_000_000

    wait_until(lambda: api.inspect_container(web["Id"])["State"]["Health"]["Status"] == "healthy", "healthy")
    said = output(api, web, "echo $COLOUR $PASSWORD; hostname; id -un; pwd; ulimit -Hn")
    assert said == "blue s3cret\nweb-host\nnobody\n/tmp\n200"
    # Its soft limit is not asked of a process: older runc let Go's own raise it to the hard one, now and then (runc #4195).
    assert config["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]
    assert output(api, web, "cat /proc/sys/net/core/somaxconn") == "99"
    assert output(api, web, "grep -c -e database -e box /etc/hosts") == "2"
    assert "Read-only file system" in output(api, web, "touch /etc/x || touch /host-etc/x")
    assert "noexec" in output(api, web, "mount | grep ' /run '")
    assert output(api, web, "grep -c -E 'nameserver 10.0.0.53|search example.net' /etc/resolv.conf") == "2"


def test_an_awsvpc_task_shares_one_network_and_publishes_on_its_pause(api: Any) -> None:
    definition = parse(
        {
            "family": "vpc",
            "networkMode": "awsvpc",
            "pidMode": "task",
            "ipcMode": "task",
            "cpu": ".25 vCPU",
            "memory": "0.5GB",
            "containerDefinitions": [
                container(
                    "web",
                    command=["sh", "-c", "httpd -f -p 80 -h /www"],
                    portMappings=[{"containerPort": 80}],
                ),
                container(
                    "side",
                    systemControls=[
                        {"namespace": "net.core.somaxconn", "value": "77"},
                        {"namespace": "kernel.msgmax", "value": "4096"},
                    ],
                    dependsOn=[{"containerName": "web", "condition": "START"}],
                ),
            ],
        }
    )
    seen = run_task(api, definition)
    pause = seen[PAUSE_CONTAINER]
    assert pause["Name"] == f"/ecs-vpc-0-internalecspause-{TASK}"
    assert int(pause["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]) > 1024
    side = seen["side"]
    assert output(api, side, "cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax") == "77\n4096"
    address = pause["NetworkSettings"]["IPAddress"]
    assert address in output(api, side, "ip addr show eth0")
    wait_until(
        lambda: "404" in output(api, side, "wget -q -O - http://127.0.0.1/none 2>&1"), "web on localhost"
    )
    assert "httpd" in output(api, side, "ps")


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("awslogs", {"max-buffer-size": "25m"}),
        ("awslogs", {"mode": "blocking", "max-buffer-size": "25m"}),
        ("awslogs", {"mode": "non-blocking", "max-buffer-size": "25m"}),
        ("awslogs", {"mode": "non-blocking"}),
        ("awsfirelens", {"mode": "tcp"}),
        ("json-file", {"max-file": "9", "compress": "true"}),
    ],
)
def test_docker_takes_the_log_options_it_is_given(api: Any, driver: str, options: dict[str, str]) -> None:
    needed = {"awslogs-group": "g", "awslogs-region": "r"} if driver == "awslogs" else {}
    logs = {"logConfiguration": {"logDriver": driver, "options": needed | options}}
    seen = run_task(api, parse({"family": "logs", "containerDefinitions": [container("a", **logs)]}))["a"]
    assert seen["State"]["Running"]
    assert seen["HostConfig"]["LogConfig"]["Type"] == "json-file"
    api.remove_container(seen["Id"], force=True)


#: Docker 20.10 writes any text into resolv.conf; a link needs the other container.
NOT_DOCKER_S_WORD = {"dnsServers", "links"}


@pytest.mark.parametrize(
    "wrong", [wrong for wrong, _ in NO_HOST_RUNS if not wrong.keys() & NOT_DOCKER_S_WORD], ids=str
)
def test_what_is_refused_at_registration_no_docker_would_run(api: Any, wrong: dict[str, Any]) -> None:
    import docker  # noqa: PLC0415  # paid only where an engine test runs

    document = {"family": "wrong", "containerDefinitions": [container("a", **wrong)]}
    definition = load(canonical(normalised(document)))
    name = name_on_host(TASK, definition.name, "a")
    try:
        with pytest.raises(docker.errors.APIError):
            create_and_start(api, create_body(definition, "a", context()), name)
    finally:
        with contextlib.suppress(docker.errors.NotFound):
            api.remove_container(name, force=True)


def create_and_start(api: Any, body: dict[str, Any], name: str) -> None:
    api.create_container_from_config(body, name)
    api.start(name)


def test_docker_is_told_which_gpus(api: Any) -> None:
    gpu = {"resourceRequirements": [{"type": "GPU", "value": "1"}]}
    definition = parse({"family": "gpu", "containerDefinitions": [container("a", **gpu)]})
    name = name_on_host(TASK, definition.name, "a")
    api.create_container_from_config(create_body(definition, "a", context(gpus=("1",))), name)
    try:
        (asked,) = api.inspect_container(name)["HostConfig"]["DeviceRequests"]
        assert (asked["DeviceIDs"], asked["Count"], asked["Capabilities"]) == (["1"], 0, [["gpu"]])
    finally:
        api.remove_container(name)


def test_host_and_no_network(api: Any, real_host: Host) -> None:
    for mode in ("host", "none"):
        definition = parse({"family": mode, "networkMode": mode, "containerDefinitions": [container("a")]})
        seen = run_task(api, definition)["a"]
        links = output(api, seen, "ip -o link | wc -l")
        assert links == (real_host.run("ip -o link | wc -l").strip() if mode == "host" else "1")
