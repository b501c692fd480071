"""What makes new things: forms, and the editor. What they need is loaded when the first one is opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui.badge import badge_of_all
from tui.handlers.targets import only_thing, things_of
from tui.listing.row import Tone
from tui.place import About
from tui.plans.plan import twin
from tui.plans.services import services_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.forms.sheet import Sheet
    from tui.screens.main import Main


def _new(main: Main) -> None:
    """What is made where: in each table one of its own kind."""
    from tui.forms import creating, registering, scheduling  # noqa: PLC0415  # the engine's rules and the verbs, for who opens a form

    state, here = main.session.world.state, _cluster_here(main)
    view = main.trail.here.place.view
    if view == "stacks":
        apply_files(main)
        return
    makers: Mapping[str, Callable[[], Sheet]] = {
        "clusters": creating.new_cluster,
        "services": lambda: creating.new_service(state, here),
        "tasks": lambda: creating.run_task(state, here),
        "definitions": registering.register,
        "revisions": registering.register,
        "schedules": lambda: scheduling.new_schedule(state, here),
    }
    _open(main, makers[view]())


def apply_files(main: Main, places: str = "") -> None:
    """Bring things to what files say."""
    from tui.forms import applying  # noqa: PLC0415  # as above
    from tui.screens.apply_form import ApplyForm  # noqa: PLC0415
    from tui.screens.form import open_form  # noqa: PLC0415

    sheet = applying.apply_files(main.session.world.state, _cluster_here(main), places)
    open_form(main, ApplyForm(main, sheet))


def _cluster_here(main: Main) -> str:
    """The cluster that is looked at, else that of the row; empty where neither says."""
    place, state = main.trail.here.place, main.session.world.state
    thing = next(iter(main.pane.things()), None)
    if place.cluster or thing is None:
        return place.cluster
    rows = (rows.get(thing.key) for rows in (state.tasks, state.instances, state.services, state.schedules))
    return next((row.cluster for row in rows if row is not None), "")


def _run_task(main: Main) -> None:
    from tui.forms import creating  # noqa: PLC0415  # as above

    things = things_of(main, "There is nothing here to run")
    if things:
        place = main.trail.here.place
        _open(main, creating.run_task(main.session.world.state, place.cluster, things[0].key))


def _start_task(main: Main) -> None:
    """On the hosts that are marked; of a definition, wherever is said then."""
    from tui.forms import creating  # noqa: PLC0415  # as above

    things, state = things_of(main, "There is nothing here to start"), main.session.world.state
    if not things:
        return
    if things[0].about is not About.INSTANCE:
        place = main.trail.here.place
        _open(main, creating.start_task(state, place.cluster, (), things[0].key))
        return
    hosts = [state.instances[thing.key] for thing in things if thing.key in state.instances]
    if len({host.cluster for host in hosts}) > 1:
        main.say("These hosts are of several clusters: tasks are started in one at a time", Tone.WARN)
    elif hosts:
        _open(main, creating.start_task(state, hosts[0].cluster, [host.name for host in hosts]))
    else:
        main.say("The host is gone", Tone.WARN)


def _default_providers(main: Main) -> None:
    from tui.forms import creating  # noqa: PLC0415  # as above

    thing = only_thing(main, "One cluster's default is changed at a time", "There is no cluster here")
    world = main.session.world
    cluster = world.state.clusters.get(thing.key) if thing is not None else None
    if cluster is None:
        return
    engine = world.engine
    unread = engine.config if engine is not None and not engine.running else None
    named = unread.capacity_providers.values() if unread is not None else ()
    declared = [provider.name for provider in named if provider.cluster == cluster.name]
    _open(main, creating.default_providers(world.state, cluster, declared))


def _change_schedule(main: Main) -> None:
    from tui.forms.scheduling import change_schedule  # noqa: PLC0415  # as above

    thing = only_thing(main, "One schedule is changed at a time: clear the marks first (Esc)")
    state = main.session.world.state
    if thing is None:
        return
    schedule = state.schedules.get(thing.key)
    if schedule is None:
        main.say("The schedule is gone", Tone.WARN)
    else:
        _open(main, change_schedule(state, schedule))


def _update(main: Main) -> None:
    from tui.forms.updating import update  # noqa: PLC0415  # as above

    thing = only_thing(main, "One service is updated at a time: clear the marks first (Esc)")
    state = main.session.world.state
    if thing is None:
        return
    service = next(iter(services_of(state, [thing.key])), None)
    if service is None:
        main.say("The service is gone", Tone.WARN)
    else:
        _open(main, update(state, service))


def _open(main: Main, sheet: Sheet) -> None:
    from tui.screens.form import FormScreen, open_form  # noqa: PLC0415  # as above

    open_form(main, FormScreen(main, sheet))


def _add_capacity(main: Main) -> None:
    from tui.forms.capacity import add_capacity  # noqa: PLC0415  # as above
    from tui.screens.capacity_form import CapacityForm  # noqa: PLC0415
    from tui.screens.form import open_form  # noqa: PLC0415

    sheet = add_capacity(main.session.world.state, _cluster_here(main))
    open_form(main, CapacityForm(main, sheet))


def _doctor(main: Main) -> None:
    from tui.forms.joining import doctor  # noqa: PLC0415  # as above

    _walk(main, "doctor", doctor, "The way to", "the way to it was tried")


def _trust(main: Main) -> None:
    from tui.forms.joining import trust  # noqa: PLC0415  # as above

    _walk(main, "trust", trust, "The host key of", "its key is trusted")


def _walk(main: Main, verb: str, way: Callable[..., bool], title: str, done: str) -> None:
    """Walk a way to the host of the cursor."""
    from tui.screens.walk import Walk  # noqa: PLC0415  # as above

    thing = only_thing(main, "One host is looked at a time", "There is no host here")
    if thing is None:
        return
    host = main.session.world.state.instances.get(thing.key)
    if host is None:
        main.say("The host is gone", Tone.WARN)
        return
    name, line = host.name, twin("capacity", verb, host.name)

    def ended(is_good: bool | None) -> None:
        if is_good:
            main.say(f"{name}: {done}", Tone.GOOD, line)
        else:
            main.say(f"{name}: {'given up' if is_good is None else 'not done'}", Tone.WARN, line)

    walk = partial(way, name=name, cluster=host.cluster)
    badge = badge_of_all(main.session.world, [host.cluster])
    main.app.push_screen(Walk(main, f"{title} {name}", walk, badge), ended)


def _edit(main: Main) -> None:
    from core.client.editing import definition_draft, service_draft  # noqa: PLC0415  # as above
    from tui.forms.edit import edit  # noqa: PLC0415

    thing = only_thing(main, "One thing is edited at a time", "There is nothing here to edit")
    state = main.session.world.state
    if thing is None:
        return
    if thing.about is About.SERVICE:
        service = next(iter(services_of(state, [thing.key])), None)
        if service is None:
            main.say("The service is gone", Tone.WARN)
            return
        words = twin("service", "edit", service.name, cluster=service.cluster)
        main.run_worker(edit(main, service_draft(state, service), words))
        return
    definition = state.latest_definition(thing.key) or state.definitions.get(thing.key)
    if definition is None:
        main.say(f"There is no ACTIVE revision of {thing.key}", Tone.WARN)
        return
    main.run_worker(edit(main, definition_draft(definition), twin("taskdef", "edit", definition.name)))


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "new": _new,
    "apply": apply_files,
    "task.run": _run_task,
    "task.start": _start_task,
    "cluster.providers": _default_providers,
    "schedule.update": _change_schedule,
    "edit": _edit,
    "service.update": _update,
    "capacity.add": _add_capacity,
    "capacity.doctor": _doctor,
    "capacity.trust": _trust,
}
