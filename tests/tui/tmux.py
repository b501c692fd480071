"""The real program in a real terminal: tmux on a socket of its own, keys as they are typed, the screen as it is seen."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.engine.dockyard import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PATIENCE_S = 60.0
#: What the shell says when the program is over: nothing that the program itself would.
_END = "== exit code "
_CODE = re.compile(rf"{_END}(\d+)")


def missing() -> str:
    """Why there can be no tests in tmux, empty when there can."""
    return "" if shutil.which("tmux") else "tmux is missing"


class Terminal:
    """One window with one program in it. `exit_code` is known when it has ended."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 140,
        lines: int = 36,
        colours: bool = True,
        around: tuple[str, str] = ("", ""),
    ) -> None:
        """`around` are shell commands before and after the program, in the same terminal."""
        self._socket = f"dockyard-{uuid.uuid4().hex}"
        program = shlex.join([sys.executable, "-P", "-m", "tui", *arguments])
        # The end of the program must stay on the screen, to be read.
        before, after = (f"{each}; " if each else "" for each in around)
        command = f"{before}{program}; code=$?; {after}echo; echo {_END}$code; exec sleep 1000"
        variables = (
            environment() | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | ({} if colours else {"NO_COLOR": "1"})
        )
        size = ["-x", str(columns), "-y", str(lines)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-s", "t", command, variables=variables)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "t")

    def type(self, text: str) -> None:
        """Letters, as fast as tmux sends them."""
        self._tmux("send-keys", "-t", "t", "-l", text)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: Enter, Escape, Tab, C-c…"""
        self._tmux("send-keys", "-t", "t", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """As when somebody pulls at the window."""
        self._tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(lines))

    def pid(self) -> int:
        """The program's, which is the shell's child."""
        shell = self._tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip()
        (child, *_) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(child)

    def wait(
        self, *texts: str, until: Callable[[str], bool] | None = None, timeout_s: float = PATIENCE_S
    ) -> str:
        """The screen, once all texts are on it (or a condition holds)."""
        deadline = time.monotonic() + timeout_s
        while True:
            screen = self.screen()
            if all(text in screen for text in texts) and (until is None or until(screen)):
                return screen
            if time.monotonic() > deadline:
                raise TimeoutError(f"not on the screen within {timeout_s:g} s: {texts}\n{screen}")
            time.sleep(0.05)

    def exit_code(self, timeout_s: float = PATIENCE_S) -> int:
        """How it ended."""
        screen = self.wait(until=lambda screen: _CODE.search(screen) is not None, timeout_s=timeout_s)
        # Of a program that was killed the screen is still there behind it.
        found = _CODE.search(screen)
        assert found is not None
        return int(found[1])

    def _tmux(self, *words: str, variables: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words], capture_output=True, text=True, check=False, env=variables
        )
        return done.stdout


def end_with_engine(terminal: Terminal, exit_code: int = 0) -> None:
    """End a screen and, by its dialog, the engine that is its child."""
    terminal.press("C-c")
    terminal.wait("[ Cancel ]", "Esc cancels")
    terminal.press("Tab", "Tab")
    terminal.wait("[ Stop it ]")
    terminal.press("Enter")
    assert terminal.exit_code() == exit_code


def tells_of_replacement(service: str) -> Callable[[str], bool]:
    """Whether a dialog says what follows when a task of the service is stopped: another takes its place, there or elsewhere."""
    told = re.compile(rf"{service}: (moves 1 task from|replaces 1 task on) ")
    return lambda screen: told.search(screen) is not None
