"""A dialog that takes every key itself, in the order of typing: the application gives it keys before any widget sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.box import Answered, Box

if TYPE_CHECKING:
    from textual import events


class Keyed(Box[Answered], inherit_bindings=False):
    """Subclasses say what keys mean, and what leaving means."""

    async def take_key(self, event: events.Key) -> bool:
        """Do what a key means; False leaves it to the application and to widgets."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Esc and Ctrl-C: leave, perhaps after a question."""
        raise NotImplementedError
