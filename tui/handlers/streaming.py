"""What connects this terminal with containers and hosts: shells, attaching, port forwards, copies, commands in all marked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import HostError
from core.streams import places
from tui.badge import badge_of_all
from tui.handlers.targets import only_thing, things_of
from tui.listing.row import Tone
from tui.place import About
from tui.screens.choose import Choose
from tui.screens.dialog import Answer, Dialog, Said
from tui.streaming import comparing, copying, forwarding, terminals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.streams import Place
    from tui.badge import Badge
    from tui.place import Thing
    from tui.screens.main import Main

_NOTHING: Final = "There is no container here to connect to"


def _found(main: Main) -> list[Place]:
    """The containers of what is marked, or of the row of the cursor; why there are none is said."""
    found: list[Place] = []
    problem = _NOTHING
    for thing in main.pane.things():
        try:
            found += _of(main, thing)
        except HostError as error:
            problem = str(error)
    if not found:
        main.say(problem, Tone.WARN)
    return found


def _of(main: Main, thing: Thing) -> list[Place]:
    state = main.session.world.state
    if thing.about is About.SERVICE:
        tasks = [task for task in state.tasks_of_service(thing.key) if task.instance]
        return [place for task in tasks for place in places(state, task)]
    task_id, _, name = thing.key.partition("/")
    task = state.tasks.get(task_id)
    if task is None or thing.about not in {About.TASK, About.CONTAINER}:
        return []
    return places(state, task, name or None)


def _badge(main: Main, found: Sequence[Place]) -> Badge:
    return badge_of_all(main.session.world, {place.instance.cluster for place in found})


def _with_one(main: Main, question: str, go_on: Callable[[Main, Place], None]) -> None:
    """Go on with the container that is meant; asks which one, where there are several."""
    found = _found(main)
    if len(found) == 1:
        go_on(main, found[0])
    elif found:

        def chosen(number: int | None) -> None:
            if number is not None:
                go_on(main, found[number])

        choices = [(place.label, f"on {place.instance.name}") for place in found]
        main.app.push_screen(Choose(main.session.glyphs, question, choices, _badge(main, found)), chosen)


def _shell(main: Main) -> None:
    things = main.pane.things()
    if not things or things[0].about is not About.INSTANCE:
        _with_one(main, "A shell in which container?", _shell_in)
        return
    thing = only_thing(main, "One session is opened at a time: clear the marks first (Esc)")
    instance = main.session.world.state.instances.get(thing.key) if thing is not None else None
    if instance is not None:
        main.run_worker(terminals.host(main, instance))


def _shell_in(main: Main, place: Place) -> None:
    main.run_worker(terminals.shell(main, place))


def _attach_to(main: Main, place: Place) -> None:
    main.run_worker(terminals.attach(main, place))


def _attach(main: Main) -> None:
    _with_one(main, "Attach to which container?", _attach_to)


def _forward(main: Main) -> None:
    _with_one(main, "Forward to which container?", _ask_ports)


def _ask_ports(main: Main, place: Place) -> None:
    known = forwarding.known_ports(main.session.world.state, place)

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            main.run_worker(forwarding.begin(main, place, answer.typed))

    dialog = Dialog(
        main.session.glyphs,
        f"Forward to {place.label} on {place.instance.name}",
        partial(forwarding.said, place, known),
        ["Forward"],
        field=forwarding.proposed(known),
        label="[LOCAL:]PORT …, as 8080:80",
        badge=_badge(main, [place]),
    )
    main.app.push_screen(dialog, answered)


def _end_forward(main: Main) -> None:
    keys = [thing.key for thing in things_of(main, "There is no port forward here to end")]
    own = main.session.world.own
    if not keys:
        return
    lines = [
        f"{key} listens no more; {own.forwards[key].forward.open_count} open connections are cut."
        for key in keys
        if key in own.forwards
    ]

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            for key in keys:
                own.end(key)
            main.pane.news(forwarding.CHANGED)
            main.say(f"Ended {', '.join(keys)}")

    main.app.push_screen(
        Dialog(main.session.glyphs, "End the port forward", lambda _typed: Said(lines), ["End"]), answered
    )


def _transfer(main: Main) -> None:
    _with_one(main, "Copy files of which container?", _ask_paths)


def _ask_paths(main: Main, place: Place) -> None:
    copying.ask(main, place, _badge(main, [place]))


def _exec_all(main: Main) -> None:
    found = _found(main)
    if not found:
        return
    if main.pane.things()[0].about is About.TASK:
        # Each task's first container, as on the command line.
        found = list({place.task: place for place in reversed(found)}.values())[::-1]

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            comparing.begin(main, found, answer.typed)

    dialog = Dialog(
        main.session.glyphs,
        "Run a command and compare what it prints",
        partial(comparing.said, found),
        ["Run"],
        field="",
        label="COMMAND, as cat /etc/resolv.conf",
        badge=_badge(main, found),
    )
    main.app.push_screen(dialog, answered)


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "shell": _shell,
    "attach": _attach,
    "forward": _forward,
    "forward.end": _end_forward,
    "transfer": _transfer,
    "exec_all": _exec_all,
}
