"""A service's probe as it was asked for: from ELB's words, checked against the task definition. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import Refused
from core.model.probe import Probe, ProbeProtocol
from core.scheduler.probes import unfit

if TYPE_CHECKING:
    from core.fold.members import ProbeInput
    from core.model.task_definition import TaskDefinition

#: The members that a protocol takes beside those of every probe.
_OWN = {
    ProbeProtocol.HTTP: ("container_port", "path", "matcher"),
    ProbeProtocol.HTTPS: ("container_port", "path", "matcher"),
    ProbeProtocol.TCP: ("container_port",),
    ProbeProtocol.EXEC: ("command",),
}
_WRITTEN = {
    "container_port": "containerPort",
    "path": "path",
    "matcher": "matcher",
    "command": "command",
}
_NEEDED = ("container_port", "command")


def probe_from(given: ProbeInput, standing: Probe | None, definition: TaskDefinition) -> Probe | None:
    """The probe that is to be; None where an empty one takes it away. Without a protocol the standing one is changed.

    Raises Refused, naming the member.
    """
    said = given.model_dump(exclude_none=True)
    if not said:
        return None
    if given.protocol is None:
        if standing is None:
            raise _invalid(f"probe.protocol: is missing; it is one of {', '.join(ProbeProtocol)}.")
        said = _said_by(standing) | said
    probe = _made(said)
    check_probe(probe, definition)
    return probe


def check_probe(probe: Probe | None, definition: TaskDefinition) -> None:
    """Raises Refused where a probe can't be made of a definition's tasks."""
    if probe is not None and (problem := unfit(probe, definition)):
        raise _invalid(f"probe.containerName: {problem}.")


def _said_by(probe: Probe) -> dict[str, Any]:
    """A probe as it would be asked for: what its protocol does not take is not in it."""
    own: dict[str, Any] = {
        "container_port": probe.port,
        "path": probe.path,
        "matcher": probe.matcher,
        "command": probe.command,
    }
    return {
        "protocol": probe.protocol,
        "container_name": probe.container,
        "interval_seconds": probe.interval_s,
        "timeout_seconds": probe.timeout_s,
        "healthy_threshold_count": probe.healthy_threshold,
        "unhealthy_threshold_count": probe.unhealthy_threshold,
        **{name: own[name] for name in _OWN[probe.protocol]},
    }


def _made(said: dict[str, Any]) -> Probe:
    protocol = ProbeProtocol(said["protocol"])
    own = _OWN[protocol]
    for name, written in _WRITTEN.items():
        if name in said and name not in own:
            raise _invalid(f"probe.{written}: a probe by {protocol} has none.")
        if name in _NEEDED and name in own and name not in said:
            raise _invalid(f"probe.{written}: is missing; a probe by {protocol} needs it.")
    if "container_name" not in said:
        raise _invalid("probe.containerName: is missing.")
    names = {
        "container": "container_name",
        "port": "container_port",
        "path": "path",
        "matcher": "matcher",
        "command": "command",
        "interval_s": "interval_seconds",
        "timeout_s": "timeout_seconds",
        "healthy_threshold": "healthy_threshold_count",
        "unhealthy_threshold": "unhealthy_threshold_count",
    }
    return Probe(protocol, **{field: said[name] for field, name in names.items() if name in said})


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
