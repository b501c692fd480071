"""What becomes of a plan on the command line: it is carried out, told, and at last waited for; and the document that says all of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from core.cli.asking import ask, wait_for
from core.cli.failures import REFUSED
from core.client.carrying import Carrying
from core.client.progress import service_gone, service_stable
from core.commands import Action
from core.errors import DockyardError, NotInTime, Refused
from core.model.service import DeploymentStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cli.invocation import Invocation
    from core.client.step import Scope, Step

Json = dict[str, Any]


@dataclass(slots=True)
class Applied:
    """A plan on its way."""

    invocation: Invocation
    steps: Sequence[Step]
    scope: Scope
    files: Sequence[str]
    carrying: Carrying = field(init=False)
    _problem: Json = field(default_factory=dict)
    #: The deployment that each changed service is to come to, by the service's key.
    _deployments: dict[str, str] = field(default_factory=dict)
    _waited: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is done yet."""
        self.carrying = Carrying(self.steps, self.scope)

    def carry_out(self) -> None:
        """Ask for each step, in order. Where one fails, what was done and what wasn't is told, and its error is raised."""
        try:
            self.carrying.carry_out(self._ask, self.invocation.state, self.invocation.printer.note)
        except (DockyardError, KeyboardInterrupt) as error:
            code = {"code": error.code} if isinstance(error, Refused) else {}
            self._problem = {
                "step": self.carrying.failed,
                **code,
                "message": str(error) or "interrupted",
            }
            self.invocation.printer.note(f"{self.carrying.told()} The same command again goes on from here.")
            raise

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

    def _ask(self, step: Step, action: Action, given: Json) -> Json:
        output = ask(self.invocation, action, given, told=step.warnings)
        self._note_deployment(step, output)
        return output

    def _note_deployment(self, step: Step, output: Json) -> None:
        deployments = output.get("service", {}).get("deployments", ())
        primary = [d["id"] for d in deployments if d["status"] == DeploymentStatus.PRIMARY]
        if step.service and primary:
            self._deployments[step.service] = primary[0]

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
                for step, outcome in zip(self.steps, self.carrying.outcomes, strict=True)
            ],
            **({"problem": self._problem} if self._problem else {}),
            **({"services": self._waited} if self._waited else {}),
        }
