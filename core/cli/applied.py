"""What becomes of a plan: step after step is asked for, told, and at last waited for; and the document that says all of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.cli.asking import ask, wait_for
from core.cli.failures import REFUSED
from core.client.progress import service_gone, service_stable
from core.commands import Action
from core.errors import DockyardError, NotInTime, Refused
from core.model.service import DeploymentStatus
from core.model.tags import STACK_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.cli.invocation import Invocation
    from core.client.step import Scope, Step

Json = dict[str, Any]


class Outcome(StrEnum):
    """What became of a step. UNKNOWN: it was asked for, and no answer came; it may still happen."""

    UNCHANGED = "unchanged"
    NOT_DONE = "notDone"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Applied:
    """A plan on its way."""

    invocation: Invocation
    steps: Sequence[Step]
    scope: Scope
    files: Sequence[str]
    outcomes: list[Outcome] = field(init=False)
    _problem: Json = field(default_factory=dict)
    #: The deployment that each changed service is to come to, by the service's key.
    _deployments: dict[str, str] = field(default_factory=dict)
    _waited: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is done yet."""
        self.outcomes = [Outcome.NOT_DONE if step.action else Outcome.UNCHANGED for step in self.steps]

    @property
    def due(self) -> list[Step]:
        """The steps that ask for something."""
        return [step for step in self.steps if step.action is not None]

    def carry_out(self) -> None:
        """Ask for each step, in order; a service gets the revision that was registered before it.

        Where one fails, what was done and what wasn't is told, and its error is raised.
        """
        registered: dict[str, str] = {}
        for number, step in enumerate(self.steps):
            if step.action is None:
                continue
            try:
                self._check_still_ours(step)
                output = ask(self.invocation, step.action, step.asked(registered), told=step.warnings)
            except (DockyardError, KeyboardInterrupt) as error:
                self._failed(number, error)
                raise
            self.outcomes[number] = Outcome.DONE
            registered |= step.made(output)
            self._note_deployment(step, output)
            self.invocation.printer.note(sentence(step, registered))

    def wait(self, timeout_s: float) -> int | None:
        """Wait for all services, also for those that were as they should be. The exit code: 1 where one failed.

        Raises NotInTime, NoEngine.
        """
        deadline = time.monotonic() + timeout_s
        gone = {step.service for step in self.steps if step.action is Action.DELETE_SERVICE}
        now = self.invocation.dockyard().now
        for key in dict.fromkeys(step.service for step in self.steps if step.service):
            judge = (
                partial(service_gone, key=key)
                if key in gone
                else partial(service_stable, key=key, now=now, deployment=self._deployments.get(key, ""))
            )
            left_s = max(0.0, deadline - time.monotonic())
            try:
                goes_on = "The deployments go on; see `dockyard service ls`."
                stage = wait_for(self.invocation, judge, left_s, goes_on)
            except NotInTime as late:
                self._waited.append({"service": key, "outcome": "notInTime", "why": str(late)})
                raise
            outcome = "failed" if stage.failed else "gone" if key in gone else "stable"
            self._waited.append({"service": key, "outcome": outcome, "why": stage.text})
        return REFUSED if any(waited["outcome"] == "failed" for waited in self._waited) else None

    @contextmanager
    def document(self, *, as_json: bool) -> Iterator[None]:
        """Print the plan and what became of it as one document at the end, however that comes."""
        try:
            yield
        finally:
            if as_json:
                self.invocation.printer.json(self._document())

    def _check_still_ours(self, step: Step) -> None:
        """What was taken into another stack since the plan was made is not deleted. Raises Refused."""
        if not step.deletes:
            return
        state = self.invocation.state()
        row = state.services.get(step.service) or state.schedules.get(step.schedule)
        if row is not None and row.stack != self.scope.stack:
            raise Refused(
                "ConflictException",
                f"{step.name} is no longer of stack {self.scope.stack}: it was left alone.",
            )

    def _note_deployment(self, step: Step, output: Json) -> None:
        deployments = output.get("service", {}).get("deployments", ())
        primary = [d["id"] for d in deployments if d["status"] == DeploymentStatus.PRIMARY]
        if step.service and primary:
            self._deployments[step.service] = primary[0]

    def _failed(self, number: int, error: BaseException) -> None:
        self.outcomes[number] = Outcome.REFUSED if isinstance(error, Refused) else Outcome.UNKNOWN
        code = {"code": error.code} if isinstance(error, Refused) else {}
        self._problem = {"step": number, **code, "message": str(error) or "interrupted"}
        told = []
        for words, outcome in (
            ("Done", Outcome.DONE),
            ("Not known", Outcome.UNKNOWN),
            ("Refused", Outcome.REFUSED),
            ("Not done", Outcome.NOT_DONE),
        ):
            steps = zip(self.steps, self.outcomes, strict=True)
            names = [step.name for step, became in steps if became is outcome]
            told += [f"{words}: {', '.join(names)}."] if names else []
        self.invocation.printer.note(" ".join([*told, "The same command again goes on from here."]))

    def _document(self) -> Json:
        return {
            "files": list(self.files),
            **({"stack": self.scope.stack} if self.scope.stack else {}),
            "steps": [
                {
                    "what": step.what,
                    "action": step.action.value if step.action is not None else None,
                    "differences": list(step.differences),
                    "warnings": list(step.warnings),
                    "outcome": outcome.value,
                }
                for step, outcome in zip(self.steps, self.outcomes, strict=True)
            ],
            **({"problem": self._problem} if self._problem else {}),
            **({"services": self._waited} if self._waited else {}),
        }


_BECAME: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.CREATE_SERVICE: "created",
        Action.UPDATE_SERVICE: "updated",
        Action.DELETE_SERVICE: "deleted",
        Action.CREATE_SCHEDULE: "created",
        Action.UPDATE_SCHEDULE: "updated",
        Action.DELETE_SCHEDULE: "deleted",
    }
)


def sentence(step: Step, registered: dict[str, str]) -> str:
    """What is so now that a step was answered; what follows from it takes its time."""
    kind = "service" if step.service else "schedule"
    name = step.key.rpartition("/")[2]
    match step.action:
        case Action.REGISTER_TASK_DEFINITION:
            return f"Task definition {registered[step.family]} is registered."
        case Action.TAG_RESOURCE if step.takes_in:
            (tag,) = step.given["tags"]
            assert tag["key"] == STACK_TAG
            return f"{kind.capitalize()} {name} is part of stack {tag['value']}."
        case Action() as action if action in _BECAME:
            return f"{kind.capitalize()} {name} is {_BECAME[action]}."
        case _:
            return f"The tags of {kind} {name} are changed."
