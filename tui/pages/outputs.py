"""What one command printed in several containers, compared: equal outputs once, with those that gave them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.printing import count_of
from core.safe_text import plain
from core.streams.comparing import differing, grouped
from tui.listing.row import Tone
from tui.pages.text import sentences
from tui.plans.plan import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.streams.comparing import Group
    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World

#: Of so many containers a group's names are written out.
_MOST_NAMES = 12


def outputs(world: World, thing: Thing) -> list[Line]:
    """The groups, the largest first; lines that the largest does not have are marked."""
    run = world.own.runs.get(thing.key)
    if run is None:
        return list(sentences(["What this printed is not kept any more."], Tone.WARN))
    groups = grouped(run.results)
    total = len(run.places)
    done = len(run.results)
    lines: list[Line] = []
    if done < total:
        lines.append(((f"{done} of {total} have ended …", Tone.BUSY),))
    elif len(groups) == 1:
        lines.append((("The same everywhere." if total > 1 else "It has ended.", Tone.GOOD),))
    else:
        lines.append(
            (
                (f"{len(groups)} different outcomes. ", Tone.WARN),
                ("Lines marked * are not in the first.", Tone.DIM),
            )
        )
    for group in groups:
        lines += _group(group, groups[0], total)
    return lines


def _group(group: Group, first: Group, total: int) -> Iterator[Line]:
    yield ()
    tone = Tone.GOOD if group.exit_code == 0 else Tone.BAD
    yield (
        (f"{len(group.places)} of {count_of(total, 'container')}: ", Tone.KEY),
        (plain(group.outcome), tone),
    )
    yield ((plain(listed([f"{p.label} on {p.instance.name}" for p in group.places], _MOST_NAMES)), Tone.DIM),)
    for line, differs in zip(group.output.splitlines(), differing(group, first), strict=True):
        is_other = differs and group is not first
        yield (
            ("* " if is_other else "  ", Tone.WARN),
            (plain(line.expandtabs()), Tone.WARN if is_other else Tone.PLAIN),
        )
