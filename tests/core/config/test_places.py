"""Where keys stand in a config file, however they are written."""

from __future__ import annotations

import pytest

from core.config.places import line_of

TEXT = """\
# [ui.keys]
[ui]
theme = "nord"   # mine
keys.remove = "X"

[ui.keys]
"service.scale" = "s"
service.update = ["u", "ctrl+u"]
 'capacity.drain'   =   []

[ ui . "other" ]
x = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("ui", "theme"), 3),
        (("ui", "keys", "remove"), 4),
        (("ui", "keys", "service.scale"), 7),
        (("ui", "keys", "service.update"), 8),
        (("ui", "keys", "capacity.drain"), 9),
        (("ui", "other", "x"), 12),
        (("ui", "keys", "nothing"), None),
    ],
)
def test_a_key_is_found_on_its_line(path: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, *path) == line
