"""What silence makes of instances: they are DISCONNECTED, then LOST; and what is said when the engine is cut off. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.connectivity import Sign, move
from core.events import Event, Level, Subject
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.scheduler.silence import Listened

if TYPE_CHECKING:
    from core.model.settings import Settings
    from core.model.state import Row, State
    from core.observed import HostView
    from core.scheduler.silence import Silences


def listened(instance: ContainerInstance, view: HostView) -> Listened:
    """An instance as it is listened to."""
    return Listened(
        instance.id, view.heard_at, instance.route, lost=instance.lost, evidence=_is_evidence(instance)
    )


def speaks(row: Row | None) -> bool:
    """Whether a row is of an instance whose silence is judged together with that of others."""
    return isinstance(row, ContainerInstance) and _is_evidence(row) and not row.lost


def _is_evidence(instance: ContainerInstance) -> bool:
    """Whether its silence would say something about our own network: not that of a local socket, nor of a known stranger."""
    stranger = instance.connectivity is Connectivity.QUARANTINED
    new = instance.status is InstanceStatus.REGISTERING
    return not (stranger or new or instance.url.startswith("unix:"))


def fold_silence(state: State, before: Silences, verdict: Silences, now: float, settings: Settings) -> None:
    """Fold a judgement of who is silent; `before` is the last one."""
    if bool(verdict.isolated) != bool(before.isolated):
        text = (
            f"The engine is ISOLATED: {verdict.isolated}. Nothing is declared lost by itself; "
            "if a host really is gone: dockyard capacity lost NAME"
            if verdict.isolated
            else "The engine is no longer isolated."
        )
        state.say(Event(now, Subject.ENGINE, "engine", text, level=Level.WARN))
    for instance in sorted(verdict.disconnected | verdict.lost):
        _silent(state, state.instances[instance], verdict, now, settings)


def _silent(
    state: State, instance: ContainerInstance, verdict: Silences, now: float, settings: Settings
) -> None:
    """A host is silent for too long: DISCONNECTED first, LOST later; one that was only coming back is LOST again at once.

    But nothing is lost by itself while the engine is cut off: then that one is DISCONNECTED too, and comes back once more.
    """
    if instance.lost or instance.status is InstanceStatus.REGISTERING:
        return
    if instance.id in verdict.lost:
        sign, level = Sign.GIVEN_UP, Level.ERROR
        text = (
            f"Container instance {instance.name} is lost: nothing was heard of it for "
            f"{settings.lost_after_s:g} s. What its services held is replaced."
        )
    elif instance.connectivity is Connectivity.RETURNING and not verdict.isolated:
        sign, level = Sign.GIVEN_UP, Level.ERROR
        text = (
            f"Container instance {instance.name} is lost as before: it fell silent again while it came back."
        )
    elif instance.connected:
        sign, level = Sign.FELL_SILENT, Level.WARN
        text = f"Container instance {instance.name} is disconnected: what runs on it is unknown."
    else:
        return
    state.put(move(instance, sign, now))
    state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster, level))
