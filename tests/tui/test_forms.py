"""Forms as gestures on the whole screen, and the screens themselves as characters."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from threading import Event
from threading import enumerate as running_threads
from typing import TYPE_CHECKING, Any

import pytest
from textual.events import Key, Paste

from core.cli.places import read_places
from core.client import trusting
from core.errors import StoreError
from core.hosts import doctor
from core.hosts.doctor import Finding
from core.hosts.known_hosts import HostKey, Verdict
from core.hosts.ssh_join import ShownKey
from tests.tui import shop
from tests.tui.screens import PATIENCE_S, assert_golden, press, text_of, until
from tests.tui.test_screens import LARGE, SMALL, foot, opened
from tui.forms import edit
from tui.glyphs import ASCII
from tui.keymap import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from core.config import Config
    from tui.screens.main import Main
    from tui.session import Session

CAPACITY = (":", "type:capacity", "enter")
CLUSTERS = (":", "type:clusters", "enter")
SCHEDULES = (":", "type:schedules", "enter")
STACKS = (":", "type:stacks", "enter")
DEFINITIONS = (":", "type:definitions", "enter")


async def settled(pilot: Pilot[Any]) -> None:
    """What stands in the form is judged."""
    await until(pilot, lambda screen: "judging …" not in screen and "asking …" not in screen)
    await pilot.pause()


async def fill(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys and wait for the judgement."""
    await press(pilot, *keys)
    await settled(pilot)


def written(folder: Path, document: Any) -> None:
    (folder / "web.json").write_text(json.dumps(document))
    (folder / "shop.toml").write_text(SHOP)
    (folder / "bad.toml").write_text(
        "[services.a]\ntask_definition = 'wbe'\ndesired_cuont = 2\n[schedules.b]\n"
    )


SHOP = """
stack = "shop"
[services.api]
task_definition = "api:3"
desired_count = 3
[schedules.backup]
schedule_expression = "cron(0 4 * * ? *)"
target = { task_definition = "api" }
[services.worker]
task_definition = "web:12"
desired_count = 1
"""


NEW_WEB = {
    "family": "web",
    "containerDefinitions": [
        {"name": "web", "image": "registry.example.net/web:13", "cpu": 256, "memory": 512, "prots": 1}
    ],
}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("new-service", ("N", "type:shop", "tab", "type:web", "tab", "backspace", "3")),
        ("new-service-wrong", ("N", "tab", "type:wbe", "tab", "type:x", "tab", "tab")),
        ("run-task", ("down", "down", "enter", "N", "type:web", "tab", "tab", "tab", "type:sleep 5", "tab")),
        (
            "new-schedule",
            (
                *(":", "type:schedules", "enter", "N"),
                *("type:nightly", "tab", "type:web", "tab", "type:cron(0 3 * * ? *)"),
            ),
        ),
        ("new-cluster", (":", "type:clusters", "enter", "N", "type:lab")),
        ("register-problems", (*DEFINITIONS, "N", "type:web.json")),
        ("update", ("down", "down", "U")),
        ("change-schedule", (*SCHEDULES, "U", "ctrl+u", "type:cron(0 4 * * ? *)")),
        ("start-task", (*CAPACITY, "space", "down", "space", "S", "type:web")),
        ("default-providers", (*CLUSTERS, "P", "type:steady=1,base=2")),
        ("apply", ("F", "type:shop.toml")),
        ("apply-problems", ("F", "type:shop.toml bad.toml")),
        (
            "add-capacity",
            (*CAPACITY, "A", "type:edge-9", "tab", "type:ssh://deploy@edge-9", "tab", "tab", "type:a b"),
        ),
        ("leave-a-form", ("N", "type:shop", "escape")),
    ],
)
async def test_forms(
    name: str, keys: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DOCKYARD_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
    written(tmp_path, NEW_WEB)
    async with opened(size=SMALL) as (pilot, _):
        await fill(pilot, *keys)
        await assert_golden(pilot, f"form-{name}-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await settled(pilot)
        await assert_golden(pilot, f"form-{name}-160x50")


async def test_a_service_is_created_and_its_twin_is_told() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await fill(pilot, "N", "type:shop", "enter", "type:web", "enter", "backspace", "2")
        await press(pilot, *["tab"] * 14, "enter")
        await until(pilot, lambda _: bool(desk.asked))
        await pilot.pause()
        (action, given) = desk.asked[0]
        assert (action, given["serviceName"], given["desiredCount"]) == ("CreateService", "shop", 2)
        assert foot(pilot).startswith("Service shop is created")


async def test_an_answer_that_comes_below_a_question_closes_the_form_behind_it() -> None:
    class Late(shop.Desk):
        def ask(self, *asked: Any) -> None:
            self.answer = partial(super().ask, *asked)

    desk = Late()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await fill(pilot, *CLUSTERS, "N", "type:lab")
        await press(pilot, "enter", "enter")
        await until(pilot, lambda screen: "asking …" in screen)
        await press(pilot, "escape")
        await until(pilot, lambda screen: "What was typed here is lost" in screen)
        desk.answer()
        await press(pilot, "escape")
        await until(pilot, lambda screen: "New cluster" not in screen)
        assert foot(pilot).startswith("Cluster lab is there")


async def test_nothing_is_asked_for_while_anything_is_wrong() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "N")
        await press(pilot, "shift+tab", "enter")
        await settled(pilot)
        assert desk.asked == []
        assert text_of(pilot.app).count("is missing") == 2, "and the cursor is at the first of them"
        await fill(pilot, "type:shop")
        assert text_of(pilot.app).count("is missing") == 1


async def test_a_refusal_leaves_the_form_as_it_is() -> None:
    desk = shop.Desk(refusal="The engine says no.")
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, ":", "type:clusters", "enter")
        await fill(pilot, "N", "type:lab", "enter", "enter")
        await until(pilot, lambda screen: "The engine says no." in screen)
        assert "lab" in text_of(pilot.app)
        desk.refusal = ""
        await press(pilot, "enter")
        await until(pilot, lambda screen: "Cluster lab is there" in screen)


