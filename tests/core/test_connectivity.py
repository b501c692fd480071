"""The connectivity of an instance: one table, drawn as it is, and nothing goes round it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from core import connectivity
from core.connectivity import TRANSITIONS, ConnectivityError, Sign, move
from core.model.instance import Connectivity
from core.record import replace
from tests.core.builders import NOW, instance

ROOT = Path(__file__).parents[2]


def test_the_readme_shows_the_connectivity_of_an_instance_as_it_is() -> None:
    readme = ROOT / "core" / "README.md"
    assert f"```mermaid\n{connectivity.mermaid()}\n```" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("before", Connectivity)
@pytest.mark.parametrize("sign", Sign)
def test_what_the_table_does_not_name_is_refused(before: Connectivity, sign: Sign) -> None:
    one = replace(instance("1"), connectivity=before, connectivity_at=NOW)
    after = TRANSITIONS[before].get(sign)
    if after is None:
        with pytest.raises(ConnectivityError, match=f"{sign.value}.* does not follow {before.value}"):
            move(one, sign, NOW + 1)
    else:
        assert move(one, sign, NOW + 1) == replace(one, connectivity=after, connectivity_at=NOW + 1)


def test_a_lost_instance_takes_work_only_by_coming_back() -> None:
    assert TRANSITIONS[Connectivity.LOST] == {Sign.CAME_BACK: Connectivity.RETURNING}


def test_nothing_else_writes_an_instance_s_connectivity() -> None:
    writers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("core", "tui")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"replace", "ContainerInstance"}
        and any(keyword.arg == "connectivity" for keyword in node.keywords)
    }
    assert writers == {"core/connectivity.py"}
