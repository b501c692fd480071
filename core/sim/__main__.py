"""`python -m core.sim --seeds 300`: tells stories, names each that breaks with how to see it again, and counts what happened.

It ends 1 when a story breaks an invariant, and also when a fault, or a step that the code can make, occurred in fewer than ten
stories of three hundred: a fault that never fires proves nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

from core import connectivity, lifecycle
from core.actions import Action
from core.commands import Action as Command
from core.commands import Verdict
from core.model.schedule import RunResult
from core.reports import Result
from core.sim.faults import FAULTS
from core.sim.process import POINTS
from core.sim.story import Told, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from enum import StrEnum

#: Lines of the trace that are shown of a story that broke.
TAIL: Final = 40
#: What operators of stories never ask for: there is one cluster, and attributes change nothing that an invariant speaks of.
NEVER_ASKED: Final = frozenset(
    {
        Command.CREATE_CLUSTER,
        Command.DELETE_CLUSTER,
        Command.PUT_ATTRIBUTES,
        Command.DELETE_ATTRIBUTES,
    }
)


def _steps(table: Mapping[Any, Mapping[Any, StrEnum]]) -> Iterator[str]:
    """Every step that one of the engine's own tables knows, as the checker counts them."""
    for before, steps in table.items():
        yield from sorted({f"{before} -> {after}" for after in steps.values()})


#: What must occur beside the faults: every step that the code can make, every action it can ask of a host, every command it
#: can be given, every point at which it can be killed, and some meetings of faults.
STEPS: Final = (
    *_steps(lifecycle.TRANSITIONS),
    *_steps(connectivity.TRANSITIONS),
    *(f"{action.__name__} {Result.DONE}" for action in get_args(Action)),
    *(f"{command} {Verdict.ACCEPTED}" for command in Command if command not in NEVER_ASKED),
    *(f"engine killed {point}" for point in POINTS),
    "a host returned before its replacement was healthy",
    "a host stays dead",
    "a host is impaired",
    "an impaired host acts again",
    "a host leaves the config",
    "a host that was leaving is named again",
    "a host went as it was found",
    "a host went with what is ours on it",
    "a deployment is COMPLETED",
    "a deployment is FAILED",
    "a deployment is FAILED by its breaker",
    "a deployment is IN_PROGRESS",
    "a daemon starts",
    "commit failed",
    "restarted in place",
    "scaled in",
    "scaled out",
    "an image was removed",
    "a deleted revision is gone",
    "a task was tagged",
    "a task is made by its service's strategy",
    "a task is made by the cluster's default",
    "a version was kept while its tag moved",
    "work waits for its turn",
    *(f"an occasion is {result}" for result in (RunResult.RUNNING, RunResult.SKIPPED, RunResult.MISSED)),
    f"an occasion that was missed is {RunResult.RUNNING}",
    "an occasion is run in its window",
    "a schedule deleted itself",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    given = _parser().parse_args(arguments)
    if given.seed is not None:
        return _one(given.seed, given.until, trace=given.trace)
    began = time.perf_counter()
    broken: list[Told] = []
    counts: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    seeds = range(given.first, given.first + given.seeds)
    for told in _told(seeds, given.until, given.processes):
        counts.update(told.counts)
        stories.update(set(told.counts))
        if told.problem:
            broken.append(told)
            _show(told)
    rare = _report(counts, stories, enough=min(10, given.seeds * 10 // 300))
    seconds = time.perf_counter() - began
    _say(f"\n{given.seeds} stories in {seconds:.0f} s, {len(broken)} broke an invariant")
    if rare:
        _say(f"too rare to prove anything: {', '.join(rare)}")
    return 1 if broken or rare else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.sim", description="Simulate the engine under faults."
    )
    parser.add_argument("--seeds", type=int, default=300, help="how many stories")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    parser.add_argument("--until", type=float, default=600.0, help="virtual seconds of faults in each")
    parser.add_argument("--seed", type=int, help="tell this one story")
    parser.add_argument("--trace", action="store_true", help="with --seed: print all that happens")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser


def _told(seeds: Sequence[int], until: float, processes: int) -> Iterator[Told]:
    """The stories, in the order of their seeds."""
    if processes < 2:
        yield from (tell(seed, until) for seed in seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(_brief, until=until), seeds, chunksize=5)


def _brief(seed: int, until: float) -> Told:
    """A story without its trace where nothing broke: traces are long, and cross a process boundary."""
    told = tell(seed, until)
    return told if told.problem else Told(told.seed, told.ended_at, counts=told.counts)


def _one(seed: int, until: float, *, trace: bool) -> int:
    told = tell(seed, until)
    if trace:
        _say("\n".join(told.trace))
    elif told.problem:
        _show(told)
    _say(f"seed {seed}: {told.problem or 'nothing broke'} at {told.ended_at:.3f} s")
    return 1 if told.problem else 0


def _show(told: Told) -> None:
    _say("\n".join(told.trace[-TAIL:]))
    _say(f"seed {told.seed} broke at {told.ended_at:.3f} s: {told.problem}")
    _say(f"see it again: python -m core.sim --seed {told.seed} --trace\n")


def _report(counts: Counter[str], stories: Counter[str], enough: int) -> list[str]:
    """Print how often things happened; returns what happened in too few stories."""
    expected = [*(fault.name for fault in FAULTS), *STEPS]
    for name in [*expected, *sorted(counts.keys() - set(expected))]:
        _say(f"{counts[name]:7d} times in {stories[name]:4d} stories  {name}")
    return [name for name in expected if stories[name] < enough]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
