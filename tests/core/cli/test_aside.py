"""Work beside the main thread: what it asks there, and how Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import threading

import click
import pytest

from core.cli.aside import Aside


def test_what_the_work_returns_or_raises_is_the_callers() -> None:
    aside = Aside()
    assert aside.run(threading.current_thread) is not threading.main_thread()
    with pytest.raises(ZeroDivisionError):
        aside.run(lambda: 1 / 0)


def test_what_asks_at_the_terminal_does_so_in_the_main_thread() -> None:
    aside = Aside()
    assert aside.run(lambda: aside.here(threading.current_thread)) is threading.main_thread()

    def declined() -> None:
        raise click.Abort

    with pytest.raises(click.Abort):
        aside.run(lambda: aside.here(declined))


def test_ctrl_c_gives_up_what_is_waited_for_and_waits_for_what_clears_up() -> None:
    begun, is_closed, is_cleared = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            assert is_closed.wait(20)
            raise ConnectionResetError
        finally:
            is_cleared.set()

    def interrupt() -> None:
        assert begun.wait(20)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        Aside().run(work, is_closed.set)
    assert is_cleared.is_set()


def test_ctrl_c_does_not_wait_for_a_way_that_only_opens() -> None:
    begun, never = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        never.wait()

    def interrupt() -> None:
        assert begun.wait(20)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        Aside().run(work)
    (left,) = [thread for thread in threading.enumerate() if thread.name == "work"]
    assert left.is_alive(), "it was not waited for"
    never.set()
    left.join()


def test_ctrl_c_in_a_question_ends_the_work_as_the_question_does() -> None:
    aside = Aside()

    def asked() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(20)

    with pytest.raises(KeyboardInterrupt):
        aside.run(lambda: aside.here(asked))