async def test_files_are_applied_step_by_step_and_what_failed_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, NEW_WEB)
    desk = shop.Desk(refusals=["", "The engine says no."])
    async with opened(shop.session(desk=desk), SMALL) as (pilot, _):
        await press(pilot, *STACKS)
        await fill(pilot, ":", "type:apply shop.toml", "enter")
        assert "+ service prod/worker: 1 of web:12" in text_of(pilot.app)
        await press(pilot, "shift+tab", "enter")
        await until(pilot, lambda screen: "closes" in screen)
        await assert_golden(pilot, "form-applied-in-part-80x24")
        assert [action for action, _ in desk.asked] == ["UpdateService", "CreateService"]
        await press(pilot, "enter")
        await settled(pilot)
        assert "Apply files" in text_of(pilot.app), "what is left can be asked for again"
        await press(pilot, "enter")
        await until(pilot, lambda screen: "closes" in screen)
        await press(pilot, "enter")
        assert foot(pilot).startswith("Applied: 3 changes")


async def test_what_is_applied_can_be_left_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(shop.Desk):
        def ask(self, *asked: Any) -> None:
            self.answer = partial(super().ask, *asked)

    monkeypatch.chdir(tmp_path)
    written(tmp_path, NEW_WEB)
    desk = Later()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await fill(pilot, *STACKS, ":", "type:apply shop.toml", "enter")
        await press(pilot, "shift+tab")
        for _ in range(3):
            pilot.app.post_message(Key("enter", None))
        await until(pilot, lambda screen: "~ service prod/api …" in screen and hasattr(desk, "answer"))
        assert text_of(pilot.app).count("Applying shop.toml") == 1
        await press(pilot, "escape")
        await until(pilot, lambda screen: "It goes on by itself: :commands" in screen)
        answer = desk.answer
        del desk.answer
        answer()
        assert desk.asked == [("UpdateService", {"cluster": "prod", "service": "api", "desiredCount": 3})]
        await until(pilot, lambda _: hasattr(desk, "answer"))
        await press(pilot, "ctrl+c")
        assert "Applying shop.toml is under way: what is done stays done, the rest is not." in text_of(
            pilot.app
        )
        await press(pilot, "escape")
        desk.refusal = "The engine says no."
        desk.answer()
        await until(pilot, lambda screen: "Applying shop.toml: not done" in screen)
        await press(pilot, "ctrl+c")
        assert pilot.app.return_code == 0, "nothing is under way any more, and the engine is not ours"


