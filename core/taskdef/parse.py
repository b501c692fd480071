"""ECS's task definition JSON to a TaskDefinition: decode, conform, normalise, validate, adapt, build.

Everything wrong with a document is told at once, as ECS's ClientException.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from core.errors import Refused
from core.taskdef import json_text
from core.taskdef.adapt import adaptations, adapted
from core.taskdef.build import built
from core.taskdef.normalise import normalised
from core.taskdef.refuse import refusals
from core.taskdef.schema import REGISTER_TASK_DEFINITION
from core.taskdef.shape import Findings, conform
from core.taskdef.validate import name_problems, task_problems

if TYPE_CHECKING:
    from core.model.task_definition import TaskDefinition

#: ECS's limit for one definition.
SIZE_LIMIT_BYTES: Final = 64 * 1024

#: What is read of a file at all: exports carry more than what counts against ECS's limit.
_TEXT_LIMIT: Final = 1024 * 1024
_RAW_LIMIT_BYTES: Final = 4 * SIZE_LIMIT_BYTES

#: How many problems one message lists.
_PROBLEMS_SHOWN: Final = 20


def decode(text: str | bytes) -> dict[str, Any]:
    """The JSON object in a file's text. Raises Refused, with line and column where it isn't JSON."""
    if len(text) > _TEXT_LIMIT:
        raise _refused(["The file is larger than 1 MiB: no task definition is."])
    try:
        document = json_text.read(_decoded(text) if isinstance(text, bytes) else text.removeprefix("\ufeff"))
    except json_text.Unreadable as error:
        raise _refused([str(error)]) from error
    if isinstance(document, dict):
        return document
    raise _refused([_no_object(document)])


def _no_object(document: Any) -> str:
    first = document[0] if isinstance(document, list) and document else None
    if isinstance(first, dict) and "containerDefinitions" in first:
        return f"The file holds a list of {len(document)}; one file holds one task definition."
    if isinstance(first, dict) and "image" in first:
        return (
            "The file holds a list of containers; a task definition is an object with that list as"
            " containerDefinitions, and a family."
        )
    return "The JSON must be an object with family and containerDefinitions."


def _decoded(text: bytes) -> str:
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or text[:2].count(0) == 1:
        raise _refused(["The file is UTF-16 text, as PowerShell writes it: save it as UTF-8."])
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused([f"The file is not UTF-8 text (byte {error.start})."]) from error


def parse(document: str | bytes | Mapping[str, Any]) -> TaskDefinition:
    """The task definition, with revision 0. Takes register input and describe output, wrapped or not.

    Raises:
        Refused: ClientException, with every problem that was found.
    """
    given = _checked(document) if isinstance(document, Mapping) else decode(document)
    # What is far too large is not worth looking into: that would take the engine's one thread for minutes.
    if (size := len(canonical(given).encode())) > _RAW_LIMIT_BYTES:
        raise _refused([_too_large(size)])
    findings = Findings()
    conformed = conform(_unwrapped(given), REGISTER_TASK_DEFINITION, "", findings)
    if findings.misread or "containerDefinitions" not in conformed:
        raise _refused([*findings.problems, *name_problems(conformed or {})])
    if (size := len(canonical(conformed).encode())) > SIZE_LIMIT_BYTES:
        raise _refused([_too_large(size), *findings.problems])
    task = normalised(conformed)
    findings.problems += task_problems(task)
    findings.problems += refusals(task)
    if findings.problems:
        raise _refused(findings.problems)
    return _finished(task, canonical(task), findings.warnings)


def load(source: str) -> TaskDefinition:
    """The task definition of a stored `source`: it was accepted once, so it is not judged again."""
    return _finished(json.loads(source), source, [])


def canonical(task: Mapping[str, Any]) -> str:
    """The one text of a JSON document: keys sorted, no spaces."""
    return json.dumps(task, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _checked(document: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        json_text.check(document)
    except json_text.Unreadable as error:
        raise _refused([str(error)]) from error
    return document


def _finished(task: dict[str, Any], source: str, readings: list[str]) -> TaskDefinition:
    return built(
        adapted(task),
        warnings=tuple(dict.fromkeys((*readings, *adaptations(task)))),
        source=source,
        digest=hashlib.sha256(source.encode()).hexdigest(),
    )


def _unwrapped(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Register input, whether it came as such or as `describe-task-definition` prints it, tags beside it."""
    inner = given.get("taskDefinition")
    if not isinstance(inner, Mapping) or "containerDefinitions" in given:
        return given
    return {**inner, "tags": given["tags"]} if given.get("tags") else inner


def _too_large(size: int) -> str:
    return f"It has {size} bytes of JSON; ECS takes at most 65536 (64 KiB)."


def _refused(problems: list[str]) -> Refused:
    told = list(dict.fromkeys(problems))
    if len(told) == 1:
        return Refused("ClientException", told[0])
    lines = [f"{len(told)} problems:", *(f"- {problem}" for problem in told[:_PROBLEMS_SHOWN])]
    if len(told) > _PROBLEMS_SHOWN:
        lines.append(f"- and {len(told) - _PROBLEMS_SHOWN} more")
    return Refused("ClientException", "\n".join(lines), told)
