"""The pulse: how the engine is and what its hosts use, worth showing and not worth keeping. Written here, read by clients."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from msgspec import DecodeError
from msgspec.json import decode, encode

from core.record import replace
from core.reports import Utilisation
from core.store import Pulse, Store
from core.vitals import EnginePulse, InstancePulse, ServicePulse, TaskUse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.engine import Engine

#: Pulses are written at the most so often.
BEAT_GAP_S: Final = 1.0
ENGINE_PULSE: Final = "engine"
#: A host is heard every few seconds, and measured more seldom, which is a hundred times as much to write.
_INSTANCE: Final = "instance/"
_USE: Final = "use/"
_SERVICE: Final = "service/"

_Urgent = tuple[str, str, bool, tuple[str, ...]]
#: What a pulse is made of: when a host was heard and its round trip, its last measurement, or a service's as it is.
_Parts = tuple[float | None, float | None] | Utilisation | ServicePulse


class Heard:
    """What pulses said when they were last read: of 2,000 hosts most say nothing new in a second, and are not read again.

    What an engine of another version says beyond what we know, or otherwise, is passed over.
    """

    def __init__(self) -> None:
        """Nothing was heard."""
        self._times: dict[str, float] = {}
        self.engine = EnginePulse()
        #: By instance id.
        self.hosts: dict[str, InstancePulse] = {}
        #: What auto scaling last made of services, by their keys.
        self.scaling: dict[str, ServicePulse] = {}

    def listen(self, store: Store) -> None:
        """Read what was written since the last time; what was handed out before stays as it is."""
        times = store.pulse_times()
        self.hosts = {key: told for key, told in self.hosts.items() if _INSTANCE + key in times}
        self.scaling = {key: told for key, told in self.scaling.items() if _SERVICE + key in times}
        for pulse in store.pulses([name for name, at in times.items() if self._times.get(name) != at]):
            with suppress(DecodeError):
                self._take(pulse)
            times[pulse.name] = pulse.at
        self._times = times

    def listen_to_engine(self, store: Store) -> None:
        """Read what the engine says of itself alone."""
        for pulse in store.pulses([ENGINE_PULSE]):
            with suppress(DecodeError):
                self._take(pulse)

    def _take(self, pulse: Pulse) -> None:
        if pulse.name == ENGINE_PULSE:
            self.engine = decode(pulse.body, type=EnginePulse)
        elif pulse.name.startswith(_INSTANCE):
            key, told = pulse.name.removeprefix(_INSTANCE), decode(pulse.body, type=InstancePulse)
            # What its use pulse said stays, whichever of the two was read first.
            used = self.hosts.get(key, told)
            self.hosts[key] = replace(used, heard_at=told.heard_at, round_trip_s=told.round_trip_s)
        elif pulse.name.startswith(_USE):
            key, used = pulse.name.removeprefix(_USE), decode(pulse.body, type=InstancePulse)
            told = self.hosts.get(key, used)
            self.hosts[key] = replace(
                used, heard_at=told.heard_at, round_trip_s=told.round_trip_s, tasks=TaskUse(used.tasks)
            )
        elif pulse.name.startswith(_SERVICE):
            self.scaling[pulse.name.removeprefix(_SERVICE)] = decode(pulse.body, type=ServicePulse)


class Pulses:
    """Gathers and writes the pulse. `measured` may be called from any thread, the rest from the engine's."""

    def __init__(
        self, store: Store, me: EnginePulse, locked_keys: Callable[[], tuple[str, ...]] = tuple
    ) -> None:
        """`me` is what stays the same of the engine's own pulse; `locked_keys` tells which keys it misses."""
        self._store: Final = store
        self.me = me
        self._locked_keys: Final = locked_keys
        self._utilisation: dict[str, Utilisation] = {}
        #: What the pulses that this engine wrote were made of, by name.
        self._written: dict[str, _Parts] = {}
        #: What an operator must not see late, as the last beat told it; and when that was.
        self._urgent: _Urgent = ("", "", False, ())
        self._beat_at = 0.0

    def measured(self, utilisation: Utilisation) -> None:
        """Keep the newest measurement of a host for the next beat."""
        self._utilisation[utilisation.instance] = utilisation

    def beat(self, engine: Engine, now: float) -> None:
        """Write what changed since the last beat, unless that was a moment ago and nothing is urgent. Raises StoreError."""
        me = replace(
            self.me, isolated=engine.isolated, settling=engine.settling, locked_keys=self._locked_keys()
        )
        urgent = (me.isolated, me.config_problem, bool(me.settling), me.locked_keys)
        if urgent == self._urgent and now - self._beat_at < BEAT_GAP_S:
            return
        parts = self._parts(engine)
        bodies = [
            (name, _body(made_of)) for name, made_of in parts.items() if self._written.get(name) != made_of
        ]
        bodies.append((ENGINE_PULSE, _encoded(replace(me, at=now))))
        gone = self._written.keys() - parts.keys() if self._beat_at else self._of_nobody(engine)
        self._store.put_pulses([Pulse(name, now, body) for name, body in bodies], gone)
        self._written, self._urgent, self._beat_at = parts, urgent, now
        for instance in self._utilisation.keys() - engine.state.instances.keys():
            self._utilisation.pop(instance, None)

    def _parts(self, engine: Engine) -> dict[str, _Parts]:
        """What the pulses of hosts and services are made of, by name."""
        parts: dict[str, _Parts] = {_SERVICE + key: told for key, told in engine.scalings.told.items()}
        for instance in engine.state.instances:
            view = engine.view(instance)
            parts[_INSTANCE + instance] = view.heard_at, view.round_trip_s
            used = self._utilisation.get(instance)
            if used is not None:
                parts[_USE + instance] = used
        return parts

    def _of_nobody(self, engine: Engine) -> set[str]:
        """The names of what earlier engines left of hosts and services that are no more."""
        there: dict[str, Mapping[str, object]] = {
            _INSTANCE: engine.state.instances,
            _USE: engine.state.instances,
            _SERVICE: engine.state.services,
        }
        names = self._store.pulse_times()
        return {
            name
            for kind, rows in there.items()
            for name in names
            if name.startswith(kind) and name.removeprefix(kind) not in rows
        }


def _body(made_of: _Parts) -> str:
    match made_of:
        case ServicePulse():
            return _encoded(made_of)
        case Utilisation():
            tasks: dict[str, dict[str, tuple[float, float]]] = {}
            for (task, container), figures in sorted(made_of.containers.items()):
                tasks.setdefault(task, {})[container] = figures
            used = InstancePulse(
                measured_at=made_of.at,
                cpu_percent=made_of.cpu_percent,
                memory_mib=made_of.memory_mib,
                load=made_of.load,
                tasks=tasks,
            )
            return _encoded(used)
        case heard_at, round_trip_s:
            return _encoded(InstancePulse(heard_at, round_trip_s))


def _encoded(pulse: EnginePulse | InstancePulse | ServicePulse) -> str:
    return encode(pulse).decode()
