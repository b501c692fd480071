"""What stands in an editor, and what a saved text comes to."""

from __future__ import annotations

import json
import re
import tomllib
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.client.applying import plan
from core.client.editing import Draft, definition_draft, judge, service_draft
from core.client.editor import Scratch, find_editor, run_editor
from core.client.manifest import read_manifest
from core.client.written import json_text, toml
from core.errors import Refused, UsageError
from core.fold.context import TurnContext
from core.model.settings import Settings
from core.record import replace
from core.safe_text import plain
from core.taskdef.parse import parse
from tests.core.fold.desk import Desk, definition
from tests.core.fold.desk import desk as new_desk
from tests.core.taskdef.samples import everything
from tests.core.taskdef.test_files import FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.client.manifest import Manifest
    from core.client.step import Scope, Step
    from core.model.task_definition import TaskDefinition


@pytest.fixture
def desk() -> Desk:
    """Two hosts, a family of two revisions, and a service of the first."""
    made = new_desk()
    second = definition()
    second["containerDefinitions"][0]["image"] = "demo/web:2"
    made.do("RegisterTaskDefinition", **second)
    made.do("CreateService", serviceName="web", taskDefinition="web:1", desiredCount=2)
    return made


def planning(desk: Desk) -> Callable[[Manifest, Scope], Sequence[Step]]:
    desk.state.keep()
    return lambda manifest, scope: plan(
        desk.state, manifest, scope, TurnContext(desk.now, Random(1), Settings())
    )


def service(desk: Desk) -> Draft:
    return service_draft(desk.state, desk.state.services["default/web"])


def test_a_service_as_it_is_changes_nothing_however_it_is_commented(desk: Desk) -> None:
    draft = service(desk)
    assert judge(draft, "", draft.text, planning(desk)).is_unchanged
    assert judge(draft, "", f"# mine\n{draft.text}", planning(desk)).is_unchanged
    assert judge(draft, "", "", planning(desk)).is_unchanged, "an emptied file means: leave it"


def test_what_others_changed_meanwhile_is_not_put_back(desk: Desk) -> None:
    draft = service(desk)
    before = desk.state.services["default/web"]
    desk.state.put(replace(before, desired_count=7, definition="web:2"))
    text = draft.text.replace("maximum_percent = 200", "maximum_percent = 150")
    (step,) = judge(draft, "", text, planning(desk), desk.state).steps
    assert "maximumPercent" in str(step.given)
    assert "desiredCount" not in step.given
    assert step.given.get("taskDefinition", "web:2") == "web:2"
    assert judge(draft, "", f"# mine\n{draft.text}", planning(desk), desk.state).is_unchanged


