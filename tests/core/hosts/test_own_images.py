"""The images that are made here: what is in them. That the programs do what they are for is tested on real hosts."""

from __future__ import annotations

import io
import struct
import tarfile

import pytest

from core.hosts.own_images import HOST_PROGRAM, PAUSE, OwnImage


@pytest.mark.parametrize("image", [PAUSE, HOST_PROGRAM], ids=lambda image: image.program)
@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("arm64", 183)])
def test_an_image_is_one_small_static_executable(image: OwnImage, architecture: str, machine: int) -> None:
    with tarfile.open(fileobj=io.BytesIO(image.layer(architecture))) as tar:
        (member,) = tar.getmembers()
        program = tar.extractfile(member)
        assert program is not None
        content = program.read()
    assert (member.name, member.mode) == (image.program, 0o755)
    assert content[:4] == b"\x7fELF"
    assert struct.unpack_from("<H", content, 18) == (machine,)
    assert struct.unpack_from("<QQ", content, 64 + 32) == (len(content), len(content)), "all of it is loaded"
    assert len(content) < 200


def test_there_is_none_for_an_architecture_without_code() -> None:
    with pytest.raises(KeyError):
        PAUSE.layer("riscv64")
