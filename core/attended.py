"""Who attends to an engine: the terminal UI whose child it is, an operator at its terminal, or nobody.

Hosts may want private keys that are encrypted. Whoever attends is asked for the passphrase of each once; the hosts that miss it are
tried again at once, and the others never wait for the answer.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.foreground import Foreground
from core.hosts.ssh_keyring import KEYRING, PASSPHRASE_TRIES, question
from core.parent_pipe import Passphrase, Stay, heard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.agents import Agents


def attend(parent_fd: int | None, stop: Callable[[], None], agents: Agents) -> Callable[[], None]:
    """Heed whoever attends to this engine; for the main thread. What is returned ends that, and gives a terminal back."""
    if parent_fd is not None:
        _beside("parent", _heed_parent, parent_fd, stop, agents)
        return lambda: None
    terminal = Foreground.of_this_process()
    if terminal is None:
        return lambda: None
    _beside("passphrases", _ask_for_keys, terminal, agents)
    return terminal.close


def _heed_parent(pipe: int, stop: Callable[[], None], agents: Agents) -> None:
    """Do what the terminal UI says that started this engine; stop when it is gone, unless it said that the engine stays."""
    stays = False
    for said in heard(pipe):
        match said:
            case Stay():
                stays = True
            case Passphrase(path, secret):
                if KEYRING.unlock(path, secret):
                    agents.look_now()
    if not stays:
        stop()


def _ask_for_keys(terminal: Foreground, agents: Agents) -> None:
    """Ask for the passphrases of keys that hosts miss. Who gives none is not asked for that key again."""
    asked: set[Path] = set()
    while True:
        path = KEYRING.wait_missing(but=asked)
        asked.add(path)
        for _ in range(PASSPHRASE_TRIES):
            passphrase = terminal.ask(question(path))
            if not passphrase:
                break
            if KEYRING.unlock(path, passphrase):
                agents.look_now()
                break


def _beside(name: str, act: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=act, args=arguments, name=name, daemon=True).start()
