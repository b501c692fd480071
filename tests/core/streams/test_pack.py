"""Files of this machine as a tar."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from core.streams.pack import Packed
from core.streams.unpack import CopyFailed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_packed_under_its_new_name_and_is_root_s(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "big").write_bytes(b"x" * 1_000_000)
    (folder / "link").symlink_to("sub/big")
    os.mkfifo(folder / "pipe")
    packed = Packed(folder, "www")
    with tarfile.open(fileobj=io.BytesIO(b"".join(packed))) as tar:
        members = {member.name: member for member in tar}
    assert set(members) == {"www", "www/sub", "www/sub/big", "www/link"}
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members.values()} == {(0, 0, "", "")}
    assert members["www/link"].linkname == "sub/big"
    assert packed.left_out == ["www/pipe: it is a device or a pipe"]
    assert packed.files == 2


def test_what_is_named_is_followed_if_it_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("content")
    (tmp_path / "link").symlink_to("real")
    with tarfile.open(fileobj=io.BytesIO(b"".join(Packed(tmp_path / "link", "f")))) as tar:
        (member,) = tar.getmembers()
        assert member.isreg()


def test_a_file_that_goes_while_it_is_sent_ends_the_tar_without_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").write_text("x")

    def gone(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", str(tmp_path / "f"))

    monkeypatch.setattr(tarfile.TarFile, "addfile", gone)
    with pytest.raises(CopyFailed, match="f can't be read: No such file"):
        list(Packed(tmp_path / "f", "f"))


def test_whoever_stops_reading_ends_it(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 5_000_000)
    pieces = iter(Packed(tmp_path / "f", "f"))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator's