async def test_only_what_was_shown_of_files_is_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read = Event()
    may_read.set()

    def read_later(*asked: Any) -> Any:
        assert may_read.wait(PATIENCE_S)
        return read_places(*asked)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui.forms.applying.read_places", read_later)
    written(tmp_path, NEW_WEB)
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await fill(pilot, *STACKS, ":", "type:apply shop.toml", "enter")
        await press(pilot, "shift+tab")
        may_read.clear()
        (tmp_path / "shop.toml").write_text(SHOP.replace("desired_count = 1", "desired_count = 40"))
        await press(pilot, "ctrl+r", "enter")
        may_read.set()
        await settled(pilot)
        assert "+ service prod/worker: 40 of web:12" in text_of(pilot.app)
        assert "Applying" not in text_of(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda screen: "closes" in screen)
        assert desk.asked[1] == ("CreateService", desk.asked[1][1] | {"desiredCount": 40})


async def test_what_could_not_be_begun_does_not_go_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_yards: list[shop.Yard] = []

    def open_yard() -> shop.Yard:
        if opened_yards:
            raise StoreError("state.db: too many open files")
        opened_yards.append(shop.Yard())
        return opened_yards[0]

    monkeypatch.chdir(tmp_path)
    written(tmp_path, NEW_WEB)
    async with opened(replace(shop.session(), open_yard=open_yard)) as (pilot, _):
        await fill(pilot, *STACKS, ":", "type:apply shop.toml", "enter")
        await press(pilot, "shift+tab", "enter")
        await until(pilot, lambda screen: "too many open files" in screen and "closes" in screen)
        await press(pilot, "escape")
        await settled(pilot)
        assert "Apply files" in text_of(pilot.app), "it can be asked for again"
        await press(pilot, "escape", "tab", "enter")
        assert foot(pilot).startswith("Not all of it was done")


async def test_deleting_on_a_protected_cluster_wants_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.toml").write_text('stack = "shop"\n[services.api]\ntask_definition = "api:3"\n')
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, main):
        main.session.world.protected = frozenset({"prod"})
        await fill(pilot, *STACKS, "N", "type:shop.toml", *["tab"] * 3, "y", *["shift+tab"] * 4)
        await press(pilot, "enter")
        await until(
            pilot, lambda screen: "The cluster prod is protected" in screen and "Esc cancels" in screen
        )
        assert "- schedule prod/backup" in text_of(pilot.app)
        await press(pilot, "tab", "enter")
        assert desk.asked == [], "without the name there is nothing but Cancel"
        await press(pilot, "enter")
        await until(
            pilot, lambda screen: "The cluster prod is protected" in screen and "Esc cancels" in screen
        )
        await press(pilot, "type:prod", "enter")
        await until(pilot, lambda screen: "closes" in screen)
        assert desk.asked == [("DeleteSchedule", {"cluster": "prod", "name": "backup"})]


async def test_what_was_typed_is_not_thrown_away_unasked() -> None:
    async with opened() as (pilot, _):
        for leave in ("escape", "ctrl+c"):
            await fill(pilot, "N", "type:shop", leave)
            assert "What was typed here is lost." in text_of(pilot.app)
            await press(pilot, "enter")
            assert "shop" in text_of(pilot.app), "the question opens on Cancel"
            await press(pilot, leave, "tab", "enter")
            assert "New service" not in text_of(pilot.app)
        await fill(pilot, "N", "escape")
        assert "New service" not in text_of(pilot.app), "nothing was typed, nothing is asked"


async def test_what_is_typed_in_one_go_is_taken_in_its_order() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, ":", "type:clusters", "enter")
        await fill(pilot, "N")
        for key in ("l", "a", "x", "backspace", "b", "enter", "enter"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda _: bool(desk.asked))
        assert desk.asked == [("CreateCluster", {"clusterName": "lab"})]


async def test_what_is_typed_ahead_fills_fields_and_sends_nothing() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        for key in (
            "N",
            "s",
            "h",
            "tab",
            "w",
            "x",
            "backspace",
            "e",
            "b",
            "shift+tab",
            "shift+tab",
            "enter",
            "z",
        ):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda screen: "sh keeps 1 task of web" in screen)
        await settled(pilot)
        assert "[ Create ]" in text_of(pilot.app), (
            "what would have pressed it was typed before it could be read"
        )
        assert desk.asked == []


