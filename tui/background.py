"""Work that blocks, done in a thread while a dialog says so; whoever gives it up gets the screen back at once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final, Generic, TypeVar

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
        self._main: Final = main
        self._screen: Final = Waiting(main.session.glyphs, text)
        #: Called as often as it likes to be shown.
        self.say: Final = main.from_thread(self._screen.say)

    async def done(
        self,
        make: Callable[[], Made],
        *,
        give_up: Callable[[], None] = lambda: None,
        unwanted: Callable[[Made], None] = lambda _made: None,
    ) -> Made | None:
        """What `make` returned; None when it failed, which is said, or was given up.

        `give_up` is called then, in the UI's thread; `unwanted` gets what came all the same, in another one.
        """
        outcome: asyncio.Future[Made | DockyardError | None] = asyncio.get_running_loop().create_future()

        def settle(made: Made | DockyardError) -> None:
            if not outcome.done():
                outcome.set_result(made)
            elif not isinstance(made, DockyardError):
                threading.Thread(target=unwanted, args=(made,), name="unwanted", daemon=True).start()

        tell = self._main.from_thread(settle)

        def work() -> None:
            try:
                tell(make())
            except DockyardError as error:
                tell(error)

        def answered(is_done: bool | None) -> None:
            if not is_done and not outcome.done():
                outcome.set_result(None)
                give_up()

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
