"""An EFS volume on a real host: its Docker is told to mount the NFS export that the config puts in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

#: Nobody serves NFS there, and these options give up at once.
EFS = '[efs.fs-12345678]\nexport = "127.0.0.1:/export"\noptions = "nfsvers=3,soft,timeo=1,retrans=1,nolock"\n'


def test_docker_is_told_to_mount_the_export(yard: Installation) -> None:
    yard.write_config(hosts=yard.hosts[:1], extra=EFS)
    yard.hosts = yard.hosts[:1]
    engine = yard.start()
    container = {
        "name": "web",
        "image": "demo/web:1",
        "memory": 16,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
    }
    efs = {"fileSystemId": "fs-12345678", "rootDirectory": "/shop"}
    definition = {"family": "web", "containerDefinitions": [container]}
    yard.register_all(definition | {"volumes": [{"name": "data", "efsVolumeConfiguration": efs}]})
    run = yard.json("task", "run", "web")["tasks"][0]["taskArn"]
    # Docker's own words say what it was told; the volume itself goes with its task.
    why = _why_it_stopped(yard, run)
    assert "failed to mount local volume: mount :/export/shop:" in why
    assert "data: addr=127.0.0.1,nfsvers=3,soft,timeo=1,retrans=1,nolock" in why

    # Another config does not name it any more: what was registered says so when it is to run.
    engine.stop()
    yard.write_config(hosts=yard.hosts)
    yard.start()
    run = yard.json("task", "run", "web")["tasks"][0]["taskArn"]
    assert "the config has no [efs.fs-12345678] any more" in _why_it_stopped(yard, run)


def _why_it_stopped(yard: Installation, arn: str) -> str:
    key = arn.rpartition("/")[2]
    yard.wait(lambda: yard.state().tasks[key].stopped, "the task has stopped", 20)
    task = yard.state().tasks[key]
    return " ".join([task.stopped_reason, *(container.reason for container in task.containers)])
