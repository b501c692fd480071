"""`e`: a service or a revision in the operator's editor, in this terminal; what it comes to is shown, asked for, and carried out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from core.cli.apply import planned
from core.client.carrying import sentence
from core.client.editing import judge
from core.client.editor import Scratch, find_editor, run_editor
from core.commands import Action
from core.errors import ConfigError, DockyardError
from tui.badge import badge_of_all
from tui.forms.trial import Trial
from tui.lending import lent, not_for_us
from tui.listing.row import Tone
from tui.screens.dialog import Answer, Dialog, Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.api import Submitted
    from core.client.editing import Draft, Saved
    from core.client.step import Step
    from core.client.yard import Yard
    from tui.screens.main import Main

_GO: Final = "Apply"


async def edit(main: Main, draft: Draft, twin: str) -> None:
    """The whole way: the editor as often as it takes, the difference, the question, the commands."""
    try:
        scratch = Scratch(draft.name, draft.text)
    except DockyardError as error:
        main.say(str(error), Tone.BAD)
        return
    try:
        steps, follows = await _edited(main, draft, scratch)
    except DockyardError as error:
        main.say(f"{error}. What you wrote is kept: {scratch.path}", Tone.BAD, twin)
        return
    if not steps:
        scratch.drop()
        main.say(f"Nothing was changed: {draft.what} stays as it is", twin=twin)
        return
    question = _question(main, draft, steps, follows)
    main.app.push_screen(question, partial(_answered, main, scratch, steps, twin))


async def _edited(main: Main, draft: Draft, scratch: Scratch) -> tuple[Sequence[Step], Sequence[str]]:
    """What a saved text comes to, once it can be applied, and what follows for tasks.

    Raises DockyardError when it is given up, or can't be edited.
    """
    editor, refused = find_editor(), ""
    while True:
        await suspended(main, editor, scratch.path)
        saved, follows = await asyncio.to_thread(_judged, main, draft, refused, scratch)
        if saved.is_given_up:
            raise DockyardError(f"It stands as it was refused, and is given up: {draft.what} stays as it is")
        if not saved.text:
            return saved.steps, follows
        refused = saved.text
        await asyncio.to_thread(scratch.write, saved.text)


def _judged(main: Main, draft: Draft, refused: str, scratch: Scratch) -> tuple[Saved, Sequence[str]]:
    yard: Yard = main.session.open_yard()
    try:
        saved = judge(draft, refused, scratch.read(), partial(planned, yard), yard.state())
        return saved, [*_what_follows(yard, saved.steps)]
    finally:
        yard.close()


def _what_follows(yard: Yard, steps: Sequence[Step]) -> Iterator[str]:
    """What becomes of the tasks of a service that is changed; nothing where no engine runs and the config can't be used."""
    for step in steps:
        if step.action is Action.UPDATE_SERVICE:
            with suppress(ConfigError):
                yield from Trial(yard).lines_after(
                    steps, str(step.given["cluster"]), f"service:{step.given['service']}"
                )


async def suspended(main: Main, editor: list[str], path: Path) -> None:
    """Give the terminal to an editor until it ends. Raises UsageError."""
    await lent(main, partial(run_editor, editor, path), not_for_us())


def _question(main: Main, draft: Draft, steps: Sequence[Step], follows: Sequence[str]) -> Dialog:
    warnings = dict.fromkeys(f"warning: {warning}" for step in steps for warning in step.warnings)
    lines = (
        *(
            line
            for step in steps
            for line in (f"{step.sign} {step.what}", *(f"    {d}" for d in step.differences))
        ),
        *warnings,
        *follows,
    )
    clusters = {str(step.given.get("cluster", "")) for step in steps}
    badge = badge_of_all(main.session.world, clusters)
    return Dialog(main.session.glyphs, f"Change {draft.what}", lambda _: Said(lines), [_GO], badge=badge)


def _answered(main: Main, scratch: Scratch, steps: Sequence[Step], twin: str, answer: Answer | None) -> None:
    if answer is None:
        main.say(f"Nothing was done. What you wrote is kept: {scratch.path}", Tone.WARN, twin)
    else:
        _Carrying(main, scratch, steps, twin).go_on()


class _Carrying:
    """Asks for the steps one after another: a service may use the revision that the step before it makes."""

    def __init__(self, main: Main, scratch: Scratch, steps: Sequence[Step], twin: str) -> None:
        self._main, self._scratch, self._twin = main, scratch, twin
        self._left = list(steps)
        self._registered: dict[str, str] = {}

    def go_on(self) -> None:
        """Ask for the next one."""
        step = self._left[0]
        assert step.action is not None, "what is as it should be is not asked for"
        self._main.say("Asking …", Tone.BUSY, self._twin)
        given = step.asked(self._registered)
        self._main.session.desk.ask(step.action, given, self._main.from_thread(self._told))

    def _told(self, outcome: Submitted | DockyardError) -> None:
        step = self._left.pop(0)
        try:
            if isinstance(outcome, DockyardError):
                raise outcome
            self._registered |= step.made(outcome.output())
        except DockyardError as error:
            self._main.say(f"{error} What you wrote is kept: {self._scratch.path}", Tone.BAD, self._twin)
            return
        if self._left:
            self.go_on()
            return
        self._scratch.drop()
        waits = "" if outcome.engine_running else " It waits for an engine."
        self._main.say(f"{sentence(step, self._registered)}{waits}", Tone.GOOD, self._twin)