async def test_choices_are_chosen_and_names_completed() -> None:
    async with opened(size=LARGE) as (pilot, _):
        await fill(pilot, "N", "type:shop", "tab", "type:we", "right")
        assert "we\n" not in text_of(pilot.app)
        assert "web" in text_of(pilot.app)
        await fill(pilot, "ctrl+n")
        assert "web:12" in text_of(pilot.app)
        await fill(pilot, "tab", "tab", "tab", "d")
        assert "DAEMON" in text_of(pilot.app)
        await fill(pilot, "left")
        assert "strategy           REPLICA" in " ".join(text_of(pilot.app).split("\n"))


async def test_what_is_pasted_goes_into_its_field_safely() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, ":", "type:clusters", "enter")
        await fill(pilot, "N")
        pilot.app.post_message(Paste("l\x1b[2Jab\nrm"))
        await pilot.pause()
        await fill(pilot, "enter", "enter")
        await until(pilot, lambda _: bool(desk.asked))
        assert desk.asked == [("CreateCluster", {"clusterName": "lab"})]


async def test_a_task_is_run_from_a_definitions_row() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, *DEFINITIONS, "down")
        await fill(pilot, "R")
        assert "web" in text_of(pilot.app)
        await press(pilot, "shift+tab", "enter")
        await until(pilot, lambda _: bool(desk.asked))
        assert desk.asked[0][1]["taskDefinition"] == "web:12"


async def test_a_form_is_shown_from_the_top_again_when_the_terminal_is_large_again() -> None:
    async with opened(size=(80, 20)) as (pilot, _):
        await press(pilot, "N", *["tab"] * 5)
        before = text_of(pilot.app)
        await pilot.resize_terminal(40, 8)
        await until(pilot, lambda screen: "› at least healthy" in screen and "name *" not in screen)
        await pilot.resize_terminal(80, 20)
        await until(pilot, lambda screen: screen == before)


async def test_read_only_opens_no_form() -> None:
    async with opened(shop.session(keys=resolve(read_only=True))) as (pilot, _):
        await press(pilot, "N", "U", "e")
        assert "Cancel" not in text_of(pilot.app)
        await press(pilot, *CAPACITY, "A", "K")
        assert "Cancel" not in text_of(pilot.app)


async def test_forms_survive_any_size_and_draw_in_ascii() -> None:
    async with opened(shop.session(glyphs=ASCII)) as (pilot, _):
        await fill(pilot, "N", "type:x", "tab", "type:nope", "tab")
        for size in ((20, 6), (3, 3), (1, 1), (200, 60), (80, 24)):
            await pilot.resize_terminal(*size)
            await press(pilot, "tab", "pagedown", "pageup", "shift+tab")
        await pilot.pause()
        assert text_of(pilot.app).isascii()


# -- hosts ---------------------------------------------------------------------------------------------------------------

ED25519 = HostKey("ssh-ed25519", b"a key")


def findings(*failed: str) -> Iterator[Finding]:
    """The doctor's steps on the way to a host, as they come."""
    for step, detail in (
        ("resolve", "edge-9 is 192.0.2.9"),
        ("connect", "edge-9:22 answers"),
        ("host key", "edge-9 is known by ssh-ed25519 SHA256:…"),
        ("login", "as deploy"),
        ("disk", "1.2 GiB free at /var/lib/docker"),
    ):
        if step in failed:
            yield Finding(step, False, f"{step} went wrong", f"mend the {step}", 3.0)
            if step != "disk":
                return
        else:
            yield Finding(step, True, detail, "", 3.0)


