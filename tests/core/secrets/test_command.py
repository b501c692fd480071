"""Secrets by command: what is told of a failure, what never is, deadlines, and that many who ask at once ask once."""

from __future__ import annotations

import shlex
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.errors import ActionFailed
from core.secrets import Commands

ENVIRON = {"PATH": "/usr/bin:/bin", "DOCKYARD_SECRET_OTHER": "not yours", "HOME": "/nonexistent"}


def output(commands: Commands, *arguments: str, timeout_s: float = 20.0) -> str:
    return commands.output(arguments, timeout_s, time.monotonic() + 30)


def failure(*arguments: str, timeout_s: float = 20.0) -> str:
    with pytest.raises(ActionFailed) as caught:
        output(Commands(ENVIRON), *arguments, timeout_s=timeout_s)
    assert caught.value.name == "ResourceInitializationError"
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_what_it_prints_is_the_secret_without_the_last_line_end() -> None:
    assert output(Commands(ENVIRON), "printf", r"two\nlines\n") == "two\nlines"
    environment = output(Commands(ENVIRON), "env")
    assert "HOME=/nonexistent" in environment
    assert "OTHER" not in environment


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            "echo hunter2; echo hunter2 >&2; exit 3",
            "ended with 3; run it yourself to see what it says",
        ),
        ("echo hunter2; kill -9 $$", "was ended by SIGKILL; run it yourself to see what it says"),
        ("printf 'hunter2\\377'", "printed something that is not UTF-8 text"),
        ("echo hunter2 >&2", "printed nothing"),
        ("yes hunter2", "printed more than 128 KiB"),
    ],
)
def test_a_failure_is_a_sentence_and_never_what_was_printed(script: str, sentence: str) -> None:
    assert failure("sh", "-c", script) == f"the command sh {sentence}"


def test_a_program_that_is_not_there() -> None:
    assert failure("no-such-program") == "the command no-such-program can't be run: No such file or directory"


@pytest.mark.parametrize("script", ["sleep 60; echo hunter2", "exec 1>&-; sleep 60"])
def test_one_that_hangs_is_ended_with_all_that_it_started(script: str, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    told = failure("sh", "-c", f"echo $$ > {shlex.quote(str(pids))}; {script}", timeout_s=3.0)
    assert told == "the command sh was not done within 3 s"
    assert not Path(f"/proc/{pids.read_text().strip()}").exists()


def test_a_caller_s_own_deadline_goes_before_the_command_s() -> None:
    with pytest.raises(ActionFailed, match="the command sleep was not done within"):
        Commands(ENVIRON).output(("sleep", "60"), 30.0, time.monotonic() + 0.5)


def counted(tmp_path: Path, script: str) -> tuple[tuple[str, ...], Path]:
    """A command that leaves a line for each run."""
    runs = tmp_path / "runs"
    return ("sh", "-c", f"echo run >> {shlex.quote(str(runs))}; {script}"), runs


class Clock:
    """Real time, with leaps."""

    def __init__(self) -> None:
        self.leapt_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.leapt_s


@pytest.mark.parametrize("script", ["echo hunter2", "exit 1"])
def test_many_who_ask_at_once_ask_once_also_when_the_answer_is_no(tmp_path: Path, script: str) -> None:
    arguments, runs = counted(tmp_path, script)
    clock = Clock()
    commands = Commands(ENVIRON, clock)
    together = threading.Barrier(20)

    def ask(_: int) -> Any:
        together.wait()
        try:
            return commands.output(arguments, 20.0, clock() + 30)
        except ActionFailed as failed:
            return str(failed)

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(ask, range(20)))
    assert len(answers) == 1
    assert runs.read_text() == "run\n"
    clock.leapt_s = 11.0
    ask_alone = threading.Barrier(1)
    together = ask_alone
    assert {ask(0)} == answers
    assert runs.read_text() == "run\nrun\n", "what it gave is not used for longer"


def test_no_more_run_at_one_time_than_a_machine_bears(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = f"echo $$ >> {tmp_path}/started; while [ ! -e {gate} ]; do sleep 0.05; done; echo done"
    commands = Commands(ENVIRON)
    deadline = time.monotonic() + 30
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(output, commands, "sh", "-c", f"{script} # {n}") for n in range(12)]
        started = tmp_path / "started"
        while len(started.read_text().split() if started.exists() else ()) < 8:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        assert len(started.read_text().split()) == 8
        gate.touch()
        assert {one.result(30) for one in asked} == {"done"}
    assert len(started.read_text().split()) == 12
