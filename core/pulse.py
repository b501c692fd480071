"""The pulse: how the engine is and what its hosts use, worth showing and not worth keeping. Written here, read by clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.json import decode, encode

from core.record import replace
from core.store import Pulse, Store
from core.vitals import EnginePulse, InstancePulse, ServicePulse, TaskUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine import Engine
    from core.reports import Utilisation

#: Pulses are written at the most so often.
BEAT_GAP_S: Final = 1.0
ENGINE_PULSE: Final = "engine"
_INSTANCE: Final = "instance/"
_SERVICE: Final = "service/"

#: What an instance's pulse is made of: when it was heard, its round trip, its last measurement.
_Urgent = tuple[str, str, bool, tuple[str, ...]]
_Parts = tuple[float | None, float | None, "Utilisation | None"]


class Heard:
    """What pulses said when they were last read: of 2,000 hosts most say nothing new in a second, and are not read again.

    What a newer engine says beyond what we know is passed over.
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
            self._take(pulse)
            times[pulse.name] = pulse.at
        self._times = times

    def listen_to_engine(self, store: Store) -> None:
        """Read what the engine says of itself alone."""
        for pulse in store.pulses([ENGINE_PULSE]):
            self._take(pulse)

    def _take(self, pulse: Pulse) -> None:
        if pulse.name == ENGINE_PULSE:
            self.engine = decode(pulse.body, type=EnginePulse)
        elif pulse.name.startswith(_INSTANCE):
            told = decode(pulse.body, type=InstancePulse)
            self.hosts[pulse.name.removeprefix(_INSTANCE)] = replace(told, tasks=TaskUse(told.tasks))
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
        #: What the pulses on disk were made of, by instance.
        self._written: dict[str, _Parts] = {}
        #: What was written of services, by key.
        self._scaling: dict[str, ServicePulse] = {}
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
        own = _written(replace(me, at=now))
        parts = {instance: self._parts(engine, instance) for instance in engine.state.instances}
        changed = [instance for instance, made_of in parts.items() if self._written.get(instance) != made_of]
        bodies = [(_INSTANCE + instance, _body(*parts[instance])) for instance in changed]
        scaling = dict(engine.scalings.told)
        bodies += [
            (_SERVICE + key, _written(told))
            for key, told in scaling.items()
            if self._scaling.get(key) is not told
        ]
        self._store.put_pulses([Pulse(name, now, body) for name, body in ((ENGINE_PULSE, own), *bodies)])
        self._written, self._urgent, self._beat_at, self._scaling = parts, urgent, now, scaling

    def _parts(self, engine: Engine, instance: str) -> _Parts:
        view = engine.view(instance)
        return view.heard_at, view.round_trip_s, self._utilisation.get(instance)


def _body(heard_at: float | None, round_trip_s: float | None, used: Utilisation | None) -> str:
    pulse = InstancePulse(heard_at, round_trip_s)
    if used is not None:
        tasks: dict[str, dict[str, tuple[float, float]]] = {}
        for (task, container), figures in sorted(used.containers.items()):
            tasks.setdefault(task, {})[container] = figures
        pulse = InstancePulse(
            heard_at, round_trip_s, used.at, used.cpu_percent, used.memory_mib, used.load, tasks
        )
    return _written(pulse)


def _written(pulse: EnginePulse | InstancePulse | ServicePulse) -> str:
    return encode(pulse).decode()
