"""`dockyard status`: the engine, the hosts, the services and what is wrong, in one look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option
from core.cli.printing import Cell, Tone, age
from core.cli.verbs import Verb
from core.client.faults import engine_faults, state_faults
from core.model.cluster import ClusterStatus
from core.model.counts import counts
from core.model.service import ServiceStatus

if TYPE_CHECKING:
    from core.api import EngineStatus
    from core.model.state import State


@click.command("status", cls=Verb, examples=["dockyard status", "dockyard status --json"])
@json_option
@invoked
def verb(invocation: Invocation, as_json: bool) -> None:
    """Show how the engine and everything it looks after is."""
    dockyard = invocation.dockyard()
    engine = dockyard.engine()
    state = dockyard.state()
    faults = [*engine_faults(engine, "dockyard --no-ui"), *state_faults(state)]
    summary = _summary(state, watched=engine.watches)
    if as_json:
        invocation.printer.json({"engine": _described(engine), **summary, "faults": faults})
        return
    printer = invocation.printer
    printer.facts(
        {
            "Engine": _engine_cell(engine, dockyard.now()),
            "State": str(dockyard.folder),
            "Clusters": summary["clusters"],
            "Capacity": f"{summary['connectedInstances']}/{summary['containerInstances']} connected"
            + ("" if engine.watches else " when an engine last looked"),
            "Services": f"{summary['steadyServices']}/{summary['services']} steady",
            "Tasks": f"{summary['runningTasks']} running, {summary['pendingTasks']} pending"
            + (f", of which {summary['unknownTasks']} unknown" if summary["unknownTasks"] else ""),
            "Faults": Cell(str(len(faults)), Tone.BAD) if faults else Cell("none", Tone.GOOD),
        }
    )
    for fault in faults:
        printer.columns((Cell("  !", Tone.BAD), 4), (fault, 0))


def _engine_cell(engine: EngineStatus, now: float) -> Cell:
    if not engine.running or engine.holder is None:
        as_of = f"; what follows is of {age(engine.beat_age_s)} ago" if engine.beat_age_s is not None else ""
        return Cell(f"none runs{as_of}", Tone.BAD)
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
        "configPath": pulse.config_path,
        "otherConfig": bool(engine.config_problem),
    }


def _summary(state: State, *, watched: bool) -> dict[str, int]:
    services = [s for s in state.services.values() if s.status is ServiceStatus.ACTIVE]
    found = counts(state, (t for t in state.tasks.values() if not t.stopped), watched=watched)
    return {
        "clusters": sum(c.status is ClusterStatus.ACTIVE for c in state.clusters.values()),
        "containerInstances": len(state.instances),
        "connectedInstances": sum(i.connected for i in state.instances.values()),
        "services": len(services),
        "steadyServices": sum(s.steady for s in services),
        "runningTasks": found.running,
        "pendingTasks": found.pending,
        "unknownTasks": found.unknown,
    }
