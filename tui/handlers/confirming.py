"""From a plan to its dialog, and from the dialog's answer to the commands: what every verb that changes something does."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from tui import guarded
from tui.badge import badge_of_all
from tui.handlers.targets import clusters_of
from tui.listing.row import Tone
from tui.plans.outcomes import Outcomes
from tui.plans.rows import Rows
from tui.screens.dialog import Answer, Dialog, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.api import Submitted
    from tui.plans.foresight import Foresight
    from tui.plans.plan import Plan, Request
    from tui.screens.main import Main


def confirm(main: Main, plan: Plan) -> None:
    """Ask whether to carry a plan out; for what ends things on protected clusters their names must be typed."""
    if not plan.requests:
        main.say("; ".join(plan.lines) or "There is nothing to do", Tone.WARN)
        return
    _Question(main, lambda _typed: plan).ask()


def ask_for(main: Main, plan_for: Callable[[str], Plan], field: str, label: str) -> None:
    """The same with a field; what will happen is said anew for everything that is typed."""
    _Question(main, plan_for, field, label).ask()


def carry_out(
    main: Main, requests: Sequence[Request], after: tuple[Callable[[], object], str] | None = None
) -> None:
    """Submit commands; what becomes of them is said when it is known. Once all are accepted, what comes after is done."""
    outcomes = Outcomes(len(requests))

    def told(request: Request, outcome: Submitted | DockyardError) -> None:
        main.say(*outcomes.told(request, outcome))
        if after is not None and outcomes.all_accepted:
            main.run_worker(_edit_after(main, *after, request.twin))

    for request in requests:
        main.say("Asking …", Tone.BUSY, request.twin)
        main.session.desk.ask(request.action, request.given, main.from_thread(partial(told, request)))


async def _edit_after(main: Main, edit: Callable[[], object], done: str, twin: str) -> None:
    try:
        await asyncio.to_thread(edit)
    except DockyardError as error:
        main.say(str(error), Tone.BAD, twin)
    else:
        main.say(done, Tone.GOOD, twin)


async def _edit_and_carry_out(main: Main, edit: Callable[[], object], requests: Sequence[Request]) -> None:
    try:
        await asyncio.to_thread(edit)
    except DockyardError as error:
        main.say(str(error), Tone.BAD)
    else:
        carry_out(main, requests)


class _Question:
    """One dialog about a plan, which may follow from what is typed, and what the planner foresees of it."""

    def __init__(
        self, main: Main, plan_for: Callable[[str], Plan], field: str | None = None, label: str = ""
    ) -> None:
        self._main: Final = main
        self._plan_for: Final = plan_for
        #: What was typed, and the plan for it that the dialog speaks of. That is carried out: made anew it might be another,
        #: as the world is by then.
        self._typed = field or ""
        self._plan = plan_for(self._typed)
        #: The names that must be typed. A dialog whose field says what to do has none.
        self._protected: Final = self._protected_names() if field is None else []
        self._field: Final = "" if self._protected else field
        self._label: Final = label
        # What stands in a field first may be no plan yet.
        clusters = self._plan.clusters or (clusters_of(main) if field is not None else ())
        self._badge: Final = badge_of_all(main.session.world, clusters)
        #: The plan that the planner was asked about last, and what it said.
        self._tried: Plan | None = None
        self._foresight: Foresight | None = None
        self._dialog: Dialog | None = None

    def ask(self) -> None:
        """Open the dialog."""
        self._dialog = Dialog(
            self._main.session.glyphs,
            self._plan.title,
            self._say,
            [self._plan.go, *self._plan.otherwise],
            field=self._field,
            label=self._label,
            badge=self._badge,
        )
        self._main.app.push_screen(self._dialog, self._answered)

    def _protected_names(self) -> list[str]:
        plan, protected = self._plan, self._main.session.world.protected
        return [name for name in plan.clusters if plan.destroys and name in protected]

    def _say(self, typed: str) -> Said:
        if typed != self._typed and not self._protected:
            self._typed, self._plan = typed, self._plan_for(typed)
        plan = self._plan
        lines, is_ready = [*plan.lines], bool(plan.requests)
        if plan.moves_tasks and plan.requests:
            foresight = self._foreseen(plan)
            if foresight is None:
                lines.append("working out what follows …")
                is_ready = not plan.destroys
            else:
                lines += foresight.lines
                is_ready = not foresight.is_refused
        else:
            self._main.session.previews.drop()
        engine = self._main.session.world.engine
        if plan.requests and engine is not None and not engine.running:
            lines.append("No engine runs: it is done when one does")
        if self._protected:
            lines.append(guarded.asked(self._protected))
            is_ready = is_ready and guarded.is_said(typed, self._protected)
        return Said(lines, is_ready, plan.go)

    def _foreseen(self, plan: Plan) -> Foresight | None:
        """What follows; None while it is worked out. What was asked before is out of date."""
        if plan != self._tried:
            self._tried, self._foresight = plan, None
            self._main.when_whole(partial(self._try, plan))
        return self._foresight

    def _try(self, plan: Plan) -> None:
        session = self._main.session
        if plan is self._tried:
            tell = self._main.from_thread(partial(self._know, plan))
            session.previews.ask(plan, Rows.of(session.world.state), session.world.now(), tell)

    def _know(self, plan: Plan, foresight: Foresight) -> None:
        if plan is self._tried and self._dialog is not None:
            self._foresight = foresight
            self._dialog.renew()

    def _answered(self, answer: Answer | None) -> None:
        self._tried, self._dialog = None, None
        self._main.session.previews.drop()
        if answer is not None:
            plan = self._plan
            requests = plan.otherwise.get(answer.choice, plan.requests)
            if plan.edit is None:
                carry_out(self._main, requests, plan.after)
            else:
                self._main.run_worker(_edit_and_carry_out(self._main, plan.edit, requests))
