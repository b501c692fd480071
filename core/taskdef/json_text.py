"""JSON as strangers write it, read strictly: what can't be meant is an error whose sentence says where and what to do. Pure.

Beyond what the standard library refuses: a key given twice (it would keep the last in silence), numbers that are no
numbers, halves of characters and zero bytes (JSON can write them, and nothing else), bottomless nesting.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from core.record import Record
from core.taskdef.shape import key_shown, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Far above what any of ECS's inputs needs, far below what recursion bears.
DEPTH_LIMIT: Final = 100

_DIGITS_LIMIT: Final = 40

#: How many faults one message lists.
_FAULTS_SHOWN: Final = 5

_TEMPLATE: Final = re.compile(r"[<$%{]")
_COMMENT: Final = re.compile(r"//|/\*|#")
_TRAILING_COMMA: Final = re.compile(r",\s*[\]}]")
_YAML: Final = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:---|[A-Za-z_][\w-]*\s*:(?:\s|$))")


class Unreadable(ValueError):
    """Not JSON, or none that can be meant; the message is a sentence for whoever wrote it."""


class _Doubled(dict[str, Any]):
    """An object in which keys stand more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.doubled = next(key for key, count in counts.items() if count > 1)


def read(text: str) -> Any:
    """The JSON value in a text. Raises Unreadable."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        raise Unreadable(_problem(text, error)) from None
    except RecursionError:
        raise Unreadable("It is nested too deeply.") from None
    check(value)
    return value


def check(value: Any) -> None:
    """What `read` refuses beyond the parser. Raises Unreadable."""
    if faults := list(islice(_faults(value), _FAULTS_SHOWN)):
        raise Unreadable(" ".join(faults))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Doubled(pairs)


def _constant(name: str) -> None:
    raise Unreadable(f"{name} is not a number in JSON.")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Unreadable(f"{shown(digits)} is larger than any number can be.")
    return number


def _int(digits: str) -> int:
    if len(digits) > _DIGITS_LIMIT:
        raise Unreadable(f"A number in it has {len(digits)} digits.")
    return int(digits)


def _faults(value: Any) -> Iterator[str]:
    """What is wrong with a value that can be parsed, found without recursion."""
    waiting: deque[tuple[str, Any, int]] = deque([("", value, 0)])
    while waiting:
        path, found, depth = waiting.popleft()
        if depth > DEPTH_LIMIT:
            yield "It is nested too deeply."
            return
        match found:
            case str() if fault := _unwritable(found):
                yield f"{path or 'the document'}: {fault}"
            case dict():
                prefix = f"{path}." if path else ""
                if isinstance(found, _Doubled):
                    yield f"{prefix}{key_shown(found.doubled)}: is given more than once."
                for key in found:
                    if fault := _unwritable(key):
                        yield f"{path or 'the document'}: a key {fault}"
                    waiting.append((f"{prefix}{key_shown(key)}", found[key], depth + 1))
            case list():
                waiting += [(f"{path}[{index}]", item, depth + 1) for index, item in enumerate(found)]
            case _:
                pass


def _unwritable(text: str) -> str:
    """What no process, file or terminal takes; empty where there is nothing."""
    if "\0" in text:
        return "must not hold a zero byte."
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half a character (a lone surrogate)."
    return ""


def _problem(text: str, error: json.JSONDecodeError) -> str:
    if _YAML.match(text):
        return "It is not JSON; it looks like YAML."
    line = text.splitlines()[error.lineno - 1 : error.lineno] or [""]
    near = line[0][max(0, error.colno - 1) :].strip()
    what = error.msg.removesuffix(" at")
    sentence = (
        f"It is not valid JSON at line {error.lineno}, column {error.colno}: {what[:1].lower()}{what[1:]}"
    )
    sentence += f", at {shown(near)}." if near else "."
    slip = _Slip(text, error.pos, error.msg, near)
    return sentence + next((f" {hint}" for hint, applies in _HINTS if applies(slip)), "")


class _Slip(Record):
    """Where a text stops being JSON, and what json says of it; `near` is the rest of that line."""

    text: str
    at: int
    message: str
    near: str

    @property
    def wants_more(self) -> bool:
        """Whether something is there that is no value and no key."""
        return self.message.startswith(("Expecting value", "Expecting property name"))

    @property
    def comma_before(self) -> bool:
        """Whether the last item of a list or an object is followed by a comma."""
        before = len(self.text[: self.at].rstrip()) - 1
        return any(_TRAILING_COMMA.match(self.text, at) for at in (max(0, before), self.at))


#: What the writer has probably to do; the first that applies is told.
_HINTS: Final[tuple[tuple[str, Callable[[_Slip], bool]], ...]] = (
    ("The text is empty.", lambda slip: not slip.text.strip()),
    ("JSON has no comments: take it out.", lambda slip: bool(_COMMENT.match(slip.near))),
    (
        "There is more after the end of the JSON; one file holds one object.",
        lambda slip: slip.message.startswith("Extra data"),
    ),
    ("Take out the comma before it.", lambda slip: slip.comma_before),
    (
        "A text ends on its own line; is its closing quote missing?",
        lambda slip: slip.message.startswith("Invalid control") and slip.text[slip.at] in "\r\n",
    ),
    (
        "Control characters are written with a backslash, as in \\t or \\u0000.",
        lambda slip: slip.message.startswith("Invalid control"),
    ),
    (
        "That is a template's placeholder: fill it in first.",
        lambda slip: slip.wants_more and bool(_TEMPLATE.match(slip.near)),
    ),
    (
        "Only true, false and null stand bare; is this still to be filled in?",
        lambda slip: slip.message.startswith("Expecting value") and slip.near[:1].isalpha(),
    ),
    (
        "Texts and keys stand in double quotes.",
        lambda slip: slip.wants_more and (slip.near[:1] == "'" or slip.near[:1].isalpha()),
    ),
)
