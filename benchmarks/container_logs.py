"""One real container on one host over SSH, and the terminal UI that reads what it writes: what the benchmarks of logs begin with."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.product import Product
from tests.engine.testbed import Bed
from tests.tui.pseudo_terminal import PseudoTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.testbed import Host


@contextmanager
def container_logs(family: str, script: str) -> Iterator[tuple[Host, PseudoTerminal]]:
    """The host and the terminal, once the logs of a task that runs a shell script are opened."""
    with Bed(hosts=1) as bed, tempfile.TemporaryDirectory(prefix="dockyard-bench-") as folder:
        product = Product.on_bed(Path(folder), bed)
        image = f"{bed.registry}/demo/web:1"
        container = {"name": "main", "image": image, "memory": 32, "command": ["sh", "-c", script]}
        with product, PseudoTerminal([sys.executable, "-m", "tui", *product.arguments]) as terminal:
            product.ask("RegisterTaskDefinition", family=family, containerDefinitions=[container])
            product.ask("RunTask", taskDefinition=family)
            product.until_running(1)
            terminal.until(b"live")
            terminal.press(b":tasks\r")
            terminal.until(b"RUNNING")
            terminal.press(b"l")
            yield bed.hosts[0], terminal
