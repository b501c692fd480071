"""What all that is shown over the main screen has in common: a box, ASCII where the terminal has no more, and one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, final

from textual.screen import ModalScreen

if TYPE_CHECKING:
    from tui.glyphs import Glyphs

Answered = TypeVar("Answered")


class Box(ModalScreen[Answered], inherit_bindings=False):
    """Subclasses compose one Vertical, and say how large it is where that is not as a dialog."""

    DEFAULT_CSS = """
    Box { align: center middle; }
    Box > Vertical {
        width: 90%; max-width: 84; height: auto; max-height: 90%;
        padding: 0 1; border: round $primary; background: $surface;
    }
    Box.ascii > Vertical { border: ascii $primary; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        """`glyphs` say what it may be drawn with."""
        super().__init__(classes="ascii" if glyphs.is_ascii() else None)
        self._is_ended = False
        #: The answer, while it waits for what stands over the box to be closed.
        self._held: tuple[Any] | None = None

    @final
    def end(self, answer: Answered) -> None:
        """Close with an answer, the first that is given: now, or when what stands over it is closed.

        Never by Textual's `dismiss`, which closes whatever is on top: of two Enters that come together the second would close
        what is below, at last the main screen, and with it the program.
        """
        if self._is_ended:
            return
        self._is_ended = True
        if self.app.screen is self:
            self.dismiss(answer)
        else:
            self._held = (answer,)

    def on_screen_resume(self) -> None:
        """Nothing stands over it any more; or nothing ever did, and it is shown for the first time."""
        if self._held is not None:
            (answer,), self._held = self._held, None
            self.dismiss(answer)
