"""Tars of strangers: what is whole gets its name, what leads out is left out, and nothing outside is ever touched."""

from __future__ import annotations

import io
import os
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ReplyLost
from core.streams.unpack import CopyFailed, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator


def tar_of(*members: tuple[str, bytes | str | None], kind: bytes = tarfile.SYMTYPE) -> io.BytesIO:
    """Members by their names: bytes are a file, None is a folder, a text is where a link leads."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            match content:
                case None:
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    tar.addfile(entry)
                case str():
                    entry.type, entry.linkname = kind, content
                    tar.addfile(entry)
                case _:
                    entry.size = len(content)
                    tar.addfile(entry, io.BytesIO(content))
    return io.BytesIO(packed.getvalue())


def tree(folder: Path) -> dict[str, str]:
    """Everything under a folder, by its name there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found[name] = (
            f"-> {path.readlink()}"
            if path.is_symlink()
            else ""
            if path.is_dir()
            else path.read_text(errors="replace")
        )
    return found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def test_a_file_gets_the_name_that_is_wanted(here: Path) -> None:
    done = unpack(tar_of(("hosts", b"127.0.0.1")), here / "mine")
    assert (done.files, done.left_out) == (1, [])
    assert tree(here) == {"mine": "127.0.0.1"}


def test_a_folder_is_made_or_filled(here: Path) -> None:
    first = tar_of(("d", None), ("d/a", b"1"), ("d/e", None), ("d/e/b", b"2"), ("d/l", "e/b"))
    assert unpack(first, here / "new").files == 3
    (here / "new" / "own").write_text("kept")
    unpack(tar_of(("d", None), ("d/a", b"9")), here / "new")
    assert tree(here / "new") == {"a": "9", "e": "", "e/b": "2", "l": "-> e/b", "own": "kept"}


@pytest.mark.parametrize("root", ["", "/", "./"])
def test_what_the_root_holds_has_no_first_part(here: Path, root: str) -> None:
    unpack(
        tar_of((f"{root}etc", None), (f"{root}etc/hosts", b"1"), (f"{root}l", "etc")), here / "r", named=False
    )
    assert tree(here / "r") == {"etc": "", "etc/hosts": "1", "l": "-> etc"}


@pytest.mark.parametrize(
    ("first", "then"),
    [((("f", b""),), (("f", None), ("f/a", b""))), ((("f", None),), (("f", b""),))],
    ids=["a folder over a file", "a file over a folder"],
)
def test_a_file_and_a_folder_do_not_take_each_other_s_place(
    here: Path, first: tuple[tuple[str, bytes | None]], then: tuple[tuple[str, bytes | None]]
) -> None:
    unpack(tar_of(*first), here / "x")
    with pytest.raises(CopyFailed, match="is to take its place"):
        unpack(tar_of(*then), here / "x")
    assert [path.name for path in here.iterdir()] == ["x"]


HOSTILE = [
    ("../out", b"x"),
    ("d/../../out", b"x"),
    ("/d/../../../out", b"x"),
    ("d/abs", "/etc/passwd"),
    ("d/up", "../../out"),
    ("d/beside", "../other"),
    ("d/down", "sub/../../other"),
]


@pytest.mark.parametrize("member", HOSTILE, ids=lambda m: str(m[0]))
def test_what_leads_out_is_left_out_and_named(here: Path, member: tuple[str, bytes | str]) -> None:
    done = unpack(tar_of(("d", None), ("d/good", b"1"), member), here / "d")
    assert [each.partition(": ")[0] for each in done.left_out] == [member[0]]
    assert tree(here) == {"d": "", "d/good": "1"}
    assert tree(here.parent) == {"here": "", **{f"here/{k}": v for k, v in tree(here).items()}}


def test_nothing_is_written_through_a_link_that_came_before(here: Path) -> None:
    outside = here.parent / "outside"
    outside.mkdir()
    done = unpack(
        tar_of(("d", None), ("d/real", None), ("d/in", "real"), ("d/in/file", b"x"), ("d/real/ok", b"y")),
        here / "d",
    )
    assert done.left_out == ["d/in/file: its name leads through a link, or a file"]
    assert tree(here / "d") == {"in": "-> real", "real": "", "real/ok": "y"}


