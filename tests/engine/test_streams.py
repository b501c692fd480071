"""What the command line opens to containers and hosts itself, on real hosts: shells, attached terminals, ports, copies, comparisons."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.engine.dockyard import PROGRAM, Installation, environment
from tests.engine.screen import in_screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.model.task import Task
    from tests.engine.machine import Host

#: Says what it is told, and ends at the word `end`.
ECHO = "while read line; do echo heard $line; case $line in end) exit 3;; esac; done; echo no more; sleep 600"


@pytest.fixture
def web(yard: Installation) -> Installation:
    """A service of two web servers."""
    yard.start()
    yard.register(stopTimeout=2)
    yard.create("web", 2)
    return yard


def one(yard: Installation) -> Task:
    return min(yard.running(), key=lambda task: task.id)


def host_of(yard: Installation, task: Task) -> Host:
    name = yard.state().instances[task.instance].name
    return next(host for host in yard.hosts if host.name == name)


# -- shells ----------------------------------------------------------------------------------------------------------


def test_exec_without_a_command_is_a_shell_that_the_image_has(web: Installation) -> None:
    with in_screen(web, "task", "exec", one(web).id) as screen:
        screen.wait_for("# ")
        screen.type("echo $0 in $((6*7))\n")
        screen.wait_for("sh in 42")
        screen.type("exit 4\n")
        assert screen.exit_code() == 4


def test_a_shell_whose_process_is_killed_ends_with_its_code_and_the_terminal_is_as_before(
    web: Installation,
) -> None:
    task = one(web)
    host = host_of(web, task)
    with in_screen(web, "task", "exec", task.id, "--", "sh", "-c", "echo pid $$; exec vi") as screen:
        before = screen.modes()
        screen.wait_for("pid ")
        screen.wait_for("\x1b[")
        assert screen.modes() != before
        pids = web.docker(host).top(
            next(c.id for c in web.containers() if c.task == task.id), ps_args="-eo pid,args"
        )["Processes"]
        (victim,) = [int(pid) for pid, arguments in pids if arguments.split()[0].endswith("vi")]
        host.run(f"kill -KILL {victim}")
        assert screen.exit_code() == 137
        assert screen.modes() == before


def test_a_session_on_a_host_is_a_shell_there(web: Installation) -> None:
    host = web.hosts[0]
    with in_screen(web, "capacity", "ssh", host.name) as screen:
        screen.wait_for(":~# ")
        screen.resize(101, 33)
        os.kill(screen.pid, signal.SIGWINCH)
        screen.type("until stty size | grep '33 101'; do sleep 0.1; done; hostname; exit 6\n")
        screen.wait_for("33 101\r\n")
        assert screen.exit_code() == 6
    ran = web.cli("capacity", "ssh", host.name, "echo out; echo err >&2; exit 7")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (7, "out\n", "err\n")
    with in_screen(web, "capacity", "ssh", host.name) as screen:
        screen.wait_for(":~# ")
        screen.type("cat\n")
        screen.type("\n~.")
        screen.wait_for(f"The session on {host.name} was cut.")
        assert screen.exit_code() == 0


def test_a_host_whose_docker_is_down_still_has_sessions(yard: Installation) -> None:
    host = yard.hosts[0]
    host.stop_docker()
    assert yard.do("capacity", "ssh", host.name, "echo", "here") == "here\n"


# -- attach ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def echoing(yard: Installation) -> Installation:
    """A task that reads lines, and has no terminal."""
    yard.start()
    yard.register(command=["sh", "-c", ECHO], interactive=True, stopTimeout=2)
    yard.create("web", 1)
    return yard


def test_attach_speaks_with_what_a_container_runs_and_leaves_it_running(echoing: Installation) -> None:
    task = one(echoing)
    for leave in ("\x10\x11", "\x03"):
        with in_screen(echoing, "task", "attach", task.id) as screen:
            screen.wait_for("it takes what is typed, line by line")
            screen.type("hello\n")
            screen.wait_for("heard hello")
            screen.type(leave)
            screen.wait_for("goes on without this terminal")
            assert screen.exit_code() == 0
    assert [t.id for t in echoing.running()] == [task.id]
    with in_screen(echoing, "task", "attach", task.id) as screen:
        screen.wait_for("line by line")
        screen.type("end\n")
        assert screen.exit_code() == 3


def test_attach_to_a_container_with_a_terminal(yard: Installation) -> None:
    yard.start()
    yard.register(command=["sh"], interactive=True, pseudoTerminal=True, stopTimeout=2)
    yard.create("web", 1)
    with in_screen(yard, "task", "attach", one(yard).id) as screen:
        screen.wait_for("every key goes there")
        screen.resize(99, 31)
        os.kill(screen.pid, signal.SIGWINCH)
        screen.type("until stty size | grep '31 99'; do sleep 0.1; done\n")
        screen.wait_for("\r\n31 99")
        screen.type("\x10\x11")
        screen.wait_for("goes on without this terminal")
        assert screen.exit_code() == 0
    assert len(yard.running()) == 1


# -- port-forward ------------------------------------------------------------------------------------------------------


@contextmanager
def forwarding(yard: Installation, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    program = [*PROGRAM, "--config", str(yard.config), "--state", str(yard.state_dir), "task", "port-forward"]
    running = subprocess.Popen(
        [*program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert running.stdout is not None
    assert running.stderr is not None
    try:
        ports = []
        for _ in [a for a in arguments if a.lstrip(":").isdigit()]:
            line = running.stdout.readline()
            assert line.startswith("Forwarding 127.0.0.1:"), line + running.stderr.read()
            ports.append(int(line.split(":")[1].split()[0]))
        yield running, ports
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
        running.stderr.close()


def test_a_forwarded_port_serves_many_at_once_and_ends_with_ctrl_c(web: Installation) -> None:
    with forwarding(web, one(web).id, ":80") as (running, (port,)):
        sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        for sock in reversed(sockets):
            with sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                sock.shutdown(socket.SHUT_WR)
                assert b"web 1" in sock.makefile("rb").read()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


def test_a_forward_over_a_host_that_breaks_says_so_and_works_again(web: Installation) -> None:
    task = one(web)
    host = host_of(web, task)
    with forwarding(web, task.id, ":80", ":81") as (running, (port, closed)):
        assert running.stderr is not None
        assert "Nobody listens at" in running.stderr.readline()
        with pytest.raises(OSError, match=r"reset|closed"):
            urllib.request.urlopen(f"http://127.0.0.1:{closed}/", timeout=10)
        assert "Nobody listens at" in running.stderr.readline()
        with socket.create_connection(("127.0.0.1", port)) as idle:
            host.restart_sshd()
            with pytest.raises(ConnectionResetError):
                idle.recv(1)
        assert "broke" in running.stderr.readline()
        assert b"web 1" in urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read()


# -- copies --------------------------------------------------------------------------------------------------------------


def test_files_and_folders_are_copied_out_as_docker_does(web: Installation, tmp_path: Path) -> None:
    task = one(web).id[:8]
    web.do(
        "task", "exec", task, "--", "sh", "-c", "mkdir -p /d/e; echo 1 >/d/a; echo 2 >/d/e/b; ln -s a /d/l"
    )
    told = web.cli("task", "cp", f"{task}:/www/index.html", tmp_path)
    assert told.stderr == f"Copied 1 file to {tmp_path / 'index.html'}, 6 B.\n"
    assert (tmp_path / "index.html").read_text() == "web 1\n"
    web.do("task", "cp", f"{task}:/www/index.html", tmp_path / "other")
    web.do("task", "cp", f"{task}:/d", tmp_path / "new")
    assert (tmp_path / "new/e/b").read_text() == "2\n"
    assert (tmp_path / "new/l").readlink().name == "a"
    (tmp_path / "new/mine").write_text("kept")
    web.do("task", "exec", task, "--", "sh", "-c", "echo 9 >/d/a")
    web.do("task", "cp", f"{task}:/d/.", tmp_path / "new")
    assert (tmp_path / "new/a").read_text() == "9\n"
    assert (tmp_path / "new/mine").read_text() == "kept"
    web.do("task", "cp", f"{task}:/d", tmp_path / "new")
    assert (tmp_path / "new/d/a").read_text() == "9\n"
    web.do("task", "cp", f"{task}:d/l", tmp_path / "followed")
    assert (tmp_path / "followed").read_text() == "9\n"
    refused = web.cli("task", "cp", f"{task}:/nowhere", tmp_path)
    assert refused.exit_code == 1
    assert f"There is no /nowhere in web/{task}" in refused.stderr
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".dockyard")) == []
    whole = subprocess.run(
        [*PROGRAM, "--config", web.config, "--state", web.state_dir, "task", "cp", f"{task}:/d", "-"],
        capture_output=True,
        check=True,
        env=environment(),
    )
    with tarfile.open(fileobj=io.BytesIO(whole.stdout)) as tar:
        assert "d/e/b" in tar.getnames()
    whole_root = web.cli("task", "cp", f"{task}:/", tmp_path / "root")
    assert "Copied" in whole_root.stderr, whole_root.stderr
    assert (tmp_path / "root/www/index.html").read_text() == "web 1\n"


def test_links_that_lead_out_are_left_out_and_told(web: Installation, tmp_path: Path) -> None:
    task = one(web).id[:8]
    script = "mkdir /h; echo fine >/h/fine; ln -s /etc/passwd /h/p; ln -s ../../x /h/up; mkfifo /h/pipe 2>/dev/null; true"
    web.do("task", "exec", task, "--", "sh", "-c", script)
    told = web.cli("task", "cp", f"{task}:/h", tmp_path)
    assert told.exit_code == 1
    assert "Left out h/p: it is a link to /etc/passwd, outside of what was copied." in told.stderr
    assert "Left out h/up: it is a link to ../../x, outside of what was copied." in told.stderr
    assert (tmp_path / "h/fine").read_text() == "fine\n"
    assert not (tmp_path / "h/p").is_symlink()


def test_files_and_folders_are_copied_in_as_docker_does(web: Installation, tmp_path: Path) -> None:
    task = one(web).id[:8]
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "a").write_text("a\n")
    (site / "sub" / "b").write_bytes(b"b" * 3_000_000)
    told = web.cli("task", "cp", site, f"{task}:/tmp")
    assert told.stderr.startswith(f"Copied 2 files to /tmp/site of web/{task}, "), told.stderr
    web.do("task", "cp", f"{site}/.", f"{task}:/www")
    web.do("task", "cp", site / "a", f"{task}:/www/index.html")
    show = "cat /www/index.html /www/a /tmp/site/a; wc -c </tmp/site/sub/b; stat -c %u:%g /www/a"
    shown = web.do("task", "exec", task, "--", "sh", "-c", show)
    assert shown == "a\na\na\n3000000\n0:0\n"
    refused = web.cli("task", "cp", site / "a", f"{task}:/nowhere/")
    assert f"There is no folder /nowhere/ in web/{task}" in refused.stderr
    refused = web.cli("task", "cp", site, f"{task}:/www/index.html")
    assert f"/www/index.html is a file in web/{task}, and a folder is to take its place" in refused.stderr
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(site / "a", "from-tar")
    subprocess.run(
        [*PROGRAM, "--config", web.config, "--state", web.state_dir, "task", "cp", "-", f"{task}:/tmp"],
        input=packed.getvalue(),
        check=True,
        env=environment(),
    )
    assert web.do("task", "exec", task, "cat", "/tmp/from-tar") == "a\n"


def test_a_copy_that_is_interrupted_leaves_no_half_file(web: Installation, tmp_path: Path) -> None:
    task = one(web).id[:8]
    web.do("task", "exec", task, "--", "sh", "-c", "head -c 300000000 /dev/zero >/tmp/big")
    with in_screen(web, "task", "cp", f"{task}:/tmp/big", str(tmp_path)) as screen:
        screen.wait_for(" MiB of 286 MiB, ")
        screen.type("\x03")
        screen.wait_for("Interrupted.")
        assert screen.exit_code() == 130
    assert list(tmp_path.glob("*big*")) == []
    assert list(tmp_path.glob(".dockyard*")) == []


# -- comparisons ---------------------------------------------------------------------------------------------------------


def test_one_command_in_many_tasks_is_compared(web: Installation) -> None:
    first, second = sorted(task.id for task in web.running())
    told = web.do("task", "exec-all", "--service", "web", "--", "cat", "/www/index.html")
    assert told.splitlines()[0] == "2 of 2 tasks: exit code 0"
    assert told.splitlines()[2:] == ["    web 1"]
    web.do("task", "exec", first, "--", "sh", "-c", "echo other >/www/index.html")
    ran = web.cli(
        "task", "exec-all", first, second, "--", "sh", "-c", "cat /www/index.html; grep -q web /www/*"
    )
    assert ran.exit_code == 1
    assert f"1 of 2 tasks: exit code 1\n  web/{first[:8]} on " in ran.stdout
    assert "  * other" in ran.stdout
    ran = web.cli("task", "exec-all", first, "--timeout", "1s", "--json", "--", "sleep", "20")
    (group,) = json.loads(ran.stdout)["groups"]
    assert group["reason"] == "it did not end within 1 s, and may still run"
    ran = web.cli("task", "exec-all", first, "--", "no-such-thing")
    assert "executable file not found" in ran.stdout, ran
