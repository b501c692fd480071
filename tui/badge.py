"""Of which cluster something is, for a line above it and for its edge, so that production looks like production. Pure.

A colour never stands alone: the cluster's name is written on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.record import Record
from core.safe_text import plain
from tui.listing.row import Paint, Tone
from tui.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.widgets.lines import Piece
    from tui.world import World


class Badge(Record):
    """The names to write, and the colour of edges; None where no colour was chosen."""

    pieces: tuple[Piece, ...] = ()
    paint: Paint | None = None


NO_BADGE: Final = Badge()
#: It stands before the title, which has to have room too.
_LONG: Final = 24


def badge_of(world: World, cluster: str) -> Badge:
    """Of what is looked at: a cluster that has no colour and isn't protected needs none."""
    paint, is_protected = _paint(world, cluster), cluster in world.protected
    if paint is None and not is_protected:
        return NO_BADGE
    text = f" {_named(cluster)}{', protected' * is_protected} "
    return Badge(((text, paint or Tone.WARN), (" ", Tone.DIM)), paint)


def badge_of_all(world: World, clusters: Iterable[str]) -> Badge:
    """Of what is asked: all clusters that it is about, and the colour of the first: protected ones come before others.

    Where there are several, those without a colour are named too: two may have a service of one name.
    """
    named = sorted(
        {*clusters} - {""}, key=lambda name: (name not in world.protected, name not in world.colors, name)
    )
    badges = [badge_of(world, name) for name in named]
    if len(world.state.clusters) > 1:
        plainly = [Badge(((f"{_named(name)}  ", Tone.DIM),)) for name in named]
        badges = [badge if badge.pieces else name for badge, name in zip(badges, plainly, strict=True)]
    return Badge(
        tuple(piece for badge in badges for piece in badge.pieces), badges[0].paint if badges else None
    )


def _named(cluster: str) -> str:
    return shortened(plain(cluster), _LONG)


def _paint(world: World, cluster: str) -> Paint | None:
    color = world.colors.get(cluster, "")
    return Paint(color) if color else None
