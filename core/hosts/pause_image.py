"""The image of the pause container, made here: one static program of a few instructions that sleeps for ever. Pure.

It holds the namespaces that a task's containers share. It is imported through the API, so no registry is asked for it.
"""

from __future__ import annotations

import io
import struct
import tarfile
from typing import Final

#: The lines of a Dockerfile that go with the layer.
CHANGES: Final = ('ENTRYPOINT ["/pause"]',)

_BASE: Final = 0x400000
_HEADERS_BYTES: Final = 64 + 56
#: pause(2) in a loop on x86-64; ppoll(2) without a time-out in a loop on arm64, which has no pause.
_X86_64: Final = bytes.fromhex("6a22 58 0f05 ebf9")
_ARM64: Final = struct.pack(
    "<7I", 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800928, 0xD4000001, 0x17FFFFFA
)
_MACHINES: Final = {"x86_64": (62, _X86_64), "arm64": (183, _ARM64)}


def pause_layer(architecture: str) -> bytes:
    """The tar of the image's only layer for ECS's name of an architecture. Raises KeyError for one that is not known."""
    program = _elf(*_MACHINES[architecture])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("pause")
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    return packed.getvalue()


def _elf(machine: int, code: bytes) -> bytes:
    """A 64-bit little-endian static executable whose one segment is the file itself (ELF-64, System V ABI)."""
    size = _HEADERS_BYTES + len(code)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", ident, 2, machine, 1, _BASE + _HEADERS_BYTES, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code
