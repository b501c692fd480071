"""The tables: for each kind of thing its columns, its rows and where Enter leads. Pure functions of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.views import (
    capacity,
    clusters,
    commands,
    containers,
    definitions,
    deployments,
    events,
    forwards,
    revisions,
    schedules,
    services,
    tasks,
)

if TYPE_CHECKING:
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
    events.VIEW,
    commands.VIEW,
    forwards.VIEW,
)
BY_NAME: Final = {view.name: view for view in VIEWS}
ALIASES: Final = {name: view for view in VIEWS for name in (view.name, *view.aliases)}
