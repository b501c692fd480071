"""One line of 1 MB of escape sequences from a real container, read in the logs of the product over SSH, against a plain line.

What Docker itself needs for such a line is not the product's: each is timed from the moment at which `docker logs -f` on the host's
own socket has it, and a key from the same moment.
"""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from benchmarks.container_logs import container_logs
from benchmarks.figures import load, spread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from tests.engine.testbed import Host
    from tests.tui.pseudo_terminal import PseudoTerminal

TIMES: Final = 12
#: What would clear the screen, colour it, ask the terminal and change its title, until it is 1 MB.
SCRIPT: Final = r"""
e=$(printf '\033')
yes "$e[2J$e[31mx$e[6n$e]0;owned" | tr -d '\n' | head -c 1000000 > /tmp/hostile
echo nothing to fear > /tmp/plain
sleep 3600
"""


class Voice:
    """A container that says what it is told to, and the host's own Docker, which reads along."""

    def __init__(self, host: Host) -> None:
        self._docker = ("docker", "-H", host.unix_url)
        self._name = host.docker("ps", "--format", "{{.Names}}").split()[0]
        self._said = 0
        self._heard = threading.Event()
        follow = [*self._docker, "logs", "-f", self._name]
        self._log = subprocess.Popen(follow, stdout=subprocess.PIPE)
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.kill()
        self._log.wait()

    def say(self, kind: str) -> bytes:
        """Say a line of a kind, and then one that is unlike all others: this one. Docker's own words are waited for by `until_heard`."""
        self._said += 1
        self._heard.clear()
        last = f"that was line {self._said}."
        words = f"(cat /tmp/{kind}; echo; echo '{last}') > /proc/1/fd/1"
        subprocess.Popen([*self._docker, "exec", "-d", self._name, "sh", "-c", words]).wait()
        return last.encode()

    def until_heard(self) -> float:
        """When Docker had it."""
        assert self._heard.wait(60.0), "Docker never told what the container said"
        return self._heard_at

    def _listen(self) -> None:
        assert self._log.stdout is not None
        for line in self._log.stdout:
            if line.startswith(b"that was line "):
                self._heard_at = time.perf_counter()
                self._heard.set()


def measure() -> Iterator[str]:
    """Its picture and the next key, against those of a plain line."""
    with container_logs("hostile", SCRIPT) as (host, terminal):
        terminal.until(b"following")
        with Voice(host) as voice:
            yield from _compared(voice, terminal)


def _compared(voice: Voice, terminal: PseudoTerminal) -> Iterator[str]:
    pictures: dict[str, list[float]] = {"plain": [], "hostile": []}
    keys: dict[str, list[float]] = {"plain": [], "hostile": []}
    for _ in range(TIMES):
        for kind in ("plain", "hostile"):
            pictures[kind].append(_picture(voice, terminal, kind))
            keys[kind].append(_key(voice, terminal, kind))
    for what, of in (("its picture", pictures), ("the next key to its picture", keys)):
        more = statistics.median(of["hostile"]) - statistics.median(of["plain"])
        yield (
            f"a line of 1 MB of escape sequences, {what}: {spread(of['hostile'])}, "
            f"of a plain line {spread(of['plain'])}: {more:+.1f} ms (aim ≤ 50)"
        )
    yield load()


def _picture(voice: Voice, terminal: PseudoTerminal, kind: str) -> float:
    """Milliseconds from Docker's having a line to its picture."""
    terminal.bytes_in(0.3)
    last = voice.say(kind)
    terminal.until(last)
    painted_at = time.perf_counter()
    return 1000 * (painted_at - voice.until_heard())


def _key(voice: Voice, terminal: PseudoTerminal, kind: str) -> float:
    """Milliseconds until a key is answered that is pressed as soon as Docker has a line."""
    terminal.bytes_in(0.3)
    voice.say(kind)
    voice.until_heard()
    # `s` lets go of the end, and follows it again: the title says so.
    key_ms = terminal.time_until(b"s", b" of ")
    terminal.time_until(b"s", b"lines, following")
    return key_ms
