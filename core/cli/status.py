"""`dockyard status`: the engine, the hosts, the services and what is wrong, in one look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option
from core.cli.printing import Cell, Tone, age
from core.cli.verbs import Verb
from core.ecs.counts import counts
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus
from core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.api import EngineStatus
    from core.model.state import State

#: A running engine that has not beaten for so long is stuck, or its machine is.
_LATE_S = 10.0


@click.command("status", cls=Verb, examples=["dockyard status", "dockyard status --json"])
@json_option
@invoked
def verb(invocation: Invocation, as_json: bool) -> None:
    """Show how the engine and everything it looks after is."""
    dockyard = invocation.dockyard()
    engine = dockyard.engine()
    state = dockyard.state()
    faults = [*_engine_faults(engine), *state_faults(state)]
    summary = _summary(state)
    if as_json:
        invocation.printer.json({"engine": _described(engine), **summary, "faults": faults})
        return
    printer = invocation.printer
    printer.facts(
        {
            "Engine": _engine_cell(engine, dockyard.now()),
            "State": str(dockyard.folder),
            "Clusters": summary["clusters"],
            "Capacity": f"{summary['connectedInstances']}/{summary['containerInstances']} connected",
            "Services": f"{summary['steadyServices']}/{summary['services']} steady",
            "Tasks": f"{summary['runningTasks']} running, {summary['pendingTasks']} pending"
            + (f", {summary['unknownTasks']} unknown" if summary["unknownTasks"] else ""),
            "Faults": Cell(str(len(faults)), Tone.BAD) if faults else Cell("none", Tone.GOOD),
        }
    )
    for fault in faults:
        printer.columns((Cell("  !", Tone.BAD), 4), (fault, 0))


def state_faults(state: State) -> Iterator[str]:
    """What an operator should look at, in sentences."""
    for _, instance in sorted(state.instances.items(), key=lambda item: (item[1].cluster, item[1].name)):
        if instance.problem or not instance.connected:
            new = instance.status is InstanceStatus.REGISTERING
            is_now = "has not answered yet" if new else f"is {instance.connectivity.value}"
            yield f"{instance.name} {is_now}" + (f": {instance.problem}" if instance.problem else "")
        elif instance.impaired:
            yield f"{instance.name} is impaired: it answers, but its actions time out"
    for key, service in sorted(state.services.items()):
        if service.why and service.status is ServiceStatus.ACTIVE:
            yield f"{key}: {service.why}"


def _engine_faults(engine: EngineStatus) -> Iterator[str]:
    if not engine.running:
        yield "no engine runs: nothing is watched, started or replaced (dockyard --no-ui)"
        return
    if engine.beat_age_s is not None and engine.beat_age_s > _LATE_S:
        yield f"the engine's last beat was {age(engine.beat_age_s)} ago: it is suspended, or stuck"
    if engine.pulse.isolated:
        yield f"the engine is ISOLATED: {engine.pulse.isolated}"
    if engine.pulse.config_problem:
        yield f"the config file can't be used, the one in force stays: {engine.pulse.config_problem}"
    elif engine.other_config:
        yield "the engine runs by another config than this command reads"
    if engine.pulse.version not in {"", VERSION}:
        yield f"the engine runs version {engine.pulse.version}, this is {VERSION}: restart it"


def _engine_cell(engine: EngineStatus, now: float) -> Cell:
    if not engine.running or engine.holder is None:
        return Cell("none runs", Tone.BAD)
    up = f", up {age(now - engine.pulse.started_at)}" if engine.pulse.started_at else ""
    settling = f", {engine.pulse.settling}" if engine.pulse.settling else ""
    return Cell(f"runs, pid {engine.holder.pid} on {engine.holder.host}{up}{settling}", Tone.GOOD)


def _described(engine: EngineStatus) -> dict[str, Any]:
    pulse = engine.pulse
    return {
        "running": engine.running,
        "pid": engine.holder.pid if engine.running and engine.holder is not None else None,
        "host": pulse.host,
        "version": pulse.version,
        "startedAt": pulse.started_at,
        "beatAt": pulse.at,
        "isolated": pulse.isolated,
        "settling": pulse.settling,
        "configProblem": pulse.config_problem,
        "otherConfig": engine.other_config,
    }


def _summary(state: State) -> dict[str, int]:
    services = [s for s in state.services.values() if s.status is ServiceStatus.ACTIVE]
    found = counts(state, (t for t in state.tasks.values() if not t.stopped))
    return {
        "clusters": len(state.clusters),
        "containerInstances": len(state.instances),
        "connectedInstances": sum(i.connected for i in state.instances.values()),
        "services": len(services),
        "steadyServices": sum(s.steady for s in services),
        "runningTasks": found.running,
        "pendingTasks": found.pending,
        "unknownTasks": found.unknown,
    }
