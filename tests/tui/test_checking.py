"""What a config file says of the terminal UI is checked without opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config import read
from tui.checking import ui_problems

if TYPE_CHECKING:
    from pathlib import Path


def problems(path: Path, text: str) -> list[str]:
    path.write_text(text)
    return list(ui_problems(read(path)))


def test_each_thing_that_is_wrong_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert problems(path, "[ui]\ntheme = 'nrod'\n[ui.keys]\n'service.scal' = 'S'\n") == [
        f"{path}: line 4: [ui.keys]: there is no command 'service.scal'; did you mean 'service.scale'?",
        *problems(path, "[ui]\ntheme = 'nrod'\n"),
    ]
    (theme,) = problems(path, "[ui]\ntheme = 'nrod'\n")
    assert theme.startswith(f"{path} [ui] theme: there is no theme 'nrod'; there are ansi, ")
    (clash,) = problems(path, "[ui.keys]\n'service.scale' = 'U'\n")
    assert clash == (
        f"{path}: line 2: [ui.keys]: U would mean both service.scale (scale) and service.update (update) in services;"
        " give one of them another key"
    )
    (two,) = problems(path, "[ui.keys]\nremove = 'f5'\n\n'service.scale' = 'F5'\n")
    assert two.startswith(f"{path}: lines 2 and 4: [ui.keys]: F5 would mean both service.scale")
    (unknown,) = problems(path, "[ui]\n\n[ui.keys]\nservice.scale = 'pgupp'\n")
    assert (
        unknown == f"{path}: line 4: [ui.keys] service.scale: there is no key 'pgupp'; did you mean 'pageup'?"
    )
    (preset,) = problems(path, "[ui]\nkeymap = 'k9'\n")
    assert preset == f"{path} [ui] keymap: there is no preset 'k9'; did you mean 'k9s'?"


def test_what_the_ui_takes_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert problems(path, "") == []
    assert problems(path, "[ui]\ntheme = 'ansi'\nkeymap = 'k9s'\n") == []
