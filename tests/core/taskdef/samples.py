"""Task definitions for tests: the smallest, and one that says everything plain Docker serves."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]


def container(name: str = "web", **more: Any) -> Json:
    return {"name": name, "image": "nginx:1", "memory": 64, **more}


def task(*containers: Json, **more: Any) -> Json:
    return {"family": "web", "containerDefinitions": list(containers) or [container()], **more}


def everything() -> Json:
    return task(
        container(
            "web",
            cpu=128,
            memoryReservation=32,
            links=["db:database"],
            portMappings=[
                {"containerPort": 80, "hostPort": 8080, "name": "http", "appProtocol": "http"},
                {"containerPort": 53, "protocol": "udp"},
                {"containerPortRange": "9000-9002"},
            ],
            restartPolicy={"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
            entryPoint=["/entry"],
            command=["serve"],
            environment=[{"name": "A", "value": "1"}],
            environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::bucket/prod/web.env"}],
            secrets=[{"name": "PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/db/password"}],
            repositoryCredentials={
                "credentialsParameter": "arn:aws:secretsmanager:eu-west-1:1:secret:hub-AbCdEf"
            },
            mountPoints=[{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
            volumesFrom=[{"sourceContainer": "db"}],
            linuxParameters={
                "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
                "devices": [{"hostPath": "/dev/kvm", "permissions": ["read", "write"]}],
                "initProcessEnabled": True,
                "sharedMemorySize": 64,
                "tmpfs": [{"containerPath": "/run", "size": 16, "mountOptions": ["noexec"]}],
                "maxSwap": 32,
                "swappiness": 10,
            },
            dependsOn=[{"containerName": "init", "condition": "SUCCESS"}],
            startTimeout=30,
            stopTimeout=20,
            versionConsistency="disabled",
            hostname="web",
            user="1000:1000",
            workingDirectory="/srv",
            privileged=False,
            readonlyRootFilesystem=True,
            dnsServers=["10.0.0.2"],
            dnsSearchDomains=["example.net"],
            extraHosts=[{"hostname": "box", "ipAddress": "10.0.0.9"}],
            dockerSecurityOptions=["no-new-privileges", "label:type:web_t"],
            interactive=True,
            pseudoTerminal=True,
            dockerLabels={"team": "a"},
            ulimits=[{"name": "nofile", "softLimit": 1024, "hardLimit": -1}],
            logConfiguration={
                "logDriver": "awslogs",
                "options": {"awslogs-group": "g", "awslogs-region": "r", "mode": "non-blocking"},
            },
            healthCheck={"command": ["CMD-SHELL", "true"]},
            systemControls=[{"namespace": "net.core.somaxconn", "value": "99"}],
            resourceRequirements=[{"type": "GPU", "value": "1"}],
        ),
        container("db", logConfiguration={"logDriver": "journald", "options": {"tag": "db"}}),
        container("init", essential=False),
        volumes=[
            {"name": "data", "host": {"sourcePath": "/srv/data"}},
            {"name": "scratch"},
            {"name": "kept", "dockerVolumeConfiguration": {"scope": "shared", "driver": "rexray"}},
        ],
        networkMode="bridge",
        cpu="1 vCPU",
        memory="1GB",
        taskRoleArn="arn:aws:iam::1:role/task",
        executionRoleArn="arn:aws:iam::1:role/execution",
        placementConstraints=[{"expression": "attribute:zone == a"}],
        requiresCompatibilities=["EC2"],
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        tags=[{"key": "team", "value": "a"}],
        pidMode="task",
        ipcMode="task",
        ephemeralStorage={"sizeInGiB": 30},
        enableFaultInjection=True,
    )


def log(driver: str, **options: str) -> Json:
    return {"logConfiguration": {"logDriver": driver, "options": options}}


def linux(**parameters: Any) -> Json:
    return {"linuxParameters": parameters}


def ulimits(*limits: tuple[str, int, int]) -> Json:
    return {"ulimits": [{"name": name, "softLimit": soft, "hardLimit": hard} for name, soft, hard in limits]}


#: What dockerd or the kernel refuses of a container, wherever it is placed.
NO_HOST_RUNS: Final[list[tuple[Json, str]]] = [
    (ulimits(("nofile", 2, 1)), "ulimit nofile: the softLimit 2 is above the hardLimit 1 (-1 is no limit)."),
    (
        ulimits(("nofile", -1, 1)),
        "ulimit nofile: the softLimit -1 is above the hardLimit 1 (-1 is no limit).",
    ),
    (
        linux(capabilities={"add": ["NETADMIN"]}),
        'capabilities.add: there is no capability "NETADMIN"; did you mean NET_ADMIN?',
    ),
    (linux(capabilities={"drop": ["everything"]}), 'capabilities.drop: there is no capability "everything".'),
    (
        linux(tmpfs=[{"containerPath": "run", "size": 1}]),
        "tmpfs's containerPath \"run\" must be an absolute path without ':'.",
    ),
    (
        linux(tmpfs=[{"containerPath": "/x/..", "size": 1}]),
        "tmpfs's containerPath \"/x/..\" can't be the root.",
    ),
    (
        linux(tmpfs=[{"containerPath": "/x", "size": 1, "mountOptions": ["noexe"]}]),
        'tmpfs: there is no mount option "noexe"; did you mean noexec?',
    ),
    ({"workingDirectory": "srv"}, "'workingDirectory' \"srv\" must be an absolute path."),
    ({"hostname": "h" * 65}, "'hostname' has 65 characters; Linux takes 64."),
    ({"links": ["db:a:b"]}, 'link "db:a:b" must be a container\'s name, or name:alias.'),
    ({"dnsServers": ["ns1"]}, 'dnsServers: "ns1" is not an IP address.'),
    ({"extraHosts": [{"hostname": "a", "ipAddress": "b"}]}, 'extraHosts: "b" is not an IP address.'),
    (
        {"dockerSecurityOptions": ["no-new-privilege"]},
        'dockerSecurityOptions: "no-new-privilege" is none of no-new-privileges, apparmor, label, seccomp; did you',
    ),
    (log("json-file", colour="1m"), 'Log driver json-file has no option "colour".'),
    (log("local", tag="x"), 'Log driver local has no option "tag".'),
    (
        log("json-file", **{"max-buffer-size": "1m"}),
        "Log option max-buffer-size goes with mode non-blocking only.",
    ),
    (
        log("json-file", **{"max-sice": "1m"}),
        'Log driver json-file has no option "max-sice"; did you mean max-size?',
    ),
]
