"""What the engine knows of each host since it started: last report, what outcomes said since, what is under way.

Kept in memory only: after a restart nothing is done to a host before it was observed again, so nothing of this need survive.
Everything here may be folded twice without harm, since a turn whose commit failed is played again. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.actions import MARKER, Action, CreateContainer, PullImage, StartContainer
from core.reports import Result

if TYPE_CHECKING:
    from core.reports import ContainerSeen, HostReport, Outcome

#: So many time-outs in a row make a host impaired (RULES: lists answer but create hangs).
TIMEOUTS_TO_IMPAIR: Final = 3
#: An impaired host that answers looks and has nothing to do for so long is given another try.
PARDON_AFTER_S: Final = 60.0
#: The longest pause before a refused action is tried again.
RETRY_MAX_S: Final = 300.0


@dataclass(slots=True)
class HostView:
    """One host. Times are the engine's."""

    #: When the last good look began and ended; None before the first.
    report_began_at: float | None = None
    heard_at: float | None = None
    #: When the last look failed without a good one since; None while the host answers.
    failed_at: float | None = None
    round_trip_s: float | None = None
    #: An instance that is no more, whose marker the host was last seen to carry.
    former_marker: str = ""
    #: Our containers by name, as last known.
    containers: dict[str, ContainerSeen] = field(default_factory=dict)
    #: The same as the last look listed them; None when an outcome has told something else since, or the look was older than one.
    listed: tuple[ContainerSeen, ...] | None = None
    #: Names whose presence or absence an outcome told us, and when: an older list can't contradict it.
    known_at: dict[str, float] = field(default_factory=dict)
    #: Targets of actions whose outcome is unknown, since when: only a look that began later settles them.
    doubts: dict[str, float] = field(default_factory=dict)
    #: Actions under way, by target.
    in_flight: dict[str, Action] = field(default_factory=dict)
    #: (task or deployment id, image, digest or empty) for which the image is there.
    pulled: set[tuple[str, str, str]] = field(default_factory=set)
    #: How far actions are, in words, by target.
    progress: dict[str, str] = field(default_factory=dict)
    #: Targets that Docker refused to stop, remove or mark: since when, and when to try again.
    refused_since: dict[str, float] = field(default_factory=dict)
    retry_at: dict[str, float] = field(default_factory=dict)
    #: The time-outs since the last success: when, and of what. Several may end at one moment, and one may be folded twice.
    timeouts: set[tuple[float, str]] = field(default_factory=set)
    #: Ids of tasks of which a look showed something new, to be judged by a turn that is kept. None: all of them.
    news: set[str] | None = None
    #: Whether this turn has judged them: an older look, or a stranger's, judges none, and leaves the news to the next.
    judged: bool = False

    @classmethod
    def impaired_at(cls, moment: float) -> HostView:
        """A host whose actions timed out before this engine started: only a success, or a rest, clears that."""
        return cls(timeouts={(moment, f"earlier {number}") for number in range(TIMEOUTS_TO_IMPAIR)})

    def observed_since(self, moment: float) -> bool:
        """Whether a look that began at or after a moment succeeded."""
        return self.report_began_at is not None and self.report_began_at >= moment

    def settled(self, target: str) -> bool:
        """Whether nothing is under way or in doubt about a target."""
        return target not in self.in_flight and target not in self.doubts

    def may_come_up(self, target: str) -> bool:
        """Whether a container that is down could be brought up by what is under way, or may have been already."""
        return target in self.doubts or isinstance(
            self.in_flight.get(target), CreateContainer | StartContainer
        )

    @property
    def impaired(self) -> bool:
        """Whether its last actions all ran into their deadline."""
        return len(self.timeouts) >= TIMEOUTS_TO_IMPAIR

    def take_report(self, report: HostReport) -> bool:
        """Fold a look into what is known. False when a newer look was already taken."""
        if self.report_began_at is not None and report.began_at < self.report_began_at:
            return False
        self._take_containers(report)
        doubts = {target: at for target, at in self.doubts.items() if at >= report.began_at}
        if len(doubts) < len(self.doubts) or self.report_began_at is None:
            self.news = None
        self.doubts = doubts
        if self.impaired and not self.in_flight and report.began_at - max(self.timeouts)[0] >= PARDON_AFTER_S:
            self.timeouts.remove(min(self.timeouts))
        self.report_began_at = report.began_at
        self.heard_at = max(report.ended_at, self.heard_at or report.ended_at)
        self.failed_at = None
        self.round_trip_s = report.round_trip_s
        return True

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way there, in doubt or refused, and what was seen last was judged."""
        return self.news == set() and not (
            self.in_flight or self.doubts or self.refused_since or self.known_at or self.timeouts
        )

    def _take_containers(self, report: HostReport) -> None:
        if report.containers == self.listed and not (self.known_at or self.refused_since):
            return
        listed = {seen.name: seen for seen in report.containers}
        newer = {name for name, at in self.known_at.items() if at >= report.began_at}
        for name in self.containers.keys() - listed.keys() - newer:
            self._tell(self.containers.pop(name))
        for name, seen in listed.items():
            known = self.containers.get(name)
            if name not in newer and known != seen:
                if known is not None and known.state is not seen.state:
                    self._forgive(name)
                self.containers[name] = seen
                self._tell(seen)
        self.known_at = {name: at for name, at in self.known_at.items() if name in newer}
        self.listed = None if newer else report.containers
        for target in self.refused_since.keys() - self.containers.keys() - {MARKER}:
            self._forgive(target)

    def _tell(self, seen: ContainerSeen) -> None:
        if self.news is not None:
            self.news.add(seen.task)

    def take_outcome(self, outcome: Outcome) -> None:
        """Fold the end of an action into what is known."""
        target = outcome.action.target
        self.in_flight.pop(target, None)
        if outcome.timed_out:
            self.timeouts.add((outcome.finished_at, target))
        elif outcome.result is Result.DONE:
            self.timeouts.clear()
            self._forgive(target)
        if self.report_began_at is not None and self.report_began_at > outcome.finished_at:
            return  # it waited its turn for so long that a later look has told already what became of it
        if outcome.result in {Result.UNKNOWN, Result.NOT_SENT}:
            self.doubts[target] = outcome.finished_at
        if outcome.looked and not isinstance(outcome.action, PullImage):
            self.known_at[target] = outcome.finished_at
            self.listed = None
            if outcome.seen is None:
                self.containers.pop(target, None)
            else:
                self.containers[target] = outcome.seen

    def _forgive(self, target: str) -> None:
        """What Docker refused is done, or is another question now."""
        self.refused_since.pop(target, None)
        self.retry_at.pop(target, None)

    def refuse(self, target: str, at: float, pause_s: float, now: float) -> bool:
        """Note that Docker refused an action at a moment; the pauses grow. Whether it is the first refusal in a row."""
        since = self.refused_since.setdefault(target, at)
        self.retry_at[target] = now + min(max(pause_s, (now - since) / 2), RETRY_MAX_S)
        return since == at
