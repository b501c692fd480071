"""ECS's cluster query language: what `memberOf` constraints and instance filters are written in. Pure.

    expression := all ( ("or" | "||") all )*          all := one ( ("and" | "&&") one )*
    one        := ("not" | "!") one | "(" expression ")" | predicate
    predicate  := field operator literal | field ("in" | "not_in" | "!in") "[" literal, … "]"
                | field ("exists" | "not_exists" | "!exists")

Source: ECS Developer Guide, "Cluster query language", which leaves three things open. Here `not` binds tighter than `and`,
and `and` tighter than `or`; a pattern matches the whole value; and a negated operator on `task:group` means that no task of
the instance is in the group. On an attribute it means that the attribute is there with another value, as ECS says.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from core.errors import Refused
from core.scheduler.pattern import PatternError, compile_pattern
from core.scheduler.query_fields import FIELDS, OPERATORS, Field, Subject, field_named, predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Test = Callable[[Subject], bool]

__all__ = ["Expression", "Subject", "compile_expression"]

#: ECS API reference, PlacementConstraint: the longest expression.
EXPRESSION_CHARACTERS: Final = 2000
#: Parentheses and negations inside one another.
DEPTH: Final = 50


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; equal when its text is."""

    text: str
    _test: Test = field(compare=False, repr=False)

    def matches(self, subject: Subject) -> bool:
        """Whether the instance meets it."""
        return self._test(subject)


def compile_expression(text: str) -> Expression:
    """Read an expression. Raises Refused("InvalidParameterException", …) that says where it is wrong."""
    # A function of its own, since a cached one is not held to its argument's type.
    return _compiled(text)


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Expression:
    if len(text) > EXPRESSION_CHARACTERS:
        what = f"The expression is longer than {EXPRESSION_CHARACTERS} characters."
        raise Refused("InvalidParameterException", what)
    return Expression(text, _Reader(text).whole())


class _Token(NamedTuple):
    """`text` is as written, without quotes; `quoted` ones are literals whatever they say."""

    text: str
    at: int
    quoted: bool = False


_SPACE: Final = re.compile(r"\s*")
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_SIGN: Final = re.compile(r"==|!=|>=|<=|=~|!~|&&|\|\||[()\[\],<>!]")
#: Anything up to a space, a quote or what could begin a sign.
_WORD: Final = re.compile(r"""[^\s'"()\[\],=!<>&|]+""")
_END: Final = ""


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    # -- grammar --------------------------------------------------------------------------------------------------------

    def whole(self) -> Test:
        test = self._any()
        if not self._accept(_END):
            raise self._unexpected("and, or, or the end", ("and", "or"))
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._accept("or", "||"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda s: any(test(s) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._accept("and", "&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda s: all(test(s) for test in tests)

    def _one(self) -> Test:
        self._depth += 1
        if self._depth > DEPTH:
            raise self._wrong(self._at, f"nested deeper than {DEPTH} levels")
        if self._accept("not", "!"):
            inner = self._one()
            test: Test = lambda s: not inner(s)  # noqa: E731  # beside its two siblings
        elif self._accept("("):
            test = self._any()
            if not self._accept(")"):
                raise self._unexpected("and, or, or a closing parenthesis", ("and", "or"))
        else:
            test = self._predicate()
        self._depth -= 1
        return test

    def _predicate(self) -> Test:
        token = self._peek()
        found = None if token.quoted else field_named(token.text)
        if found is None:
            raise self._unexpected("a field such as runningTasksCount or attribute:NAME", FIELDS)
        self._take(token)
        sign = self._operator(token.text, found)
        match sign:
            case "exists" | "not_exists":
                return predicate(found, sign, None)
            case "in" | "not_in":
                return predicate(found, sign, self._list(found))
            case "=~" | "!~":
                return predicate(found, sign, self._pattern())
            case _:
                return predicate(found, sign, self._literal(found))

    def _operator(self, name: str, found: Field) -> str:
        token = self._peek()
        spelled = token.text
        if self._accept("!"):
            spelled += self._peek().text  # !in and !exists
        sign = None if token.quoted else OPERATORS.get(spelled)
        if sign is None:
            raise self._unexpected("an operator such as == or in", OPERATORS)
        if sign not in found.operators:
            raise self._wrong(token.at, f"{name} takes {', '.join(found.operators)}, not {spelled}")
        self._take(self._peek())
        return sign

    def _list(self, found: Field) -> frozenset[Any]:
        if not self._accept("["):
            raise self._unexpected("a list such as [a, b]")
        items = {self._literal(found)}
        while self._accept(","):
            items.add(self._literal(found))
        if not self._accept("]"):
            raise self._unexpected("a comma or a closing bracket")
        return frozenset(items)

    def _literal(self, found: Field) -> Any:
        token = self._peek()
        if not token.quoted and not _WORD.fullmatch(token.text):
            raise self._unexpected("a value")
        self._take(token)
        try:
            return found.literal(token.text)
        except ValueError as error:
            raise self._wrong(token.at, f"{token.text!r} {error}") from None

    def _pattern(self) -> re.Pattern[str]:
        """A quoted pattern, or a bare one up to a space or the parenthesis that closes the expression around it."""
        token = self._peek()
        if token.quoted:
            self._take(token)
        else:
            token = _Token(self._bare_pattern(token.at), token.at)
        if not token.text:
            raise self._unexpected("a pattern")
        try:
            return compile_pattern(token.text)
        except PatternError as error:
            raise self._wrong(token.at, f"the pattern {token.text!r} {error}") from None

    def _bare_pattern(self, start: int) -> str:
        depth = 0
        for end in range(start, len(self._text) + 1):
            sign = self._text[end : end + 1]
            depth += (sign == "(") - (sign == ")")
            if not sign or sign.isspace() or depth < 0:
                break
        self._at = end
        return self._text[start:end]

    # -- tokens ---------------------------------------------------------------------------------------------------------

    def _peek(self) -> _Token:
        at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing at all as well
        if found := _QUOTED.match(self._text, at):
            return _Token(found[1] or found[2] or "", at, quoted=True)
        if found := _SIGN.match(self._text, at) or _WORD.match(self._text, at):
            return _Token(found[0], at)
        if at < len(self._text):
            what = "a quote is not closed" if self._text[at] in "'\"" else f"unexpected {self._text[at]!r}"
            raise self._wrong(at, what)
        return _Token(_END, at)

    def _take(self, token: _Token) -> None:
        self._at = token.at + len(token.text) + 2 * token.quoted

    def _accept(self, *texts: str) -> bool:
        """Take the next token if it is one of these."""
        token = self._peek()
        if token.quoted or token.text not in texts:
            return False
        self._take(token)
        return True

    # -- refusals -------------------------------------------------------------------------------------------------------

    def _unexpected(self, wanted: str, known: Iterable[str] = ()) -> Refused:
        token = self._peek()
        if token.text == _END and not token.quoted:
            return self._wrong(token.at, f"it ends where {wanted} is expected")
        near = difflib.get_close_matches(token.text, list(known), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return self._wrong(token.at, f"expected {wanted}, found {token.text!r}{hint}")

    def _wrong(self, at: int, what: str) -> Refused:
        sentence = f"Invalid expression {self._text!r}, at character {at + 1}: {what}."
        return Refused("InvalidParameterException", sentence)