def test_of_one_object_each_may_change_something_else(desk: Desk) -> None:
    draft = service(desk)
    before = desk.state.services["default/web"]
    desk.state.put(replace(before, minimum_healthy_percent=50))
    text = draft.text.replace("maximum_percent = 200", "maximum_percent = 150")
    (step,) = judge(draft, "", text, planning(desk), desk.state).steps
    assert step.given["deploymentConfiguration"]["maximumPercent"] == 150
    assert step.given["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert step.differences == ("~ deploymentConfiguration.maximumPercent: 200 → 150",)


def test_what_is_changed_is_asked_for_and_nothing_else(desk: Desk) -> None:
    draft = service(desk)
    text = draft.text.replace("desired_count = 2", "desired_count = 5").replace('"web:1"', '"web:2"')
    (step,) = judge(draft, "", text, planning(desk)).steps
    assert step.given == {
        "cluster": "default",
        "service": "web",
        "taskDefinition": "web:2",
        "desiredCount": 5,
    }
    assert step.differences == ("~ taskDefinition: web:1 → web:2", "~ desiredCount: 2 → 5")


def test_a_line_that_cant_be_read_is_told_by_its_number_in_the_file_that_is_opened_again(desk: Desk) -> None:
    draft = service(desk)
    at = draft.text.splitlines().index("desired_count = 2")
    refused = ""
    text = draft.text.replace("desired_count = 2", "desired_count =")
    for _ in range(2):
        again = judge(draft, refused, text, planning(desk))
        said, line = re.search(r"at line (\d+), column", again.text), at + len(again.problems) + 1
        assert said is not None
        assert again.text.splitlines()[line] == "desired_count ="
        assert int(said[1]) == line + 1
        refused, text = again.text, f"{again.text}\n# once more"


def test_problems_are_put_at_the_top_and_mended_text_is_taken(desk: Desk) -> None:
    draft = service(desk)
    broken = draft.text.replace("desired_count = 2", "desired_cuont = 2\ndesired_count = -1")
    first = judge(draft, "", broken, planning(desk))
    assert first.text.splitlines()[:3] == [
        "#! It can't be applied as it is. Mend it and save; saved as it is, it is given up and kept.",
        "#! web.toml: [services.web] desired_cuont: unknown member; did you mean desired_count?",
        "#! web.toml: [services.web] desired_count: must be at least 0, not -1.",
    ]
    assert first.text.endswith(broken.rstrip("\n")), "nothing that was written is lost"
    assert judge(draft, first.text, first.text, planning(desk)).is_given_up
    still = first.text.replace("desired_cuont = 2\n", "")
    second = judge(draft, first.text, still, planning(desk))
    assert [line for line in second.text.splitlines() if line.startswith("#! web.toml")] == [
        "#! web.toml: [services.web] desired_count: must be at least 0, not -1."
    ], "what was mended is no longer complained of"
    mended = second.text.replace("= -1", "= 3")
    (step,) = judge(draft, second.text, mended, planning(desk)).steps
    assert step.given["desiredCount"] == 3


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[services.web", "[services.shop", "this is about service default/web alone"),
        ('cluster = "default"', 'cluster = "other"', "cluster: service default/web stays in its cluster"),
        ("[services.web]", "[services.web", "is not TOML"),
        ("[services.web]", 'stack = "x"\n[services.web]', "this is about service default/web alone"),
    ],
)
def test_a_text_that_is_about_something_else(desk: Desk, old: str, new: str, complaint: str) -> None:
    draft = service(desk)
    assert old in draft.text
    saved = judge(draft, "", draft.text.replace(old, new), planning(desk))
    assert complaint in saved.problems[0]
    assert not saved.steps


def test_a_revision_becomes_the_next_one(desk: Desk) -> None:
    draft = definition_draft(desk.state.definitions["web:2"])
    (step,) = judge(draft, "", draft.text.replace("demo/web:2", "demo/web:3"), planning(desk)).steps
    assert step.action == "RegisterTaskDefinition"
    assert step.differences == ('~ containerDefinitions[main].image: "demo/web:2" → "demo/web:3"',)
    old = definition_draft(desk.state.definitions["web:1"])
    again = old.text.replace("demo/web:1", "demo/web:2")
    assert judge(old, "", again, planning(desk)).is_unchanged, "the latest one says that already"


def test_what_toml_cant_say_is_json_with_comments(desk: Desk) -> None:
    odd = desk.state.definitions["web:1"]
    document = json.loads(odd.source)
    document["containerDefinitions"][0]["dockerLabels"] = {"a": None}
    draft = definition_draft(replace(odd, source=json.dumps(document)))
    assert draft.name == "web.json"
    plain_text = draft.text.replace("null", '"x"')
    (step,) = judge(draft, "", plain_text, planning(desk)).steps
    assert step.given["containerDefinitions"][0]["dockerLabels"] == {"a": "x"}


def reads_back(found: TaskDefinition) -> None:
    draft = definition_draft(replace(found, revision=1))
    assert draft.name.endswith(".toml")
    (said,) = read_manifest(draft.name, draft.text.encode()).definitions
    assert parse(said.document).digest == found.digest


def test_a_definition_that_says_everything_reads_back_as_it_is() -> None:
    reads_back(parse(everything()))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem[:3])
def test_definitions_as_people_have_them_read_back_as_they_are(file: Path) -> None:
    try:
        found = parse(file.read_bytes())
    except Refused:
        return
    reads_back(found)


FOREIGN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.dictionaries(FOREIGN, st.one_of(FOREIGN, st.integers(-9, 9), st.booleans()), max_size=4), FOREIGN)
def test_hostile_text_is_harmless_and_reads_back_as_it_is(labels: dict[str, Any], value: str) -> None:
    document = {"image": value, "environment": [{"name": "A", "value": value}], "dockerLabels": labels}
    text = toml(("services", value or "x"), document)
    assert all(plain(line) == line for line in text.split("\n"))
    said = tomllib.loads(text)["services"][value or "x"]
    assert said == {"image": value, "environment": {"A": value}, "docker_labels": labels}
    as_json = json_text(document)
    assert all(plain(line) == line for line in as_json.split("\n"))
    assert json.loads(as_json) == document


# -- the editor and its file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "editor"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, ["code", "--wait"]),
        ({"VISUAL": " ", "EDITOR": "'my ed' -x"}, ["my ed", "-x"]),
    ],
)
def test_the_editor_is_the_operators(environ: dict[str, str], editor: list[str]) -> None:
    assert find_editor(environ) == editor


def test_an_editor_that_cant_be_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^nowhere-to-be-found can't be run: No such file"):
        run_editor(["nowhere-to-be-found"], tmp_path)
    with pytest.raises(UsageError, match=r"^false ended with 1$"):
        run_editor(["false"], tmp_path)
    with pytest.raises(UsageError, match=r"\$EDITOR can't be read"):
        find_editor({"EDITOR": "'"})


def test_a_scratch_is_the_operators_alone_and_goes_with_all_beside_it() -> None:
    scratch = Scratch("web.toml", "a")
    assert scratch.path.stat().st_mode & 0o777 == 0o600
    assert scratch.path.parent.stat().st_mode & 0o777 == 0o700
    (scratch.path.parent / "web.toml~").write_text("an editor's copy")
    scratch.write("b")
    assert scratch.read() == "b"
    scratch.path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is not UTF-8"):
        scratch.read()
    scratch.drop()
    assert not scratch.path.parent.exists()
    with pytest.raises(UsageError, match="can't be read: No such file"):
        scratch.read()
