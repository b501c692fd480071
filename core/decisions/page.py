"""The record of decisions as a page for people: `python -m core.decisions.page > docs/ecs.md`. Pure but for that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from core.decisions import ACTIONS, DECISIONS, Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD: Final = """\
<!-- Made by `python -m core.decisions.page > docs/ecs.md`: change core/decisions instead. -->
# What Dockyard does with each of ECS's actions, and with each member of its requests

Every member that Amazon ECS's API knows is decided. **Honoured**: it means what it means in ECS. **Adapted**: served otherwise
than AWS serves it, and each such thing is a warning when it is asked for. **No effect**: taken, so that your files go on working,
and told in a warning. **Refused**: the request fails with a sentence that names the member. What is left out as a whole is one
row for all that it contains. A value that asks for nothing (`null`, an empty list, `enabled: false`) passes in silence anywhere.

A schedule is EventBridge Scheduler's, with its members in ECS's camelCase. Ours alone are `cluster`, `missedRuns` (RUN_ONCE or SKIP),
`overlap` (ALLOW, SKIP or REPLACE) and `maximumEventAgeInSeconds` beside the target; what UpdateSchedule does not say stays as it is.

A dot leads into an object; lists are looked into: `portMappings.hostPort` is the hostPort of each port mapping.
"""

_ABOUT_ACTIONS: Final = """\
An honoured action is a command with ECS's input, or a verb of `dockyard` that prints ECS's output with `--json`; the verb stands
beside it.
"""

#: Parts of a task definition with a table of their own.
_PARTS: Final = ("containerDefinitions", "volumes")


def page() -> str:
    """The whole page, in Markdown."""
    members = (line for operation in DECISIONS for line in _operation(operation))
    return "\n".join((_HEAD, "## Actions\n", _ABOUT_ACTIONS, *_table(ACTIONS, "action"), *members))


def _operation(operation: str) -> Iterator[str]:
    decisions = DECISIONS[operation]
    yield f"## {operation}\n"
    yield from _table(
        {m: d for m, d in decisions.items() if m.partition(".")[0] not in _PARTS or m in _PARTS}
    )
    for part in _PARTS:
        within = {m.removeprefix(f"{part}."): d for m, d in decisions.items() if m.startswith(f"{part}.")}
        if within:
            yield f"### {operation}: {part}\n"
            yield from _table(within)


def _table(decisions: Mapping[str, Decision], what: str = "member") -> Iterator[str]:
    yield f"| {what} | decision | how, or why |"
    yield "|---|---|---|"
    for member, decision in sorted(decisions.items()):
        yield f"| `{member}` | {decision.kind.value}{_but_for(decision)} | {decision.how} |"
    yield ""


def _but_for(decision: Decision) -> str:
    words = [value for value in decision.harmless if isinstance(value, str)]
    words += [word for value in decision.harmless if isinstance(value, dict) for word in _type(value)]
    return f", but for {' and '.join(f'`{word}`' for word in words)}" if decision.left_out and words else ""


def _type(value: Mapping[str, object]) -> Iterator[str]:
    if "type" in value:
        yield str(value["type"])


if __name__ == "__main__":
    sys.stdout.write(page())
