"""EFS volumes: registered where the config maps the file system, mounted as NFS, and refused with the way out elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.model.nfs import NfsExport
from core.model.settings import Settings
from core.record import replace
from core.taskdef.parse import parse
from core.taskdef.run_context import RunContext
from core.taskdef.volumes import volume_bodies
from tests.core.fold.desk import Desk
from tests.core.taskdef.samples import container, task

if TYPE_CHECKING:
    from core.fold.context import TurnContext

EXPORT = NfsExport("nas.example", "/export")


def with_efs(**efs: Any) -> dict[str, Any]:
    return task(
        container(mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}]),
        volumes=[{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-12345678", **efs}}],
    )


class Mapped(Desk):
    """A desk whose config maps a file system."""

    @property
    def turn(self) -> TurnContext:
        return replace(super().turn, settings=Settings(file_systems=("fs-12345678",)))


def test_what_is_mapped_is_registered_with_a_warning_and_shown_as_it_was_given() -> None:
    shown = Mapped().do(
        "RegisterTaskDefinition", **with_efs(rootDirectory="/web", transitEncryption="ENABLED")
    )
    warnings = shown["taskDefinition"]["warnings"]
    assert warnings == [
        "volume data: efsVolumeConfiguration.transitEncryption has no effect: plain NFS is not encrypted on its way.",
        "volume data: efsVolumeConfiguration: the NFS export that [efs] of the config puts in its place is mounted.",
    ]
    (volume,) = shown["taskDefinition"]["volumes"]
    assert volume["efsVolumeConfiguration"]["fileSystemId"] == "fs-12345678"


def test_what_is_not_mapped_is_refused_with_the_way_to_map_it() -> None:
    told = Desk().refused("RegisterTaskDefinition", **with_efs())
    assert told == (
        "ClientException: volumes[0].efsVolumeConfiguration: Amazon EFS is not reachable from here. Say which NFS export "
        'stands for fs-12345678, in the config: [efs.fs-12345678] export = "HOST:/PATH"; or use host.sourcePath.'
    )


@pytest.mark.parametrize(
    ("export", "root", "options"),
    [
        (EXPORT, None, {"type": "nfs", "device": ":/export", "o": f"addr=nas.example,{EXPORT.options}"}),
        (EXPORT, "/", {"type": "nfs", "device": ":/export", "o": f"addr=nas.example,{EXPORT.options}"}),
        (
            NfsExport("[fd00::1]", "/", "hard"),
            "/a/b/",
            {"type": "nfs", "device": ":/a/b", "o": "addr=fd00::1,hard"},
        ),
        (NfsExport("10.0.0.1", "/", "hard"), "/", {"type": "nfs", "device": ":/", "o": "addr=10.0.0.1,hard"}),
    ],
)
def test_the_volume_is_the_task_s_own_and_mounts_a_directory_of_the_export(
    export: NfsExport, root: str | None, options: dict[str, str]
) -> None:
    definition = parse(with_efs(**({"rootDirectory": root} if root else {})))
    context = RunContext(
        installation="i", instance="a", cluster="default", task="t" * 32, exports={"fs-12345678": export}
    )
    (body,) = volume_bodies(definition, context)
    assert (body["Driver"], body["DriverOpts"]) == ("local", options)
    assert body["Name"] != "data"
