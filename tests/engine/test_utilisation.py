"""What a whole host uses, asked of real hosts: also where sshd gives little, and never in the way of anything else."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.actions import CreateContainer, PullImage, StartContainer
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.link import Address, LinkOptions, open_link
from core.model.names import name_on_host
from core.record import Record
from core.reports import Result
from core.taskdef.parse import parse

if TYPE_CHECKING:
    from tests.engine.testbed import Bed, Host

pytestmark = pytest.mark.engine

IMAGE = "demo/busybox:1"
TASKS = [digit * 32 for digit in "abc"]
DEFINITION = parse(
    {
        "family": "demo",
        "containerDefinitions": [
            {"name": "main", "image": IMAGE, "memory": 64, "command": ["sh", "-c", "while :; do :; done"]}
        ],
    }
)
NO_FORWARD = "AllowStreamLocalForwarding no\n"


class Yard(Record):
    bed: Bed
    machine: Host

    def open(self, url: str = "") -> DockerHost:
        options = LinkOptions(identity_file=self.bed.key, known_hosts=self.bed.known_hosts)
        link = open_link(Address.parse(url or self.machine.ssh_url), options)
        sources = Sources({"demo:0": DEFINITION}.get, lambda *_: "", lambda _: None)
        return DockerHost(link, installation="us", instance="i" * 32, sources=sources, clock=time.time)


@pytest.fixture
def yard(bed: Bed, real_host: Host) -> Yard:
    return Yard(bed, real_host)


def run(host: DockerHost, task: str) -> None:
    name = name_on_host(task, "demo:0", "main")
    for action in (
        PullImage(IMAGE, check_first=True),
        CreateContainer(name, task, "main", "demo:0", definition_digest=DEFINITION.digest, cluster="default"),
        StartContainer(name, task),
    ):
        assert host.perform(action).result is Result.DONE


@pytest.mark.parametrize("sshd", ["", "MaxSessions 1\n", NO_FORWARD])
def test_a_host_tells_over_ssh_what_all_of_it_uses(yard: Yard, sshd: str) -> None:
    if sshd:
        yard.machine.restart_sshd(sshd)
    with closing(yard.open()) as host:
        run(host, TASKS[0])
        for _ in range(2):
            used = host.utilisation()
            assert used.cpu_percent is not None
            assert used.memory_mib is not None
            assert used.load is not None
            cpu, memory = used.containers[TASKS[0], "main"]
            assert 0 < cpu <= 100
            assert 0 < used.cpu_percent <= 100
            assert 0 < memory < used.memory_mib


@pytest.mark.parametrize(
    "sshd",
    ["MaxSessions 0\n", "ForceCommand echo For backups only\n", "ForceCommand docker system dial-stdio\n"],
)
def test_where_a_host_does_not_tell_our_containers_are_still_measured(yard: Yard, sshd: str) -> None:
    yard.machine.restart_sshd(sshd)
    with closing(yard.open()) as host:
        run(host, TASKS[0])
        used = host.utilisation()
        assert (used.cpu_percent, used.memory_mib, used.load) == (None, None, None)
        assert list(used.containers) == [(TASKS[0], "main")]


def test_measuring_over_one_session_keeps_no_look_waiting(yard: Yard) -> None:
    yard.machine.restart_sshd(NO_FORWARD + "MaxSessions 1\n")
    with closing(yard.open()) as host:
        hints = host.hints()
        for task in TASKS:
            run(host, task)
        used: list[int] = []
        measuring = threading.Thread(target=lambda: used.append(len(host.utilisation().containers)))
        measuring.start()
        looks = 0
        while measuring.is_alive() or not looks:
            host.observe(deadline_s=5.0)
            looks += 1
        assert used == [len(TASKS)]
        hints.close()
