"""When each auto-scaled service is judged, and what came of it: one alarm for each, at the end of its period. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.fold.auto_scaling import scale
from core.model.service import Service
from core.usage import Usage

if TYPE_CHECKING:
    from core.alarms import Alarms
    from core.model.state import Row, State
    from core.reports import Utilisation
    from core.vitals import ServicePulse

#: What the alarms' keys begin with.
ALARM: Final = "scaling"


class Scalings:
    """All auto-scaled services of one engine. It may be told everything twice: a turn may be discarded and played again."""

    def __init__(self, alarms: Alarms) -> None:
        """Nothing is measured yet; `alarms` are the engine's."""
        self._alarms: Final = alarms
        self._usage: Final = Usage()
        #: What is to be shown of each service that was judged, by key.
        self.told: Final[dict[str, ServicePulse]] = {}

    def take(self, state: State, measured: Utilisation, period_s: float) -> None:
        """Take a host's measurement."""
        self._usage.take(state, measured, period_s)

    def note(self, old: Row | None, new: Row | None, now: float, period_s: float) -> None:
        """A row changed: a service may be auto-scaled from now on, or not any more."""
        row = new or old
        if isinstance(row, Service) and _is_scaled(old) is not _is_scaled(new):
            self._set(row.key, _is_scaled(new), now, period_s)

    def begin(self, state: State, now: float) -> None:
        """Judge every service now: of an engine that begins, or whose turn was undone with its alarms."""
        for service in state.services.values():
            if service.auto_scaled:
                self._alarms.set(f"{ALARM} {service.key}", now)

    def wake(self, state: State, key: str, now: float, period_s: float) -> None:
        """A service's alarm went off: judge it, and fold what follows."""
        service = state.services.get(key)
        self._set(key, _is_scaled(service), now, period_s)
        if service is not None and service.auto_scaled:
            self.told[key] = scale(state, self._usage, service, now, period_s)

    def _set(self, key: str, scaled: bool, now: float, period_s: float) -> None:
        if scaled:
            self._alarms.set(f"{ALARM} {key}", self._usage.closes_at(key, now, period_s))
        else:
            self._alarms.set(f"{ALARM} {key}", None)
            self._usage.forget(key)
            self.told.pop(key, None)


def _is_scaled(row: Row | None) -> bool:
    return isinstance(row, Service) and row.auto_scaled