class OnDisk(shop.Yard):
    """The shop with a config file that can be written."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.config_path = self.folder / "config.toml"

    def config(self) -> Config:
        from core.config.read import parse  # noqa: PLC0415

        return parse(self.config_path.read_bytes(), self.config_path)


@pytest.fixture
def on_disk(tmp_path: Path) -> Session:
    """The shop, with one host in its config."""
    OnDisk.folder = tmp_path
    (tmp_path / "config.toml").write_text(
        '[clusters.prod]\n[capacity.edge-1]\nurl = "ssh://edge-1"\ncluster = "prod"\n'
    )
    session = shop.session()
    session.open_yard = OnDisk
    return session


async def filled_in(pilot: Pilot[int]) -> None:
    await press(pilot, *CAPACITY)
    await fill(pilot, "A", "type:edge-2", "tab", "type:ssh://deploy@edge-9")
    await press(pilot, "shift+tab", "shift+tab", "enter")


async def test_a_host_is_added_when_its_key_was_confirmed(
    on_disk: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted: list[HostKey] = []
    monkeypatch.setattr(doctor, "examine", lambda *_: findings(*([] if trusted else ["host key"])))

    def fetch(*_: object) -> ShownKey:
        verdict = Verdict.KNOWN if trusted else Verdict.UNKNOWN
        return ShownKey(None, "edge-9", ED25519, verdict, tmp_path / "known_hosts")  # type: ignore[arg-type]

    monkeypatch.setattr(trusting, "fetch_host_key", fetch)
    monkeypatch.setattr(trusting, "trust", lambda _file, _name, key: trusted.append(key))
    async with opened(on_disk, SMALL) as (pilot, _):
        await filled_in(pilot)
        await until(pilot, lambda screen: "Is this the key of edge-9?" in screen and "Esc cancels" in screen)
        assert ED25519.fingerprint() in text_of(pilot.app)
        assert trusted == []
        await press(pilot, "tab", "enter")
        await until(pilot, lambda screen: "edge-2 is CONNECTED." in screen and "closes" in screen)
        assert trusted == [ED25519]
        assert "[capacity.edge-2]" in (tmp_path / "config.toml").read_text()
        await press(pilot, "enter")
        await until(pilot, lambda screen: "edge-2 is added" in screen)


async def test_a_host_whose_way_is_given_up_is_not_added_though_it_is_found_good(
    on_disk: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, is_over = Event(), Event()

    def examine(*_: object) -> Iterator[Finding]:
        try:
            yield from findings()
            assert goes_on.wait(PATIENCE_S)
        finally:
            is_over.set()

    monkeypatch.setattr(doctor, "examine", examine)
    async with opened(on_disk, SMALL) as (pilot, _):
        await filled_in(pilot)
        await until(pilot, lambda screen: "login" in screen and "Esc gives it up" in screen)
        await press(pilot, "escape")
        await until(pilot, lambda screen: "Esc leaves" in screen)
        goes_on.set()
        await until(pilot, lambda _: is_over.is_set() and "walk" not in {t.name for t in running_threads()})
        assert "edge-2" not in (tmp_path / "config.toml").read_text()
        assert "ssh://deploy@edge-9" in text_of(pilot.app), "what was typed may be mended"


async def test_a_key_that_isnt_confirmed_adds_nothing(
    on_disk: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda *_: findings("host key"))
    monkeypatch.setattr(
        trusting,
        "fetch_host_key",
        lambda *_: ShownKey(None, "edge-9", ED25519, Verdict.UNKNOWN, tmp_path / "known_hosts"),  # type: ignore[arg-type]
    )
    async with opened(on_disk) as (pilot, _):
        await filled_in(pilot)
        await until(pilot, lambda screen: "Is this the key" in screen and "Esc cancels" in screen)
        await press(pilot, "enter")
        await until(pilot, lambda screen: "Add edge-2 anyway" in screen and "Esc cancels" in screen)
        await press(pilot, "escape")
        await until(
            pilot, lambda screen: "Nothing was written into the config" in screen and "closes" in screen
        )
        await press(pilot, "escape")
        await pilot.pause()
        assert "Add capacity" in text_of(pilot.app), "the form is there still"
        assert "edge-2" not in (tmp_path / "config.toml").read_text()


async def test_a_keys_passphrase_is_asked_for_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str] = []

    def examine(_address: object, _options: object, prompt: Callable[[str], str]) -> Iterator[Finding]:
        answers.append(prompt("Passphrase for /keys/id: "))
        yield from findings()

    monkeypatch.setattr(doctor, "examine", examine)
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *CAPACITY, "t")
        await until(pilot, lambda screen: "Passphrase for /keys/id" in screen and "Esc cancels" in screen)
        await press(pilot, "type:harbour")
        assert "harbour" not in text_of(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda screen: "Every step went well." in screen)
        assert answers == ["harbour"]


@pytest.mark.parametrize("failed", [(), ("login",)])
async def test_the_doctors_steps_are_told_as_they_come(
    failed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda *_: findings(*failed))
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *CAPACITY, "t")
        await until(pilot, lambda screen: "closes" in screen)
        name = "doctor-failed" if failed else "doctor"
        await assert_golden(pilot, f"form-{name}-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, f"form-{name}-160x50")
        await press(pilot, "escape")
        assert foot(pilot).endswith("dockyard capacity doctor edge-1")


async def test_the_dialog_of_a_host_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trusted: list[HostKey] = []

    def fetch(*_: object) -> ShownKey:
        verdict = Verdict.KNOWN if trusted else Verdict.UNKNOWN
        return ShownKey(None, "edge-1", ED25519, verdict, type(tmp_path)("/etc/known_hosts"))  # type: ignore[arg-type]

    monkeypatch.setattr(trusting, "fetch_host_key", fetch)
    monkeypatch.setattr(trusting, "trust", lambda _file, _name, key: trusted.append(key))
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *CAPACITY, "K")
        await until(pilot, lambda screen: "Is this the key" in screen and "Esc cancels" in screen)
        await assert_golden(pilot, "form-host-key-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "form-host-key-160x50")
        await press(pilot, "tab", "enter")
        await until(pilot, lambda screen: "edge-1 is CONNECTED." in screen)


# -- the editor ----------------------------------------------------------------------------------------------------------


class Editor:
    """Stands in for the operator at the editor: each text it is given becomes the next of its answers."""

    def __init__(self, *changes: tuple[str, str]) -> None:
        self.changes = list(changes)
        self.seen: list[str] = []

    async def __call__(self, _main: Main, _editor: list[str], path: Path) -> None:
        self.change(path)

    def change(self, path: Path) -> None:
        text = path.read_text()
        self.seen.append(text)
        old, new = self.changes.pop(0) if self.changes else ("", "")
        path.write_text(text.replace(old, new) if old else text)


@pytest.fixture
def scratches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where edited files lie, with an editor that is never run."""
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def kept(scratches: Path) -> list[str]:
    return [path.read_text() for path in scratches.rglob("web.toml")]


