"""ECS's RegisterTaskDefinition input as shapes: every member the API knows, those that are refused later included."""

from __future__ import annotations

from typing import Final

from core.taskdef.shape import Choice, Flag, ListOf, Structure, Text, TextMap, Whole

_TEXTS: Final = ListOf(Text())
_OPTIONAL: Final = Text(blank_is_absent=True)
_PORT: Final = Whole(0, 65535)
_MEMORY_MIB: Final = Whole(0, 2**24)

_SECRETS: Final = ListOf(Structure({"name": Text(), "valueFrom": Text()}, required=("name", "valueFrom")))
_PAIRS: Final = ListOf(Structure({"name": Text(), "value": Text()}))

_PORT_MAPPING: Final = Structure(
    {
        "containerPort": _PORT,
        "hostPort": _PORT,
        "protocol": Choice(("tcp", "udp")),
        "name": _OPTIONAL,
        "appProtocol": Choice(("http", "http2", "grpc")),
        "containerPortRange": _OPTIONAL,
    }
)

_LINUX_PARAMETERS: Final = Structure(
    {
        "capabilities": Structure({"add": _TEXTS, "drop": _TEXTS}),
        "devices": ListOf(
            Structure(
                {
                    "hostPath": Text(),
                    "containerPath": _OPTIONAL,
                    "permissions": ListOf(Choice(("read", "write", "mknod"))),
                },
                required=("hostPath",),
            )
        ),
        "initProcessEnabled": Flag(),
        "sharedMemorySize": _MEMORY_MIB,
        "tmpfs": ListOf(
            Structure(
                {"containerPath": Text(), "size": Whole(1, 2**24), "mountOptions": _TEXTS},
                required=("containerPath", "size"),
            )
        ),
        "maxSwap": _MEMORY_MIB,
        "swappiness": Whole(0, 100),
    }
)

_ULIMIT_NAMES: Final = (
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)
_ULIMIT: Final = Structure(
    {"name": Choice(_ULIMIT_NAMES), "softLimit": Whole(-1), "hardLimit": Whole(-1)},
    required=("name", "softLimit", "hardLimit"),
)

_RESOURCE_REQUIREMENT: Final = Structure(
    {
        "value": Text(),
        "type": Choice(("GPU", "InferenceAccelerator", "NeuronDevice")),
        "sharingStrategy": Structure(
            {
                "nvidiaMps": Structure(
                    {"memory": Whole(), "maxComputePercent": Whole()},
                    required=("memory",),
                )
            }
        ),
    },
    required=("type",),
)

_CONTAINER: Final = Structure(
    {
        "name": Text(),
        "image": Text(),
        "repositoryCredentials": Structure({"credentialsParameter": _OPTIONAL}),
        "cpu": Whole(),
        "memory": _MEMORY_MIB,
        "memoryReservation": _MEMORY_MIB,
        "links": _TEXTS,
        "portMappings": ListOf(_PORT_MAPPING),
        "essential": Flag(),
        "restartPolicy": Structure(
            {
                "enabled": Flag(),
                "ignoredExitCodes": ListOf(Whole(0, 255)),
                "restartAttemptPeriod": Whole(60, 1800),
            },
            required=("enabled",),
        ),
        "entryPoint": _TEXTS,
        "command": _TEXTS,
        "environment": _PAIRS,
        "environmentFiles": ListOf(
            Structure({"value": Text(), "type": Choice(("s3",))}, required=("value", "type"))
        ),
        "mountPoints": ListOf(
            Structure({"sourceVolume": Text(), "containerPath": Text(), "readOnly": Flag()})
        ),
        "volumesFrom": ListOf(Structure({"sourceContainer": Text(), "readOnly": Flag()})),
        "linuxParameters": _LINUX_PARAMETERS,
        "secrets": _SECRETS,
        "dependsOn": ListOf(
            Structure(
                {
                    "containerName": Text(),
                    "condition": Choice(("START", "COMPLETE", "SUCCESS", "HEALTHY")),
                },
                required=("containerName", "condition"),
            )
        ),
        "startTimeout": Whole(),
        "stopTimeout": Whole(),
        "versionConsistency": Choice(("enabled", "disabled")),
        "hostname": _OPTIONAL,
        "user": _OPTIONAL,
        "workingDirectory": _OPTIONAL,
        "disableNetworking": Flag(),
        "privileged": Flag(),
        "readonlyRootFilesystem": Flag(),
        "dnsServers": _TEXTS,
        "dnsSearchDomains": _TEXTS,
        "extraHosts": ListOf(
            Structure({"hostname": Text(), "ipAddress": Text()}, required=("hostname", "ipAddress"))
        ),
        "dockerSecurityOptions": _TEXTS,
        "interactive": Flag(),
        "pseudoTerminal": Flag(),
        "dockerLabels": TextMap(),
        "ulimits": ListOf(_ULIMIT),
        "logConfiguration": Structure(
            # The driver is checked in validate_container, in ECS's own words.
            {"logDriver": Text(), "options": TextMap(), "secretOptions": _SECRETS},
            required=("logDriver",),
        ),
        "healthCheck": Structure(
            {
                "command": _TEXTS,
                # Docker reads 0 as "its own default", which is not ECS's.
                "interval": Whole(1),
                "timeout": Whole(1),
                "retries": Whole(1),
                "startPeriod": Whole(),
            },
            required=("command",),
        ),
        "systemControls": ListOf(Structure({"namespace": Text(), "value": Text()})),
        "resourceRequirements": ListOf(_RESOURCE_REQUIREMENT),
        "firelensConfiguration": Structure(
            {"type": Choice(("fluentd", "fluentbit")), "options": TextMap()}, required=("type",)
        ),
        "credentialSpecs": _TEXTS,
    }
)

