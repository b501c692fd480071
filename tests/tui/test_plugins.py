"""The operator's own commands: where their keys work, and that nothing but the words that were written is ever run."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import parse
from core.errors import ConfigError, UsageError
from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of, until
from tests.tui.test_screens import LARGE, SMALL, foot, opened
from tui.commands import Scope
from tui.handlers.plugins import _all_beside, _beside, _one_after_another
from tui.keymap import keymap_of
from tui.place import About, Thing
from tui.plugins import PREFIX, plugin_commands, words_for
from tui.session import Output

if TYPE_CHECKING:
    from core.config.values import Config, PluginConfig
    from tui.session import Session

SAY = f"""
[ui.plugins.say]
key = "f5"
label = "say it"
command = ["{sys.executable}", "-c", "import sys; print(sys.argv[1:])", "$CONTAINER_ID", "--on=$HOST"]
background = true
"""
CONTAINER = Thing(About.CONTAINER, f"{shop.TASKS[0].id}/web")
TO_CONTAINERS = ("down", "down", "enter", "down", "enter")


def config(text: str) -> Config:
    return parse(text.encode(), Path("config.toml"))


def plugin(**more: Any) -> PluginConfig:
    said = {"key": '"f5"', "command": '"docker logs $CONTAINER_ID"'} | more
    lines = [f"{key} = {value}" for key, value in said.items()]
    return config("\n".join(["[ui.plugins.p]", *lines])).ui.plugins["p"]


def session_with(text: str) -> Session:
    made = config(text)
    session = shop.session(keys=keymap_of(made))
    session.plugins = {f"{PREFIX}{name}": each for name, each in made.ui.plugins.items()}
    return session


# -- what the config says ----------------------------------------------------------------------------------------------


def test_a_command_is_split_into_words_and_no_shell_sees_it() -> None:
    assert plugin(command='''"docker -H $HOST_URL 'a b' $NAME"''').command == (
        "docker",
        "-H",
        "$HOST_URL",
        "a b",
        "$NAME",
    )


def test_its_key_works_wherever_there_is_what_it_asks_for() -> None:
    (command,) = plugin_commands(config(SAY).ui, "config.toml")
    assert command.scopes == {Scope.CONTAINERS}
    assert command.dangerous
    keymap = keymap_of(config(SAY.replace('"--on=$HOST"', '"x"').replace("$CONTAINER_ID", "$CLUSTER")))
    assert keymap.command(Scope.SERVICES, "f5") is not None
    assert keymap.command(Scope.LOGS, "f5") is None
    bound = keymap.command(Scope.CONTAINERS, "f5")
    assert bound is not None
    assert bound.label == "say it"


def test_read_only_mode_leaves_out_what_may_change_something() -> None:
    for dangerous in (True, False):
        keymap = keymap_of(config(f"[ui]\nread_only = true\n{SAY}dangerous = {str(dangerous).lower()}"))
        assert (keymap.command(Scope.CONTAINERS, "f5") is None) is dangerous


def test_its_key_can_be_changed_like_any_other() -> None:
    keymap = keymap_of(config(f'{SAY}\n[ui.keys]\n"plugin.say" = "f7"'))
    assert keymap.command(Scope.CONTAINERS, "f5") is None
    assert keymap.command(Scope.CONTAINERS, "f7") is not None


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"key": '"S"', "command": '"x $SERVICE"'}, "key: S would mean both service.scale (scale) and plugin.p (p) in services; give one of them another key"),
        ({"command": '"x $NAEM"'}, "command: there is no $NAEM; did you mean $NAME?"),
        ({"command": '"$NAME x"'}, "command: its first word is the program, and can't be a variable"),
        ({"scopes": '["taks"]'}, "scopes: there is no 'taks'; did you mean tasks?"),
        ({"scopes": '["tasks"]'}, "scopes: in tasks there is no $CONTAINER_ID"),
        ({"key": '"z"', "confirm": "false"}, "confirm: no lower-case key changes anything without asking: leave it true, choose another key, or say that it changes nothing (dangerous = false)"),
        ({"key": '"ctrl+i"'}, "ctrl+i"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(more: dict[str, str], sentence: str) -> None:
    lines = "\n".join(
        f"{key} = {value}" for key, value in ({"key": '"f5"', "command": '"x $CONTAINER_ID"'} | more).items()
    )
    with pytest.raises(ConfigError) as caught:
        keymap_of(config(f"[ui.plugins.p]\n{lines}"))
    assert sentence in str(caught.value)
    assert re.match(r"config\.toml:? \[ui\.plugins\.p\]", str(caught.value))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('key = "f5"', "config.toml: [ui.plugins.p] command: is missing"),
        ('key = "f5"\ncommand = "a \'b"', "config.toml: [ui.plugins.p] command: can't be split into words: No closing quotation"),
        ('key = "f5"\ncommand = "x"\nscope = ["tasks"]', "config.toml: [ui.plugins.p] scope: unknown key; did you mean scopes?"),
    ],
)  # fmt: skip
def test_what_is_no_plugin_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(f"[ui.plugins.p]\n{text}")
    assert str(caught.value) == sentence


# -- what is run -------------------------------------------------------------------------------------------------------


def test_variables_stand_for_values_of_the_thing() -> None:
    asked = plugin(
        command='"x $NAME $CLUSTER $SERVICE $TASK $HOST $HOST_URL $CONTAINER $CONTAINER_ID a=$HOST"'
    )
    first = shop.TASKS[0]
    assert words_for(asked, shop.world(), CONTAINER) == [
        "x", "web", "prod", "web", first.id, "edge-1", "ssh://deploy@edge-1", "web", "c0ffee" * 10, "a=edge-1"
    ]  # fmt: skip


def test_a_shell_s_own_variables_are_left_to_it() -> None:
    asked = plugin(command="""'sh -c "read line; echo $line $1 ${HOME} $$HOME" x $NAME'""")
    assert words_for(asked, shop.world(), CONTAINER)[2:] == [
        "read line; echo $line $1 ${HOME} $HOME",
        "x",
        "web",
    ]


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Thing(About.CLUSTER, "prod"), ["x", "prod", "prod"]),
        (Thing(About.SERVICE, "prod/web"), ["x", "web", "prod"]),
        (Thing(About.SCHEDULE, "prod/backup"), ["x", "backup", "prod"]),
        (Thing(About.INSTANCE, shop.EDGE_1.id), ["x", "edge-1", "prod"]),
        (Thing(About.TASK, shop.TASKS[0].id), ["x", "013fa91c", "prod"]),
    ],
)
def test_every_kind_of_thing_has_its_name_and_cluster(thing: Thing, words: list[str]) -> None:
    assert words_for(plugin(command='"x $NAME $CLUSTER"'), shop.world(), thing) == words


def test_what_there_is_not_is_told() -> None:
    waiting = Thing(About.CONTAINER, f"{shop.WAITING.id}/web")
    with pytest.raises(UsageError, match=r"p: there is no \$HOST of web now"):
        words_for(plugin(command='"x $HOST"'), shop.world(), waiting)


@given(st.text(min_size=1))
def test_a_value_is_one_word_of_which_no_shell_could_make_more(value: str) -> None:
    world = shop.world()
    asked = plugin(command='''"sh -c 'echo $NAME'"''')
    try:
        words = words_for(asked, world, Thing(About.CLUSTER, value))
    except UsageError:
        return
    assert words == ["sh", "-c", f"echo {value}"]
    assert not set(value) & set(" \t\n;&|$`'\"\\<>(){}*?!#~^"), "a shell would make something of it"
    assert not value.startswith("-"), "an option"


# -- how it is run -----------------------------------------------------------------------------------------------------


async def test_the_dialog_says_what_will_be_run() -> None:
    async with opened(session_with(SAY.replace(sys.executable, "python3")), SMALL) as (pilot, _):
        await press(pilot, *TO_CONTAINERS, "f5")
        await assert_golden(pilot, "plugin-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "plugin-160x50")


async def test_beside_the_screen_its_output_can_be_read() -> None:
    session = session_with(SAY)
    async with opened(session, LARGE) as (pilot, _):
        await press(pilot, *TO_CONTAINERS, ":", "type:output", "enter")
        assert foot(pilot) == "No command has run beside the screen yet"
        await press(pilot, "f5", "enter")
        assert session.output is None, "it opens on Cancel"
        await press(pilot, "f5", "tab", "enter")
        await until(pilot, lambda _: session.output is not None)
        assert foot(pilot).startswith("say: exit code 0; :output shows 1 line")
        await press(pilot, ":", "type:output", "enter")
        assert f"['{'c0ffee' * 10}', '--on=edge-1']" in text_of(pilot.app)
        await press(pilot, "escape")
        assert "--on=edge-1" not in text_of(pilot.app).splitlines()[5]


async def test_what_it_says_is_safe_and_can_be_scrolled() -> None:
    session = shop.session()
    session.output = Output("x", "exit code 0", "\x1b[2Jevil\n" + "\n".join(f"line {n}" for n in range(99)))
    async with opened(session, SMALL) as (pilot, _):
        await press(pilot, ":", "type:output", "enter")
        assert "\x1b" not in text_of(pilot.app)
        for keys, shown in (
            (("j",), "line 16"),
            (("pagedown",), "line 30"),
            (("G",), "line 98"),
            (("g",), "evil"),
            (("w",), "evil"),
        ):
            await press(pilot, *keys)
            assert shown in text_of(pilot.app)
        await press(pilot, "q")
        assert "line 1" not in text_of(pilot.app)


async def test_it_runs_once_for_each_thing_that_is_marked() -> None:
    session = session_with(SAY.replace("$CONTAINER_ID", "$TASK"))
    async with opened(session, LARGE) as (pilot, _):
        await press(pilot, "down", "down", "enter", "down", "space", "down", "space", "f5")
        assert "2 commands will be run beside the screen:" in text_of(pilot.app)


async def test_what_can_t_be_run_is_told_and_nothing_is_asked() -> None:
    session = session_with(SAY.replace("$CONTAINER_ID", "$TASK"))
    async with opened(session, LARGE) as (pilot, _):
        await press(pilot, "down", "down", "enter", "f5")
        assert foot(pilot) == "say: there is no $HOST of 053fa91c now"


async def test_without_a_terminal_of_its_own_it_says_so() -> None:
    session = session_with(SAY.replace("background = true", "dangerous = false"))
    async with opened(session, LARGE) as (pilot, _):
        await press(pilot, *TO_CONTAINERS, "f5")
        assert foot(pilot) == "This terminal can't be given to another program"


def test_however_many_rows_are_marked_few_commands_run_at_once() -> None:
    waiting: SimpleQueue[list[str]] = SimpleQueue()
    for number in range(3):
        waiting.put([sys.executable, "-c", f"print({number})"])
    told: list[Output] = []
    _all_beside(waiting, told.append)
    assert [output.text for output in told] == ["0\n", "1\n", "2\n"]


def test_of_much_output_the_beginning_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.handlers.plugins._MOST_BYTES", 10)
    told: list[Output] = []
    _beside([sys.executable, "-c", "print('x' * 99)"], told.append)
    assert told[0].text == "xxxxxxxxxx\n… and 90 bytes more, which were not kept"


def test_a_program_that_is_not_there_is_told() -> None:
    told: list[Output] = []
    _beside(["/no/such/program"], told.append)
    assert told == [Output("/no/such/program", "can't be run: No such file or directory")]


def test_in_the_terminal_it_says_what_it_runs_and_waits(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", asked.append)
    said = _one_after_another([["sh", "-c", "echo one"], ["/no/such"], ["sh", "-c", "exit 3"]])
    assert said == "sh: exit code 3"
    assert asked == ["Enter goes back to Dockyard. "]
    assert capfd.readouterr().out.splitlines() == [
        "$ sh -c 'echo one'",
        "one",
        "sh: exit code 0",
        "$ /no/such",
        "/no/such: can't be run: No such file or directory",
        "$ sh -c 'exit 3'",
        "sh: exit code 3",
    ]
