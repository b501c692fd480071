"""The whole terminal lent to another program for a while: a shell, an editor, a command of the operator's. Afterwards the same screen again."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from textual.app import SuspendNotSupported

from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tui.screens.main import Main

Result = TypeVar("Result")


async def lent(main: Main, run: Callable[[], Result], signals: AbstractContextManager[None]) -> Result:
    """What `run` returned, called in a thread while the terminal is its own and `signals` are handled.

    Raises what it raised, and UsageError where this terminal can't be lent.
    """
    app = main.app
    try:
        # Without the batch, Textual would wait in here for a picture that nobody can paint.
        with app.batch_update(), app.suspend(), signals:
            work = asyncio.ensure_future(asyncio.to_thread(run))
            # An error that left this block would leave the screen suspended: it is raised behind it.
            await asyncio.wait([work])
    except SuspendNotSupported:
        raise UsageError("This terminal can't be given to another program") from None
    # Textual has taken the mouse again, whatever the operator wanted.
    main.session.use_mouse(main.session.mouse)
    return work.result()


@contextmanager
def not_for_us(*also: signal.Signals) -> Iterator[None]:
    r"""Ctrl-C and Ctrl-\ end what runs, and not us, who share its terminal; what is named is ignored by both.

    A handler, unlike being ignored, is not handed on to the program.
    """
    before = {number: signal.signal(number, _pass_over) for number in (signal.SIGINT, signal.SIGQUIT)}
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in also}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass_over(_number: int, _frame: object) -> None:
    """It was meant for the program in the terminal."""
