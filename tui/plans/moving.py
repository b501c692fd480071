"""Evening services out, ending deployments, answering services that ask before they replace what was lost. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.commands import Action
from core.scheduler.rollout import last_completed
from tui.plans.plan import Plan, Request, listed, tasks_text, twin
from tui.plans.services import names_of, of_service, services_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.instance import ContainerInstance
    from core.model.service import Service
    from core.model.state import State

#: What the field of a rebalancing is for.
REBALANCE_LABEL = "at once: empty for a tenth, or a number; stop"
#: As many as the engine takes (core/fold/inputs.py).
_MOST_AT_ONCE = 50


def rebalance(state: State, keys: Iterable[str], typed: str) -> Plan:
    """Even services out, so many tasks at once, or `stop` it."""
    services = services_of(state, keys)
    title, said = f"Even out {names_of(services)}", typed.strip()
    if said == "stop":
        return _stop_moving(title, services)
    at_once = int(said) if said.isdecimal() and len(said) < 5 else None
    if said and (at_once is None or not 1 <= at_once <= _MOST_AT_ONCE):
        problem = f"{said!r} is neither a number of tasks from 1 to {_MOST_AT_ONCE} nor the word stop"
        return Plan(title, (problem,), (), "Even out")
    return Plan(
        title,
        tuple(
            f"{service.name}: {tasks_text(len(service.moving))} of it on their way"
            for service in services
            if service.moving
        ),
        tuple(
            Request(
                Action.REBALANCE_SERVICE,
                of_service(service) | ({} if at_once is None else {"atOnce": at_once}),
                f"Service {service.name} is evened out",
                _twin(service, *([] if at_once is None else ["--at-once", str(at_once)])),
            )
            for service in services
        ),
        "Even out",
        moves_tasks=True,
    )


def _stop_moving(title: str, services: list[Service]) -> Plan:
    return Plan(
        title,
        tuple(f"{service.name}: moves nothing more" for service in services),
        tuple(
            Request(
                Action.REBALANCE_SERVICE,
                of_service(service) | {"stop": True},
                f"Service {service.name} is left as it is",
                _twin(service, "--stop"),
            )
            for service in services
        ),
        "Stop",
    )


def _twin(service: Service, *options: str) -> str:
    return twin("service", "rebalance", service.name, *options, cluster=service.cluster)


def stop_deployments(state: State, keys: Iterable[str]) -> Plan:
    """End what is being rolled out: go back to what was completed before, or stop where it is."""
    services = services_of(state, keys)
    lines: list[str] = []
    back: list[Request] = []
    abort: list[Request] = []
    for service in services:
        primary = state.primary_of(service.key)
        if primary is None or not primary.in_progress:
            lines.append(f"{service.name}: no deployment is in progress")
            continue
        tasks = [task for task in state.tasks_of_service(service.key) if task.wanted]
        new = sum(task.deployment == primary.id for task in tasks)
        good = last_completed(state.deployments_of(service.key))
        goes = (
            f"goes back to {good.definition}" if good is not None else "has nothing completed to go back to"
        )
        lines.append(f"{service.name}: {primary.definition} has {new} of {tasks_text(len(tasks))}; it {goes}")
        if good is not None:
            back.append(_stopped(service, primary.id, "ROLLBACK", "goes back"))
        abort.append(_stopped(service, primary.id, "ABORT", "stays as it is", "--abort"))
    title = f"Stop the deployment of {names_of(services)}"
    if not back:
        return Plan(title, tuple(lines), tuple(abort), "Stop where it is", moves_tasks=True)
    return Plan(
        title,
        tuple(lines),
        tuple(back),
        "Go back",
        moves_tasks=True,
        otherwise={"Stop where it is": tuple(abort)},
    )


def _stopped(service: Service, deployment: str, how: str, then: str, *options: str) -> Request:
    return Request(
        Action.STOP_SERVICE_DEPLOYMENT,
        {"serviceDeploymentArn": deployment, "stopType": how},
        f"Service {service.name}: the deployment is stopped, and the service {then}",
        twin("service", "stop-deployment", service.name, *options, cluster=service.cluster),
        service.cluster,
    )


def confirm_replacements(state: State, keys: Iterable[str]) -> Plan:
    """Answer services that ask whether a lost host's tasks are to be started elsewhere."""
    services = services_of(state, keys)
    asked = [
        (service, state.instances[host])
        for service in services
        for host in service.replace_asked
        if host in state.instances
    ]
    lines = [
        f"{service.name}: {tasks_text(_held(state, service, host))} on {host.name}, which is lost"
        for service, host in asked
    ]
    quiet = [service.name for service in services if not service.replace_asked]
    lines += [f"{listed(quiet)}: asks nothing (replace = ask asks when a host is lost)"] if quiet else []
    return Plan(
        f"Replace what {names_of(services)} lost",
        tuple(lines),
        tuple(_answer(service, host, is_yes=True) for service, host in asked),
        "Start elsewhere",
        moves_tasks=True,
        otherwise={
            "Wait for the host": tuple(_answer(service, host, is_yes=False) for service, host in asked)
        }
        if asked
        else {},
    )


def _held(state: State, service: Service, host: ContainerInstance) -> int:
    return sum(task.instance == host.id for task in state.tasks_of_service(service.key))


def _answer(service: Service, host: ContainerInstance, *, is_yes: bool) -> Request:
    done = "are started elsewhere" if is_yes else f"wait for {host.name}"
    return Request(
        Action.CONFIRM_REPLACEMENT,
        of_service(service) | {"containerInstance": host.id, "replace": is_yes},
        f"The tasks of {service.name} on {host.name} {done}",
        twin(
            "service",
            "replace",
            service.name,
            host.name,
            "yes" if is_yes else "no",
            cluster=service.cluster,
        ),
    )
