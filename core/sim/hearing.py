"""Who was heard when: the checker's own judgement of silence, against which every loss is held (RULES of silence, written anew)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.state import Kind
from core.reports import Marker
from core.sim.violation import demand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.reports import HostReport
    from core.sim.world import Rows, World

#: Reports that were taken in one batch are not heard at quite the same moment.
SLACK_S: Final = 0.1


class Hearing:
    """What the engine has heard, as far as somebody beside it can tell."""

    def __init__(self, world: World) -> None:
        """Nothing was heard yet."""
        self._world: Final = world
        #: When the engine started, or last went on after a gap, and when it took its last turn.
        self._awake_since = 0.0
        self._turned_at = 0.0
        #: When the last look at an instance began that the engine was told of, and when it was last heard itself.
        self._looked: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        #: The jump hosts by way of which instances were last heard: a start of the engine doesn't forget them.
        self._routes: dict[str, str] = {}
        #: Instances at whose address another Docker answered last, and those where one did in the turn that is taken.
        self._strangers: set[str] = set()
        self._met: set[str] = set()
        #: Those that were heard in this turn.
        self._spoke: set[str] = set()
        #: Whether instances carry their marker, as far as words in this turn say otherwise than the disk.
        self._marked: dict[str, bool] = {}
        self._marked_at: dict[str, float] = {}
        #: When most hosts were last silent: that is our own network, and no silence counts before it.
        self._cut_off_at = 0.0

    def started(self) -> None:
        """No silence is inherited."""
        self._awake_since = self._turned_at = self._world.timeline.now

    def turning(self) -> None:
        """A gap in the engine's turns is charged to no host."""
        now = self._world.timeline.now
        if now - self._turned_at > 2 * self._world.settings.poll_interval_s:
            self._awake_since = now
        self._turned_at = now
        self._met.clear()
        self._spoke.clear()
        self._marked.clear()

    def take(self, report: HostReport) -> None:
        """Note when an instance was heard. A stranger at its address is no word from it."""
        self._looked[report.instance] = report.began_at
        self._strangers.discard(report.instance)
        row = self._world.disk.instance(report.instance)
        if report.marker is Marker.OURS:
            self._marked[report.instance] = True
        elif row is not None and self._marked.get(row.id, row.marked) and not self._is_older(report):
            self._strangers.add(report.instance)
            self._met.add(report.instance)
            return
        self._spoke.add(report.instance)
        if report.facts is not None:
            self._routes[report.instance] = report.facts.route
        self._heard[report.instance] = max(self._heard.get(report.instance, 0.0), report.ended_at)

    def marked(self, instance: str, at: float) -> None:
        """Note that an instance was given its marker."""
        self._marked[instance] = True
        self._marked_at[instance] = at

    def _is_older(self, report: HostReport) -> bool:
        """Whether a look began before the marker was written that it does not show."""
        return report.began_at < self._marked_at.get(report.instance, 0.0)

    def accepted(self, instance: str) -> None:
        """Note that an operator takes whatever answers at the address of an instance for it, where that is in question."""
        row = self._world.disk.instance(instance)
        quarantined = row is not None and row.connectivity is Connectivity.QUARANTINED
        if quarantined or (row is not None and row.lost and row.problem):
            self._marked[instance] = False

    def observed(self, instance: str) -> bool:
        """Whether a look that began since the engine awoke was told."""
        return self._looked.get(instance, 0.0) >= self._awake_since

    def looked_at(self, instance: str) -> float:
        """When the last look at it began that the engine was told of."""
        return self._looked.get(instance, 0.0)

    def answers(self, instance: str) -> bool:
        """Whether it is heard, and nobody else was at its address in this turn."""
        silent = self._silent_s(instance) >= self._world.settings.disconnect_after_s
        return not silent and instance not in self._strangers | self._met

    def note_cut_off(self, before: Rows) -> None:
        """Note whether most hosts are silent now. `before` holds rows as they were before the commit that is looked at."""
        limit_s = self._world.settings.disconnect_after_s
        remote = [i for i in self._world.disk.instances() if self._is_evidence(i, before)]
        quiet = [i for i in remote if self._silent_s(i.id) >= limit_s]
        behind = self._by_route(remote)
        silent_routes = [r for r, members in self._by_route(quiet).items() if len(members) == len(behind[r])]
        together = any(len(behind[route]) >= 2 for route in silent_routes)
        if (len(quiet) >= 2 and 2 * len(quiet) > len(remote)) or together:
            self._cut_off_at = self._world.timeline.now

    def _by_route(self, instances: Iterable[ContainerInstance]) -> dict[str, list[str]]:
        """Those that are reached by way of a jump host, as far as an engine was told so."""
        found: dict[str, list[str]] = {}
        for instance in instances:
            if route := self._routes.get(instance.id, ""):
                found.setdefault(route, []).append(instance.id)
        return found

    def check_loss(self, old: ContainerInstance, new: ContainerInstance) -> None:
        """Silence runs only while the engine runs, and most hosts at once are no evidence."""
        settings = self._world.settings
        silent_s = self._silent_s(new.id)
        text = f"after {silent_s:.1f} s"
        came_back = new.id in self._spoke and old.connectivity is not Connectivity.CONNECTED
        # It was only coming back, before this turn or in it: it is not given up anew.
        if old.connectivity is Connectivity.RETURNING or came_back:
            early = silent_s < settings.disconnect_after_s - SLACK_S
            demand(not early, "a returning instance was lost early", new.name, text)
            ours = self._cut_off_at == self._world.timeline.now
            demand(not ours, "a returning instance was lost by our own silence", new.name, text)
            return
        limit_s = settings.lost_after_s - SLACK_S
        demand(silent_s >= limit_s, "an instance was declared lost early", new.name, text)
        cut_off_s = self._world.timeline.now - self._cut_off_at
        rule = "an instance was declared lost by our own silence"
        demand(cut_off_s >= limit_s, rule, new.name, f"which ended {cut_off_s:.1f} s ago")

    def _silent_s(self, instance: str) -> float:
        return self._world.timeline.now - max(self._heard.get(instance, 0.0), self._awake_since)

    def _is_evidence(self, instance: ContainerInstance, before: Rows) -> bool:
        old = before.get((Kind.INSTANCE, instance.id)) or instance
        assert isinstance(old, ContainerInstance)
        registered = old.status is not InstanceStatus.REGISTERING and instance.id not in self._strangers
        # One that was given up says nothing by its silence, and a lot when it is heard again.
        heard = self._silent_s(instance.id) < self._world.settings.disconnect_after_s
        return registered and (heard or old.connectivity is not Connectivity.LOST)
