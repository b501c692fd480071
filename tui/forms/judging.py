"""A form that writes a verb's command line, judged as that verb and the engine would: read, folded on a copy, and forecast."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from core.errors import DockyardError, Refused, UsageError
from core.record import Record
from tui.forms.form import Entry, Judged, arguments, sorted_out
from tui.forms.sheet import Sheet
from tui.forms.trial import Trial
from tui.plans.plan import Request, twin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import click

    from core.client.yard import Yard
    from core.commands import Action
    from core.model.state import State

Json = dict[str, Any]
#: Stands in for what is still missing, so that the rest can be read already.
_ANYTHING: Final = "x"


class Spoken(Record):
    """A verb: its words, the command that reads them, the action it asks for and how its input is made."""

    verb: tuple[str, ...]
    command: Callable[[], click.Command]
    action: Action
    asked: Callable[[State, Json], Json]
    #: The sentence when it was accepted.
    done: Callable[[Json], str]
    #: What else is said of it, from the answer that the engine would give.
    told: Callable[[Trial, Json, Json], Sequence[str]]
    #: What stands behind the verb without being a field: the thing that is changed. Where something does, only what
    #: is another than before is said.
    thing: tuple[str, ...] = ()


def spoken_sheet(title: str, go: str, entries: tuple[Entry, ...], spoken: Spoken, cluster: str = "") -> Sheet:
    """The form of a verb. `cluster`: which one it is about, where no field says it."""
    return Sheet(title, go, entries, spoken.verb, partial(judge, spoken, entries), cluster=cluster)


def judge(spoken: Spoken, entries: Sequence[Entry], yard: Yard, values: Mapping[str, str]) -> Judged:
    """Everything that is wrong with it, or what will happen."""
    errors, given = read_entries(spoken.command, entries, values, spoken.thing)
    if not given:
        return Judged(errors)
    said = [*arguments(entries, values)]
    if spoken.thing and not said and not errors:
        return Judged(lines=("Nothing is changed yet",))
    trial = Trial(yard)
    try:
        asked = spoken.asked(trial.state, given)
        output = trial.answer(spoken.action, asked)
        lines = spoken.told(trial, asked, output) if not errors else ()
    except Refused as refused:
        judged = _blamed(entries, refused.problems)
    except UsageError as wrong:
        judged = blamed_by_option(entries, str(wrong))
    else:
        judged = Judged()
    if errors:
        # What was said of a stand-in is of no interest.
        return Judged({**judged.errors, **errors})
    if not judged.is_good:
        return judged
    words = twin(*spoken.verb, *spoken.thing, *said)
    warnings = tuple(f"warning: {warning}" for warning in output.get("warnings", ()))
    request = Request(spoken.action, asked, spoken.done(asked), words)
    return Judged(lines=(*lines, *warnings), requests=(request,))


def read_entries(
    command: Callable[[], click.Command],
    entries: Sequence[Entry],
    values: Mapping[str, str],
    thing: Sequence[str] = (),
) -> tuple[dict[str, str], Json]:
    """What is wrong with each field as a part of the command line; and what it says, where nothing is."""
    from core.cli.command_line import Misread, read_options  # noqa: PLC0415  # the verbs' weight is paid by who opens a form

    errors = {e.id: "is missing" for e in entries if e.is_required and not values[e.id].strip()}
    said = dict(values) | dict.fromkeys(errors, _ANYTHING)
    while True:
        try:
            given = read_options(command(), [*thing, *arguments(entries, said)])
        except Misread as wrong:
            blamed = [e for e in entries if said[e.id] and (e.option or e.id) in wrong.options]
            if not blamed:
                return errors | {entries[0].id: str(wrong)}, {}
            errors.setdefault(blamed[0].id, str(wrong))
            said[blamed[0].id] = "" if blamed[0].option else _ANYTHING
            if not blamed[0].option:
                return errors, {}
        else:
            return errors, given


def _blamed(entries: Sequence[Entry], problems: Sequence[str]) -> Judged:
    errors, others = sorted_out(entries, problems)
    return Judged(errors, others)


def blamed_by_option(entries: Sequence[Entry], problem: str) -> Judged:
    """A complaint about the command line, at the field whose option it names."""
    from core.cli.command_line import misread  # noqa: PLC0415  # as above

    options = misread(problem).options
    blamed = next((entry.id for entry in entries if entry.option and entry.option in options), "")
    return Judged({blamed: problem}) if blamed else Judged(problems=(problem,))


def refused(error: DockyardError) -> Judged:
    """What kept a form from being judged at all."""
    return Judged(problems=(str(error),))
