"""The form that applies files: sent, it carries the plan out before the operator's eyes, and comes back where that went wrong."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from core.cli.printing import count_of
from tui import guarded
from tui.badge import badge_of_all
from tui.forms.applying import Planned, carry_out
from tui.listing.row import Tone
from tui.screens.dialog import Answer, Dialog, Said
from tui.screens.form import FormScreen
from tui.screens.walk import Walk

if TYPE_CHECKING:
    from core.api import Submitted
    from core.client.yard import Yard
    from core.commands import Action
    from core.errors import DockyardError
    from tui.forms.joining import Guide


class ApplyForm(FormScreen):
    """Its commands follow from each other, so they are asked for one after another."""

    #: What is asked for stands in files: only what was shown of them is.
    sends_ahead = False

    def submit(self) -> None:
        """Carry it out; where it deletes in protected clusters, only once their names are typed."""
        shown = self.form.judged
        assert isinstance(shown, Planned)
        names = sorted(shown.ended & self._main.session.world.protected)
        if not shown.due:
            self.end(("Everything is so already", Tone.PLAIN, shown.twin))
            return
        # Of two Enters that come together the second must not ask for all of it once more.
        self._is_sent = True
        if names:
            self._ask(shown, names)
        else:
            self._carry_out(shown)

    def _ask(self, shown: Planned, names: list[str]) -> None:
        lines = [*(f"{step.sign} {step.what}" for step in shown.steps if step.deletes), guarded.asked(names)]

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._carry_out(shown)
            else:
                self._is_sent = False

        dialog = Dialog(
            self._main.session.glyphs,
            "Delete what the files no longer name",
            lambda typed: Said(lines, guarded.is_said(typed, names)),
            ["Apply"],
            field="",
            badge=badge_of_all(self._main.session.world, names),
        )
        self.app.push_screen(dialog, answered)

    def _carry_out(self, shown: Planned) -> None:
        self._main.say("Asking …", Tone.BUSY, shown.twin)

        def walk(guide: Guide, yard: Yard) -> bool:
            return carry_out(guide, yard, shown, self._submitted)

        def ended(is_good: bool | None) -> None:
            if is_good:
                self.end((f"Applied: {count_of(len(shown.due), 'change')}", Tone.GOOD, shown.twin))
            elif is_good is None:
                self.end(("It goes on by itself: :commands tells how far it is", Tone.WARN, shown.twin))
            else:
                self._is_sent = False
                self._main.say("Not all of it was done", Tone.WARN, shown.twin)
                self.judge_again()

        badge = badge_of_all(self._main.session.world, shown.clusters)
        title = f"Applying {' '.join(shown.places)}"
        self.app.push_screen(Walk(self._main, title, walk, badge, goes_on=True), ended)

    def _submitted(self, action: Action, given: dict[str, Any]) -> Submitted | DockyardError:
        """Have the desk submit a command, and wait for its answer: called from the walk's thread."""
        answers: SimpleQueue[Submitted | DockyardError] = SimpleQueue()
        self._main.from_thread(self._main.session.desk.ask)(action, given, answers.put)
        return answers.get()