async def test_a_service_is_edited_and_the_difference_shown(
    scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = Editor(("desired_count = 5", "desired_count = -7"), ("desired_count = -7", "desired_count = 7"))
    monkeypatch.setattr(edit, "suspended", editor)
    desk = shop.Desk()
    async with opened(shop.session(desk=desk), SMALL) as (pilot, _):
        await press(pilot, "down", "down", "e")
        await until(pilot, lambda screen: "Change service prod/web" in screen and "Esc cancels" in screen)
        assert editor.seen[1].splitlines()[1] == (
            "#! web.toml: [services.web] desired_count: must be at least 0, not -7."
        )
        await assert_golden(pilot, "form-edit-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "form-edit-160x50")
        await press(pilot, "tab", "enter")
        await until(pilot, lambda screen: "dockyard service edit web --cluster prod" in screen)
        assert desk.asked == [("UpdateService", {"cluster": "prod", "service": "web", "desiredCount": 7})]
        assert foot(pilot).startswith("Service web is updated.")
        assert kept(scratches) == []


async def test_a_revision_is_made_of_an_edited_one(scratches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit, "suspended", Editor(('web:12"', 'web:13", memory = 64')))
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, *DEFINITIONS, "down", "e")
        await until(pilot, lambda screen: "Change task definition web" in screen and "Esc cancels" in screen)
        assert "a new revision after 12" in text_of(pilot.app)
        await press(pilot, "escape")
        await pilot.pause()
        assert "Nothing was done. What you wrote is kept" in text_of(pilot.app)
        assert desk.asked == []
        assert len(kept(scratches)) == 1


async def test_nothing_is_lost_when_a_text_is_given_up(
    scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit, "suspended", Editor(("desired_count = 5", "desired_count = x")))
    async with opened(size=LARGE) as (pilot, _):
        await press(pilot, "down", "down", "e")
        await until(pilot, lambda screen: "is given up" in screen)
        (text,) = kept(scratches)
        assert "desired_count = x" in text


async def test_a_text_that_says_the_same_changes_nothing(
    scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit, "suspended", Editor(("# Service", "# My service")))
    async with opened() as (pilot, _):
        await press(pilot, "down", "down", "e")
        await until(pilot, lambda screen: "Nothing was changed: service prod/web stays as it is" in screen)
        assert kept(scratches) == []
