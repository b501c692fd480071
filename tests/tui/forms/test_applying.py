"""Files applied from the screen: everything that is wrong with them, what would change, and what becomes of each step."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.client.submission import Submitted
from core.commands import Action, Answer, Verdict
from core.errors import DockyardError, NotInTime
from core.model.state import State
from tests.tui import shop
from tests.tui.forms.judged import judged
from tui.forms.applying import Planned, apply_files, carry_out
from tui.listing.row import Tone

if TYPE_CHECKING:
    from tui.forms.form import Judged

SHOP = """
stack = "shop"

[task_definitions.api]
container_definitions = [{ name = "api", image = "api:4", memory = 64 }]

[services.api]
task_definition = "api"
desired_count = 3

[services.worker]
task_definition = "api"
desired_count = 1
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def applied(text: str = SHOP, **values: str) -> Judged:
    Path("shop.toml").write_text(text)
    return judged(apply_files(State(shop.ROWS), "prod"), **{"places": "shop.toml"} | values)


def test_what_would_change_is_said_before_it_is_asked_for() -> None:
    found = applied()
    assert isinstance(found, Planned)
    assert found.lines[:2] == ("3 changes", "~ task definition api: a new revision after 3")
    assert "~ service prod/api" in found.lines
    assert "    ~ taskDefinition: api:3 → the new revision of api" in found.lines
    assert "+ service prod/worker: 1 of the new revision of api" in found.lines
    assert found.lines[-1] == "$ dockyard apply shop.toml --cluster prod --yes"
    pruned = applied(prune="yes")
    assert pruned.lines[0] == "4 changes; deletes schedule prod/backup"
    assert "- schedule prod/backup: of stack shop and no longer named; tasks that run go on" in pruned.lines
    assert pruned.lines[-1] == "$ dockyard apply shop.toml --cluster prod --prune --yes"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    Path("second.json").write_text(json.dumps({"serviceName": "a b", "taskDefinition": "nope"}))
    found = applied(SHOP.replace("desired_count", "desired_cuont"), places="shop.toml second.json")
    assert found.errors == {"places": f"{len(found.problems)} problems, see below; Ctrl-r reads it again"}
    assert any("desired_cuont" in problem for problem in found.problems)
    assert any(problem.startswith("second.json") for problem in found.problems)
    assert not found.is_good


@pytest.mark.parametrize(
    ("values", "field_id", "said"),
    [
        ({"places": ""}, "places", "is missing"),
        ({"places": "nowhere.toml"}, "places", "nowhere.toml: can't be read: No such file or directory"),
        ({"places": "-"}, "places", "- is standard input, and the screen has that: name a file"),
        ({"stack": "a b"}, "stack", '--stack: "a b" is no stack\'s name'),
        ({"stack": "blog"}, "stack", "stack: --stack says blog, shop.toml says shop"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_beside_it(
    values: dict[str, str], field_id: str, said: str
) -> None:
    found = applied(**values)
    assert found.errors[field_id].startswith(said), found.errors


def test_prune_without_a_stack_asks_for_one() -> None:
    found = applied(SHOP.replace('stack = "shop"', ""), prune="yes")
    assert found.errors["stack"].startswith("--prune deletes what a stack no longer names")


def test_what_is_of_no_stack_is_taken_in_only_when_that_is_said() -> None:
    web = 'stack = "shop"\n[services.web]\ntask_definition = "web:12"\n'
    assert applied(web).errors == {"take_in": "prod/web: not of stack shop yet; yes takes it in"}
    found = applied(web, take_in="yes")
    assert isinstance(found, Planned)
    assert [step.takes_in for step in found.due] == [True]
    assert found.twin == "dockyard apply shop.toml --cluster prod --take-in --yes"


def test_the_second_time_there_is_nothing_to_do() -> None:
    found = applied('[services.api]\ntask_definition = "api:3"\n')
    assert isinstance(found, Planned)
    assert found.lines[:2] == ("Everything is so already", "= service prod/api")
    assert found.due == []


def test_the_home_folder_is_written_out_for_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = applied(places="~/shop.toml")
    assert isinstance(found, Planned)
    assert found.twin == f"dockyard apply {tmp_path}/shop.toml --cluster prod --yes"


def test_names_go_on_behind_those_that_stand_there() -> None:
    Path("my shop.toml").touch()
    found = applied(places="shop.toml sh")
    assert found.known["places"] == ("shop.toml shop.toml",)


# -- carrying it out ------------------------------------------------------------------------------------------------------


@dataclass
class Guide:
    """Keeps what it is told."""

    told: list[tuple[str, Tone]] = field(default_factory=list)

    def tell(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self.told.append((text, tone))

    def confirms(self, title: str, lines: tuple[str, ...], go: str) -> bool:
        raise NotImplementedError

    def secret(self, question: str) -> str:
        raise NotImplementedError

    def is_left(self) -> bool:
        raise NotImplementedError


def plan() -> Planned:
    found = applied()
    assert isinstance(found, Planned)
    return found


def accepted(output: dict[str, Any], *, engine_running: bool = True) -> Submitted:
    answer = Answer("c", Verdict.ACCEPTED, shop.NOW, output=json.dumps(output))
    return Submitted("c", answer, engine_running)


def test_steps_are_asked_for_in_order_and_told_as_they_come() -> None:
    asked: list[tuple[Action, dict[str, Any]]] = []

    def submit(action: Action, given: dict[str, Any]) -> Submitted:
        asked.append((action, given))
        return accepted({"taskDefinition": {"revision": 4}}, engine_running=False)

    guide = Guide()
    assert carry_out(guide, shop.Yard(), plan(), submit)
    assert [action for action, _ in asked] == [
        Action.REGISTER_TASK_DEFINITION,
        Action.UPDATE_SERVICE,
        Action.CREATE_SERVICE,
    ]
    assert asked[1][1]["taskDefinition"] == asked[2][1]["taskDefinition"] == "api:4"
    good = [text for text, tone in guide.told if tone is Tone.GOOD]
    assert good == [
        "Task definition api:4 is registered.",
        "Service api is updated.",
        "Service worker is created.",
    ]
    assert [text for text, _ in guide.told].count("All of it waits for an engine.") == 1


@pytest.mark.parametrize(
    ("failure", "how"),
    [
        (
            Submitted("c", Answer("c", Verdict.REFUSED, shop.NOW, "ClientException", "No."), True),
            "Refused: service prod/api.",
        ),
        (NotInTime("No answer yet"), "Not known: service prod/api."),
    ],
)
def test_the_first_failure_ends_it_and_says_how_far_it_came(
    failure: Submitted | DockyardError, how: str
) -> None:
    def submit(action: Action, _given: dict[str, Any]) -> Submitted | DockyardError:
        done = action is Action.REGISTER_TASK_DEFINITION
        return accepted({"taskDefinition": {"revision": 4}}) if done else failure

    guide = Guide()
    assert not carry_out(guide, shop.Yard(), plan(), submit)
    assert guide.told[-2][1] is Tone.BAD
    told, _ = guide.told[-1]
    assert told.startswith("Done: task definition api.")
    assert how in told
    assert "Not done: service prod/worker." in told


def test_what_was_changed_after_it_was_shown_is_not_overrun() -> None:
    class Later(shop.Yard):
        def state(self) -> State:
            return State(row for row in shop.ROWS if row is not shop.API)

    guide = Guide()
    assert not carry_out(guide, Later(), plan(), lambda *_: pytest.fail("nothing is asked for"))
    assert "Something else was changed meanwhile" in guide.told[0][0]
