"""What can be asked of the engine: a command is an ECS action name and an input in ECS's shape. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.record import Record


class Action(StrEnum):
    """The actions the engine knows. ECS's own names and shapes, but for the last group."""

    CREATE_CLUSTER = "CreateCluster"
    DELETE_CLUSTER = "DeleteCluster"
    PUT_CLUSTER_CAPACITY_PROVIDERS = "PutClusterCapacityProviders"
    REGISTER_TASK_DEFINITION = "RegisterTaskDefinition"
    DEREGISTER_TASK_DEFINITION = "DeregisterTaskDefinition"
    DELETE_TASK_DEFINITIONS = "DeleteTaskDefinitions"
    CREATE_SERVICE = "CreateService"
    UPDATE_SERVICE = "UpdateService"
    DELETE_SERVICE = "DeleteService"
    STOP_SERVICE_DEPLOYMENT = "StopServiceDeployment"
    RUN_TASK = "RunTask"
    START_TASK = "StartTask"
    STOP_TASK = "StopTask"
    UPDATE_TASK_PROTECTION = "UpdateTaskProtection"
    UPDATE_CONTAINER_INSTANCES_STATE = "UpdateContainerInstancesState"
    DEREGISTER_CONTAINER_INSTANCE = "DeregisterContainerInstance"
    PUT_ATTRIBUTES = "PutAttributes"
    DELETE_ATTRIBUTES = "DeleteAttributes"
    TAG_RESOURCE = "TagResource"
    UNTAG_RESOURCE = "UntagResource"
    #: EventBridge Scheduler's, for what ECS leaves to it.
    CREATE_SCHEDULE = "CreateSchedule"
    UPDATE_SCHEDULE = "UpdateSchedule"
    DELETE_SCHEDULE = "DeleteSchedule"
    #: Ours, for what ECS leaves to AWS.
    DECLARE_INSTANCE_LOST = "DeclareContainerInstanceLost"
    ACCEPT_INSTANCE = "AcceptContainerInstance"
    CONFIRM_REPLACEMENT = "ConfirmReplacement"
    ROLLBACK_SERVICE = "RollbackService"
    REBALANCE_SERVICE = "RebalanceService"
    APPLY_CONFIG = "ApplyConfig"
    RUN_SCHEDULE = "RunSchedule"


class Verdict(StrEnum):
    """How a command was answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Command(Record):
    """One request, as it stands in the commands table. `input` is JSON text in ECS's camelCase."""

    id: str
    action: str
    input: str
    submitted_by: str = ""
    submitted_at: float = 0.0


class Answer(Record):
    """The engine's answer. `code` is ECS's exception name when refused; `output` ECS-shaped JSON text when accepted."""

    command_id: str
    verdict: Verdict
    answered_at: float
    code: str = ""
    message: str = ""
    output: str = ""
