"""`make bench`: all benchmarks, or those named: python -m benchmarks planning turns hosts screen beside flood hostile"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from benchmarks import beside, flood, hostile, hosts, planning, screen, turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _by_size(measure: Callable[[int], Iterator[str]]) -> Iterator[str]:
    for tasks in screen.TASKS:
        yield from (f"{tasks:>7,} tasks: {line}" for line in measure(tasks))


SECTIONS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "planning": lambda: (figure.line() for figure in planning.measure()),
    "turns": lambda: (figure.line() for figure in turns.measure()),
    "hosts": lambda: (figure.line() for figure in hosts.measure()),
    "screen": lambda: _by_size(screen.measure),
    "beside": lambda: _by_size(beside.measure),
    "flood": flood.measure,
    "hostile": hostile.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", choices=[[], *SECTIONS], help="which to run; all when none is named"
    )
    for name in parser.parse_args().sections or SECTIONS:
        print(f"── {name}")
        for line in SECTIONS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
