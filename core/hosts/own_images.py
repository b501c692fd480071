"""Images that are made here, of one static program of a few instructions each. They are imported through Docker's API, so no
registry is asked for them, and no host needs anything installed.
"""

from __future__ import annotations

import io
import struct
import tarfile
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.hosts.docker_json import cpu_architecture
from core.hosts.docker_refusals import pull_refused
from core.model.task_definition import PAUSE_IMAGE
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.hosts.docker_api import DockerApi

_BASE: Final = 0x400000
_HEADERS_BYTES: Final = 64 + 56
#: ELF's numbers of what ECS calls so.
_MACHINES: Final = {"x86_64": 62, "arm64": 183}


class OwnImage(Record):
    """An image of one program, which is its entry point too: position-independent machine code by ECS's name of an architecture."""

    name: str
    program: str
    code: Mapping[str, bytes]

    def layer(self, architecture: str) -> bytes:
        """The tar of its only layer. Raises KeyError for an architecture it has no code for."""
        program = _elf(_MACHINES[architecture], self.code[architecture])
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo(self.program)
            entry.size, entry.mode = len(program), 0o755
            tar.addfile(entry, io.BytesIO(program))
        return packed.getvalue()

    def provide(self, api: DockerApi, until: float) -> None:
        """Have it on a host. Raises HostError."""
        if api.image(self.name, until) is not None:
            return
        architecture = cpu_architecture(api.info(until))
        try:
            layer = self.layer(architecture)
        except KeyError:
            words = f"there is no {self.program} program for the architecture {architecture}"
            raise pull_refused(self.name, words) from None
        api.import_image(layer, self.name, [f'ENTRYPOINT ["/{self.program}"]'], until)


#: It holds the namespaces that a task's containers share: pause(2) in a loop on x86-64; ppoll(2) without a time-out in a loop
#: on arm64, which has no pause.
PAUSE: Final = OwnImage(
    PAUSE_IMAGE,
    "pause",
    MappingProxyType(
        {
            "x86_64": bytes.fromhex("6a22 58 0f05 ebf9"),
            "arm64": struct.pack(
                "<7I", 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800928, 0xD4000001, 0x17FFFFFA
            ),
        }
    ),
)

CANNOT_RUN: Final = 126
#: It runs a program of the host's own, for what Docker's API has no call for: chroot("/host"), chdir("/"), and execve(2) of its
#: first argument with the others and its environment. Where one of them fails it ends with CANNOT_RUN.
HOST_PROGRAM: Final = OwnImage(
    "dockyard.invalid/host-program:1",
    "host-program",
    MappingProxyType(
        {
            "x86_64": bytes.fromhex(
                "4889e3"  # mov rbx, rsp: argc, argv, NULL, envp
                "488d3d3a000000 b8a1000000 0f05"  # chroot("/host")
                "85c0 7523"  # jnz to the exit
                "488d3d2e000000 b850000000 0f05"  # chdir("/")
                "488b03 488d7310 488d14c6 488b3e b83b000000 0f05"  # execve(argv[1], argv + 1, envp)
                "bf7e000000 b83c000000 0f05"  # exit(126)
            )
            + b"/host\0/\0",
            "arm64": struct.pack(
                "<17I",
                *(0x910003F4, 0xF9400293),  # mov x20, sp; ldr x19, [x20]: argc
                *(0x100001E0, 0xD2800668, 0xD4000001, 0xB5000120),  # chroot("/host"); cbnz to the exit
                *(0x50000180, 0xD2800628, 0xD4000001),  # chdir("/")
                *(0x91004281, 0xF9400020, 0x8B130C22),  # execve(argv[1], argv + 1, envp)
                *(0xD2801BA8, 0xD4000001),
                *(0xD2800FC0, 0xD2800BA8, 0xD4000001),  # exit(126)
            )
            + b"/host\0/\0",
        }
    ),
)


def _elf(machine: int, code: bytes) -> bytes:
    """A 64-bit little-endian static executable whose one segment is the file itself (ELF-64, System V ABI)."""
    size = _HEADERS_BYTES + len(code)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", ident, 2, machine, 1, _BASE + _HEADERS_BYTES, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code
