"""What becomes of a plan: step after step is asked for, in order, and how far that came is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.errors import DockyardError, Refused
from core.model.tags import STACK_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.client.step import Scope, Step
    from core.model.state import State

Json = dict[str, Any]


class Outcome(StrEnum):
    """What became of a step. UNKNOWN: it was asked for, and no answer came; it may still happen."""

    UNCHANGED = "unchanged"
    NOT_DONE = "notDone"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Carrying:
    """A plan on its way."""

    steps: Sequence[Step]
    scope: Scope
    outcomes: list[Outcome] = field(init=False)
    #: The number of the step that failed, once one has.
    failed: int | None = None
    #: The revisions that were made, by their families.
    _registered: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is done yet."""
        self.outcomes = [Outcome.NOT_DONE if step.action else Outcome.UNCHANGED for step in self.steps]

    @property
    def due(self) -> list[Step]:
        """The steps that ask for something."""
        return [step for step in self.steps if step.action is not None]

    def carry_out(
        self,
        ask: Callable[[Step, Action, Json], Json],
        state: Callable[[], State],
        tell: Callable[[str], None],
    ) -> None:
        """Ask for each step, in order; a service gets the revision that was registered before it.

        `ask` gives the answer's output, `tell` is given a sentence for each step that is done. The first error ends it, and
        is raised.
        """
        for number, step in enumerate(self.steps):
            if step.action is None:
                continue
            try:
                self._check_still_ours(step, state)
                output = ask(step, step.action, step.asked(self._registered))
            except (DockyardError, KeyboardInterrupt) as error:
                self.outcomes[number] = Outcome.REFUSED if isinstance(error, Refused) else Outcome.UNKNOWN
                self.failed = number
                raise
            self.outcomes[number] = Outcome.DONE
            self._registered |= step.made(output)
            tell(sentence(step, self._registered))

    def told(self) -> str:
        """What was done and what wasn't, where a step failed."""
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
        return " ".join(told)

    def _check_still_ours(self, step: Step, state: Callable[[], State]) -> None:
        """What was taken into another stack since the plan was made is not deleted. Raises Refused."""
        if not step.deletes:
            return
        now = state()
        row = now.services.get(step.service) or now.schedules.get(step.schedule)
        if row is not None and row.stack != self.scope.stack:
            raise Refused(
                "ConflictException",
                f"{step.name} is no longer of stack {self.scope.stack}: it was left alone.",
            )


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


def sentence(step: Step, registered: Mapping[str, str]) -> str:
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
