"""Verbs that change something: each shows its plan in a dialog, and asks the engine for it when it is confirmed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui.listing.row import Tone
from tui.place import About
from tui.plans import others, schedules, services
from tui.plans.outcomes import Outcomes
from tui.plans.room import Free
from tui.screens.dialog import Answer, Dialog, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.api import Submitted
    from core.errors import DockyardError
    from tui.plans.plan import Plan, Request
    from tui.screens.main import Main

_REMOVALS: Final = {
    About.SERVICE: services.delete,
    About.TASK: others.stop_tasks,
    About.INSTANCE: others.deregister_hosts,
    About.REVISION: others.end_revisions,
    About.CLUSTER: others.delete_clusters,
    About.SCHEDULE: schedules.delete,
}


def _targets(main: Main) -> list[str]:
    keys = [thing.key for thing in main.pane.things()]
    if not keys:
        main.say("There is nothing here to act on", Tone.WARN)
    return keys


def _restart(main: Main) -> None:
    keys = _targets(main)
    if keys:
        _confirm(main, lambda: services.restart(main.session.world.state, keys))


def _roll_back(main: Main) -> None:
    state = main.session.world.state
    keys = _targets(main)
    if keys and main.pane.things()[0].about is About.DEPLOYMENT:
        keys = sorted({state.deployments[key].service_key for key in keys if key in state.deployments})
    if keys:
        _confirm(main, lambda: services.roll_back(main.session.world.state, keys))


def _remove(main: Main) -> None:
    things = main.pane.things()
    keys = _targets(main)
    if keys:
        _confirm(main, lambda: _REMOVALS[things[0].about](main.session.world.state, keys))


def _drain(main: Main) -> None:
    keys = _targets(main)
    if keys:
        _confirm(main, lambda: others.drain(main.session.world.state, keys, main.session.world.now()))


def _run_schedule(main: Main) -> None:
    keys = _targets(main)
    if keys:
        _confirm(main, lambda: schedules.run_now(main.session.world.state, keys))


def _turn_schedule(main: Main) -> None:
    keys = _targets(main)
    if keys:
        _confirm(main, lambda: schedules.turn(main.session.world.state, keys, main.session.world.now()))


def _scale(main: Main) -> None:
    keys = _targets(main)
    found = services.services_of(main.session.world.state, keys)
    if found:
        as_it_is = str(found[0].desired_count) if len(found) == 1 else ""
        world = main.session.world
        free = Free(world.state)
        _ask_for(
            main,
            lambda typed: services.scale(world.state, keys, typed, world.now(), free),
            as_it_is,
            "a number, +N or -N",
        )


def _ask_for(main: Main, plan_for: Callable[[str], Plan], field: str, label: str) -> None:
    """A dialog with a field; what will happen is said anew for everything that is typed."""

    def say(typed: str) -> Said:
        plan = plan_for(typed)
        return Said(plan.lines, bool(plan.requests))

    first = plan_for(field)

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            plan = plan_for(answer.typed)
            _carry_out(main, plan.requests)

    main.app.push_screen(
        Dialog(main.session.glyphs, first.title, say, [first.go], field=field, label=label), answered
    )


def _confirm(main: Main, make: Callable[[], Plan]) -> None:
    """A dialog that says what will happen; for what ends things on protected clusters their names must be typed."""
    plan = make()
    if not plan.requests:
        main.say("; ".join(plan.lines) or "There is nothing to do", Tone.WARN)
        return
    protected = [name for name in plan.clusters if plan.destroys and name in main.session.world.protected]

    def say(typed: str) -> Said:
        if not protected:
            return Said(plan.lines)
        names = ", ".join(protected)
        asked = (
            f"The cluster {names} is protected: type its name to go on"
            if len(protected) == 1
            else f"The clusters {names} are protected: type their names to go on"
        )
        return Said((*plan.lines, asked), typed.replace(",", " ").split() == protected)

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            _carry_out(main, plan.requests)

    field = "" if protected else None
    main.app.push_screen(Dialog(main.session.glyphs, plan.title, say, [plan.go], field=field), answered)


def _carry_out(main: Main, requests: Sequence[Request]) -> None:
    outcomes = Outcomes(len(requests))
    for request in requests:
        main.say("Asking …", Tone.BUSY, request.twin)
        main.session.desk.ask(
            request.action, request.given, main.from_thread(partial(_told, main, outcomes, request))
        )


def _told(main: Main, outcomes: Outcomes, request: Request, outcome: Submitted | DockyardError) -> None:
    main.say(*outcomes.told(request, outcome))


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "service.scale": _scale,
    "service.restart": _restart,
    "service.rollback": _roll_back,
    "schedule.run": _run_schedule,
    "schedule.turn": _turn_schedule,
    "remove": _remove,
    "capacity.drain": _drain,
}
