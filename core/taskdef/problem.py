"""What a rule finds wrong: the member, and the sentence. Pure."""

from __future__ import annotations

from typing import Any

from core.taskdef.shape import key_shown

Json = dict[str, Any]

#: Where it is, by a path in what the rule looks at, and the sentence.
Problem = tuple[str, str]


def named(container: Json) -> str:
    """A container's name as a sentence holds it."""
    return key_shown(container.get("name", ""))


def about(container: Json) -> str:
    """How ECS's sentences about a container begin."""
    return f"Invalid setting for container '{named(container)}'."
