"""A service's probe, the check that the engine itself makes of its tasks, and what it says of each: in the words of ELB's target groups."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import Final

from core.record import Record, replace

#: Defaults that are not ELB's (30 s, 5 and 2): a rollout here waits for nothing else, and a container check fails after three.
INTERVAL_S: Final = 10
HEALTHY_THRESHOLD: Final = 2
UNHEALTHY_THRESHOLD: Final = 3
#: ELB's own: its time-out, its path, and the one code that it takes for well.
TIMEOUT_S: Final = 5
PATH: Final = "/"
MATCHER: Final = "200"
#: As much of a probe as is told in an event.
CHARACTERS: Final = 120


class ProbeProtocol(StrEnum):
    """ELB's protocols of a health check that we speak; EXEC, which runs a command in the container, is ours."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    TCP = "TCP"
    EXEC = "EXEC"


class Probe(Record):
    """How a service's tasks are probed. `port` is the container's; `matcher` is ELB's HttpCode, such as `200,301` or `200-399`."""

    protocol: ProbeProtocol
    container: str
    port: int = 0
    path: str = PATH
    command: tuple[str, ...] = ()
    matcher: str = MATCHER
    interval_s: int = INTERVAL_S
    timeout_s: int = TIMEOUT_S
    #: Consecutive results that turn a target; a new one is healthy with the first that is good (ELB).
    healthy_threshold: int = HEALTHY_THRESHOLD
    unhealthy_threshold: int = UNHEALTHY_THRESHOLD

    def __str__(self) -> str:
        """As it is written on a command line: `http://web:80/healthz`, `tcp://web:5432`, `exec:web pg_isready`; a long one is cut."""
        match self.protocol:
            case ProbeProtocol.EXEC:
                text = f"exec:{self.container} {shlex.join(self.command)}"
            case ProbeProtocol.TCP:
                text = f"tcp://{self.container}:{self.port}"
            case ProbeProtocol.HTTP | ProbeProtocol.HTTPS:
                text = f"{self.protocol.lower()}://{self.container}:{self.port}{self.path}"
        return text if len(text) <= CHARACTERS else f"{text[: CHARACTERS - 1]}…"

    def asks_as(self, other: Probe) -> bool:
        """Whether it asks the same question as another, however often: then what that one found is known of this one too."""
        paced = replace(
            other,
            interval_s=self.interval_s,
            timeout_s=self.timeout_s,
            healthy_threshold=self.healthy_threshold,
            unhealthy_threshold=self.unhealthy_threshold,
        )
        return self == paced

    def matches(self, status: int) -> bool:
        """Whether an HTTP status is one of the matcher's."""
        for part in self.matcher.split(","):
            first, _, last = part.partition("-")
            if int(first) <= status <= int(last or first):
                return True
        return False


class TargetState(StrEnum):
    """ELB's states of a target that occur here."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    #: No way leads from here to the port: nothing is known, and nothing is held against the task.
    UNAVAILABLE = "unavailable"


class TargetReason(StrEnum):
    """ELB's reason codes of a target's state; the last is ours."""

    MISMATCH = "Target.ResponseCodeMismatch"
    TIMEOUT = "Target.Timeout"
    FAILED = "Target.FailedHealthChecks"
    NO_WAY = "Dockyard.NoWay"


class TargetHealth(Record):
    """What a task's probe says of it (ELB: TargetHealth). A state that is known stays while no way leads there; the reason tells."""

    state: TargetState = TargetState.INITIAL
    reason: TargetReason | None = None
    #: The reason in words, such as "Health checks failed with these codes: [503]".
    description: str = ""
    #: How many checks in a row have failed that do not turn it yet, the last one for that reason; and when it was heard of the first.
    failed: int = 0
    failing_since: float | None = None


class Target(Record):
    """One run of one task as it is to be probed. Another run, and another probe, make another target."""

    task: str
    probe: Probe
    #: The name on its host of the container that is probed, and of the one whose address it has.
    name: str
    address_of: str
    #: Tells its runs apart.
    run: str


#: What is to be probed on an instance: each target with what is known of it.
Probes = tuple[tuple[Target, TargetHealth], ...]
