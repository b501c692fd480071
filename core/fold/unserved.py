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
from core.model.capacity_provider import FARGATE
from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]

#: The members that name capacity providers, by themselves or as items of a strategy.
_OF_PROVIDERS: Final = ("capacityProviders", "capacityProviderStrategy", "defaultCapacityProviderStrategy")
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
    warnings = _without_fargate(given)
    for path in BY_ACTION.get(action, ()):
        decision = DECISIONS[action][path]
        for value in _taken(given, path.split("."), kept=decision.kept):
            if not decision.asked_by(value):
                continue
            if decision.words and value not in decision.words:
                refused.append(_not_among(path, value, decision.words))
            elif decision.kind is Kind.REFUSED:
                refused.append(f"{path} can't be served: {decision.how}.")
            else:
                warnings.append(f"{path} has no effect: {decision.how}.")
    if refused:
        problems = list(dict.fromkeys(refused))
        raise Refused("InvalidParameterException", " ".join(problems), problems)
    return warnings


def _not_among(path: str, value: Any, words: tuple[str, ...]) -> str:
    guess = nearest(str(value), words)
    hint = f"; did you mean {guess}?" if guess else "."
    return f"{path}: {shown(value)} is not one of {', '.join(words)}{hint}"


def _without_fargate(given: Json) -> list[str]:
    """Take AWS's own capacity providers out of a strategy, as `launchType` FARGATE: every instance will do for them.

    An empty strategy is left of one that names them alone: so the cluster's default is not asked for.
    """
    warnings: list[str] = []
    for member in _OF_PROVIDERS:
        named = given.get(member)
        own = [item for item in named if not _is_fargate(item)] if isinstance(named, list) else named
        if own != named:
            given[member] = own
            warnings.append(f"{member} of AWS Fargate has no effect: there are no such hosts here.")
    return warnings


def _is_fargate(item: Any) -> bool:
    name = item.get("capacityProvider") if isinstance(item, dict) else item
    return isinstance(name, str) and name in FARGATE


def _taken(holder: Any, path: list[str], *, kept: bool) -> Iterable[Any]:
    """The values at a path, removed unless they are kept; a list on the way is looked into."""
    match holder:
        case dict() if len(path) == 1 and path[0] not in holder:
            return []
        case dict() if len(path) == 1:
            return [holder[path[0]] if kept else holder.pop(path[0])]
        case dict():
            return _taken(holder.get(path[0]), path[1:], kept=kept)
        case list():
            return [value for item in holder for value in _taken(item, path, kept=kept)]
        case _:
            return []
