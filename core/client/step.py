"""The steps of a plan: what is to be asked of the engine, one after another. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.commands import Action
from core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]


class Step(Record):
    """One thing that is as it should be (no action), or what to ask. `family` is the one whose new revision it uses or makes."""

    what: str
    action: Action | None = None
    given: Json = field(default_factory=dict)
    differences: tuple[str, ...] = ()
    family: str = ""
    #: The key of the service to wait for.
    service: str = ""
    #: What of the file is adapted or has no effect here, in the engine's words.
    warnings: tuple[str, ...] = ()
    #: Whether it takes into the stack what was in none.
    takes_in: bool = False
    #: The key of the schedule it is about.
    schedule: str = ""

    @property
    def sign(self) -> str:
        """`+` new, `~` changed, `-` deleted, `=` as it is."""
        match self.action:
            case None:
                return "="
            case Action.DELETE_SERVICE | Action.DELETE_SCHEDULE:
                return "-"
            case Action.UPDATE_SERVICE | Action.UPDATE_SCHEDULE | Action.TAG_RESOURCE | Action.UNTAG_RESOURCE:
                return "~"
            case _:
                return "~" if self.differences else "+"

    @property
    def deletes(self) -> bool:
        """Whether it ends a service or a schedule of the stack."""
        return self.action in {Action.DELETE_SERVICE, Action.DELETE_SCHEDULE}

    @property
    def key(self) -> str:
        """The service or the schedule that it is about; empty for a definition's."""
        return self.service or self.schedule

    @property
    def name(self) -> str:
        """What it is about, without what becomes of it."""
        return self.what.partition(": ")[0]

    def asked(self, registered: Mapping[str, str]) -> Json:
        """The command's input; `registered` are the revisions that steps before it made, by family."""
        if self.given.get("taskDefinition") == "":
            return {**self.given, "taskDefinition": registered[self.family]}
        return self.given

    def made(self, output: Json) -> dict[str, str]:
        """The revision that its answer tells of, by its family; nothing for a step that registers none."""
        if self.action is not Action.REGISTER_TASK_DEFINITION:
            return {}
        return {self.family: f"{self.family}:{output['taskDefinition']['revision']}"}


class Scope(Record):
    """What a manifest may touch: `cluster` is where services and schedules go that name none.

    With `stack` they become the stack's; with `prune` those of it that the manifest doesn't name are deleted.
    """

    cluster: str
    stack: str = ""
    prune: bool = False
