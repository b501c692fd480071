"""The container agent of one instance: it keeps a connection to its host, looks at it on a beat and on hints, works, and probes.

Threads, all daemons: one opens and looks, one listens for hints, and one for each action under way; deadlines are kept by
one for all agents (core.guard). None is ever waited for: a host that hangs holds up neither another host nor the end of the
process. After a lost connection the host is opened anew and observed before it is given anything to do.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar

from core.errors import HostError, HostUnreachable
from core.lanes import Lanes
from core.probing import Prober
from core.reports import ActionProgress, HostReport, Outcome, ProbeVerdict, Result, Unreachable, Utilisation

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.actions import Action
    from core.agent_settings import AgentSettings
    from core.guard import Guard
    from core.hosts.base import Host
    from core.lanes import Job
    from core.model.probe import Probes

T = TypeVar("T")

_log = logging.getLogger(__name__)

#: What an agent tells the engine.
Item = HostReport | Outcome | Unreachable | ActionProgress | ProbeVerdict | Utilisation

#: A look that ran into its deadline may be a busy daemon's: only the second in a row costs the connection.
_PATIENCE: Final = 2
_PROGRESS_GAP_S: Final = 1.0


class Agent:
    """One instance's agent. Everything it learns goes to `post`, from any thread; after `close` nothing new does.

    Every action it was given has exactly one outcome, posted or returned by `close`: until then the engine leaves its target alone.
    """

    def __init__(
        self,
        instance: str,
        open_host: Callable[[], Host],
        post: Callable[[Item], None],
        settings: AgentSettings,
        clock: Callable[[], float],
        chance: Random,
        guard: Guard,
    ) -> None:
        self._instance = instance
        self._open_host = open_host
        self._post_item = post
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._changed = threading.Condition()
        self._closed = False
        #: Raised when a looker is given up: what it still says is not listened to.
        self._generation = 0
        self._host: Host | None = None
        self._observed = False
        self._listening = False
        self._listen_again_at = 0.0
        self._measuring = False
        self._look_wanted = False
        self._look_ends_by: float | None = None
        self._lanes = Lanes(settings.widths, settings.grace_s)
        self._watch = guard.watch(self._keep_deadlines)
        #: When the guard calls next. It may find nothing to do then: that is cheaper than to tell it of each look's end.
        self._watched_for = math.inf
        self._prober = Prober(instance, self._post, chance)

    # -- what the engine's process asks of it -------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect and to look."""
        self._spawn("look", self._live, self._generation)

    def submit(self, action: Action) -> None:
        """Carry out an action; its outcome is posted. Without an observed connection it is NOT_SENT at once."""
        with self._changed:
            ready = self._observed and not self._closed
            if ready:
                self._lanes.add(action)
        if ready:
            self._begin_work()
        else:
            self._post(self._not_sent(action))

    def probe(self, probes: Probes) -> None:
        """Probe these targets from now on, and no others, while the host is connected."""
        self._prober.take(probes)

    def look_now(self) -> None:
        """Look as soon as the pace allows; while the host is away, try to reach it now."""
        with self._changed:
            self._look_wanted = True
            self._changed.notify_all()

    def measure(self) -> None:
        """Measure utilisation once, beside everything else, unless that is under way."""
        with self._changed:
            host = self._host if self._observed and not self._measuring else None
            if host is None:
                return
            self._measuring = True
        self._spawn("measure", self._measure, host)

    def close(self) -> list[Outcome]:
        """Stop, waiting for nothing: what is under way is left to the host and found again by the next look.

        Returns how far the actions came that have no outcome yet, for whoever waits for one.
        """
        with self._changed:
            self._closed = True
            self._observed = False
            host, self._host = self._host, None
            waiting, running = self._lanes.drop_waiting(), self._lanes.drop_running()
            self._prober.close()
            self._watch.end()
            self._changed.notify_all()
        if host is not None:
            self._spawn("close", host.close)
        cut = "the connection was closed meanwhile"
        return [
            *map(self._not_sent, waiting),
            *(
                Outcome(self._instance, action, Result.UNKNOWN, self._clock(), error=cut)
                for action in running
            ),
        ]

    # -- looking ------------------------------------------------------------------------------------------------------

    def _live(self, generation: int) -> None:
        """Open the host, look until it is lost, and open it anew."""
        failures = 0
        while self._current(generation):
            host = self._shielded(self._open_host)
            if isinstance(host, HostUnreachable):
                failures += 1
                self._unreachable(generation, host)
                self._pause(generation, self._settings.reopen_after_s(failures, host, self._chance))
                continue
            with self._changed:
                current = self._current(generation)
                if current:
                    self._host, self._listening, self._listen_again_at = host, False, 0.0
            opened_at = time.monotonic()
            good = current and self._look_until_lost(host, generation)
            # A connection that does not live to the next beat is no better than one that can't be made.
            lasted = good and time.monotonic() - opened_at >= self._settings.poll_interval_s
            failures = 0 if lasted else failures + 1
            self._lose(host, generation)
            if failures:
                self._pause(generation, self._settings.reopen_after_s(failures, None, self._chance))

    def _look_until_lost(self, host: Host, generation: int) -> bool:
        """Look on every beat and hint. Ends when the connection is lost; says whether it was ever good."""
        ever, bad = False, 0
        while self._current(generation):
            self._listen(host, generation)
            began = time.monotonic()
            self._expect_look_by(
                generation, began + self._settings.observe_deadline_s + self._settings.grace_s
            )
            report = self._shielded(lambda: host.observe(deadline_s=self._settings.observe_deadline_s))
            self._expect_look_by(generation, None)
            if isinstance(report, HostUnreachable):
                bad += 1
                self._prober.missed()
                self._unreachable(generation, report)
                if report.step != "answer" or bad >= _PATIENCE:
                    return ever
            else:
                ever, bad = True, 0
                self._take(host, report, generation, began)
            self._wait_for_turn(generation, began, time.monotonic())
        return ever

    def _take(self, host: Host, report: HostReport, generation: int, began: float) -> None:
        with self._changed:
            current = self._current(generation)
            first = current and not self._observed
            self._observed |= current
            if first:
                self._prober.connect(host)
        if current:
            self._post(report)
            self._prober.heard(began, report.round_trip_s)
        if first:
            self.measure()

    def _wait_for_turn(self, generation: int, began: float, ended: float) -> None:
        """Wait for the beat, or for a hint once its pace allows."""
        settings = self._settings
        beat_at = began + settings.poll_interval_s
        hint_at = ended + max(settings.hint_gap_s, (ended - began) * (1 / settings.hint_share - 1))
        with self._changed:
            while self._current(generation):
                wake_at = min(beat_at, hint_at) if self._look_wanted else beat_at
                left = wake_at - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._look_wanted = False

    def _pause(self, generation: int, seconds: float) -> None:
        """Wait before the next try to reach the host; `look_now` ends it."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._current(generation) and not self._look_wanted:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._look_wanted = False

    def _lose(self, host: Host, generation: int) -> None:
        """Part with a connection: what waits is not sent, what runs ends with an error of its own."""
        dropped: list[Action] = []
        with self._changed:
            if self._generation == generation and self._host is host:
                self._host, self._observed = None, False
                dropped = self._lanes.drop_waiting()
                self._prober.cut()
        self._spawn("close", host.close)
        for action in dropped:
            self._post_item(self._not_sent(action))

    def _unreachable(self, generation: int, error: HostUnreachable) -> None:
        if self._current(generation):
            self._post(Unreachable(self._instance, self._clock(), error.step, str(error), error.hint))

    def _current(self, generation: int) -> bool:
        return not self._closed and self._generation == generation

    # -- hints --------------------------------------------------------------------------------------------------------

    def _listen(self, host: Host, generation: int) -> None:
        """Subscribe to hints unless that is done: again after the look that follows the stream's end, once a beat at most."""
        now = time.monotonic()
        with self._changed:
            if self._listening or now < self._listen_again_at:
                return
            self._listening = True
            self._listen_again_at = now + self._settings.poll_interval_s
        self._spawn("hints", self._heed, host, generation)

    def _heed(self, host: Host, generation: int) -> None:
        try:
            with closing(host.hints()) as hints:
                # What happened before the stream was open is seen by one more look.
                self._hint(host)
                while hints.wait() and self._current(generation):
                    self._hint(host)
        except HostError:
            pass  # the beat goes on without hints, and asks for them again
        except Exception as error:  # noqa: BLE001  # as above; but it is a defect
            self._defect(error)
        else:
            self._hint(host)
        with self._changed:
            if self._host is host:
                self._listening = False

    def _hint(self, host: Host) -> None:
        """Look sooner, if this is still the connection: what a lost one says must not hurry the next try."""
        with self._changed:
            if self._host is host:
                self._look_wanted = True
                self._changed.notify_all()

    # -- work ---------------------------------------------------------------------------------------------------------

    def _begin_work(self) -> None:
        with self._changed:
            host = self._host
            jobs = self._lanes.begin(time.monotonic()) if host is not None else []
            self._set_watch()
        for job in jobs:
            assert host is not None
            self._spawn("work", self._work, host, job)

    def _work(self, host: Host, job: Job) -> None:
        outcome = self._perform(host, job.action)
        with self._changed:
            in_time = self._lanes.end(job)
        if in_time:
            self._post_item(outcome)
        if outcome.result is not Result.DONE:
            self._hint(host)
        self._begin_work()

    def _perform(self, host: Host, action: Action) -> Outcome:
        spoken_at = 0.0

        def progress(text: str) -> None:
            nonlocal spoken_at
            now = time.monotonic()
            if now - spoken_at >= _PROGRESS_GAP_S:
                spoken_at = now
                self._post(ActionProgress(self._instance, action, text))

        outcome = self._shielded(lambda: host.perform(action, progress))
        if isinstance(outcome, HostUnreachable):
            return Outcome(self._instance, action, Result.UNKNOWN, self._clock(), error=str(outcome))
        return outcome

    def _not_sent(self, action: Action) -> Outcome:
        error = "the host is not connected"
        return Outcome(self._instance, action, Result.NOT_SENT, self._clock(), error=error)

    def _measure(self, host: Host) -> None:
        used: Utilisation | None = None
        try:
            used = host.utilisation()
        except HostError:
            pass  # the next look says what is wrong with the host
        except Exception as error:  # noqa: BLE001  # the next measurement may fare better
            self._defect(error)
        with self._changed:
            self._measuring = False
        if used is not None:
            self._post(used)

    # -- deadlines ----------------------------------------------------------------------------------------------------

    def _expect_look_by(self, generation: int, moment: float | None) -> None:
        with self._changed:
            if self._generation == generation:
                self._look_ends_by = moment
                self._set_watch()

    def _set_watch(self) -> None:
        """Have the guard call when the next deadline is over, unless it calls before."""
        moments = [at for at in (self._lanes.next_overdue_at(), self._look_ends_by) if at is not None]
        if min(moments, default=math.inf) < self._watched_for and not self._closed:
            self._watched_for = min(moments)
            self._watch.set(self._watched_for)

    def _keep_deadlines(self) -> None:
        """Give up what never returns: an action is reported as timed out, a look costs the connection."""
        with self._changed:
            if self._closed:
                return
            now = time.monotonic()
            late = self._lanes.overdue(now)
            look_is_late = self._look_ends_by is not None and self._look_ends_by <= now
            self._watched_for = math.inf
        for job in late:
            self._post_item(self._timed_out(job.action))
        if look_is_late:
            self._give_up_looker()
        self._begin_work()

    def _give_up_looker(self) -> None:
        with self._changed:
            host, stuck = self._host, self._generation
            self._look_ends_by = None
        message = f"the host did not answer within {self._settings.observe_deadline_s:g} s"
        self._unreachable(stuck, HostUnreachable("answer", message))
        if host is not None:
            self._lose(host, stuck)
        with self._changed:
            self._generation = stuck + 1
        self._spawn("look", self._live, stuck + 1)

    def _timed_out(self, action: Action) -> Outcome:
        error = f"no answer within {action.deadline_s:g} s"
        return Outcome(self._instance, action, Result.UNKNOWN, self._clock(), error=error, timed_out=True)

    # -- threads ------------------------------------------------------------------------------------------------------

    def _shielded(self, call: Callable[[], T]) -> T | HostUnreachable:
        """Call the host. A defect of ours must not end the thread without a word: it reads as a host that can't be reached."""
        try:
            return call()
        except HostUnreachable as error:
            return error
        except Exception as error:  # noqa: BLE001  # whatever it is, the operator is told and the next try may fare better
            self._defect(error)
            return HostUnreachable("answer", f"an unexpected {type(error).__name__}: {error}")

    def _defect(self, error: Exception) -> None:
        _log.error("instance %s: an unexpected error", self._instance, exc_info=error)

    def _post(self, item: Item) -> None:
        if not self._closed:
            self._post_item(item)

    def _spawn(self, what: str, target: Callable[..., None], *arguments: object) -> None:
        name = f"{self._instance[:8]}-{what}"
        threading.Thread(target=target, args=arguments, name=name, daemon=True).start()
