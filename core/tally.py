"""When a target's state turns: ELB's thresholds of consecutive results. Pure.

A new target is healthy with its first good result, as a load balancer's is (ELB guide, "Health checks for target groups"); after
that it takes the thresholds. That no way leads to its port is no result: what was known stays, and is said to be old.
"""

from __future__ import annotations

from core.model.probe import Probe, TargetHealth, TargetReason, TargetState
from core.record import Record, replace
from core.reports import ProbeEnd, ProbeResult


class Tally(Record):
    """What is known of one target. Only one of `passed` and `failed`, the results in a row, is ever more than 0."""

    state: TargetState = TargetState.INITIAL
    passed: int = 0
    failed: int = 0
    #: The failure that turned it, or the last of those that have not yet.
    reason: TargetReason | None = None
    description: str = ""
    #: Why no way leads there now; empty while one does.
    no_way: str = ""

    @classmethod
    def of(cls, known: TargetHealth) -> Tally:
        """Go on from what was known, counting from the start."""
        if known.state in {TargetState.HEALTHY, TargetState.UNHEALTHY}:
            return cls(known.state, reason=known.reason, description=known.description)
        return cls()

    def after(self, result: ProbeResult, probe: Probe) -> Tally:
        """The tally after one more result."""
        match result.end:
            case ProbeEnd.PASSED:
                return self._passed(probe)
            case ProbeEnd.FAILED:
                return self._failed(result, probe)
            case ProbeEnd.NO_WAY:
                return replace(self, passed=0, failed=0, no_way=result.description)
            case ProbeEnd.CUT:
                return self

    def anew(self) -> Tally:
        """Count from the start: what came before lies on the other side of a connection that was lost."""
        return replace(self, passed=0, failed=0)

    def _passed(self, probe: Probe) -> Tally:
        passed = self.passed + 1
        enough = 1 if self.state is TargetState.INITIAL else probe.healthy_threshold
        if self.state is TargetState.HEALTHY or passed >= enough:
            return Tally(TargetState.HEALTHY, passed)
        return replace(self, passed=passed, failed=0, no_way="")

    def _failed(self, result: ProbeResult, probe: Probe) -> Tally:
        failed = self.failed + 1
        if self.state is TargetState.UNHEALTHY:
            return replace(self, passed=0, failed=failed, no_way="")
        turned = failed >= probe.unhealthy_threshold
        state = TargetState.UNHEALTHY if turned else self.state
        return Tally(state, 0, failed, result.reason, result.description)

    @property
    def health(self) -> TargetHealth:
        """As it is told."""
        if self.no_way:
            state = TargetState.UNAVAILABLE if self.state is TargetState.INITIAL else self.state
            return TargetHealth(state, TargetReason.NO_WAY, self.no_way)
        if self.state is TargetState.UNHEALTHY:
            return TargetHealth(self.state, self.reason, self.description)
        if self.failed:
            return TargetHealth(self.state, self.reason, self.description, self.failed)
        return TargetHealth(self.state)
