"""A Compose file with anything in any place is converted or answered with its place, never a crash."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from core.compose import converted, read_compose
from core.errors import ConfigError

FILES: Final = Path(__file__).parent / "files"
DOCUMENTS: Final = [
    json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_bytes())))
    for path in sorted(FILES.glob("*.yaml"))
]

ANYTHING: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99_999)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(("db", "service:db", "${A}", "1-2:3-4", "/x", "all", "\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_file_is_converted_or_refused(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    for _ in range(data.draw(st.integers(1, 2))):
        *outer, last = data.draw(st.sampled_from(places(document)))
        holder: Any = document
        for key in outer:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[last] = data.draw(ANYTHING)
        else:
            del holder[last]
    text = json.dumps(document).encode()
    try:
        made = converted(read_compose(str(FILES / "damaged.yaml"), text, {}))
    except ConfigError as refused:
        assert str(refused).startswith(str(FILES)), "it names the file"  # noqa: PT017  # most of these are converted
        return
    assert json.dumps([made.definitions, made.services])


def test_the_documents_are_there() -> None:
    assert len(DOCUMENTS) == len(list(FILES.glob("*.yaml"))) >= 4


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "services", "\0", "a: &a [*a]", "!!python/object:x {}", 'a: "\\0"', 'a: "\\ud800"'],
)
def test_what_is_no_compose_file_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^compose\.yaml: "):
        read_compose("compose.yaml", text.encode(), {})
