"""The testbed's images, made from busybox alone: tars for Docker's import. Nothing here needs a registry."""

from __future__ import annotations

import io
import shutil
import tarfile
from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from pathlib import Path

APPLETS: Final = """
    sh ash cat chmod cp cut date dd df du echo env expr false find free grep head hostname httpd id ip kill killall
    ln ls md5sum mkdir mktemp mount mv nc netstat nproc nslookup od ping printf ps pwd rm rmdir sed seq setsid sleep
    sort stat stty sync tail tee test time timeout top touch tr true tty umount uname uniq usleep vi wc wget which
    xargs yes
"""

#: busybox as PID 1 ignores SIGTERM, so the web server sits behind a shell that listens for it.
SERVE: Final = "trap 'exit 0' TERM INT; httpd -f -p 80 -h /www & wait $!"


class Image(Record):
    """One image: its name, the tar of its only layer and its Dockerfile lines."""

    name: str
    tar: bytes
    changes: tuple[str, ...]


def standard_images() -> tuple[Image, ...]:
    """What every host has from the start; `demo/web` also lies in the registries."""
    return (
        Image("demo/busybox:1", rootfs({}), ('CMD ["sh"]',)),
        web("1"),
        web("2"),
        Image("demo/web:bad", rootfs({}), ('CMD ["sh", "-c", "echo cannot find the database; exit 1"]',)),
    )


def web(version: str) -> Image:
    """A web server that says its version and leaves at SIGTERM."""
    tar = rootfs({"www/index.html": f"web {version}\n".encode()})
    return Image(f"demo/web:{version}", tar, (f'CMD ["sh", "-c", "{SERVE}"]', "EXPOSE 80"))


def rootfs(files: dict[str, bytes]) -> bytes:
    """A root file system: busybox, its links, what a shell expects, and `files`."""
    with open(busybox(), "rb") as source:  # noqa: PTH123  # a path found on PATH
        program = source.read()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for folder in ("bin", "etc", "tmp", "www", "proc", "dev", "sys"):
            tar.addfile(_entry(folder, tarfile.DIRTYPE))
        _add_file(tar, "bin/busybox", program, 0o755)
        for applet in APPLETS.split():
            link = _entry(f"bin/{applet}", tarfile.SYMTYPE)
            link.linkname = "busybox"
            tar.addfile(link)
        _add_file(tar, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        _add_file(tar, "etc/group", b"root:x:0:\nnogroup:x:65534:\n")
        for path, content in sorted(files.items()):
            _add_file(tar, path, content)
    return packed.getvalue()


def busybox() -> str:
    """The path of a statically linked busybox. Raises FileNotFoundError where there is none."""
    found = shutil.which("busybox")
    if found is None:
        raise FileNotFoundError("busybox (the package busybox-static) is needed for the testbed's images")
    return found


def load_into(socket: Path, images: tuple[Image, ...]) -> None:
    """Import images through a Docker socket."""
    import docker  # noqa: PLC0415  # 0.35 s, paid only when a testbed starts

    with docker.APIClient(base_url=f"unix://{socket}", timeout=60) as api:
        for image in images:
            repository, _, tag = image.name.rpartition(":")
            api.import_image_from_data(image.tar, repository=repository, tag=tag, changes=list(image.changes))


def _entry(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.mode = 0o1777 if name == "tmp" else 0o755
    return entry


def _add_file(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
