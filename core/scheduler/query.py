"""ECS's cluster query language: what `memberOf` constraints and instance filters are written in. Pure.

    expression := all ( ("or" | "||") all )*          all := one ( ("and" | "&&") one )*
    one        := ("not" | "!") one | "(" expression ")" | predicate
    predicate  := subject operator literal | subject ("in" | "not_in" | "!in") "[" literal, … "]"
                | subject ("exists" | "not_exists" | "!exists")

Source: ECS Developer Guide, "Cluster query language", which leaves three things open. Here `not` binds tighter than `and`,
and `and` tighter than `or`; a pattern matches the whole value; and a negated operator on `task:group` means that no task of
the instance is in the group. On an attribute it means that the attribute is there with another value, as ECS says.
"""

from __future__ import annotations

import difflib
import operator
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from core.errors import Refused
from core.scheduler.pattern import PatternRefused, compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: ECS API reference, PlacementConstraint: the longest expression.
EXPRESSION_CHARACTERS: Final = 2000
#: Parentheses and `not` inside one another.
DEPTH: Final = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """A container instance as the language sees it."""

    agent_connected: bool
    agent_version: str
    instance_id: str
    registered_at: float
    running_tasks_count: int
    groups: frozenset[str]
    attributes: Mapping[str, str]


Test = "Callable[[Subject], bool]"


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; equal when its text is."""

    text: str
    _test: Callable[[Subject], bool] = field(compare=False, repr=False)

    def matches(self, subject: Subject) -> bool:
        """Whether the instance meets it."""
        return self._test(subject)


@lru_cache(maxsize=1024)
def compile_expression(text: str) -> Expression:
    """Read an expression. Raises Refused("InvalidParameterException", …) with the position of what is wrong."""
    if len(text) > EXPRESSION_CHARACTERS:
        raise Refused(
            "InvalidParameterException", f"The expression is longer than {EXPRESSION_CHARACTERS} characters."
        )
    return Expression(text, _Reader(text).whole())


# -- what can be asked --------------------------------------------------------------------------------------------------

#: Every spelling of an operator -> the one used here.
_OPERATORS: Final = {
    **{
        name: name
        for name in ("==", "!=", ">", ">=", "<", "<=", "=~", "!~", "in", "not_in", "exists", "not_exists")
    },
    "equals": "==",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
    "matches": "=~",
    "not_matches": "!~",
}
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_ORDERED: Final = ("==", "!=", ">", ">=", "<", "<=")
_TEXTUAL: Final = ("==", "!=", "in", "not_in", "=~", "!~")
_NEGATED: Final = {"!=": "==", "not_in": "in", "!~": "=~", "not_exists": "exists"}


@dataclass(frozen=True, slots=True)
class _Field:
    """One subject: how to find its values (none: it is absent), how to read a literal, and what may be asked."""

    values: Callable[[Subject], tuple[Any, ...]]
    literal: Callable[[str], Any]
    operators: tuple[str, ...]
    #: Whether a negated operator asks that no value matches, rather than that there is one that doesn't.
    none_of: bool = False


def _truth(text: str) -> str:
    if text.lower() not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text.lower()


def _version(text: str) -> tuple[int, ...]:
    """Numeric for each part between dots, so that 1.9.0 < 1.14.5; 1.9 equals 1.9.0."""
    found = re.match(r"v?(\d{1,9}(?:\.\d{1,9})*)", text, re.ASCII)
    if found is None:
        raise ValueError("is not a version such as 1.14.5")
    parts = [int(part) for part in found[1].split(".")]
    while len(parts) > 1 and not parts[-1]:
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


def _seen_version(subject: Subject) -> tuple[tuple[int, ...], ...]:
    try:
        return (_version(subject.agent_version),)
    except ValueError:
        return ()


_FIELDS: Final = {
    "agentConnected": _Field(lambda s: (str(s.agent_connected).lower(),), _truth, _TEXTUAL),
    "agentVersion": _Field(_seen_version, _version, _ORDERED),
    "ec2InstanceId": _Field(lambda s: (s.instance_id,), str, _TEXTUAL),
    "registeredAt": _Field(lambda s: (int(s.registered_at),), _moment, _ORDERED),
    "runningTasksCount": _Field(lambda s: (s.running_tasks_count,), _count, _ORDERED),
    "task:group": _Field(lambda s: tuple(s.groups), str, _TEXTUAL, none_of=True),
}
_ATTRIBUTE: Final = re.compile(r"attribute:([A-Za-z0-9_./-]{1,128})", re.ASCII)


def _attribute(name: str) -> _Field:
    def values(subject: Subject) -> tuple[str, ...]:
        value = subject.attributes.get(name)
        return () if value is None else (value,)

    return _Field(values, str, tuple(dict.fromkeys(_OPERATORS.values())))


# -- tokens -------------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    """`kind` is the sign itself, `word` or `end`; a quoted word is never an operator."""

    kind: str
    text: str
    at: int


_SPACE: Final = re.compile(r"\s*")
_SIGN: Final = re.compile(r"==|!=|>=|<=|=~|!~|&&|\|\||[()\[\],<>!]")
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_WORD: Final = re.compile(r"""[^\s()\[\],'"=!<>&|]+""")


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Callable[[Subject], bool]:
        test = self._any()
        rest = self._peek()
        if rest.kind != "end":
            raise self._unexpected(rest, "and, or, or the end", ("and", "or"))
        return test

    def _any(self) -> Callable[[Subject], bool]:
        tests = [self._all()]
        while self._accept("or", "||"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda s: any(test(s) for test in tests)

    def _all(self) -> Callable[[Subject], bool]:
        tests = [self._one()]
        while self._accept("and", "&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda s: all(test(s) for test in tests)

    def _one(self) -> Callable[[Subject], bool]:
        token = self._peek()
        if self._accept("not", "!"):
            self._deeper(token)
            inner = self._one()
            self._depth -= 1
            return lambda s: not inner(s)
        if self._accept("("):
            self._deeper(token)
            inner = self._any()
            self._depth -= 1
            if not self._accept(")"):
                raise self._unexpected(self._peek(), "and, or or a closing parenthesis", ("and", "or"))
            return inner
        return self._predicate()

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise self._wrong(token, f"is nested deeper than {DEPTH} levels")

    def _predicate(self) -> Callable[[Subject], bool]:
        token = self._next()
        asked = self._field(token)
        name, at = self._operator(token, asked)
        match name:
            case "exists" | "not_exists":
                return lambda s: bool(asked.values(s)) is (name == "exists")
            case "in" | "not_in":
                return _quantified(asked, name, operator.contains, self._list(asked), swap=True)
            case "=~" | "!~":
                return _quantified(asked, name, re.Pattern.fullmatch, self._pattern(at), swap=True)
            case _:
                return _quantified(asked, name, _COMPARISONS[name], self._literal(asked))

    def _field(self, token: _Token) -> _Field:
        if token.kind == "word":
            if token.text in _FIELDS:
                return _FIELDS[token.text]
            found = _ATTRIBUTE.fullmatch(token.text)
            if found:
                return _attribute(found[1])
        raise self._unexpected(
            token, "a subject such as runningTasksCount or attribute:NAME", (*_FIELDS, "attribute:NAME")
        )
