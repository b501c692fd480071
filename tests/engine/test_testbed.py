"""The testbed itself: it gives real hosts, its faults are real, and a killed run leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.testbed import Bed, Host, run, sweep, wait_until

pytestmark = pytest.mark.engine


def ssh(bed: Bed, host: Host, command: str, *, user: str = "root") -> subprocess.CompletedProcess[str]:
    options = [
        f"-oUserKnownHostsFile={bed.known_hosts}",
        "-oBatchMode=yes",
        "-oConnectTimeout=2",
        "-F",
        "/dev/null",
    ]
    return subprocess.run(
        ["ssh", "-i", bed.key, *options, f"{user}@{host.ip}", command],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_host_is_a_docker_of_its_own_behind_an_sshd_of_its_own(bed: Bed) -> None:
    names = {ssh(bed, host, "docker info -f {{.ID}}; hostname", user="deploy").stdout for host in bed.hosts}
    assert len(names) == 3
    assert "permission denied" in ssh(bed, bed.hosts[0], "docker ps", user="guest").stderr


def test_a_published_port_answers_and_dies_with_the_host(bed: Bed, real_host: Host) -> None:
    real_host.docker("run", "-d", "--name", "web", "-p", "8080:80", f"{bed.registry}/demo/web:1")
    answer = ("curl", "-s", f"http://{real_host.ip}:8080")
    wait_until(lambda: run(*answer, check=False) == "web 1\n", "an answer from the published port")
    real_host.reboot()
    assert real_host.inspect("web")["State"]["Status"] == "exited"


def test_a_cut_host_is_silent_until_it_is_healed(bed: Bed, real_host: Host) -> None:
    real_host.cut()
    assert ssh(bed, real_host, "true").returncode == 255
    real_host.heal()
    wait_until(lambda: ssh(bed, real_host, "true").returncode == 0, "ssh after the cut")


@pytest.mark.usefixtures("bed")
def test_a_killed_run_leaves_no_process_and_the_next_run_sweeps_the_rest() -> None:
    maker = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.testbed", "up", "--hosts", "1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert maker.stdout is not None
    with maker.stdout:
        folder = Path(maker.stdout.readline().split()[1])
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    wait_until(lambda: not processes_naming(folder), "the end of the dead run's processes")
    sweep()
    assert not folder.exists()


def processes_naming(folder: Path) -> list[str]:
    lines = run("ps", "-eo", "args").splitlines()
    return [line for line in lines if str(folder) in line]
