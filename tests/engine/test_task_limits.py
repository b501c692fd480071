"""A task that is limited as a whole, by a cgroup that an errand makes on its host."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation

#: Each of the two takes so much for itself; together they are more than the task may have.
HOLDS_MIB = 40
TASK_MIB = 64


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """The folder of all tasks' cgroups stays on a host, and here that is this machine."""
    yield
    top = Path("/sys/fs/cgroup")
    for folder in (*top.glob("dockyard"), *top.glob("*/dockyard")):
        with suppress(OSError):  # another run's tasks are in it
            folder.rmdir()


@pytest.mark.parametrize("limited", [True, False], ids=["as a whole", "each container"])
def test_what_limits_the_task_limits_the_sum_of_its_containers(yard: Installation, limited: bool) -> None:
    _one_host(yard, limited=limited)
    yard.register_all(_definition(_holding(HOLDS_MIB)))
    task = yard.json("task", "run", "pair")["tasks"][0]["taskArn"].rpartition("/")[2]
    if not limited:
        yard.wait(lambda: yard.state().tasks[task].last_status == "RUNNING", "the task runs")
        yard.wait(lambda: _held(yard, task) == [HOLDS_MIB, HOLDS_MIB], "both hold what they took")
        return
    yard.wait(lambda: yard.state().tasks[task].stopped, "one of the two was killed")
    assert any(c.exit_code == 137 or "OutOfMemory" in c.reason for c in yard.state().tasks[task].containers)
    yard.wait(lambda: not yard.containers(), "its containers, and with them its cgroup, are removed")


def test_the_cgroup_is_made_before_its_containers_and_goes_with_them(yard: Installation) -> None:
    _one_host(yard, limited=True)
    yard.register_all(_definition("sleep 1000"))
    task = yard.json("task", "run", "pair")["tasks"][0]["taskArn"].rpartition("/")[2]
    yard.wait(lambda: yard.state().tasks[task].last_status == "RUNNING", "the task runs")
    docker = yard.docker(yard.hosts[0])
    for seen in yard.containers():
        config = docker.inspect_container(seen.id)["HostConfig"]
        assert (config["Memory"], config["NanoCpus"]) == (0, 0)
        assert task in config["CgroupParent"]
    assert _said(task, "memory.limit_in_bytes", "memory.max") == str(TASK_MIB << 20)
    assert _said(task, "cpu.cfs_quota_us", "cpu.max").split()[0] == "50000"

    yard.do("task", "stop", task, "--yes")
    yard.wait(lambda: not yard.containers(), "its containers are removed")
    assert not _folders(task)
    assert not [c for c in docker.containers(all=True) if "errand" in c["Names"][0]]


def _one_host(yard: Installation, *, limited: bool) -> None:
    yard.hosts = yard.hosts[:1]
    yard.write_config(
        {"container_cleanup": "0s"}, extra="[clusters.default]\ntask_cpu_mem_limit = true\n" * limited
    )
    yard.start()


def _holding(mib: int) -> str:
    """A shared memory file is the memory of the container's cgroup."""
    return f"dd if=/dev/zero of=/dev/shm/held bs=1M count={mib} && exec sleep 1000"


def _definition(command: str) -> dict[str, Any]:
    pair = [
        {"name": name, "image": "demo/busybox:1", "command": ["sh", "-c", command], "stopTimeout": 2}
        for name in ("one", "two")
    ]
    return {"family": "pair", "cpu": "512", "memory": str(TASK_MIB), "containerDefinitions": pair}


def _held(yard: Installation, task: str) -> list[int]:
    """How many MiB each of the task's containers has written."""
    docker = yard.docker(yard.hosts[0])
    made = [
        docker.exec_create(c.id, ["du", "-m", "/dev/shm/held"]) for c in yard.containers() if c.task == task
    ]
    said = [docker.exec_start(each["Id"]).decode() for each in made]
    return [int(line.split()[0]) if line[:1].isdigit() else 0 for line in said]


def _folders(task: str) -> list[Path]:
    return [path for path in Path("/sys/fs/cgroup").rglob(f"*{task}*") if path.is_dir()]


def _said(task: str, *files: str) -> str:
    """What one of the files says in one of the task's own cgroups: which there is depends on the kernel's version of them."""
    found = [folder / name for folder in _folders(task) for name in files if (folder / name).exists()]
    return found[0].read_text().strip()
