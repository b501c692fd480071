"""The tables: for each kind of thing its columns, its rows and where Enter leads. Pure functions of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.commands import Scope
from tui.place import About
from tui.views import (
    capacity,
    clusters,
    commands,
    containers,
    definitions,
    deployments,
    events,
    faults,
    forwards,
    revisions,
    schedules,
    services,
    stacks,
    tasks,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.views.view import View

VIEWS: Final[tuple[View, ...]] = (
    clusters.VIEW,
    services.VIEW,
    tasks.VIEW,
    containers.VIEW,
    capacity.VIEW,
    definitions.VIEW,
    revisions.VIEW,
    deployments.VIEW,
    schedules.VIEW,
    stacks.VIEW,
    events.VIEW,
    commands.VIEW,
    faults.VIEW,
    tree.VIEW,
    forwards.VIEW,
)
#: The dashboard is no table.
PULSES: Final = "pulses"
PULSES_ALIASES: Final = ("pulse", "pu", "dashboard")
BY_NAME: Final = {view.name: view for view in VIEWS}
#: The table of each kind of thing.
BY_ABOUT: Final[Mapping[About, View]] = {
    **{view.about: view for view in VIEWS if view.about is not None},
    About.ENGINE: faults.VIEW,
}
#: What can be done with a thing, wherever it is met.
SCOPES: Final[Mapping[About, Scope]] = {
    **{about: view.scope for about, view in BY_ABOUT.items()},
    About.ENGINE: Scope.ENGINE,
}
#: Names of views, and what they are short for.
ALIASES: Final[Mapping[str, str]] = {
    **{name: view.name for view in VIEWS for name in (view.name, *view.aliases)},
    **dict.fromkeys((PULSES, *PULSES_ALIASES), PULSES),
}
#: All views by name, in the order in which they are offered.
NAMES: Final = (*BY_NAME, PULSES)
