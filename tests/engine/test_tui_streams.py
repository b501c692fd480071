"""What the terminal UI opens to containers and hosts, end to end in tmux on real hosts, each with a resize midway."""

from __future__ import annotations

import socket
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.engine.namespaces import wait_until
from tests.tui.tmux import Terminal, missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.model.task import Task
    from tests.engine.dockyard import Installation
    from tests.engine.machine import Host

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

#: Says what it is told.
ECHO = "while read line; do echo heard $line; done; sleep 600"


@pytest.fixture
def web(yard: Installation) -> Installation:
    yard.start()
    yard.register(stopTimeout=2)
    yard.create("web", 2)
    return yard


@pytest.fixture
def terminal(web: Installation) -> Iterator[Terminal]:
    """The program on the tasks of web, between two looks at the terminal's modes."""
    before, after = (f"stty -a >{web.folder / name}" for name in ("before", "after"))
    arguments = ("--config", str(web.config), "--state", str(web.state_dir))
    with Terminal(*arguments, columns=120, lines=30, around=(before, after)) as opened:
        opened.wait("2/2 tasks", "COMPLETED")
        opened.press("Enter")
        opened.wait("Tasks(default/web)[2]", "RUNNING")
        yield opened


def first(yard: Installation) -> Task:
    """The task of the cursor: rows of one status are in the order of their ids."""
    return min(yard.running(), key=lambda task: task.id)


def host_of(yard: Installation, task: Task) -> Host:
    name = yard.state().instances[task.instance].name
    return next(host for host in yard.hosts if host.name == name)


def go(terminal: Terminal, view: str) -> None:
    terminal.type(view)
    terminal.press("Enter")


def leave(terminal: Terminal, yard: Installation) -> None:
    """The program ends well, and the terminal is as it was before."""
    terminal.resize(120, 30)
    terminal.wait("? help")
    terminal.press("C-c")
    assert terminal.exit_code() == 0
    assert (yard.folder / "after").read_text() == (yard.folder / "before").read_text()


def test_a_shell_in_a_container_with_an_editor_in_it(web: Installation, terminal: Terminal) -> None:
    task = first(web)
    terminal.press("s")
    terminal.wait(f"web/{task.id[:8]} on ", "Ctrl-P Ctrl-Q leaves it running", "~ #")
    terminal.type("vi /tmp/note\n")
    terminal.wait("~", "/tmp/note")
    terminal.resize(100, 20)
    terminal.type("ia line of mine")
    terminal.press("Escape")
    terminal.wait("- /tmp/note", "a line of mine")
    terminal.type(":wq\n")
    terminal.wait("~ #")
    terminal.type("clear; cat /tmp/note; until stty size | grep '20 100'; do sleep 0.1; done\n")
    terminal.wait("a line of mine", "20 100")
    terminal.type("sleep 100\n")
    # Before it runs the shell itself has the terminal, which takes Ctrl-Z for nothing.
    host = host_of(web, task)
    wait_until(lambda: bool(host.run("pgrep -xf 'sleep 100'", check=False).strip()), "sleep runs")
    terminal.press("C-z")
    terminal.wait("Stopped")
    terminal.press("C-c")
    terminal.type("echo still $((6*7))\n")
    terminal.wait("still 42")
    terminal.type("kill -9 %1; sleep 1\n")
    terminal.wait("Killed")
    terminal.type("exit\n")
    terminal.wait("Tasks(default/web)[2]", "has ended", f"dockyard task exec {task.id[:8]}")
    leave(terminal, web)


def test_a_shell_that_is_killed_gives_the_screen_back(web: Installation, terminal: Terminal) -> None:
    task = first(web)
    terminal.press("s")
    terminal.wait("~ #")
    terminal.type("vi /etc/passwd\n")
    terminal.wait("nobody:x")
    terminal.resize(90, 25)
    host_of(web, task).run("for p in $(pgrep -x vi) $(pgrep -xf 'sh'); do kill -KILL $p; done", check=False)
    terminal.wait("Tasks(default/web)[2]", "ended with exit code 137 (signal 9)")
    leave(terminal, web)


def test_a_shell_whose_link_is_cut_says_so(web: Installation, terminal: Terminal) -> None:
    task = first(web)
    host = host_of(web, task)
    terminal.press("s")
    terminal.wait("~ #")
    terminal.type("echo hello\n")
    terminal.wait("\nhello")
    host.cut()
    terminal.resize(100, 26)
    terminal.wait("Tasks(default/web)[", "was cut off: the SSH connection broke")
    host.heal()
    leave(terminal, web)


