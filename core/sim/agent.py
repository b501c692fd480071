"""A container agent in virtual time: looks on a beat and on hints, works in the real agent's lanes, and loses connections.

It does in events what core.agent does in threads, with the same pace, deadlines and lanes (core.lanes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.actions import Lane
from core.agent_settings import AgentSettings
from core.lanes import Lanes
from core.model.probe import TargetReason
from core.record import replace
from core.reports import Outcome, ProbeEnd, ProbeResult, ProbeVerdict, Result, Unreachable
from core.rounds import Rounds
from core.sim.machine import Link, Machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.actions import Action
    from core.lanes import Job
    from core.model.probe import Probes, Target, TargetHealth
    from core.reports import HostReport, Utilisation
    from core.rounds import Check
    from core.sim.timeline import Timeline

    Item = HostReport | Outcome | ProbeVerdict | Unreachable

SETTINGS: Final = AgentSettings()
#: How soon a connection that is cut or whose machine is off is noticed (TCP_USER_TIMEOUT).
NOTICED_AFTER_S: Final = 10.0
#: How long a measurement may take.
MEASURED_WITHIN_S: Final = 20.0


class SimulatedAgent:
    """One instance's agent in one life of the engine. `awake` runs an event now, or when the engine's process goes on."""

    def __init__(
        self,
        instance: str,
        machine: Machine,
        post: Callable[[Item], None],
        timeline: Timeline,
        chance: Random,
        awake: Callable[[Callable[[], None]], None],
        use: Callable[[], Utilisation],
    ) -> None:
        """Not connected yet."""
        self.instance: Final = instance
        self.machine: Final = machine
        self._post: Final = post
        self._timeline: Final = timeline
        self._chance: Final = chance
        self._awake: Final = awake
        self._use: Final = use
        self._measuring = False
        self._closed = False
        self._connected = False
        self._bad_looks = 0
        self._failures = 0
        #: The number of the look under way; an answer to an earlier one comes too late.
        self._look = 0
        self._looking = False
        self._next_look = 0
        widths = {Lane.START: SETTINGS.starts, Lane.PULL: SETTINGS.pulls, Lane.STOP: SETTINGS.stops}
        self._lanes = Lanes(widths, SETTINGS.grace_s)
        #: Rises with each connection: what is under way on an old one ended with it.
        self._connection = 0
        self._link = self._connect()
        self._jobs: dict[int, Job] = {}
        self._rounds = Rounds(chance)
        #: Of the moments at which something is due to be probed only the last that was planned counts.
        self._next_probe = 0

    def _connect(self) -> Link:
        number = self._connection
        return Link(self.machine.epoch, lambda: not self._closed and number == self._connection)

    def close(self) -> None:
        """Stop; nothing more is said."""
        self._closed = True

    def _later(self, seconds: float, happens: Callable[[], None]) -> None:
        def once_awake() -> None:
            if not self._closed:
                happens()

        self._timeline.after(seconds, lambda: self._awake(once_awake))

    # -- looking ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look."""
        self._plan_look(self._chance.uniform(0.0, 0.2))

    def hint(self) -> None:
        """Something happened on the host."""
        if self._connected and not self._looking and not self.machine.weather.hints_lost:
            self._plan_look(self._chance.uniform(SETTINGS.hint_gap_s, 0.4))

    def _plan_look(self, after_s: float) -> None:
        self._next_look += 1
        number = self._next_look

        def begin() -> None:
            if number == self._next_look and not self._looking:
                self._begin_look()

        self._later(after_s, begin)

    def _begin_look(self) -> None:
        if self._link.epoch != self.machine.epoch and self.machine.reachable:
            self._lose()  # the machine on the old connection is gone: the look that follows is on a new one
            return
        self._looking = True
        self._look += 1
        number, began_at = self._look, self._timeline.now

        def answered(report: HostReport) -> None:
            self._awake(lambda: self._seen(number, began_at, report))

        self.machine.look(self.instance, self._link, answered)
        self._later(SETTINGS.observe_deadline_s, lambda: self._unseen(number))

    def _seen(self, number: int, began_at: float, report: HostReport) -> None:
        if self._closed or number != self._look or not self._looking:
            return
        now = self._timeline.now
        self._looking = False
        self._bad_looks = self._failures = 0
        self._connected = True
        self._post(replace(report, began_at=began_at, ended_at=now, round_trip_s=now - began_at))
        for target, health in self._rounds.heard(began_at, now - began_at):
            self._tell(target, health)
        self._probe_due()
        self._plan_look(max(0.1, began_at + SETTINGS.poll_interval_s - now))

    def _unseen(self, number: int) -> None:
        if number != self._look or not self._looking:
            return
        self._looking = False
        self._bad_looks += 1
        self._rounds.missed()
        self._post(Unreachable(self.instance, self._timeline.now, "answer", "no answer within 10 s"))
        if self.machine.reachable and self._connected and self._bad_looks < 2:
            self._plan_look(0.0)
            return
        self._lose()

    def _lose(self) -> None:
        """Part with the connection: what runs on it ends unknown, what waits was never sent."""
        self._connected = False
        self._connection += 1
        self._link = self._connect()
        self._failures += 1
        self._rounds.cut(self._timeline.now)
        jobs, self._jobs = self._jobs, {}
        for action in self._lanes.drop_waiting():
            self._say(action, Result.NOT_SENT)
        for job in jobs.values():
            if self._lanes.end(job):
                self._say(job.action, Result.UNKNOWN)
        longest = min(SETTINGS.reopen_max_s, SETTINGS.reopen_first_s * 2.0 ** (self._failures - 1))
        self._looking = False
        self._plan_look(longest * self._chance.uniform(0.5, 1.0))

    def measure(self, post: Callable[[Utilisation], None]) -> None:
        """Ask the host what it uses, unless that was asked and has no answer yet."""
        if not self._connected or self._measuring:
            return
        self._measuring = True

        def answered(used: Utilisation) -> None:
            self._measuring = False
            if not self._closed:
                post(used)

        def given_up() -> None:
            self._measuring = False

        self.machine.measure(self._link, self._use, lambda used: self._awake(lambda: answered(used)))
        self._later(MEASURED_WITHIN_S, given_up)

    # -- work -------------------------------------------------------------------------------------------------------

    def submit(self, action: Action) -> None:
        """Carry out an action."""
        if not self._connected:
            self._say(action, Result.NOT_SENT)
            return
        self._lanes.add(action)
        self._begin_work()

    def _begin_work(self) -> None:
        for job in self._lanes.begin(self._timeline.now):
            self._send(job)

    def _send(self, job: Job) -> None:
        connection = self._connection
        self._jobs[job.number] = job

        def answered(outcome: Outcome | None) -> None:
            self._awake(lambda: self._answered(job, connection, outcome))

        def noticed() -> None:
            if connection == self._connection and job.number in self._jobs and not self.machine.reachable:
                self._lose()

        self.machine.work(self.instance, self._link, job.action, answered)
        self._later(NOTICED_AFTER_S, noticed)
        self._later(job.ends_by - self._timeline.now, self._give_up_overdue)

    def _answered(self, job: Job, connection: int, outcome: Outcome | None) -> None:
        if self._closed or connection != self._connection:
            return
        if outcome is None:
            self._lose()  # the answer was lost with the connection
            return
        self._jobs.pop(job.number, None)
        if self._lanes.end(job):
            self._post(replace(outcome, finished_at=self._timeline.now))
        self._begin_work()

    def _give_up_overdue(self) -> None:
        for job in self._lanes.overdue(self._timeline.now):
            self._jobs.pop(job.number, None)
            self._say(job.action, Result.UNKNOWN, timed_out=True)
        self._begin_work()

    def _say(self, action: Action, result: Result, *, timed_out: bool = False) -> None:
        error = "no answer in time" if timed_out else "the connection to the host is lost"
        self._post(
            Outcome(self.instance, action, result, self._timeline.now, error=error, timed_out=timed_out)
        )

    # -- probing ----------------------------------------------------------------------------------------------------

    def probe(self, probes: Probes) -> None:
        """Probe these targets from now on, and no others."""
        self._rounds.take(probes, self._timeline.now)
        self._probe_due()

    def _probe_due(self) -> None:
        if not self._connected:
            return
        for check in self._rounds.begin(self._timeline.now):
            self._check(check)
        self._next_probe += 1
        number, next_at = self._next_probe, self._rounds.next_at

        def due() -> None:
            if number == self._next_probe:
                self._probe_due()

        if next_at is not None:
            self._later(max(0.0, next_at - self._timeline.now), due)

    def _check(self, check: Check) -> None:
        def answered(result: ProbeResult) -> None:
            self._awake(lambda: self._checked(check, result))

        self.machine.probe(self.instance, self._link, check.target, answered)
        late = ProbeResult(ProbeEnd.FAILED, TargetReason.TIMEOUT, "Request timed out", doubtful=True)
        self._later(check.target.probe.timeout_s, lambda: self._checked(check, late))

    def _checked(self, check: Check, result: ProbeResult) -> None:
        if self._closed:
            return
        health = self._rounds.end(check, result, self._timeline.now)
        if health is not None:
            self._tell(check.target, health)
        self._probe_due()

    def _tell(self, target: Target, health: TargetHealth) -> None:
        self._post(ProbeVerdict(self.instance, target, health))
