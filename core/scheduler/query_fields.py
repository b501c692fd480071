"""What the cluster query language can ask about a container instance, and with which operators. Pure."""

from __future__ import annotations

import operator
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from core.model.instance import DOCKER_VERSION
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Subject(Record):
    """A container instance as the language sees it."""

    agent_connected: bool
    agent_version: str
    instance_id: str
    registered_at: float
    running_tasks_count: int
    groups: frozenset[str]
    attributes: Mapping[str, str]


class Field(Record):
    """One property: how to find its values (none: it is absent), how to read a literal, and which operators it takes."""

    values: Callable[[Subject], tuple[Any, ...]]
    #: Raises ValueError with a clause such as "is not a whole number".
    literal: Callable[[str], Any]
    operators: tuple[str, ...]
    #: A negated operator asks that no value matches, rather than that there is one that doesn't.
    none_of: bool = False


#: Every spelling of an operator -> the one that `predicate` takes.
OPERATORS: Final = {
    **{sign: sign for sign in ("==", "!=", ">", ">=", "<", "<=", "=~", "!~")},
    **{word: word for word in ("in", "not_in", "exists", "not_exists")},
    "equals": "==",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
    "matches": "=~",
    "not_matches": "!~",
    "!in": "not_in",
    "!exists": "not_exists",
}
_POSITIVE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "in": lambda value, listed: value in listed,
    "=~": lambda value, pattern: pattern.fullmatch(value) is not None,
    "exists": lambda _value, _nothing: True,
}
_NEGATED: Final = {"!=": "==", "not_in": "in", "!~": "=~", "not_exists": "exists"}


def predicate(field: Field, sign: str, operand: Any) -> Callable[[Subject], bool]:
    """The test that one operator and its right side make of a field."""
    positive = _POSITIVE[_NEGATED.get(sign, sign)]
    if sign not in _NEGATED:
        return lambda subject: any(positive(value, operand) for value in field.values(subject))
    if field.none_of or sign == "not_exists":
        return lambda subject: not any(positive(value, operand) for value in field.values(subject))
    return lambda subject: any(not positive(value, operand) for value in field.values(subject))


def field_named(name: str) -> Field | None:
    """The field of that name; None where the language has none."""
    if name in FIELDS:
        return FIELDS[name]
    found = _ATTRIBUTE.fullmatch(name)
    return None if found is None else _attribute(found[1])


# -- how literals read --------------------------------------------------------------------------------------------------


def _truth(text: str) -> str:
    if text.lower() not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text.lower()


def _version(text: str) -> tuple[int, ...]:
    """Numeric for each part between dots, so that 1.9.0 < 1.14.5; what follows the numbers (-rc1) is passed over."""
    found = re.match(r"v?(\d{1,9}(?:\.\d{1,9})*)", text, re.ASCII)
    if found is None:
        raise ValueError("is not a version such as 1.14.5")
    parts = [int(part) for part in found[1].split(".")]
    while not parts[-1] and len(parts) > 1:
        parts.pop()
    return tuple(parts)


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise ValueError("is not a whole number")
    return int(text)


def _moment(text: str) -> int:
    """Whole seconds since the epoch; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise ValueError("is not a time such as 2018-06-18T22:28:28+00:00 or 2018-06-18") from None


def _seen_version(text: str) -> tuple[tuple[int, ...], ...]:
    try:
        return (_version(text),)
    except ValueError:
        return ()


# -- the fields ---------------------------------------------------------------------------------------------------------

_ORDERED: Final = ("==", "!=", ">", ">=", "<", "<=")
_TEXTUAL: Final = ("==", "!=", "in", "not_in", "=~", "!~")

FIELDS: Final = {
    "agentConnected": Field(lambda s: (str(s.agent_connected).lower(),), _truth, _TEXTUAL),
    "agentVersion": Field(lambda s: _seen_version(s.agent_version), _version, _ORDERED),
    # The one attribute that is a version: as text, 9.1 would be greater than 20.10.
    f"attribute:{DOCKER_VERSION}": Field(
        lambda s: _seen_version(s.attributes.get(DOCKER_VERSION, "")),
        _version,
        (*_ORDERED, "in", "not_in", "exists", "not_exists"),
    ),
    "ec2InstanceId": Field(lambda s: (s.instance_id,), str, _TEXTUAL),
    "registeredAt": Field(lambda s: (int(s.registered_at),), _moment, _ORDERED),
    "runningTasksCount": Field(lambda s: (s.running_tasks_count,), _count, _ORDERED),
    "task:group": Field(lambda s: tuple(s.groups), str, _TEXTUAL, none_of=True),
}
_ATTRIBUTE: Final = re.compile(r"attribute:([A-Za-z0-9_./-]{1,128})", re.ASCII)


def _attribute(name: str) -> Field:
    def values(subject: Subject) -> tuple[str, ...]:
        value = subject.attributes.get(name)
        return () if value is None else (value,)

    return Field(values, str, (*_ORDERED, *_TEXTUAL[2:], "exists", "not_exists"))
