"""Running the operator's own commands: in this terminal, with the screen away, or beside the screen. Never by a shell."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from core.errors import UsageError
from tui.badge import badge_of_all
from tui.handlers.targets import clusters_of, things_of
from tui.lending import lent, not_for_us
from tui.listing.row import Tone
from tui.plugins import words_for
from tui.screens.dialog import Answer, Dialog, Said
from tui.screens.page import Page
from tui.session import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.config.values import PluginConfig
    from tui.screens.main import Main

#: Of what a command beside the screen says so much is kept.
_MOST_BYTES: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
#: However many rows are marked.
_AT_ONCE: Final = 8
#: Of many commands a dialog shows these.
_SHOWN: Final = 8

Words = list[str]


def run_plugin(main: Main, plugin: PluginConfig) -> None:
    """Run a plugin on what is marked, else on what the cursor is on: once for each thing."""
    things = things_of(main)
    if not things:
        return
    try:
        runs = [words_for(plugin, main.session.world, thing) for thing in things]
    except UsageError as error:
        main.say(str(error), Tone.WARN)
        return
    if not plugin.asks:
        _go(main, plugin, runs)
        return
    label = plugin.label or plugin.name
    more = [f"and {len(runs) - _SHOWN} more"] if len(runs) > _SHOWN else []
    where = "beside the screen" if plugin.background else "in this terminal"
    lines = [
        f"{count_of(len(runs), 'command')} will be run {where}:",
        *(f"  {shlex.join(words)}" for words in runs[:_SHOWN]),
        *more,
    ]

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            _go(main, plugin, runs)

    badge = badge_of_all(main.session.world, clusters_of(main))
    main.app.push_screen(
        Dialog(main.session.glyphs, label, lambda _: Said(lines), ["Run"], badge=badge), answered
    )


def _go(main: Main, plugin: PluginConfig, runs: Sequence[Words]) -> None:
    twin = shlex.join(runs[0]) if len(runs) == 1 else ""
    if not plugin.background:
        main.run_worker(_in_terminal(main, runs), group="plugin")
        return
    main.say(f"{plugin.name} runs", Tone.BUSY, twin)
    tell = main.from_thread(partial(_told, main, plugin.name))
    waiting: SimpleQueue[Words] = SimpleQueue()
    for words in runs:
        waiting.put(words)
    for _ in range(min(_AT_ONCE, len(runs))):
        threading.Thread(target=_all_beside, args=(waiting, tell), name="plugin", daemon=True).start()


async def _in_terminal(main: Main, runs: Sequence[Words]) -> None:
    # Ctrl-Z would stop what nobody could continue.
    signals = not_for_us(signal.SIGTSTP)
    try:
        said = await lent(main, partial(_one_after_another, runs), signals)
    except UsageError as error:
        main.say(str(error), Tone.WARN)
        return
    main.say(said, Tone.PLAIN if said.endswith("exit code 0") else Tone.WARN)


def _one_after_another(runs: Sequence[Words]) -> str:
    """Run commands in the terminal, and wait for Enter so that what they said can be read. Gives how the last one ended."""
    said = ""
    for words in runs:
        line = shlex.join(words)
        print(f"$ {line}", flush=True)  # noqa: T201  # the terminal is ours to write to
        try:
            said = (
                f"{words[0]}: exit code {subprocess.run(words, check=False).returncode}"  # the operator's own
            )
        except OSError as error:
            said = f"{words[0]}: can't be run: {error.strerror}"
        print(said, flush=True)  # noqa: T201
    with suppress(EOFError):
        input("Enter goes back to Dockyard. ")
    return said


def _all_beside(waiting: SimpleQueue[Words], tell: Callable[[Output], None]) -> None:
    with suppress(Empty):
        while True:
            _beside(waiting.get_nowait(), tell)


def _beside(words: Words, tell: Callable[[Output], None]) -> None:
    """Run a command without a terminal, and tell what it said."""
    line = shlex.join(words)
    try:
        process = subprocess.Popen(  # the operator's own
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        tell(Output(line, f"can't be run: {error.strerror}"))
        return
    kept, dropped = bytearray(), 0
    assert process.stdout is not None
    with process.stdout as output:
        while chunk := os.read(output.fileno(), _CHUNK):
            room = max(0, _MOST_BYTES - len(kept))
            kept += chunk[:room]
            dropped += len(chunk[room:])
    code = process.wait()
    text = kept.decode("utf-8", "replace")
    if dropped:
        text += f"\n… and {dropped} bytes more, which were not kept"
    tell(Output(line, f"exit code {code}", text))


def _told(main: Main, name: str, output: Output) -> None:
    main.session.output = output
    count = len(output.text.splitlines())
    how = f"; :output shows {count_of(count, 'line')}" if count else ""
    tone = Tone.PLAIN if output.ended.endswith("exit code 0") else Tone.WARN
    main.say(f"{name}: {output.ended}{how}", tone, output.line)


def _output(main: Main) -> None:
    if main.session.output is None:
        main.say("No command has run beside the screen yet")
    else:
        output = main.session.output
        main.app.push_screen(Page(main.session.glyphs, f"{output.ended}: {output.line}", output.text))


HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    "output": _output,
}
