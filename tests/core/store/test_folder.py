"""The state folder: made for us alone, and refused where it is not ours or not on a disk that keeps promises."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.folder import find_folder, open_folder

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to another user")


def test_it_is_looked_for_as_named_then_in_the_environment_then_in_the_xdg_folder() -> None:
    environ = {"DOCKYARD_STATE": "/srv/state", "XDG_STATE_HOME": "/home/u/.state"}
    assert find_folder(Path("/named"), environ) == Path("/named")
    assert find_folder(None, environ) == Path("/srv/state")
    del environ["DOCKYARD_STATE"]
    assert find_folder(None, environ) == Path("/home/u/.state/dockyard")
    assert find_folder(None, {"XDG_STATE_HOME": "relative"}) == Path("~/.local/state/dockyard").expanduser()


def test_a_new_folder_is_ours_alone(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert folder.file_mode == 0o600


def test_a_folder_others_can_write_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(StoreError, match=r"can be written by others \(mode 777\); run: chmod 700 "):
        open_folder(tmp_path / "open")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o777


def test_the_group_mode_is_the_operators_choice(tmp_path: Path) -> None:
    (tmp_path / "group").mkdir()
    (tmp_path / "group").chmod(0o2770)
    assert open_folder(tmp_path / "group").file_mode == 0o660


@needs_root
def test_another_users_folder_names_the_line_that_works(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 1, 1)
    with pytest.raises(
        StoreError, match=r"belongs to daemon; run: sudo -u daemon dockyard --state \S+/theirs"
    ):
        open_folder(tmp_path / "theirs")


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuseblk", "9p"])
def test_network_file_systems_are_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    folder = tmp_path / "with space"
    mounts.write_text(
        f"21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"22 21 0:50 / {str(folder).replace(' ', chr(92) + '040')} rw shared:1 - {kind} server:/x rw\n"
    )
    with pytest.raises(StoreError, match=rf"is on {kind}, where locks can't be relied on"):
        open_folder(folder, mounts)
    assert open_folder(tmp_path / "beside", mounts).path == tmp_path / "beside"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"can't be made: Not a directory"):
        open_folder(tmp_path / "file" / "state")
