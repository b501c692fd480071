"""A pull's lines summed up, and the pause image's program."""

from __future__ import annotations

import io
import struct
import tarfile

import pytest

from core.hosts.docker_pull import PullProgress
from core.hosts.pause_image import pause_layer

MIB = 1024 * 1024


def downloading(layer: str, current: int, total: int) -> dict[str, object]:
    detail = {"current": current * MIB, "total": total * MIB}
    return {"id": layer, "status": "Downloading", "progressDetail": detail}


def test_progress_is_the_sum_of_the_layers() -> None:
    told = PullProgress()
    assert told.take({"id": "a", "status": "Pulling fs layer"}) == ""
    assert told.take(downloading("a", 10, 100)) == "10/100 MiB"
    assert told.take(downloading("b", 5, 20)) == "15/120 MiB"
    assert told.take({"id": "a", "status": "Download complete"}) == "105/120 MiB"
    assert told.take({"id": "c", "status": "Already exists"}) == ""


def test_the_pause_program_is_a_small_static_executable() -> None:
    for architecture, machine in (("x86_64", 62), ("arm64", 183)):
        with tarfile.open(fileobj=io.BytesIO(pause_layer(architecture))) as tar:
            (member,) = tar.getmembers()
            program = tar.extractfile(member)
            assert program is not None
            content = program.read()
        assert (member.name, member.mode) == ("pause", 0o755)
        assert content[:4] == b"\x7fELF"
        assert struct.unpack_from("<H", content, 18) == (machine,)
        assert len(content) < 200
    with pytest.raises(KeyError):
        pause_layer("riscv64")
