"""Members that ECS knows and plain Docker hosts can't serve: refused with a sentence, or taken with a warning. Pure.

Which they are, and why, is in the record of decisions. A value that asks for nothing (an empty list, `enabled: false`)
passes in silence.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.decisions import DECISIONS, Kind
from core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]

#: Which of an action's members these are. RegisterTaskDefinition is not among them: core.taskdef tells where in a file.
BY_ACTION: Final[Mapping[Action, tuple[str, ...]]] = MappingProxyType(
    {
        action: tuple(sorted(member for member, decision in DECISIONS[action].items() if decision.left_out))
        for action in Action
        if action in DECISIONS and action is not Action.REGISTER_TASK_DEFINITION
    }
)


def take_unserved(action: Action, given: Json) -> list[str]:
    """Take these members out of an input; returns the warnings. Raises Refused for what can't be done without."""
    if given.get("launchType") and given.get("capacityProviderStrategy"):
        raise Refused(
            "InvalidParameterException",
            "Specify either Launch Type or Capacity Provider Strategy, but not both.",
        )
    refused: list[str] = []
    warnings: list[str] = []
    for path in BY_ACTION.get(action, ()):
        decision = DECISIONS[action][path]
        for value in _taken(given, path.split(".")):
            if not decision.asked_by(value):
                continue
            if decision.kind is Kind.REFUSED:
                refused.append(f"{path} can't be served: {decision.how}.")
            else:
                warnings.append(f"{path} has no effect: {decision.how}.")
    if refused:
        raise Refused("InvalidParameterException", " ".join(dict.fromkeys(refused)))
    return warnings


def _taken(holder: Any, path: list[str]) -> Iterable[Any]:
    """The values at a path, removed; a list on the way is looked into."""
    match holder:
        case dict() if len(path) == 1:
            return [holder.pop(path[0])] if path[0] in holder else []
        case dict():
            return _taken(holder.get(path[0]), path[1:])
        case list():
            return [value for item in holder for value in _taken(item, path)]
        case _:
            return []
