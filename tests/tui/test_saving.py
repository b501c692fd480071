"""The screen as a picture, in a file."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from tests.tui.screens import press, text_of, until
from tests.tui.test_screens import foot, opened

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def pictures(folder: Path) -> list[str]:
    """The words in each picture of the services."""
    parsed = map(ET.parse, folder.glob("dockyard-services-*.svg"))
    texts = (each.iter("{http://www.w3.org/2000/svg}text") for each in parsed)
    return ["".join("".join(text.itertext()) for text in each).replace("\xa0", " ") for each in texts]


async def test_a_picture_shows_what_the_screen_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(size=(100, 20)) as (pilot, _):
        await press(pilot, ":", "type:screens", "enter")
        await until(pilot, lambda screen: "Saved the screen to" in screen)
        shown = [line for line in text_of(pilot.app).splitlines() if " web " in line]
    (picture,) = pictures(tmp_path)
    assert shown
    assert all(word in picture for line in shown for word in line.split())
    assert "screens" not in picture, "what was typed is gone"


async def test_a_folder_that_takes_no_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    async with opened() as (pilot, _):
        await press(pilot, ":", "type:screenshot", "enter")
        await until(pilot, lambda screen: "can't be written: No such file or directory" in screen)
        assert ".svg" in foot(pilot)