def test_hard_links_lead_to_what_came_alone(here: Path) -> None:
    (here / "secret").write_text("secret")
    source = tar_of(("d", None), ("d/a", b"1"))
    good = tar_of(
        ("d/b", "d/a"), ("d/c", "../secret"), ("d/e", "/etc/passwd"), ("d/f", "d/none"), kind=tarfile.LNKTYPE
    )
    with tarfile.open(fileobj=source) as first, tarfile.open(fileobj=good) as second:
        both = io.BytesIO()
        with tarfile.open(fileobj=both, mode="w") as tar:
            for archive in (first, second):
                for member in archive:
                    tar.addfile(member, archive.extractfile(member) if member.isreg() else None)
    done = unpack(io.BytesIO(both.getvalue()), here / "d")
    assert tree(here / "d") == {"a": "1", "b": "1"}
    assert len(done.left_out) == 3


def test_a_name_that_comes_twice_is_the_later_one_s_and_never_written_through(here: Path) -> None:
    done = unpack(
        tar_of(
            ("d", None),
            ("d/a", b"1"),
            ("d/l", "a"),
            ("d/l", b"2"),
            ("d/e", None),
            ("d/e", "e"),
            ("d/a/x", b"3"),
        ),
        here / "d",
    )
    assert tree(here / "d") == {"a": "1", "e": "", "l": "2"}
    assert done.left_out == ["d/e: a folder has its name", "d/a/x: its name leads through a link, or a file"]


def test_devices_and_pipes_are_left_out(here: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, kind in (("d", tarfile.DIRTYPE), ("d/null", tarfile.CHRTYPE), ("d/pipe", tarfile.FIFOTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = kind, 0o755
            tar.addfile(entry)
    done = unpack(io.BytesIO(packed.getvalue()), here / "d")
    assert done.left_out == [
        "d/null: it is a device, a pipe or a socket",
        "d/pipe: it is a device, a pipe or a socket",
    ]


def test_only_what_leads_out_is_nothing(here: Path) -> None:
    with pytest.raises(CopyFailed, match="Nothing was copied: "):
        unpack(tar_of(("x", "/etc/passwd")), here / "x")
    assert tree(here) == {}


def test_a_tar_that_breaks_off_leaves_nothing(here: Path) -> None:
    (here / "f").write_text("as it was")
    whole = tar_of(("f", b"x" * 100_000)).getvalue()

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            if not data:
                raise ReplyLost("the link broke")
            return data

    with pytest.raises(ReplyLost):
        unpack(Broken(whole[:50_000]), here / "f")
    with pytest.raises(CopyFailed, match="no whole tar"):
        unpack(io.BytesIO(whole[:50_000]), here / "f")
    assert tree(here) == {"f": "as it was"}


def test_where_there_is_no_folder_that_is_said(here: Path) -> None:
    with pytest.raises(CopyFailed, match=r"There is no folder .*nowhere"):
        unpack(tar_of(("f", b"")), here / "nowhere" / "f")


PART = st.sampled_from(["d", "a", "b", "..", ".", "", "/", "out"])
NAMES = st.lists(PART, min_size=1, max_size=4).map("/".join)
CONTENT = st.one_of(st.none(), st.binary(max_size=3), NAMES)


@given(
    members=st.lists(st.tuples(NAMES, CONTENT), max_size=8),
    kind=st.sampled_from([tarfile.SYMTYPE, tarfile.LNKTYPE]),
)
def test_no_tar_reaches_beyond_its_place(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes | str | None]], kind: bytes
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    here = outside / "x" / "here"
    here.mkdir(parents=True)
    (outside / "out").write_text("untouched")
    with suppress(CopyFailed):
        unpack(tar_of(*members, kind=kind), here / "d")
    assert [name for name in tree(outside) if not name.startswith("x/here/d")] == ["out", "x", "x/here"]
    assert (outside / "out").read_text() == "untouched"
    for path in _links(here):
        # Where a link leads round in a circle, that is all it does.
        assert Path(os.path.realpath(path)).is_relative_to(here / "d"), path


def _links(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink())
