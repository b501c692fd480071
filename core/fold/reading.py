"""A command's JSON into its action's input, or a refusal that names the member and the nearest valid one. Pure."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from core.commands import Action
from core.decisions import ACTIONS
from core.errors import Refused
from core.fold.inputs import INPUTS
from core.fold.unserved import take_unserved
from core.taskdef import json_text
from core.taskdef.shape import key_shown, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from core.commands import Command
    from core.fold.members import Input

Json = dict[str, Any]

#: How many problems one message lists.
_PROBLEMS_SHOWN: Final = 5

#: Telling costs milliseconds an error, and all the engine's work waits meanwhile.
_ERRORS_LOOKED_AT: Final = 50

#: pydantic's kinds of errors that say "not of this type", and what is wanted instead.
_WANTED: Final = {
    "string_type": "a text",
    "string_unicode": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}


def action_of(command: Command) -> Action:
    """The action a command names."""
    try:
        return Action(command.action)
    except ValueError:
        known = ACTIONS.get(command.action)
        if known is not None:
            how = f": {known.how}" if known.how else ""
            raise Refused(
                "UnsupportedFeatureException", f"{command.action} is no command here{how}."
            ) from None
        guess = nearest(command.action, tuple(Action))
        hint = f" Did you mean {guess}?" if guess else ""
        message = f"There is no action {shown(command.action)}.{hint}"
        raise Refused("UnknownOperationException", message) from None


def document_of(command: Command) -> Json:
    """A command's input as JSON, members that are null left out: ECS takes them as not given."""
    try:
        given = json_text.read(command.input or "{}")
    except json_text.Unreadable as error:
        raise Refused("SerializationException", f"The input can't be read: {error}") from None
    if not isinstance(given, dict):
        raise Refused("SerializationException", f"The input must be a JSON object, not {shown(given)}.")
    stripped: Json = _without_nulls(given)
    return stripped


def input_of(action: Action, document: Json) -> tuple[Input, tuple[str, ...]]:
    """The input of an action, and warnings about members that have no effect. Raises Refused."""
    warnings = take_unserved(action, document)
    if action in {Action.CREATE_SCHEDULE, Action.UPDATE_SCHEDULE} and isinstance(
        document.get("target"), dict
    ):
        warnings += take_unserved(Action.RUN_TASK, document["target"])
    try:
        return INPUTS[action].model_validate_json(json.dumps(document)), tuple(warnings)
    except ValidationError as invalid:
        raise _refused(invalid.errors(), INPUTS[action]) from None


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value if item is not None]
        case _:
            return value


def _refused(errors: Iterable[ErrorDetails], model: type[Input]) -> Refused:
    """ECS's ClientException for an input that is not of its shape, InvalidParameterException for a value out of bounds."""
    # A list with a wrong entry in it is also told to be too short: what is said of its entries is enough.
    every = list(islice(errors, _ERRORS_LOOKED_AT))
    found = [e for e in every if not any(_inside(other["loc"], e["loc"]) for other in every)]
    meant = {(*e["loc"][:-1], _guess(e, model)) for e in found if e["type"] == "extra_forbidden"}
    found = [e for e in found if e["type"] != "missing" or e["loc"] not in meant]
    misshapen = [e for e in found if e["type"] in _WANTED or e["type"] in {"extra_forbidden", "missing"}]
    code = "ClientException" if misshapen else "InvalidParameterException"
    sentences = dict.fromkeys(_sentence(error, model) for error in misshapen or found)
    problems = dict.fromkeys((*sentences, *(_sentence(error, model) for error in found)))
    return Refused(code, " ".join(list(sentences)[:_PROBLEMS_SHOWN]), tuple(problems))


def _guess(error: ErrorDetails, model: type[Input]) -> str:
    """The member that was probably meant by an unknown one; empty where none comes near."""
    return nearest(str(error["loc"][-1]), _members(model, error["loc"][:-1]))


def _inside(location: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    return len(location) > len(other) and location[: len(other)] == other


def _sentence(error: ErrorDetails, model: type[Input]) -> str:
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            said = "is missing."
        case "extra_forbidden":
            guess = _guess(error, model)
            said = f"unknown member; did you mean {guess}?" if guess else "unknown member."
        case "enum" | "literal_error":
            said = f"{shown(value)} is not one of {context['expected'].replace(chr(39), '')}."
        case "greater_than":
            said = f"must be more than {context['gt']:g}, not {shown(value)}."
        case "greater_than_equal":
            said = f"must be at least {context['ge']}, not {shown(value)}."
        case "less_than_equal":
            said = f"must be at most {context['le']}, not {shown(value)}."
        case "string_too_short" | "too_short":
            said = "must not be empty."
        case "string_too_long":
            said = f"has more than {context['max_length']} characters."
        case "too_long":
            said = f"has more than {context['max_length']} entries."
        case kind if kind in _WANTED:
            said = f"must be {_WANTED[kind]}, not {shown(value)}."
        case _:
            said = f"{shown(value)} is not allowed: {error['msg']}."
    return f"{_path(error['loc'])}: {said}"


def _path(location: tuple[int | str, ...]) -> str:
    """`placementConstraints[0].type`, with what a stranger wrote cut short."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{key_shown(part)}"
    return path.lstrip(".")


def _members(model: type[Input], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The names that are valid where an unknown one was found."""
    schema: Json = model.model_json_schema(by_alias=True)
    here = schema
    for part in location:
        here = _resolved(schema, here)
        here = here.get("items", {}) if isinstance(part, int) else here.get("properties", {}).get(part, {})
    return tuple(_resolved(schema, here).get("properties", ()))


def _resolved(schema: Json, here: Json) -> Json:
    """Through a reference, and through the `or null` of a member that may be left out."""
    for option in here.get("anyOf", ()):
        if option.get("type") != "null":
            here = option
            break
    reference = here.get("$ref", "")
    resolved: Json = schema["$defs"][reference.rpartition("/")[2]] if reference else here
    return resolved
