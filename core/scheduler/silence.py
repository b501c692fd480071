"""What silence means: when an instance is DISCONNECTED, when it is LOST, and when the silence is our own fault. Pure.

Silence runs only while the engine's turns run: it starts at the later of the last report and the moment the engine awoke
(its start, or the end of a gap), and is never inherited. When all remote instances, or more than half of them and at least
two, or all behind one jump host, are silent at once, the engine itself is taken to be cut off: it is ISOLATED, and nothing
is declared LOST by itself. Only hearing from hosts ends that (an operator who declares one of them lost says nothing about
the others), and then silence starts anew towards a loss: hosts whose links come back a little later than the first were cut
off with them. As evidence of being cut off again it goes on.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.model.settings import Settings


class Listened(Record):
    """One instance as it is listened to. `heard_at` None: nothing yet. `route` names the way to it (the jump host)."""

    instance: str
    heard_at: float | None
    route: str = ""
    #: It was given up before, and stays lost until it is heard again.
    lost: bool = False
    #: Whether its silence would say something about our own network: not that of a local socket, nor of a known stranger.
    evidence: bool = True


class Silences(Record):
    """The judgement of one moment, to be given to the next."""

    #: No silence counts before it: the moment the engine awoke.
    since: float
    #: No silence counts towards a loss before it: when the engine was last cut off.
    cut_off_until: float = 0.0
    disconnected: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    #: Why the engine takes itself to be cut off; empty when it doesn't.
    isolated: str = ""
    #: While it does: the instances that are evidence, also those that an operator declares lost meanwhile.
    suspects: frozenset[str] = frozenset()
    #: When the next instance crosses a limit if nothing is heard.
    wake_at: float | None = None


def judge(listened: Sequence[Listened], before: Silences, now: float, settings: Settings) -> Silences:
    """Judge every instance by the age of what was last heard of it."""
    heard = {one.instance: max(one.heard_at or before.since, before.since) for one in listened}
    disconnected = {i for i, at in heard.items() if now - at >= settings.disconnect_after_s}
    evidence = [one for one in listened if one.evidence and (not one.lost or one.instance in before.suspects)]
    in_question = any(one.instance in disconnected and not one.lost for one in evidence)
    isolated = _isolation(evidence, disconnected) if in_question else ""
    suspects = frozenset(one.instance for one in evidence) if isolated else frozenset()
    cut_off_until = now if before.isolated else before.cut_off_until
    blamed = {i: max(at, cut_off_until) for i, at in heard.items()}
    overdue = {i for i, at in blamed.items() if now - at >= settings.lost_after_s}
    lost = (set() if isolated else overdue) | {one.instance for one in listened if one.lost}
    limits = [at + settings.disconnect_after_s for at in heard.values()]
    limits += [at + settings.lost_after_s for at in blamed.values()]
    return Silences(
        before.since,
        cut_off_until,
        frozenset(disconnected),
        frozenset(lost),
        isolated,
        suspects,
        min((at for at in limits if at > now), default=None),
    )


def _isolation(remote: Sequence[Listened], silent: set[str]) -> str:
    """Why it is likelier that we are cut off than that all these instances failed; a lone remote one is judged normally."""
    quiet = [one for one in remote if one.instance in silent]
    if len(remote) >= 2 and len(quiet) >= 2 and 2 * len(quiet) > len(remote):
        return f"{len(quiet)} of {len(remote)} remote instances are silent at once"
    behind: defaultdict[str, list[Listened]] = defaultdict(list)
    for one in remote:
        if one.route:
            behind[one.route].append(one)
    for route, members in sorted(behind.items()):
        if len(members) >= 2 and all(one.instance in silent for one in members):
            return f"all {len(members)} instances behind {route} are silent at once"
    return ""