_VOLUME: Final = Structure(
    {
        "name": Text(),
        "host": Structure({"sourcePath": _OPTIONAL}),
        "dockerVolumeConfiguration": Structure(
            {
                "scope": Choice(("task", "shared")),
                "autoprovision": Flag(),
                "driver": _OPTIONAL,
                "driverOpts": TextMap(),
                "labels": TextMap(),
            }
        ),
        "efsVolumeConfiguration": Structure(
            {
                "fileSystemId": Text(),
                "rootDirectory": Text(),
                "transitEncryption": Choice(("ENABLED", "DISABLED")),
                "transitEncryptionPort": Whole(),
                "authorizationConfig": Structure(
                    {"accessPointId": Text(), "iam": Choice(("ENABLED", "DISABLED"))}
                ),
            }
        ),
        "s3filesVolumeConfiguration": Structure(
            {
                "fileSystemArn": Text(),
                "rootDirectory": Text(),
                "transitEncryptionPort": Whole(),
                "accessPointArn": Text(),
            }
        ),
        "fsxWindowsFileServerVolumeConfiguration": Structure(
            {
                "fileSystemId": Text(),
                "rootDirectory": Text(),
                "authorizationConfig": Structure({"credentialsParameter": Text(), "domain": Text()}),
            }
        ),
        "configuredAtLaunch": Flag(),
    }
)

_OS_FAMILIES: Final = (
    "WINDOWS_SERVER_2019_FULL",
    "WINDOWS_SERVER_2019_CORE",
    "WINDOWS_SERVER_2016_FULL",
    "WINDOWS_SERVER_2004_CORE",
    "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2022_FULL",
    "WINDOWS_SERVER_2025_CORE",
    "WINDOWS_SERVER_2025_FULL",
    "WINDOWS_SERVER_20H2_CORE",
    "LINUX",
)

#: What `describe-task-definition` adds; dropped, so that its output registers as it is.
READ_ONLY: Final = (
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
)

REGISTER_TASK_DEFINITION: Final = Structure(
    {
        "family": Text(),
        "taskRoleArn": _OPTIONAL,
        "executionRoleArn": _OPTIONAL,
        "networkMode": Choice(("bridge", "host", "awsvpc", "none")),
        "containerDefinitions": ListOf(_CONTAINER),
        "volumes": ListOf(_VOLUME),
        "placementConstraints": ListOf(Structure({"type": Choice(("memberOf",)), "expression": Text()})),
        "requiresCompatibilities": ListOf(Choice(("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"))),
        "cpu": _OPTIONAL,
        "memory": _OPTIONAL,
        "tags": ListOf(Structure({"key": Text(), "value": Text()})),
        "pidMode": Choice(("host", "task")),
        "ipcMode": Choice(("host", "task", "none")),
        "proxyConfiguration": Structure(
            {"type": Choice(("APPMESH",)), "containerName": Text(), "properties": _PAIRS}
        ),
        "inferenceAccelerators": ListOf(Structure({"deviceName": Text(), "deviceType": Text()})),
        "ephemeralStorage": Structure({"sizeInGiB": Whole()}, required=("sizeInGiB",)),
        "runtimePlatform": Structure(
            {
                "cpuArchitecture": Choice(("X86_64", "ARM64")),
                "operatingSystemFamily": Choice(_OS_FAMILIES),
            }
        ),
        "enableFaultInjection": Flag(),
        "trustedExecutionConfiguration": Structure(
            {
                "isolationMode": Choice(("SHARED", "ISOLATED_SANDBOX", "CONFIDENTIAL_SANDBOX")),
                "attestationPolicy": Text(),
            }
        ),
    },
    required=("family", "containerDefinitions"),
    # `warnings` is what our own describe adds to ECS's members.
    ignored=(*READ_ONLY, "warnings"),
)
