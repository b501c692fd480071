"""What is decided of the members of RegisterTaskDefinition. Pure.

What an honoured member becomes is told in the words of Docker's Engine API.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.decisions.decision import Decision, adapted, honoured, no_effect, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Why `sharingStrategy` isn't taken; ECS has it on no EXTERNAL instance either.
GPU_SHARING: Final = "it needs NVIDIA's MPS control daemon on the host, which Docker doesn't start; name in value how many GPUs the container has to itself"
_LINUX_ONLY: Final = "Dockyard runs Linux containers"

_TASK: Final = {
    "family": honoured(),
    "taskRoleArn": no_effect("no AWS credentials are served to containers"),
    "executionRoleArn": no_effect("logins and secrets come from Dockyard's own configuration"),
    "networkMode": adapted(
        "awsvpc: the task's containers share one network namespace on their host's bridge; its ports are published on free"
        " ports of the host (for a fixed one use networkMode bridge with hostPort)"
    ),
    "containerDefinitions": honoured("one container each"),
    "volumes": honoured(),
    "placementConstraints": honoured(),
    "placementConstraints.type": honoured(),
    "placementConstraints.expression": honoured(),
    "requiresCompatibilities": adapted("the task runs on any capacity of its cluster"),
    "cpu": adapted(
        "the task's ceiling is divided among its containers by their cpu; where the config sets task_cpu_mem_limit, it is the"
        " ceiling of their sum"
    ),
    "memory": adapted(
        "a limit for each container without its own, not for their sum; where the config sets task_cpu_mem_limit, it is the limit"
        " of their sum"
    ),
    "tags": honoured(),
    "tags.key": honoured(),
    "tags.value": honoured(),
    "pidMode": honoured("PidMode; for task a pause container holds the namespace"),
    "ipcMode": honoured("IpcMode; for task a pause container holds the namespace"),
    "proxyConfiguration": refused("there is no App Mesh here; remove it together with its Envoy container"),
    "inferenceAccelerators": refused("AWS has retired them"),
    "ephemeralStorage": no_effect("a container's disk is its host's, neither reserved nor limited"),
    "runtimePlatform": honoured(),
    "runtimePlatform.cpuArchitecture": honoured("placed where ecs.cpu-architecture is that"),
    "runtimePlatform.operatingSystemFamily": refused(_LINUX_ONLY, harmless=("LINUX",)),
    "enableFaultInjection": no_effect("no fault injection endpoint is served"),
    "trustedExecutionConfiguration": refused("it needs AWS's managed instances"),
}

_CONTAINER: Final = {
    "name": honoured("part of the container's name, and a label"),
    "image": honoured("Image, as it is written"),
    "repositoryCredentials": adapted("the login of the registry comes from Dockyard's own configuration"),
    "repositoryCredentials.credentialsParameter": adapted("kept and shown, not looked up"),
    "cpu": honoured("CpuShares"),
    "memory": honoured("Memory"),
    "memoryReservation": honoured("MemoryReservation"),
    "links": honoured("Links"),
    "portMappings": honoured("ExposedPorts and PortBindings"),
    "portMappings.containerPort": honoured(),
    "portMappings.hostPort": honoured("Docker chooses a free one for 0"),
    "portMappings.protocol": honoured(),
    "portMappings.name": honoured("shown; nothing connects by it"),
    "portMappings.appProtocol": no_effect("only Service Connect reads it", quiet=True),
    "portMappings.containerPortRange": honoured(
        "adjacent ports of the host, chosen when the container is created, above those that Docker and the kernel give out"
    ),
    "essential": honoured(),
    "restartPolicy": honoured("by the engine, in place; Docker's own restart policy stays off"),
    "restartPolicy.enabled": honoured(),
    "restartPolicy.ignoredExitCodes": honoured(),
    "restartPolicy.restartAttemptPeriod": honoured(),
    "entryPoint": honoured("Entrypoint"),
    "command": honoured("Cmd"),
    "environment": honoured("Env"),
    "environment.name": honoured(),
    "environment.value": honoured(),
    "environmentFiles": honoured("Env, below environment"),
    "environmentFiles.value": adapted("an S3 object's ARN stands for a local secret of its key's name"),
    "environmentFiles.type": honoured(),
    "mountPoints": honoured("Binds"),
    "mountPoints.sourceVolume": honoured(),
    "mountPoints.containerPath": honoured(),
    "mountPoints.readOnly": honoured(),
    "volumesFrom": honoured("VolumesFrom"),
    "volumesFrom.sourceContainer": honoured(),
    "volumesFrom.readOnly": honoured(),
    "linuxParameters": honoured(),
    "linuxParameters.capabilities": honoured(),
    "linuxParameters.capabilities.add": honoured("CapAdd"),
    "linuxParameters.capabilities.drop": honoured("CapDrop"),
    "linuxParameters.devices": honoured("Devices"),
    "linuxParameters.devices.hostPath": honoured(),
    "linuxParameters.devices.containerPath": honoured(),
    "linuxParameters.devices.permissions": honoured(),
    "linuxParameters.initProcessEnabled": honoured("Init"),
    "linuxParameters.sharedMemorySize": honoured("ShmSize"),
    "linuxParameters.tmpfs": honoured("Tmpfs"),
    "linuxParameters.tmpfs.containerPath": honoured(),
    "linuxParameters.tmpfs.size": honoured(),
    "linuxParameters.tmpfs.mountOptions": honoured(),
    "linuxParameters.maxSwap": honoured("MemorySwap"),
    "linuxParameters.swappiness": honoured("MemorySwappiness, beside maxSwap; Linux with cgroup v2 has none"),
    "secrets": honoured("Env, looked up when the container is created"),
    "secrets.name": honoured(),
    "secrets.valueFrom": adapted(
        "a local secret is a file of that name in the folder secrets beside the config, or DOCKYARD_SECRET_ and its name in"
        " capitals in the engine's environment, unless [secrets] in the config names its source"
    ),
    "dependsOn": honoured(),
    "dependsOn.containerName": honoured(),
    "dependsOn.condition": honoured("START, COMPLETE, SUCCESS and HEALTHY"),
    "startTimeout": honoured(),
    "stopTimeout": honoured("30 seconds without it"),
    "versionConsistency": honoured("the first task of a deployment says which version all of them run"),
    "hostname": honoured("Hostname"),
    "user": honoured("User"),
    "workingDirectory": honoured("WorkingDir"),
    "disableNetworking": honoured("NetworkDisabled"),
    "privileged": honoured("Privileged"),
    "readonlyRootFilesystem": honoured("ReadonlyRootfs"),
    "dnsServers": honoured("Dns"),
    "dnsSearchDomains": honoured("DnsSearch"),
    "extraHosts": honoured("ExtraHosts"),
    "extraHosts.hostname": honoured(),
    "extraHosts.ipAddress": honoured(),
    "dockerSecurityOptions": honoured("SecurityOpt; credentialspec is refused"),
    "interactive": honoured("OpenStdin"),
    "pseudoTerminal": honoured("Tty"),
    "dockerLabels": honoured("Labels; ECS's own and Dockyard's win"),
    "ulimits": honoured("Ulimits"),
    "ulimits.name": honoured(),
    "ulimits.softLimit": honoured(),
    "ulimits.hardLimit": honoured(),
    "logConfiguration": honoured("LogConfig"),
    "logConfiguration.logDriver": adapted(
        "for awslogs and awsfirelens the logs stay on the host, in json-file; local and none are taken too, beside ECS's"
    ),
    "logConfiguration.options": honoured("json-file rotates where no max-size is given"),
    "logConfiguration.secretOptions": honoured("looked up as secrets are"),
    "logConfiguration.secretOptions.name": honoured(),
    "logConfiguration.secretOptions.valueFrom": adapted("as for secrets"),
    "healthCheck": honoured("Healthcheck"),
    "healthCheck.command": honoured(),
    "healthCheck.interval": honoured(),
    "healthCheck.timeout": honoured(),
    "healthCheck.retries": honoured(),
    "healthCheck.startPeriod": honoured(),
    "systemControls": honoured("Sysctls"),
    "systemControls.namespace": honoured(),
    "systemControls.value": honoured(),
    "resourceRequirements": adapted(
        "GPUs are those that the config names of each host ([capacity.NAME] gpus)"
    ),
    "resourceRequirements.value": honoured("how many, or ALL; no two tasks have the same one"),
    "resourceRequirements.type": adapted("GPU; the others are refused"),
    "resourceRequirements.sharingStrategy": refused(GPU_SHARING),
    "firelensConfiguration": adapted(
        "there is no FireLens here: the log router is not started and the logs stay on the host"
    ),
    "firelensConfiguration.type": adapted("read, see firelensConfiguration"),
    "firelensConfiguration.options": adapted("read, see firelensConfiguration"),
    "credentialSpecs": refused(f"credential specs (gMSA) are for Windows, and {_LINUX_ONLY}"),
}

_VOLUME: Final = {
    "name": honoured(),
    "host": honoured("a volume of the task's own"),
    "host.sourcePath": honoured("Binds: a path of the host that the task is placed on"),
    "dockerVolumeConfiguration": honoured("a Docker volume"),
    "dockerVolumeConfiguration.scope": honoured("task: removed with the task; shared: kept"),
    "dockerVolumeConfiguration.autoprovision": honoured(),
    "dockerVolumeConfiguration.driver": honoured("placed where that plugin is"),
    "dockerVolumeConfiguration.driverOpts": honoured(),
    "dockerVolumeConfiguration.labels": honoured(),
    "efsVolumeConfiguration": adapted("the NFS export that [efs] of the config puts in its place is mounted"),
    "efsVolumeConfiguration.fileSystemId": honoured(
        "the name of a table in [efs]; refused where there is none"
    ),
    "efsVolumeConfiguration.rootDirectory": honoured("below what is exported"),
    "efsVolumeConfiguration.transitEncryption": no_effect(
        "plain NFS is not encrypted on its way", harmless=("DISABLED",), words=("ENABLED", "DISABLED")
    ),
    "efsVolumeConfiguration.transitEncryptionPort": no_effect("it is encryption's", quiet=True),
    "efsVolumeConfiguration.authorizationConfig": refused(
        "there are neither access points nor IAM here; name the directory in rootDirectory",
        harmless=({"iam": "DISABLED"},),
    ),
    "s3filesVolumeConfiguration": refused("Amazon S3 is not reachable from here; use host.sourcePath"),
    "fsxWindowsFileServerVolumeConfiguration": refused(f"{_LINUX_ONLY}; use host.sourcePath"),
    "configuredAtLaunch": refused("there are no EBS volumes here; use dockerVolumeConfiguration"),
}

TASK_DEFINITION: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        **_TASK,
        **{f"containerDefinitions.{member}": decision for member, decision in _CONTAINER.items()},
        **{f"volumes.{member}": decision for member, decision in _VOLUME.items()},
    }
)
