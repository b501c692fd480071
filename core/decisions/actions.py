"""What is decided of each of ECS's actions. Pure.

An honoured one is a command with ECS's input, or a verb of the command line that prints ECS's output with `--json`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.decisions.decision import Decision, adapted, honoured, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_GATEWAY: Final = refused("there are no ECS gateways here")
_DAEMON: Final = refused(
    "managed daemons belong to AWS's managed instances; use a service with schedulingStrategy DAEMON"
)
_EXPRESS: Final = refused("express services need AWS's load balancers")
_TASK_SET: Final = refused("task sets belong to deployment controllers other than ECS, which are not there")
_ACCOUNT: Final = refused("there is no AWS account behind this")
_AGENT: Final = refused("no agent is installed on a host: the engine looks at its Docker itself")
_PROVIDER: Final = adapted("by [capacity_providers] in the config")
_CONFIG: Final = adapted("by the config file")
_TAGGING: Final = ("cluster tag", "service tag", "taskdef tag", "task tag", "capacity tag", "schedule tag")

ACTIONS: Final[Mapping[str, Decision]] = MappingProxyType(
    {
        "AssociateGatewayWithCluster": _GATEWAY,
        "ContinueServiceDeployment": refused(
            "only hooks at lifecycle stages pause a deployment, and a rolling update has none, at ECS neither"
        ),
        "CreateCapacityProvider": _PROVIDER,
        "CreateCluster": honoured("cluster create"),
        "CreateDaemon": _DAEMON,
        "CreateExpressGatewayService": _EXPRESS,
        "CreateGateway": _GATEWAY,
        "CreateService": honoured("service create, apply"),
        "CreateTaskSet": _TASK_SET,
        "DeleteAccountSetting": _ACCOUNT,
        "DeleteAttributes": honoured("capacity delete-attributes"),
        "DeleteCapacityProvider": _PROVIDER,
        "DeleteCluster": honoured("cluster rm"),
        "DeleteDaemon": _DAEMON,
        "DeleteDaemonTaskDefinition": _DAEMON,
        "DeleteExpressGatewayService": _EXPRESS,
        "DeleteGateway": _GATEWAY,
        "DeleteService": honoured("service rm"),
        "DeleteTaskDefinitions": honoured("taskdef delete"),
        "DeleteTaskSet": _TASK_SET,
        "DeregisterContainerInstance": honoured("capacity rm --force"),
        "DeregisterTaskDefinition": honoured("taskdef deregister"),
        "DescribeCapacityProviders": _PROVIDER,
        "DescribeClusters": honoured("cluster ls --json"),
        "DescribeContainerInstances": honoured("capacity describe --json"),
        "DescribeDaemon": _DAEMON,
        "DescribeDaemonDeployments": _DAEMON,
        "DescribeDaemonRevisions": _DAEMON,
        "DescribeDaemonTaskDefinition": _DAEMON,
        "DescribeExpressGatewayService": _EXPRESS,
        "DescribeGateway": _GATEWAY,
        "DescribeGatewayResources": _GATEWAY,
        "DescribeGatewayRoute": _GATEWAY,
        "DescribeServiceDeployments": adapted("service describe --json shows a service's deployments"),
        "DescribeServiceRevisions": adapted("service describe --json shows each deployment's image digests"),
        "DescribeServices": honoured("service describe --json"),
        "DescribeTaskDefinition": honoured("taskdef describe --json"),
        "DescribeTaskSets": _TASK_SET,
        "DescribeTasks": honoured("task describe --json"),
        "DisassociateGatewayFromCluster": _GATEWAY,
        "DiscoverPollEndpoint": _AGENT,
        "ExecuteCommand": adapted("task exec, over the client's own connection to the host"),
        "GetTaskProtection": honoured("task protection --json"),
        "ListAccountSettings": _ACCOUNT,
        "ListAttributes": adapted("capacity describe --json shows a host's attributes"),
        "ListClusters": honoured("cluster ls"),
        "ListContainerInstances": honoured("capacity ls"),
        "ListDaemonDeployments": _DAEMON,
        "ListDaemonTaskDefinitions": _DAEMON,
        "ListDaemons": _DAEMON,
        "ListGatewayClusterAssociations": _GATEWAY,
        "ListGatewayRoutes": _GATEWAY,
        "ListGateways": _GATEWAY,
        "ListServiceDeployments": adapted("service describe --json shows a service's deployments"),
        "ListServices": honoured("service ls"),
        "ListServicesByNamespace": refused("there is no AWS Cloud Map here"),
        "ListTagsForResource": honoured(", ".join(_TAGGING)),
        "ListTaskDefinitionFamilies": honoured("taskdef ls"),
        "ListTaskDefinitions": honoured("taskdef ls --family"),
        "ListTasks": honoured("task ls"),
        "PutAccountSetting": _ACCOUNT,
        "PutAccountSettingDefault": _ACCOUNT,
        "PutAttributes": honoured("capacity put-attributes"),
        "PutClusterCapacityProviders": honoured("cluster put-capacity-providers"),
        "RegisterContainerInstance": adapted("capacity add, or the config file"),
        "RegisterDaemonTaskDefinition": _DAEMON,
        "RegisterTaskDefinition": honoured("taskdef register, apply"),
        "RunTask": honoured("task run"),
        "StartTask": honoured("task start"),
        "StopServiceDeployment": honoured("service stop-deployment"),
        "StopTask": honoured("task stop"),
        "SubmitAttachmentStateChanges": _AGENT,
        "SubmitContainerStateChange": _AGENT,
        "SubmitTaskStateChange": _AGENT,
        "TagResource": honoured(", ".join(_TAGGING)),
        "UntagResource": honoured(", ".join(f"{verb} --remove" for verb in _TAGGING)),
        "UpdateCapacityProvider": _PROVIDER,
        "UpdateCluster": _CONFIG,
        "UpdateClusterSettings": _CONFIG,
        "UpdateContainerAgent": _AGENT,
        "UpdateContainerInstancesState": honoured("capacity drain, capacity activate"),
        "UpdateDaemon": _DAEMON,
        "UpdateExpressGatewayService": _EXPRESS,
        "UpdateGateway": _GATEWAY,
        "UpdateService": honoured("service update, service scale, service restart, apply"),
        "UpdateServicePrimaryTaskSet": _TASK_SET,
        "UpdateTaskProtection": honoured("task protect, task unprotect"),
        "UpdateTaskSet": _TASK_SET,
    }
)
