"""`make bench`: all benchmarks, or those named: python -m benchmarks planning hosts keys"""

from __future__ import annotations

import argparse
import importlib

SECTIONS = ("planning", "hosts", "keys")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", choices=[[], *SECTIONS], help="which to run; all when none is named"
    )
    for name in parser.parse_args().sections or SECTIONS:
        print(f"── {name}")
        for figure in importlib.import_module(f"benchmarks.{name}").measure():
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
