"""A task definition in words, with what it changed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.holding import held_by
from core.model.ports import ports_shown
from core.model.tags import tags_told
from core.taskdef.describe import diff
from tui.listing.row import Tone
from tui.pages.described.shared import ago
from tui.pages.text import facts, section, sentences, table
from tui.views.definitions import users
from tui.views.view import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.task_definition import TaskDefinition
    from tui.pages.text import Line
    from tui.world import World


def describe_family(world: World, key: str) -> Iterator[Line]:
    """The latest revision of a family."""
    latest = world.state.latest_definition(key)
    if latest is not None:
        yield from describe_revision(world, latest.name)


def describe_revision(world: World, key: str) -> Iterator[Line]:
    """One revision."""
    definition = world.state.definitions.get(key)
    if definition is None:
        return
    yield from facts(
        {
            "Task definition": Cell(definition.name, Tone.KEY),
            "Status": definition.status.value,
            "Registered": f"{ago(world, definition.registered_at)} by {definition.registered_by or 'unknown'}",
            "Network mode": definition.network_mode.value,
            "Charged": definition.charged_told,
            "Host ports": ", ".join(f"{port.port}/{port.protocol}" for port in definition.static_ports),
            "Tags": tags_told(definition.tags),
            "Used by": ", ".join(users(world.state, name=definition.name)),
            "Goes after": ", ".join(held_by(world.state, definition.name)) if definition.leaving else "",
        }
    )
    yield from section("Containers")
    yield from table(
        ("NAME", "IMAGE", "ESSENTIAL", "PORTS", "HEALTH CHECK"),
        (
            (
                c.name,
                c.image,
                "yes" if c.essential else "no",
                ", ".join(ports_shown((p.host_port, p.container_port, p.protocol) for p in c.port_mappings))
                or None,
                " ".join(c.health_check.command) if c.health_check else None,
            )
            for c in definition.containers
        ),
    )
    if definition.warnings:
        yield from section("Adapted to plain Docker")
        yield from sentences(definition.warnings, Tone.WARN)
    yield from _changes_since_last(world, definition)


def _changes_since_last(world: World, definition: TaskDefinition) -> Iterator[Line]:
    before = world.state.definitions.get(f"{definition.family}:{definition.revision - 1}")
    if before is not None:
        yield from section(f"Changes since {before.name}")
        yield from sentences(diff(before, definition) or ["none"])
