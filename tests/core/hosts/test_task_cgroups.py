"""How a task's cgroup is made: the lines the host's shell runs, and when they are run. Real hosts: tests/engine/test_task_limits.py."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.errors import ActionFailed
from core.hosts.docker_api import DockerRefused
from core.hosts.task_cgroups import CgroupDriver, TaskCgroups
from core.labels import ERRAND, TASK_LIMIT
from core.taskdef.limits import TaskLimit

if TYPE_CHECKING:
    from pathlib import Path

    from core.hosts.docker_api import DockerApi

TASK = "0123456789abcdef" * 2
LABELS = {TASK_LIMIT: TaskLimit(512, 64).label}
LIMITED = {"Config": {"Labels": LABELS}, "HostConfig": {"CgroupParent": f"dockyard-{TASK}.slice"}}


def soon() -> float:
    return time.monotonic() + 30


@pytest.mark.parametrize(
    ("version", "limit", "said"),
    [
        (
            2,
            TaskLimit(512, 64),
            {
                "cgroup.subtree_control": "+cpu +memory",
                "dockyard/cgroup.subtree_control": "+cpu +memory",
                f"dockyard/{TASK}/memory.max": "67108864",
                f"dockyard/{TASK}/cpu.max": "50000 100000",
            },
        ),
        (
            2,
            TaskLimit(None, 64, 1024),
            {
                "cgroup.subtree_control": "+cpu +memory",
                "dockyard/cgroup.subtree_control": "+cpu +memory",
                f"dockyard/{TASK}/memory.max": "67108864",
                f"dockyard/{TASK}/cpu.weight": "39",
            },
        ),
        (
            1,
            TaskLimit(512, 64),
            {
                "memory/dockyard/memory.use_hierarchy": "1",
                f"memory/dockyard/{TASK}/memory.limit_in_bytes": "67108864",
                f"cpu/dockyard/{TASK}/cpu.cfs_period_us": "100000",
                f"cpu/dockyard/{TASK}/cpu.cfs_quota_us": "50000",
            },
        ),
        (
            1,
            TaskLimit(None, 64, 1024),
            {
                "memory/dockyard/memory.use_hierarchy": "1",
                f"memory/dockyard/{TASK}/memory.limit_in_bytes": "67108864",
                f"cpu/dockyard/{TASK}/cpu.shares": "1024",
            },
        ),
    ],
)
def test_what_is_written_into_the_kernels_folders(
    tmp_path: Path, version: int, limit: TaskLimit, said: dict[str, str]
) -> None:
    script = CgroupDriver(systemd=False, version=version).making(TASK, limit)
    for _ in range(2):  # repeated, it changes nothing
        subprocess.run(["sh", "-c", script.replace("/sys/fs/cgroup", str(tmp_path))], check=True)
        written = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*") if path.is_file()}
        assert {name: path.read_text().strip() for name, path in written.items()} == said


def test_a_cgroup_is_taken_away_whatever_its_controllers_are_called(tmp_path: Path) -> None:
    def clear() -> int:
        script = CgroupDriver(systemd=False, version=1).clearing(TASK)
        return subprocess.run(
            ["sh", "-c", script.replace("/sys/fs/cgroup", str(tmp_path))], check=False, capture_output=True
        ).returncode

    for controller in ("cpu,cpuacct", "memory"):
        (tmp_path / controller / "dockyard" / TASK).mkdir(parents=True)
    (tmp_path / "cpu").symlink_to("cpu,cpuacct")
    assert clear() == 0
    assert not list(tmp_path.glob(f"*/dockyard/{TASK}"))
    (tmp_path / "memory" / "dockyard" / TASK / "still used").mkdir(parents=True)
    assert clear() == 1


class Docker:
    """A host whose errands end with what they are told to; it counts those that run at once."""

    def __init__(self, *, code: int = 0, said: str = "", **info: Any) -> None:
        self.told = info
        self.code = code
        self.said = said
        self.there: dict[str, dict[str, Any]] = {}
        self.scripts: list[str] = []
        self.lock = threading.Lock()

    def info(self, _: float) -> dict[str, Any]:
        return self.told

    def image(self, *_: object) -> dict[str, Any]:
        return {}

    def containers(self, _: float, *, label: str, stopped: bool) -> list[dict[str, Any]]:
        assert (label, stopped) == (f"{ERRAND}=us", True)
        return [{"Id": name} for name in self.there]

    def container(self, name: str, _: float) -> dict[str, Any] | None:
        return {"Id": name, "Config": self.there[name]} if name in self.there else None

    def create(self, name: str, body: dict[str, Any], _: float) -> None:
        with self.lock:
            if name in self.there:
                raise DockerRefused(409, f"the name {name} is already in use")
            self.there[name] = body

    def start(self, name: str, _: float) -> None:
        self.scripts.append(self.there[name]["Cmd"][-1])

    def wait(self, _name: str, _until: float) -> int:
        return self.code

    def output(self, *_: object) -> str:
        return self.said

    def remove(self, name: str, _: float, *, force: bool) -> None:
        assert force
        del self.there[name]


def cgroups(docker: Docker) -> TaskCgroups:
    return TaskCgroups(cast("DockerApi", docker), "us")


def test_one_errand_makes_a_tasks_cgroup_however_many_containers_ask_for_it() -> None:
    docker = Docker(CgroupDriver="systemd", CgroupVersion="2")
    made = cgroups(docker)
    assert made.parent(TASK, soon()) == f"dockyard-{TASK}.slice"
    asking = [threading.Thread(target=made.make, args=(TASK, LIMITED, soon())) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(docker.scripts) == 1
    assert (
        f"dockyard-{TASK}.slice fail 2 MemoryMax t 67108864 CPUQuotaPerSecUSec t 500000 0"
        in docker.scripts[0]
    )
    assert not docker.there, "the errand's container is removed"

    for _ in range(2):
        made.clear(TASK, LIMITED, soon())
    assert [f"StopUnit ss dockyard-{TASK}.slice" in script for script in docker.scripts] == [False, True]
    made.make(TASK, LIMITED, soon())
    assert len(docker.scripts) == 3, "what was cleared is made again"


@pytest.mark.parametrize("labels", [{}, LABELS], ids=["none", "of the image that asks for it"])
def test_containers_that_are_in_no_cgroup_of_ours_need_no_errand(labels: dict[str, str]) -> None:
    docker = Docker()
    unlimited: dict[str, Any] = {"Config": {"Labels": labels}, "HostConfig": {"CgroupParent": ""}}
    made = cgroups(docker)
    made.make(TASK, unlimited, soon())
    made.clear(TASK, unlimited, soon())
    assert not docker.scripts


def test_an_errand_that_fails_is_told_and_tried_anew() -> None:
    docker = Docker(code=1, said="mkdir: Permission denied\n", CgroupDriver="cgroupfs", CgroupVersion="2")
    made = cgroups(docker)
    with pytest.raises(
        ActionFailed, match="can't be limited as a whole: mkdir: Permission denied; see task_cpu"
    ):
        made.make(TASK, LIMITED, soon())
    assert not docker.there
    docker.code, docker.said = 126, ""
    with pytest.raises(ActionFailed, match="as a whole: the host's /bin/sh can't be run; see"):
        made.make(TASK, LIMITED, soon())
    docker.code = 0
    made.make(TASK, LIMITED, soon())
    assert len(docker.scripts) == 3


@pytest.mark.parametrize("before", [True, False], ids=["by a killed engine", "by a reply that was lost"])
def test_an_errands_container_that_was_left_is_in_nobodys_way(*, before: bool) -> None:
    docker = Docker()
    made = cgroups(docker)
    if not before:
        made.make("dockyard", LIMITED, soon())
    docker.there[f"dockyard-errand-{TASK}"] = {"Labels": {ERRAND: "us"}}
    docker.scripts.clear()
    made.make(TASK, LIMITED, soon())
    assert len(docker.scripts) == 1
    assert not docker.there


def test_what_has_an_errands_name_and_is_not_ours_stays() -> None:
    docker = Docker()
    docker.there[f"dockyard-errand-{TASK}"] = {"Labels": {}}
    with pytest.raises(ActionFailed, match="already in use"):
        cgroups(docker).make(TASK, LIMITED, soon())
    assert docker.there
    assert not docker.scripts


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"SecurityOptions": ["name=rootless"]}, "runs without root"),
        ({"CgroupDriver": "none"}, "has the cgroup driver none"),
    ],
)
def test_a_docker_that_keeps_no_cgroups_says_so(info: dict[str, Any], why: str) -> None:
    with pytest.raises(ActionFailed, match=why):
        cgroups(Docker(**info)).parent(TASK, soon())


def test_a_docker_that_does_not_say_keeps_folders_of_version_1() -> None:
    assert cgroups(Docker()).parent(TASK, soon()) == f"/dockyard/{TASK}"
