"""Puts a session together from the config file and the state, and runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.record import replace
from tui import glyphs
from tui.app import run
from tui.asking import Asker
from tui.go import checked_aliases
from tui.keymap import keymap_of
from tui.plugins import PREFIX
from tui.saved import FILE, Layouts
from tui.secrets import Secrets
from tui.session import Session
from tui.themes import colors_of
from tui.world import World

if TYPE_CHECKING:
    from core.api import Dockyard
    from core.cli.invocation import Look
    from core.config import Config
    from core.streams import Streams
    from tui.feed import Feed
    from tui.turns import Turns


def run_session(dockyard: Dockyard, config: Config, feed: Feed, turns: Turns, look: Look) -> int:
    """Run the terminal UI on an open installation until it is left. Raises DockyardError."""
    if look.read_only:
        config = replace(config, ui=replace(config.ui, read_only=True))

    def open_streams() -> Streams:
        from core.streams import Streams  # noqa: PLC0415  # what it takes to reach hosts is loaded when a log is read

        return Streams(dockyard.config(), Secrets(session.ask_secret))

    session = Session(
        World(dockyard.now, protected=config.protected, colors=colors_of(config)),
        feed,
        Asker(dockyard),
        keymap_of(config),
        glyphs.ASCII if look.is_ascii else glyphs.for_locale(glyphs.started_with()),
        open_streams,
        dockyard.reader,
        lambda: dockyard.reader().start_engine(),
        theme=config.ui.theme,
        engine_on_quit=config.ui.engine_on_quit.value,
        mouse=look.mouse,
        read_only=config.ui.read_only,
        plugins={f"{PREFIX}{name}": plugin for name, plugin in config.ui.plugins.items()},
        aliases=checked_aliases(config),
        compact=config.ui.compact,
        layouts=Layouts(dockyard.folder / FILE),
        turns=turns,
    )
    try:
        return run(session)
    finally:
        session.world.own.close()