def test_a_session_on_a_host(web: Installation, terminal: Terminal) -> None:
    go(terminal, ":capacity")
    terminal.wait("h0", "CONNECTED")
    terminal.press("s")
    terminal.wait("~. at the beginning of a line cuts it", ":~#")
    terminal.resize(101, 27)
    terminal.type("clear; until stty size | grep '27 101'; do sleep 0.1; done; hostname\n")
    terminal.wait(until=lambda screen: {"27 101", "h0"} <= {line.strip() for line in screen.splitlines()})
    terminal.type("exit\n")
    terminal.wait("A session on h0 has ended", "dockyard capacity ssh h0")
    leave(terminal, web)


def test_attaching_to_what_a_container_runs(yard: Installation) -> None:
    yard.start()
    yard.register(command=["sh", "-c", ECHO], interactive=True, stopTimeout=2)
    yard.create("web", 1)
    before, after = (f"stty -a >{yard.folder / name}" for name in ("before", "after"))
    arguments = ("--config", str(yard.config), "--state", str(yard.state_dir))
    with Terminal(*arguments, columns=120, lines=30, around=(before, after)) as terminal:
        terminal.wait("1/1 tasks", "COMPLETED")
        for keys in (("C-p", "C-q"), ("C-c",)):
            go(terminal, ":tasks")
            terminal.wait("Tasks(all)[1]")
            terminal.press("a")
            terminal.wait("it takes what is typed, line by line")
            terminal.resize(100, 25)
            terminal.type("hello\n")
            terminal.wait("heard hello")
            terminal.press(*keys)
            terminal.wait("goes on without this terminal", "dockyard task attach")
        leave(terminal, yard)
    assert len(yard.running()) == 1


def test_forwarding_a_port(web: Installation, terminal: Terminal) -> None:
    terminal.press("F")
    terminal.wait("[LOCAL:]PORT", "Esc cancels")
    terminal.type(":80")
    terminal.wait("A free port of 127.0.0.1 leads to port 80", "[ Forward ]")
    terminal.press("Enter")
    screen = terminal.wait(" leads to port 80 of web/", "dockyard task port-forward")
    port = int(screen.partition("127.0.0.1:")[2].split()[0])
    assert b"web 1" in urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read()
    go(terminal, ":forwards")
    terminal.wait("Forwards(", f"127.0.0.1:{port}")
    terminal.resize(80, 24)
    with socket.create_connection(("127.0.0.1", port)) as idle:
        terminal.wait("PROBLEM", until=lambda screen: f"127.0.0.1:{port}" in screen)
        terminal.press("X")
        terminal.wait("listens no more", "Esc cancels")
        terminal.press("Tab", "Enter")
        terminal.wait(f"Ended 127.0.0.1:{port}")
        with pytest.raises(ConnectionResetError):
            idle.recv(1)
    leave(terminal, web)


def test_copying_files_out_and_in(web: Installation, terminal: Terminal, tmp_path: Path) -> None:
    task = first(web)
    (tmp_path / "new.html").write_text("made anew\n")
    terminal.press("T")
    terminal.wait("Copy files from or to", "Esc cancels")
    terminal.type(f":/www/index.html {tmp_path}/old.html")
    terminal.wait("Copies /www/index.html of web/", "[ Copy ]")
    terminal.resize(90, 25)
    terminal.press("Enter")
    terminal.wait("Copied 1 file to ")
    assert (tmp_path / "old.html").read_text() == "web 1\n"
    terminal.press("T")
    terminal.wait("Copy files from or to", "Esc cancels")
    terminal.type(f"{tmp_path}/new.html :/www/index.html")
    terminal.wait("Copies the file (10 B)", "[ Copy ]")
    terminal.press("Enter")
    terminal.wait("Copied 1 file to /www/index.html")
    assert web.do("task", "exec", task.id, "cat", "/www/index.html") == "made anew\n"
    leave(terminal, web)


def test_running_a_command_on_all_marked(web: Installation, terminal: Terminal) -> None:
    task = first(web)
    web.do("task", "exec", task.id, "--", "sh", "-c", "echo other >/www/index.html")
    terminal.press("Space", "Down", "Space")
    terminal.wait("2 marked")
    terminal.press("E")
    terminal.wait("Run a command and compare", "Esc cancels")
    terminal.type("cat /www/index.html; echo done")
    terminal.wait("[ Run ]")
    terminal.resize(90, 25)
    terminal.press("Enter")
    terminal.wait("2 different outcomes", "1 of 2 containers: exit code 0", "web 1", "other", "done")
    terminal.press("Escape")
    terminal.wait("2 marked")
    leave(terminal, web)
