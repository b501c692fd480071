"""How far the engine may trust what it knows: since when it is awake, which hosts are silent, and whom it waits for. Pure.

Silence runs only while turns run. A gap in them (a stopped engine, a suspended laptop) is charged to no host: silence starts anew,
and every host is observed before anything is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.events import Event, Level, Subject
from core.fold.silence import fold_silence, listened, speaks
from core.model.instance import ContainerInstance, InstanceStatus
from core.record import replace
from core.scheduler.silence import Silences
from core.scheduler.silence import judge as judge_silence

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.settings import Settings
    from core.model.state import Row, State
    from core.observed import HostView

    View = Callable[[str], HostView]

#: How long a new engine waits for the first look at hosts that never answered, before it places anything.
JOIN_GRACE_S: Final = 5.0
#: How many of the hosts it waits for are named.
HOSTS_TOLD: Final = 5


class Vigil:
    """Kept over turns. One that is discarded puts back what was judged in it, but not that time went on."""

    def __init__(self, now: float) -> None:
        """Awake at `now`: silence starts here."""
        self.silence = Silences(now)
        self.awake_since = now
        #: Why nothing is planned for the moment; empty when planning goes on.
        self.settling = "waiting for the first look at the hosts"
        self.last_turn_at = now
        #: When silence is to be judged again, unless something else asks for it.
        self.due_at = now
        #: A gap in our turns of which nothing is on disk yet.
        self._gap_s = 0.0
        #: Instances given up in this turn: whether they spoke for our network or against it is judged as it was before.
        self._given_up: set[str] = set()
        self._before = (self.silence, self.settling, self.due_at)

    def begin_turn(self, state: State, now: float, settings: Settings) -> bool:
        """Time went on. Whether it did so without us, so that every host is to be looked at."""
        gap_s, self.last_turn_at = now - self.last_turn_at, now
        slept = gap_s > 2 * settings.poll_interval_s
        if slept:
            self.awake_since = self.due_at = now
            self.silence = replace(self.silence, since=now)
            self.settling = "waiting for a look at every host"
            self._gap_s = gap_s
        if self._gap_s:
            text = f"The engine did not run for {self._gap_s:.0f} s: every host is observed before anything is planned."
            state.say(Event(now, Subject.ENGINE, "engine", text, level=Level.WARN))
        self._before = (self.silence, self.settling, self.due_at)
        self._given_up.clear()
        return slept

    def keep(self) -> None:
        """The turn is on disk."""
        self._gap_s = 0.0

    def discard(self) -> None:
        """The turn could not be written: nothing of it happened."""
        self.silence, self.settling, self.due_at = self._before

    def answers(self, instance: ContainerInstance | None, view: View) -> bool:
        """Whether what is known of an instance's containers is true."""
        return (
            instance is not None and instance.connected and view(instance.id).observed_since(self.awake_since)
        )

    # -- silence ------------------------------------------------------------------------------------------------

    def note(self, old: Row | None, new: Row | None, now: float) -> None:
        """Note a row that changed: of fewer hosts that speak the silent ones may be more than half."""
        if speaks(old) != speaks(new):
            self.due_at = now
            if isinstance(new, ContainerInstance) and new.lost:
                self._given_up.add(new.id)

    def judge(self, state: State, view: View, now: float, settings: Settings) -> bool:
        """Judge who is silent, when a limit may have been crossed: hearing a host only ever moves its limits away.

        It is judged anew as well when other hosts than before speak for our network or against it. Whether it was judged.
        """
        if now < self.due_at and not self.silence.isolated:
            return False
        heard = [listened(i, view(i.id)) for _, i in sorted(state.instances.items())]
        before = self.silence
        suspects = before.suspects | self._given_up
        self.silence = judge_silence(heard, replace(before, suspects=suspects), now, settings)
        wake_at = self.silence.wake_at
        self.due_at = wake_at if wake_at is not None else now + settings.disconnect_after_s
        fold_silence(state, before, self.silence, now, settings)
        return True

    # -- the first looks ----------------------------------------------------------------------------------------

    def settle(self, state: State, view: View, now: float) -> None:
        """See whom planning still waits for: hosts that should answer and were not observed since the engine awoke."""
        if not self.settling:
            return
        waiting: list[str] = []
        for instance in state.instances.values():
            seen = view(instance.id)
            if seen.observed_since(self.awake_since):
                continue
            new = instance.status is InstanceStatus.REGISTERING
            joining = new and seen.failed_at is None and now - self.awake_since < JOIN_GRACE_S
            if joining or (not new and instance.connected):
                waiting.append(instance.name)
        named, left = ", ".join(sorted(waiting)[:HOSTS_TOLD]), len(waiting) - HOSTS_TOLD
        more = f" and {left} more" if left > 0 else ""
        self.settling = f"waiting for the first look at {named}{more}" if waiting else ""
