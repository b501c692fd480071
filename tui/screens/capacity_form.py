"""The form that adds capacity: sent, it walks the way to the host, and comes back when that went wrong."""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from tui.forms.capacity import settings_of
from tui.forms.joining import add
from tui.listing.row import Tone
from tui.screens.form import FormScreen
from tui.screens.walk import Walk

if TYPE_CHECKING:
    from tui.forms.sheet import Sheet
    from tui.screens.main import Main


class CapacityForm(FormScreen):
    """The config file is the operator's: nothing is asked of the engine, which reads it by itself."""

    def __init__(self, main: Main, sheet: Sheet) -> None:
        """Open it."""
        super().__init__(main, sheet)
        self._over = main

    def submit(self) -> None:
        """Walk the way; when the host was written, the form is done with."""
        name, settings = settings_of(self.form.entries, self.form.values)
        twin = self.form.twin()
        was_written = Event()

        def ended(is_good: bool | None) -> None:
            if is_good:
                self.dismiss((f"{name} is added", Tone.GOOD, twin))
            elif was_written.is_set():
                self.dismiss((f"{name} is in the config, and not CONNECTED yet", Tone.WARN, twin))
            else:
                self.judge_again()

        walk = partial(add, name=name, settings=settings, written=was_written.set)
        self.app.push_screen(Walk(self._over, f"Adding {name}", walk), ended)
