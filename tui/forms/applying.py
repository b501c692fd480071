"""The form that applies files: all that is wrong with them, or what would change; and how that is then carried out."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from core.cli.apply import planned, same_steps
from core.cli.places import read_places
from core.cli.printing import count_of
from core.client.carrying import Carrying
from core.client.complaints import Problems
from core.client.manifest import Manifest
from core.client.stacks import stacks
from core.client.step import Scope
from core.errors import ConfigError, DockyardError, Refused, UsageError
from core.homes import expanded
from core.record import field
from tui.forms.form import YES, Entry, Judged, Kind, arguments
from tui.forms.judging import blamed_by_option, read_entries
from tui.forms.paths import goes_on
from tui.forms.sheet import Sheet, clusters, first_cluster
from tui.forms.verbs import apply
from tui.listing.row import Tone
from tui.plans.plan import listed, twin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.api import Submitted
    from core.cli.places import Found
    from core.client.step import Step
    from core.client.yard import Yard
    from core.commands import Action
    from core.model.state import State
    from tui.forms.joining import Guide

Json = dict[str, Any]
_PLACES: Final = "places"
_TAKE_IN: Final = "take_in"
_SUFFIXES: Final = frozenset({".toml", ".json"})


class Planned(Judged):
    """What files come to: the steps that were shown, and by what they can be worked out again."""

    steps: tuple[Step, ...] = ()
    manifest: Manifest = field(default_factory=Manifest)
    scope: Scope = field(default_factory=partial(Scope, ""))
    twin: str = ""
    places: tuple[str, ...] = ()

    @property
    def due(self) -> list[Step]:
        """The steps that ask for something."""
        return [step for step in self.steps if step.action is not None]

    @property
    def clusters(self) -> set[str]:
        """The clusters in which something is asked for."""
        return {str(step.given.get("cluster", "")) for step in self.due}

    @property
    def ended(self) -> set[str]:
        """The clusters in which something is deleted."""
        return {step.key.partition("/")[0] for step in self.steps if step.deletes}


def apply_files(state: State, here: str, places: str = "") -> Sheet:
    """`dockyard apply`."""
    entries = (
        Entry(
            _PLACES,
            "files",
            Kind.LIST,
            value=places,
            hint="shop/ or web.json service.json: TOML and ECS's JSON, several by spaces",
            is_required=True,
        ),
        Entry(
            "stack",
            "stack",
            option="--stack",
            hint="else what the files say; what has none stays alone",
            choices=tuple(sorted({stack.name for stack in stacks(state)})),
        ),
        Entry(
            "cluster",
            "cluster",
            option="--cluster",
            value=first_cluster(state, here),
            hint="for what names none",
            choices=clusters(state),
            is_required=True,
        ),
        Entry(
            "prune",
            "prune",
            Kind.FLAG,
            "--prune",
            "no",
            "yes: what of the stack the files don't name is deleted",
        ),
        Entry(
            _TAKE_IN,
            "take in",
            Kind.FLAG,
            "--take-in",
            "no",
            "yes: what exists and is of no stack becomes the stack's",
        ),
    )
    return Sheet(
        "Apply files",
        "Apply",
        entries,
        ("apply",),
        partial(_judge, entries),
        "What should run, from files: task definitions, services and schedules. What they don't name stays as it is.",
    )


def _judge(entries: Sequence[Entry], yard: Yard, values: Mapping[str, str]) -> Judged:
    known = {_PLACES: _completions(values[_PLACES])}
    errors, given = read_entries(apply, entries, values)
    if not given or errors:
        return Judged(errors, known=known)
    if "-" in given[_PLACES]:
        return Judged({_PLACES: "- is standard input, and the screen has that: name a file"}, known=known)
    places = [_at_home(place) for place in given[_PLACES]]
    try:
        found = read_places(places, given["stack"])
        found.check(prune=given["prune"])
        scope = Scope(given["cluster"], found.manifest.stack, given["prune"])
        steps = planned(yard, found.manifest, scope)
    except DockyardError as error:
        return _blamed(entries, error, known)
    if taken := [step.key for step in steps if step.takes_in and not given[_TAKE_IN]]:
        said = f"{', '.join(taken)}: not of stack {scope.stack} yet; {YES} takes it in"
        return Judged({_TAKE_IN: said}, known=known)
    named = dict(values) | {_PLACES: shlex.join(places)}
    words = twin("apply", *arguments(entries, named), "--yes")
    lines = (*_lines(steps), *_left(found), f"$ {words}")
    return Planned({}, (), lines, (), known, tuple(steps), found.manifest, scope, words, tuple(places))


def _blamed(entries: Sequence[Entry], error: DockyardError, known: Mapping[str, tuple[str, ...]]) -> Judged:
    match error:
        case Problems() | Refused() if len(error.problems) > 1:
            told = {_PLACES: f"{len(error.problems)} problems, see below; Ctrl-r reads it again"}
            return Judged(told, error.problems, known=known)
        case UsageError() | ConfigError() if (judged := blamed_by_option(entries, str(error))).errors:
            return Judged(judged.errors, known=known)
        case _:
            return Judged({_PLACES: str(error)}, known=known)


def _lines(steps: Sequence[Step]) -> Iterator[str]:
    yield _summary(steps)
    for step in steps:
        yield f"{step.sign} {step.what}"
        yield from (f"    {difference}" for difference in step.differences)
    yield from dict.fromkeys(f"warning: {warning}" for step in steps for warning in step.warnings)


def _summary(steps: Sequence[Step]) -> str:
    """How much there is to do; what is deleted by its name, for it may stand far below."""
    due = sum(step.action is not None for step in steps)
    if not due:
        return "Everything is so already"
    deleted = [step.name for step in steps if step.deletes]
    return f"{count_of(due, 'change')}{f'; deletes {listed(deleted)}' if deleted else ''}"


def _left(found: Found) -> Iterator[str]:
    return (f"{name}: its tables belong into the config; it is not read" for name in found.left)


def _at_home(place: str) -> str:
    """As a shell would have made it of a tilde: the command line that is shown is quoted."""
    return str(expanded(place)) if place.startswith("~") else place


def _completions(typed: str) -> tuple[str, ...]:
    """Goes on with the last of several; what would have to be quoted is left to be typed."""
    before, space, last = typed.rpartition(" ")
    return tuple(f"{before}{space}{name}" for name in goes_on(last, _SUFFIXES) if shlex.quote(name) == name)


# -- carrying it out ------------------------------------------------------------------------------------------------------


def carry_out(
    guide: Guide,
    yard: Yard,
    shown: Planned,
    submit: Callable[[Action, Json], Submitted | DockyardError],
) -> bool:
    """Ask for what was shown, step after step, and tell what became of each. Raises DockyardError where nothing was done."""
    if not same_steps(planned(yard, shown.manifest, shown.scope), shown.steps):
        guide.tell(
            "Something else was changed meanwhile, and nothing was done: look at it once more.", Tone.WARN
        )
        return False
    carrying, runs = Carrying(shown.steps, shown.scope), True

    def ask(step: Step, action: Action, given: Json) -> Json:
        nonlocal runs
        guide.tell(f"{step.sign} {step.name} …", Tone.DIM)
        outcome = submit(action, given)
        if isinstance(outcome, DockyardError):
            raise outcome
        runs = outcome.engine_running
        return outcome.output()

    try:
        carrying.carry_out(ask, yard.state, lambda sentence: guide.tell(sentence, Tone.GOOD))
    except DockyardError as error:
        guide.tell(str(error), Tone.BAD)
        guide.tell(f"{carrying.told()} Applied again, it goes on from here.", Tone.WARN)
        return False
    if not runs:
        guide.tell("All of it waits for an engine.", Tone.WARN)
    return True
