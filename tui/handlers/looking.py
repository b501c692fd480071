"""Going into things and looking at them; copying and saving what is shown; the program's own commands."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from tui.listing.row import Tone
from tui.panes.logs import PRESENT
from tui.panes.table import GONE
from tui.place import About, Place, Thing
from tui.screens.help import Help
from tui.screens.palette import Palette
from tui.widgets.prompt import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from tui.screens.main import Main

_NOTHING: Final = "There is no row here to look at"


def thing_of(main: Main) -> Thing | None:
    """What the cursor is on, marks or not."""
    if main.pane is not main.tables:
        return next(iter(main.pane.things()), None)
    listing = main.tables.listing
    if listing.cursor is None:
        main.say(_NOTHING, Tone.WARN)
        return None
    if listing.is_gone(listing.cursor):
        main.say(GONE, Tone.WARN)
        return None
    return main.tables.thing(listing.cursor)


def _open(main: Main) -> None:
    if main.pane is main.pulses:
        _open_tile(main)
        return
    if main.tables.turn():
        return
    thing = thing_of(main)
    if thing is None:
        return
    place = main.tables.inside(thing)
    if place is None:
        main.say("There is nothing to go into here")
    else:
        main.enter(place)


def _open_tile(main: Main) -> None:
    tile = main.pulses.inside()
    main.enter(tile.place)
    if tile.sort:
        main.tables.table.show_highest(tile.sort)


def _page(view: str, main: Main) -> None:
    thing = thing_of(main)
    if thing is not None:
        main.enter(Place(view, main.trail.here.place.cluster, thing))


def _of_service(view: str, main: Main) -> None:
    thing = thing_of(main)
    if thing is None:
        return
    if thing.about is About.CLUSTER:
        main.enter(Place(view, thing.key))
    else:
        main.enter(Place(view, thing.key.partition("/")[0], thing))


def _copy(main: Main) -> None:
    text = main.pane.copied()
    if text:
        main.app.copy_to_clipboard(text)
        first, *more = text.splitlines()
        rest = f" and {count_of(len(more), 'more line')}" if more else ""
        if main.pane is main.logs and len(more) + 1 < len(main.logs.ring):
            rest += ", the newest; Ctrl-s saves all"
        main.say(f"Copied {first[:60]}{rest}")


def _save(main: Main) -> None:
    lines = main.pane.saved()
    dropped = main.logs.coverage() if main.pane is main.logs else ""

    def write(file: TextIO) -> str:
        count = count_of(sum(1 for line in lines if file.write(f"{line}\n")), "line")
        return f"{count} ({dropped})" if dropped else count

    _write(main, "tsv" if main.pane is main.tables else "txt", write)


def _screenshot(main: Main) -> None:
    def take() -> None:
        picture = main.app.export_screenshot()

        def write(file: TextIO) -> str:
            file.write(picture)
            return "the screen"

        _write(main, "svg", write)

    # What was typed to get here is still on the screen.
    main.call_after_refresh(take)


def _write(main: Main, ending: str, write: Callable[[TextIO], str]) -> None:
    """Write a file, in another thread; `write` says what it wrote."""
    name = f"dockyard-{main.trail.here.place.view}-{time.strftime('%Y%m%d-%H%M%S')}.{ending}"

    def save() -> str:
        with Path(name).open("w", encoding="utf-8") as file:
            return f"Saved {write(file)} to {Path.cwd() / name}"

    async def saved() -> None:
        try:
            main.say(await asyncio.to_thread(save))
        except OSError as error:
            main.say(f"{name} can't be written: {error.strerror}", Tone.BAD)

    main.run_worker(saved())


def _prompt(main: Main) -> None:
    main.prompt.open(Mode.COMMAND)


def _help(main: Main) -> None:
    main.app.push_screen(Help(main.session.glyphs, main.session.keymap, main.scope))


def _palette(main: Main) -> None:
    def run(command_id: str | None) -> None:
        if command_id is not None:
            main.run_command(main.session.keymap.by_id(command_id))

    main.app.push_screen(Palette(main.session.glyphs, main.session.keymap, main.scope), run)


def _messages(main: Main) -> None:
    if main.trail.here.place.view != "messages":
        main.enter(Place("messages", main.trail.here.place.cluster, Thing(About.SCREEN, "")))


def _look(main: Main) -> None:
    main.session.source.look_now()
    main.say("Reading everything again")


def _fold(main: Main) -> None:
    main.is_folded = not main.is_folded
    main.fold()


def _full(main: Main) -> None:
    main.show_full(not main.is_full)


def _mouse(main: Main) -> None:
    main.session.mouse = not main.session.mouse
    main.session.use_mouse(main.session.mouse)
    main.say("The mouse is on" if main.session.mouse else "The mouse is off: selecting is the terminal's")


def _start_engine(main: Main) -> None:
    engine = main.session.world.engine
    if engine is not None and engine.running:
        main.say(f"An engine runs already, pid {engine.holder.pid if engine.holder else engine.pulse.pid}")
    else:
        main.session.bring_up_engine()
        main.paint_lines()


def _quit(main: Main) -> None:
    main.session.leave()


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "open": _open,
    "describe": partial(_page, "describe"),
    "raw": partial(_page, "raw"),
    "why": partial(_page, "why"),
    "logs": partial(_page, PRESENT),
    "events": partial(_of_service, "events"),
    "deployments": partial(_of_service, "deployments"),
    "stack.schedules": partial(_of_service, "schedules"),
    "copy": _copy,
    "save": _save,
    "screenshot": _screenshot,
    "prompt": _prompt,
    "help": _help,
    "palette": _palette,
    "look": _look,
    "messages": _messages,
    "header": _fold,
    "page.full": _full,
    "mouse": _mouse,
    "engine.start": _start_engine,
    "quit": _quit,
}
