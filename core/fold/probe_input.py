"""A service's probe as it was asked for: from ELB's words, checked against the task definition. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pydantic.alias_generators import to_camel

from core.errors import Refused
from core.model.probe import Probe, ProbeProtocol
from core.scheduler.probes import unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.fold.members import ProbeInput
    from core.model.task_definition import TaskDefinition

#: The members of an input, and what each is of a probe.
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "protocol": "protocol",
        "container_name": "container",
        "container_port": "port",
        "path": "path",
        "matcher": "matcher",
        "command": "command",
        "interval_seconds": "interval_s",
        "timeout_seconds": "timeout_s",
        "healthy_threshold_count": "healthy_threshold",
        "unhealthy_threshold_count": "unhealthy_threshold",
    }
)
#: Those that not every protocol takes, and which of them each does: the first can't be done without.
_OWN: Final[Mapping[ProbeProtocol, tuple[str, ...]]] = MappingProxyType(
    {
        ProbeProtocol.HTTP: ("container_port", "path", "matcher"),
        ProbeProtocol.HTTPS: ("container_port", "path", "matcher"),
        ProbeProtocol.TCP: ("container_port",),
        ProbeProtocol.EXEC: ("command",),
    }
)
_OF_SOME: Final = frozenset(name for own in _OWN.values() for name in own)


def probe_from(given: ProbeInput, standing: Probe | None, definition: TaskDefinition) -> Probe | None:
    """The probe that is to be; None where an empty one takes it away. Without a protocol the standing one is changed.

    Raises Refused, naming the member.
    """
    said: dict[str, Any] = given.model_dump(exclude_none=True)
    if not said:
        return None
    if given.protocol is None:
        if standing is None:
            known = ", ".join(ProbeProtocol)
            raise _invalid(
                "protocol", f"is missing, and there is no probe that this changes; it is one of {known}."
            )
        said = _said_by(standing) | said
    own = _OWN[said["protocol"]]
    for name in _FIELDS:
        if name in said and name in _OF_SOME and name not in own:
            raise _invalid(name, f"a probe by {said['protocol']} has none.")
    for name in ("container_name", own[0]):
        if name not in said:
            raise _invalid(name, f"is missing; a probe by {said['protocol']} needs it.")
    probe = Probe(**{_FIELDS[name]: value for name, value in said.items()})
    check_probe(probe, definition)
    return probe


def check_probe(probe: Probe | None, definition: TaskDefinition) -> None:
    """Raises Refused where a probe can't be made of a definition's tasks."""
    if probe is not None and (problem := unfit(probe, definition)):
        raise _invalid("container_name", f"{problem}.")


def _said_by(probe: Probe) -> dict[str, Any]:
    """A probe as it would be asked for: what its protocol does not take is not in it."""
    taken = (name for name in _FIELDS if name in _OWN[probe.protocol] or name not in _OF_SOME)
    return {name: getattr(probe, _FIELDS[name]) for name in taken}


def _invalid(name: str, words: str) -> Refused:
    return Refused("InvalidParameterException", f"probe.{to_camel(name)}: {words}")
