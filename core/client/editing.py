"""A service or a task definition as a text to edit, and what a saved text comes to: nothing, problems, or steps to ask for. Pure.

The text is a file as `apply` takes it. Problems are put at its top as comments, and it is opened again, as kubectl does; nothing that was
written is lost.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from core.client.applying import CHANGEABLE
from core.client.complaints import Problems
from core.client.manifest import Manifest, family_of, read_manifest
from core.client.step import Scope
from core.client.written import json_text, toml
from core.ecs import describe_service
from core.errors import ConfigError, Refused
from core.model.ids import last_part
from core.record import Record, replace
from core.safe_text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.client.step import Step
    from core.model.service import Service
    from core.model.state import State
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]
#: Begins the lines that we put at the top of what can't be applied.
_PROBLEM: Final = "#! "
_REFUSED: Final = (
    f"{_PROBLEM}It can't be applied as it is. Mend it and save; saved as it is, it is given up and kept."
)
#: How what can't be read says where in its text that is.
_AT_LINE: Final = re.compile(r"\bat line (\d+), column")
#: How many revisions are named.
_REVISIONS: Final = 8


class Draft(Record):
    """What is to be edited: its file's name, its text, and the one thing that it may be about."""

    name: str
    text: str
    what: str
    scope: Scope
    service: str = ""
    family: str = ""


class Saved(Record):
    """What a saved text comes to. `text` is to be opened again, unless it is given up; all else is empty then."""

    steps: Sequence[Step] = ()
    text: str = ""
    problems: tuple[str, ...] = ()
    is_unchanged: bool = False
    is_given_up: bool = False


def service_draft(state: State, service: Service) -> Draft:
    """A service, as what can be changed of it."""
    shown = describe_service(state, service)
    document: Json = {"cluster": service.cluster, "taskDefinition": last_part(shown["taskDefinition"])}
    document |= {m: shown[m] for m in CHANGEABLE if m in shown and m != "taskDefinition"}
    if service.daemon:
        document.pop("desiredCount", None)
    family = service.definition.partition(":")[0]
    active = [d for d in state.definitions.values() if d.family == family and d.active]
    names = ", ".join(d.name for d in sorted(active, key=lambda d: -d.revision)[:_REVISIONS])
    comments = (
        f"Service {service.key}. A member that is taken out stays as it is; [] and {{}} empty one.",
        f"It runs {service.definition}; there are {names or 'no ACTIVE revisions of it'}.",
        *([f"It waits: {service.why}"] if service.why else []),
        "Its tags are changed by dockyard service tag.",
    )
    text = _text(comments, toml(("services", service.name), document))
    scope = Scope(service.cluster)
    return Draft(f"{service.name}.toml", text, f"service {service.key}", scope, service=service.name)


def definition_draft(definition: TaskDefinition) -> Draft:
    """A revision, from which the next one is made."""
    document: Json = json.loads(definition.source)
    comments = (
        f"Task definition {definition.name}. Saved, it becomes the next revision of {definition.family};",
        "services go on with what they have until they are updated to it.",
        *(f"adapted: {warning}" for warning in definition.warnings),
    )
    what, scope = f"task definition {definition.family}", Scope("default")
    body = {member: value for member, value in document.items() if member != "family"}
    try:
        text = _text(comments, toml(("task_definitions", definition.family), body))
        (said,) = read_manifest("x.toml", text.encode()).definitions
        is_the_same = said.document == document
    except (TypeError, Refused, ConfigError, UnicodeEncodeError):
        is_the_same = False
    if is_the_same:
        return Draft(f"{definition.family}.toml", text, what, scope, family=definition.family)
    # TOML can't say everything that JSON can.
    text = _text(comments, json_text(document))
    return Draft(f"{definition.family}.json", text, what, scope, family=definition.family)


def judge(
    draft: Draft,
    refused: str,
    saved: str,
    plan: Callable[[Manifest, Scope], Sequence[Step]],
    state: State | None = None,
) -> Saved:
    """What was saved, judged; `refused` is the text that was refused before it, as it was opened again.

    With the `state` as it is by now, of a service only what was changed in the text is asked for: what others changed meanwhile is
    not put back, as kubectl does it.
    """
    text = _without_problems(saved)
    if not text.strip() or text == _without_problems(draft.text):
        return Saved(is_unchanged=True)
    if refused and text == _without_problems(refused):
        return Saved(is_given_up=True)
    try:
        said = _read(draft, text)
        if draft.service and state is not None:
            said = _changed_alone(draft, said, state)
        steps = [step for step in plan(said, draft.scope) if step.action is not None]
    except Problems as several:
        return _opened_again(text, several.problems)
    except Refused as error:
        return _opened_again(text, error.problems)
    except ConfigError as error:
        return _opened_again(text, str(error).splitlines())
    return Saved(steps, is_unchanged=not steps)


def _read(draft: Draft, text: str) -> Manifest:
    """What the text says, which must be about the one thing. Raises ConfigError, Refused."""
    if draft.name.endswith(".json"):
        text = "\n".join("" if line.startswith("#") else line for line in text.splitlines())
    manifest = read_manifest(draft.name, text.encode())
    services = [str(said.document.get("serviceName")) for said in manifest.services]
    families = [family_of(said.document) for said in manifest.definitions]
    wanted = ([draft.service] if draft.service else [], [draft.family] if draft.family else [])
    if (services, families) != wanted or manifest.schedules or manifest.stack:
        raise ConfigError(
            f"{draft.name}: this is about {draft.what} alone; dockyard apply takes other things"
        )
    clusters = {str(said.document.get("cluster", draft.scope.cluster)) for said in manifest.services}
    if clusters - {draft.scope.cluster}:
        raise ConfigError(f"{draft.name}: cluster: {draft.what} stays in its cluster")
    return manifest


def _changed_alone(draft: Draft, manifest: Manifest, state: State) -> Manifest:
    """What was not changed in the text as it is by now."""
    service = state.services.get(f"{draft.scope.cluster}/{draft.service}")
    if service is None:
        return manifest
    fresh = service_draft(state, service)
    (before,), (now,) = _read(draft, draft.text).services, _read(fresh, fresh.text).services
    (said,) = manifest.services
    document = _merged(before.document, said.document, now.document)
    return replace(manifest, services=(replace(said, document=document),))


def _merged(before: Any, said: Any, now: Any) -> Any:
    """Of an object each member by itself, of all else the whole: as it is by now where the text says what it said before."""
    if said == before:
        return now
    if not (isinstance(before, dict) and isinstance(said, dict) and isinstance(now, dict)):
        return said
    members = {name: _merged(before.get(name), said.get(name), now.get(name)) for name in {**said, **now}}
    return {name: value for name, value in members.items() if value is not None}


def _opened_again(text: str, problems: Iterable[str]) -> Saved:
    told = [plain(line) for problem in problems for line in problem.splitlines()]
    above = 1 + len(told)
    told = [_AT_LINE.sub(lambda at: f"at line {int(at[1]) + above}, column", line) for line in told]
    return Saved(
        text="\n".join([_REFUSED, *(f"{_PROBLEM}{line}" for line in told), text]), problems=tuple(told)
    )


def _without_problems(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(_PROBLEM))


def _text(comments: Iterable[str], body: str) -> str:
    return "".join(f"# {plain(comment)}\n" for comment in comments) + "\n" + body
