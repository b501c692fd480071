"""Verbs that change something: each shows its plan in a dialog, and asks the engine for it when it is confirmed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from tui.listing.row import Tone
from tui.place import About
from tui.plans import others, services
from tui.screens.dialog import Answer, Dialog, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from core.api import Submitted
    from tui.plans.plan import Plan, Request
    from tui.screens.main import Main

_REMOVALS: Final = {
    About.SERVICE: services.delete,
    About.TASK: others.stop_tasks,
    About.INSTANCE: others.deregister_hosts,
    About.REVISION: others.deregister_revisions,
    About.CLUSTER: others.delete_clusters,
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
        _confirm(main, lambda: others.drain(main.session.world.state, keys))


def _scale(main: Main) -> None:
    keys = _targets(main)
    found = services.services_of(main.session.world.state, keys)
    if found:
        now = str(found[0].desired_count) if len(found) == 1 else ""
        _ask_for(
            main,
            lambda typed: services.scale(main.session.world.state, keys, typed),
            now,
            "a number, +N or -N",
        )


def _update(main: Main) -> None:
    keys = _targets(main)
    found = services.services_of(main.session.world.state, keys[:1])
    if found:
        _ask_for(
            main,
            lambda typed: services.update(main.session.world.state, found[0].key, typed),
            found[0].definition,
            "FAMILY or FAMILY:REVISION",
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
    """A dialog that says what will happen; on a protected cluster its name must be typed for what ends things."""
    plan = make()
    if not plan.requests:
        main.say("; ".join(plan.lines) or "There is nothing to do", Tone.WARN)
        return
    must_type = plan.cluster if plan.destroys and plan.cluster in main.session.protected else None

    def say(typed: str) -> Said:
        if must_type is None:
            return Said(plan.lines)
        return Said(
            (*plan.lines, f"The cluster {must_type} is protected: type its name to go on"), typed == must_type
        )

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            _carry_out(main, plan.requests)

    field = None if must_type is None else ""
    main.app.push_screen(Dialog(main.session.glyphs, plan.title, say, [plan.go], field=field), answered)


def _carry_out(main: Main, requests: Iterable[Request]) -> None:
    for request in requests:
        main.say("Asking …", Tone.BUSY, request.twin)
        main.session.desk.ask(request.action, request.given, main.from_thread(partial(_told, main, request)))


def _told(main: Main, request: Request, outcome: Submitted | DockyardError) -> None:
    if isinstance(outcome, DockyardError):
        main.say(str(outcome), Tone.BAD, request.twin)
        return
    try:
        output = outcome.output()
    except DockyardError as error:
        main.say(str(error), Tone.BAD, request.twin)
        return
    failures = output.get("failures") or ()
    if failures:
        main.say(
            "; ".join(str(each.get("detail") or each.get("reason")) for each in failures),
            Tone.BAD,
            request.twin,
        )
        return
    waits = "" if outcome.engine_running else "; it waits for an engine"
    main.say(f"{request.done}{waits}", Tone.GOOD, request.twin)


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "service.scale": _scale,
    "service.update": _update,
    "service.restart": _restart,
    "service.rollback": _roll_back,
    "remove": _remove,
    "capacity.drain": _drain,
}
