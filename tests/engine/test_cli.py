"""README's first service as a new user types it, and the streams that the command line opens to real hosts by itself."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from core.streams import Streams, places
from tests.engine.dockyard import PROGRAM, Installation, environment
from tests.engine.screen import Screen
from tests.engine.testbed import run, wait_until

if TYPE_CHECKING:
    from tests.engine.testbed import Bed

#: Counts on both outputs, ten times a second.
COUNTER = "i=0; while :; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.1; done"


@pytest.fixture
def counting(yard: Installation) -> Installation:
    """A service of two tasks that count."""
    yard.start()
    yard.register(command=["sh", "-c", COUNTER], stopTimeout=2)
    yard.create("web", 2)
    return yard


def first_task(yard: Installation) -> str:
    return min(task.id for task in yard.running())


def test_from_an_unknown_host_to_a_running_service(yard: Installation, bed: Bed) -> None:
    host = bed.hosts[0]
    yard.write_config(hosts=[])
    known_hosts = yard.folder / "known_hosts"
    added = yard.do(
        "capacity", "add", "edge-1", host.ssh_url, "--identity-file", bed.key, "--known-hosts", known_hosts
    )
    assert added == f"edge-1 is in {yard.config}.\n"
    doctor = yard.cli("capacity", "doctor", "edge-1")
    assert doctor.exit_code == 1
    assert "FAILED  host key" in doctor.stdout
    assert "dockyard capacity trust edge-1" in doctor.stdout
    fingerprint = run("ssh-keygen", "-lf", f"{host.host_key}.pub").split()[1]
    assert fingerprint in yard.cli("capacity", "trust", "edge-1").stderr
    assert not known_hosts.exists()
    assert fingerprint in yard.do("capacity", "trust", "edge-1", "--yes")
    assert "FAILED" not in yard.do("capacity", "doctor", "edge-1")

    yard.hosts = []
    yard.start()
    yard.register(command=["sleep", "600"], stopTimeout=2)
    yard.create("web", 2)
    (row,) = yard.do("capacity", "ls").splitlines()[1:]
    assert row.split()[:4] == ["edge-1", "default", "ACTIVE", "CONNECTED"]
    yard.do("service", "rm", "web", "--force", "--yes", "--wait")
    assert "dockyard-marker" in host.docker("volume", "ls", "--quiet")
    yard.do("capacity", "rm", "edge-1", "--yes", "--wait")
    assert "dockyard-marker" not in host.docker("volume", "ls", "--quiet")


def test_logs_are_read_from_the_hosts_and_merged_with_names(counting: Installation) -> None:
    task = first_task(counting)
    own = counting.cli("task", "logs", task[:8])
    assert own.stdout.splitlines()[:2] == ["out 1", "out 2"]
    assert own.stderr.splitlines()[:2] == ["err 1", "err 2"]
    lines = [json.loads(line) for line in counting.do("task", "logs", task, "--json").splitlines()]
    assert {(line["stream"], line["message"]) for line in lines} >= {("stdout", "out 1"), ("stderr", "err 1")}
    assert {(line["taskArn"].rpartition("/")[2], line["container"]) for line in lines} == {(task, "web")}
    merged = counting.do("task", "logs", "--service", "web", "--tail", "4", "-t").splitlines()
    names = {line.partition(" ")[0] for line in merged}
    assert names == {f"web/{t.id[:8]}" for t in counting.running()}
    times = [line.split()[2] for line in merged]
    assert times == sorted(times)


def test_logs_of_a_host_that_is_away_do_not_hide_the_others(counting: Installation) -> None:
    away, other = counting.running()
    assert away.instance != other.instance
    host = counting.state().instances[away.instance].name
    next(h for h in counting.hosts if h.name == host).kill()
    ran = counting.cli("task", "logs", "--service", "web", "--tail", "2")
    assert ran.exit_code == 1
    assert f"web/{away.id[:8]} on {host}: " in ran.stderr
    assert f"web/{other.id[:8]} | out " in ran.stdout


def test_followed_logs_end_with_the_task(counting: Installation) -> None:
    task = first_task(counting)
    reading = subprocess.Popen(
        [*PROGRAM, "--config", counting.config, "--state", counting.state_dir, "task", "logs", "-f", task],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )
    assert reading.stdout is not None
    assert reading.stdout.readline() == "out 1\n"
    counting.do("task", "stop", task, "--wait")
    rest = reading.stdout.read().splitlines()
    assert reading.wait(15) == 0
    reading.stdout.close()
    counts = [int(line.split()[1]) for line in rest]
    assert all(b == a + 1 for a, b in pairwise(counts))


def test_a_command_s_output_and_exit_code_come_through(counting: Installation) -> None:
    task = first_task(counting)
    for _ in range(5):
        assert counting.do("task", "exec", task, "echo", "hi") == "hi\n"
    ran = counting.cli("task", "exec", task, "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (7, "out\n", "err\n")
    assert counting.do("task", "exec", task, "--container", "web", "--", "echo", "-n", "hi") == "hi"
    piped = subprocess.run(
        [
            *PROGRAM,
            "--config",
            counting.config,
            "--state",
            counting.state_dir,
            "task",
            "exec",
            "-i",
            task,
            "wc",
            "-c",
        ],
        input=b"x" * 1_000_000,
        capture_output=True,
        env=environment(),
        check=True,
    )
    assert piped.stdout.strip() == b"1000000"


def test_a_terminal_has_the_size_of_this_one_and_follows_it(counting: Installation) -> None:
    program = [*PROGRAM, "--config", str(counting.config), "--state", str(counting.state_dir)]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(program[0], [*program, "task", "exec", first_task(counting), "sh"], environment())
    screen = Screen(terminal)
    try:
        screen.resize(101, 33)
        screen.wait_for("# ")
        # The size is told beside the keys: ask until it has come.
        screen.type("until stty size | grep '33 101'; do sleep 0.1; done\n")
        screen.wait_for("\r\n33 101")
        screen.resize(120, 40)
        os.kill(pid, signal.SIGWINCH)
        screen.type("until stty size | grep '40 120'; do sleep 0.1; done\n")
        screen.wait_for("\r\n40 120")
        screen.type("exit 5\n")
        screen.read_to_the_end()
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


def test_followed_logs_of_a_host_that_was_cut_off_are_taken_up_where_they_were(
    counting: Installation, bed: Bed
) -> None:
    task = counting.running()[0]
    (place,) = places(counting.state(), task)
    host = next(host for host in bed.hosts if host.name == place.instance.name)
    streams = Streams(counting.dockyard.config())
    counts: list[int] = []

    def read() -> None:
        stdout = (line for line in streams.logs(place, follow=True) if not line.stderr)
        counts.extend(int(line.text.split()[1]) for line in stdout)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    wait_until(lambda: len(counts) > 5, "the first lines")
    link = streams.link(place.instance)
    host.cut()
    wait_until(lambda: not link.alive(), "the cut is noticed", 20)
    before = len(counts)
    host.heal()
    wait_until(lambda: len(counts) > before + 50, "lines after the cut")
    streams.close()
    reader.join(10.0)
    assert not reader.is_alive()
    assert counts == list(range(1, len(counts) + 1))


def test_the_logs_of_a_task_whose_container_is_gone_say_so(counting: Installation, bed: Bed) -> None:
    task = counting.running()[0]
    (place,) = places(counting.state(), task)
    assert counting.engine is not None
    counting.engine.stop()
    next(host for host in bed.hosts if host.name == place.instance.name).docker(
        "rm", "-f", place.name_on_host
    )
    told = counting.cli("task", "logs", task.id)
    assert told.exit_code == 1
    assert "its container is not there: it was not created yet, or is removed already" in told.stderr


def test_followed_events_miss_nothing_and_tell_nothing_twice_across_engines(yard: Installation) -> None:
    yard.start()
    yard.register()
    yard.create("web", 2)
    own = subprocess.Popen(
        [*PROGRAM, "--config", yard.config, "--state", yard.state_dir, "service", "events", "web", "-f"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    everything = subprocess.Popen(
        [*PROGRAM, "--config", yard.config, "--state", yard.state_dir, "events", "-f", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    victim = yard.running()[0]
    for seen in yard.containers():
        if seen.task == victim.id:
            next(h for h in yard.hosts if h.name == seen.host).docker("kill", seen.id)
    yard.wait(lambda: victim.id not in {t.id for t in yard.tasks()}, "it is seen")
    yard.wait_steady(2)
    engine = yard.engine
    assert engine is not None
    engine.kill9()
    yard.start()
    yard.do("service", "scale", "web", "3", "--wait")
    last = yard.dockyard.events()[-1].number

    assert everything.stdout is not None
    told: list[int] = []
    while not told or told[-1] < last:
        told.append(int(json.loads(everything.stdout.readline())["id"]))
    assert told == [recorded.number for recorded in yard.dockyard.events(limit=10_000)][: len(told)]
    everything.stdout.close()

    assert own.stdout is not None
    sentences = ""
    while f"(task {victim.id}) stopped: Essential container in task exited" not in sentences:
        sentences = own.stdout.readline()
    assert "  WARN   (service web)" in sentences
    own.send_signal(signal.SIGINT)
    rest = own.stdout.read().splitlines()
    assert all("(service web)" in line for line in rest)
    assert rest[-1].endswith("has reached a steady state.")
    assert own.wait(10) == 130
    own.stdout.close()
    yard.do("cluster", "create", "an-event-more")
    assert everything.wait(10) == 141, "its reader has gone"
