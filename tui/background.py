"""Work that blocks, done in a thread while a dialog says so; whoever gives it up gets the screen back at once."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from core.errors import DockyardError
from core.safe_text import plain
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.screens.dialog import Dialog, Said
from tui.screens.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.screens.main import Main

Made = TypeVar("Made")


def tell_failure(main: Main, error: DockyardError, *, what: str = "", twin: str = "") -> None:
    """Say what went wrong: beside the crumbs where it fits there, else in a dialog, with what to do about it."""
    text = f"{what}{error}"
    hint = getattr(error, "hint", "")
    main.say(text, Tone.BAD, twin)
    if hint or cell_width(plain(text)) > main.size.width - 2:
        lines = [text, *([hint] if hint else []), *([f"The same: {twin}"] if twin else [])]
        main.app.push_screen(Dialog(main.session.glyphs, "It did not work", lambda _typed: Said(lines), []))


class Work(Generic[Made]):
    """One piece of work. `say` tells how far it is, from any thread."""

    def __init__(self, main: Main, text: str) -> None:
        """`text` says what is done."""
        self._main = main
        self._screen = Waiting(main.session.glyphs, text)
        self._loop = asyncio.get_running_loop()
        self._is_given_up = False

    async def done(
        self,
        make: Callable[[], Made],
        *,
        give_up: Callable[[], None] = lambda: None,
        unwanted: Callable[[Made], None] = lambda _made: None,
    ) -> Made | None:
        """What `make` returned; None when it failed, which is said, or was given up.

        `give_up` is called then, in the UI's thread; `unwanted` gets what came all the same, in the other one.
        """
        outcome: asyncio.Future[Made | DockyardError | None] = self._loop.create_future()

        def settle(result: Made | DockyardError | None) -> None:
            if not outcome.done():
                outcome.set_result(result)

        def work() -> None:
            try:
                made: Made | DockyardError = make()
            except DockyardError as error:
                made = error
            if self._is_given_up and not isinstance(made, DockyardError):
                unwanted(made)
            with suppress(RuntimeError):  # the program is ending
                self._loop.call_soon_threadsafe(settle, made)

        def answered(is_done: bool | None) -> None:
            if not is_done and not outcome.done():
                self._is_given_up = True
                give_up()
                settle(None)

        self._main.app.push_screen(self._screen, answered)
        threading.Thread(target=work, name="work", daemon=True).start()
        result = await outcome
        self._screen.done()
        if isinstance(result, DockyardError):
            tell_failure(self._main, result)
            return None
        if result is None:
            self._main.say("Given up", Tone.WARN)
        return result

    def say(self, how_far: str) -> None:
        """Called in any thread, as often as it likes to be shown."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._screen.call_later, self._screen.say, how_far)
