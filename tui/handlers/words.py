"""What is typed behind a colon: done, and completed while it is typed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from core.errors import UsageError
from tui.commands import BY_ID
from tui.go import Known, Run, Sort, Theme, completions, understand
from tui.handlers.arranging import show_theme
from tui.handlers.making import apply_files
from tui.keymap import shown_key
from tui.listing.row import Tone
from tui.place import Place
from tui.plans.plan import listed
from tui.themes import theme_names
from tui.widgets.field import completed
from tui.widgets.prompt import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.commands import Command, Scope
    from tui.screens.main import Main

_SCOPES_TOLD: Final = 3


def do(main: Main, typed: str) -> None:
    """Go where was meant, or run what was; what isn't understood is told."""
    try:
        meant, wanted = _narrowed(main, typed)
    except UsageError as error:
        main.say(str(error), Tone.WARN)
        return
    match meant:
        case Place():
            main.jump(meant)
            if wanted and main.pane is main.tables:
                main.tables.table.choose(wanted)
        case Sort():
            if main.pane is main.tables:
                columns = [column.id for column in main.tables.listing.columns]
                main.tables.table.sort_by(columns.index(meant.column))
        case Theme():
            show_theme(main, meant.name)
        case Run() if meant.command not in main.session.keymap.keys:
            refuse(main, BY_ID[meant.command])
        case Run("apply"):
            apply_files(main, meant.rest)
        case Run():
            main.do(meant.command)


def refuse(main: Main, command: Command) -> None:
    """Say why a command has no key, and isn't run by its name either."""
    main.say(f"This screen only reads: {command.label} would change something", Tone.WARN)


def tell_elsewhere(main: Main, key: str, meant: Mapping[Command, Sequence[Scope]]) -> None:
    """Say what a key means where one is not."""
    told = "; ".join(
        f"{command.label} in {listed(scopes, _SCOPES_TOLD)}" for command, scopes in meant.items()
    )
    main.say(f"{shown_key(key)} means nothing here; it is {told}", Tone.DIM)


def offered(main: Main, typed: str) -> list[str]:
    """Lines that go on as typed."""
    return list(completions(typed, _known(main))) if main.prompt.mode is Mode.COMMAND else []


def _narrowed(main: Main, typed: str) -> tuple[Place | Sort | Theme | Run, str]:
    """What was typed, and the filter behind a view's name: `tasks prod /web` (k9s); other words may have a path there."""
    view, _, wanted = typed.partition(" /")
    if wanted:
        with suppress(UsageError):
            meant = understand(view, main.trail.here.place.cluster, _known(main))
            if isinstance(meant, Place):
                return meant, wanted
    return _understood(main, typed), ""


def _understood(main: Main, typed: str) -> Place | Sort | Theme | Run:
    """What was typed, else the completion that is shown behind it."""
    cluster, known = main.trail.here.place.cluster, _known(main)
    try:
        return understand(typed, cluster, known)
    except UsageError:
        shown = completed(typed, completions(typed, known))
        if shown is None:
            raise
        return understand(shown, cluster, known)


def _known(main: Main) -> Known:
    """What may be named."""
    columns = [column.id for column in main.tables.listing.columns] if main.pane is main.tables else []
    clusters = sorted(main.session.world.state.clusters)
    return Known(clusters, columns, theme_names(main.app.available_themes), main.session.aliases)
