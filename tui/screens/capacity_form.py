"""The form that adds capacity: sent, it walks the way to the host, and comes back when that went wrong."""

from __future__ import annotations

from functools import partial
from threading import Event

from tui.badge import badge_of_all
from tui.forms.capacity import settings_of
from tui.forms.joining import add
from tui.listing.row import Tone
from tui.screens.form import FormScreen
from tui.screens.walk import Walk


class CapacityForm(FormScreen):
    """The config file is the operator's: nothing is asked of the engine, which reads it by itself."""

    def submit(self) -> None:
        """Walk the way; when the host was written, the form is done with."""
        name, settings = settings_of(self.form.entries, self.form.values)
        twin = self.form.twin()
        was_written = Event()

        def ended(is_good: bool | None) -> None:
            if is_good:
                self.end((f"{name} is added", Tone.GOOD, twin))
            elif was_written.is_set():
                self.end((f"{name} is in the config, and not CONNECTED yet", Tone.WARN, twin))
            else:
                # Also when it was given up on its way: nothing was written, and what was typed may be mended.
                self.judge_again()

        walk = partial(add, name=name, settings=settings, written=was_written.set)
        badge = badge_of_all(self._main.session.world, [self._sheet.cluster_of(self.form.values)])
        self.app.push_screen(Walk(self._main, f"Adding {name}", walk, badge), ended)
