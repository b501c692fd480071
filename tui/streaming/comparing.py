"""One command in all that is marked: what the dialog says, and the page that fills as they end."""

from __future__ import annotations

import re
import shlex
import threading
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from core.errors import DockyardError, UsageError
from core.model.ids import SHORT
from core.streams.comparing import AT_ONCE, TIMEOUT_S, Ran, run_in
from tui.own import Run
from tui.place import About, Place, Thing
from tui.plans.plan import listed, twin
from tui.screens.dialog import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.streams import Place as Container
    from tui.screens.main import Main

#: What a shell would make something of.
_FOR_A_SHELL: Final = re.compile(r"[|&;<>()$`*?~#\[]")


def command_of(typed: str) -> tuple[str, ...]:
    """The words of a command; by a shell where it holds what only a shell understands. Raises UsageError."""
    if _FOR_A_SHELL.search(typed):
        return ("sh", "-c", typed)
    try:
        words = tuple(shlex.split(typed))
    except ValueError as error:
        raise UsageError("A quotation mark is not closed") from error
    if not words:
        raise UsageError("Name a command")
    return words


def said(found: Sequence[Container], typed: str) -> Said:
    """What the dialog says of it."""
    where = f"In {count_of(len(found), 'container')}: {listed([place.label for place in found], 6)}"
    how = f"{AT_ONCE} at once, {TIMEOUT_S:g} s in each. What does not end then may run on there."
    try:
        command = command_of(typed)
    except UsageError as error:
        return Said([where, how, str(error)], is_ready=False)
    return Said([where, how, f"Runs {shlex.join(command)}"])


def begin(main: Main, found: Sequence[Container], typed: str) -> None:
    """Run it in threads and show the page that compares."""
    run = Run(command_of(typed), tuple(found))
    key = main.session.world.own.add_run(run)

    def take(ran: Ran) -> None:
        run.results.append(ran)
        if main.pane is main.texts:
            main.texts.tick()
            main.paint_lines()

    put = main.from_thread(take)

    def work() -> None:
        try:
            streams = main.session.open_streams()
        except DockyardError as error:
            for place in run.places:
                put(Ran(place, None, problem=str(error)))
            return
        try:
            for ran in run_in(streams, run.places, run.command):
                put(ran)
        finally:
            streams.close()

    main.enter(Place("outputs", main.trail.here.place.cluster, Thing(About.RUN, key)))
    main.say(f"Running in {count_of(len(found), 'container')}", twin=_same(found, run.command))
    threading.Thread(target=work, name="commands", daemon=True).start()


def _same(found: Sequence[Container], command: Sequence[str]) -> str:
    """The command line that does the same; empty where none does, of several containers of one task."""
    ids = list(dict.fromkeys(place.task[:SHORT] for place in found))
    if len(ids) < len(found):
        return ""
    containers = {place.container for place in found}
    only = ["--container", *containers] if len(containers) == 1 else []
    return twin("task", "exec-all", *ids, *only, "--", *command)
