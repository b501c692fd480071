"""Gestures that connect the terminal with containers and hosts: what is asked, what is opened, and how it is told."""

from __future__ import annotations

import os
import shlex
import socket
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.errors import ConfigError, DockyardError, HostError, HostUnreachable, PortRefused, UsageError
from core.hosts.frames import STDOUT
from core.hosts.sockets import SocketStream
from core.model.state import Kind
from core.model.task import Container
from core.record import replace
from core.streams import places
from core.streams.unpack import Unpacked
from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of, until
from tests.tui.test_screens import LARGE, SMALL, foot, opened, title
from tui.glyphs import ASCII
from tui.keymap import resolve
from tui.own import MOST_RUNS, Own, Run
from tui.screens.dialog import Dialog, Said
from tui.streaming import comparing, copying
from tui.world import News

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.hosts.link import ByteStream
    from core.model.instance import ContainerInstance
    from core.streams import Place, Streams
    from core.streams.copying import Progress
    from tui.session import Session

TASKS = ("down", "down", "enter")


class Ran:
    """A session that prints something and ends."""

    def __init__(self, output: bytes = b"", code: int | None = 0, error: DockyardError | None = None) -> None:
        self.printed, self.code, self.error = output, code, error
        self.is_closed = threading.Event()

    def bound(self, timeout_s: float) -> None: ...

    def output(self) -> Iterator[tuple[int, bytes]]:
        if self.printed:
            yield STDOUT, self.printed
        if self.error is not None:
            raise self.error

    def write(self, data: bytes) -> None: ...
    def close_input(self) -> None: ...
    def resize(self, columns: int, lines: int) -> None: ...
    def exit_code(self, patience_s: float = 5.0) -> int | None:
        return self.code

    def close(self) -> None:
        self.is_closed.set()


class Fake:
    """Streams that open what a test wants, and keep what was asked."""

    def __init__(self, *sessions: Ran | DockyardError) -> None:
        self.sessions = [*sessions]
        self.asked: list[tuple[Any, ...]] = []
        self.closed = 0
        self.is_closed = threading.Event()
        self.held = threading.Event()
        self.held.set()
        self._lock = threading.Lock()

    def _next(self, *asked: Any) -> Any:
        self.held.wait(20)
        with self._lock:
            self.asked.append(asked)
            found = self.sessions.pop(0)
        if isinstance(found, DockyardError):
            raise found
        return found

    def exec(self, place: Place, command: Sequence[str], *, tty: bool = False, stdin: bool = False) -> Ran:
        return cast("Ran", self._next(place.label, tuple(command), tty))

    def attach(self, place: Place) -> SimpleNamespace:
        return SimpleNamespace(session=self._next("attach", place.label), tty=False, stdin=False)

    def host(self, instance: ContainerInstance, terminal: tuple[str, int, int]) -> Ran:
        return cast("Ran", self._next("host", instance.name))

    def dial(self, place: Place, port: int, timeout_s: float) -> ByteStream:
        return cast("ByteStream", self._next("dial", place.label, port))

    def close(self) -> None:
        self.closed += 1
        self.is_closed.set()


def session(fake: Fake, **more: Any) -> Session:
    made = shop.session(**more)
    made.open_streams = lambda: cast("Streams", fake)
    return made


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A terminal that the program may leave and take again; what was written there meanwhile."""
    written: list[str] = []

    @contextmanager
    def suspend(_app: object) -> Iterator[None]:
        written.append("(left)")
        yield
        written.append("(back)")

    class Bridge:
        """Without descriptors: tests have no terminal."""

        def __init__(self, session: Ran, way: object, *, stdin: bool) -> None:
            self._session = session

        def resized(self) -> None: ...
        def leave(self) -> None: ...
        def run(self) -> int | None:
            try:
                written.extend(data.decode() for _, data in self._session.output())
                return self._session.exit_code()
            finally:
                self._session.close()

    monkeypatch.setattr("textual.app.App.suspend", suspend)
    monkeypatch.setattr("core.cli.exec.Bridge", Bridge)
    monkeypatch.setattr("os.get_terminal_size", lambda *_: os.terminal_size((80, 24)))
    return written


ID = shop.WAITING.id[:8]


async def test_a_shell_has_the_terminal_and_gives_it_back(terminal: list[str]) -> None:
    fake = Fake(Ran(b"# exit\n", 0))
    async with opened(session(fake)) as (pilot, main):
        await press(pilot, *TASKS, "down", "s")
        await until(pilot, lambda screen: "has ended" in screen)
        task = main.tables.listing.cursor
        assert task is not None
        label = f"web/{task[:8]}"
        assert fake.asked == [
            (label, ("sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec sh"), True)
        ]
        assert terminal == ["(left)", "# exit\n", "(back)"]
        assert f"A shell in {label} on edge-1 has ended" in foot(pilot)
        assert f"dockyard task exec {task[:8]} --container web" in text_of(pilot.app)
        assert title(pilot).startswith("Tasks(prod/web)")
        assert fake.is_closed.wait(20)


@pytest.mark.parametrize(
    ("ran", "told"),
    [
        (Ran(code=3), "ended with exit code 3"),
        (Ran(code=137), "ended with exit code 137 (signal 9)"),
        (Ran(code=127), "ended with exit code 127: there is no such program"),
        (Ran(code=None), "goes on without this terminal"),
        (Ran(error=HostUnreachable("connect", "The link broke")), "was cut off: The link broke"),
        (HostError("Docker refused: no sh"), "Docker refused: no sh"),
    ],
)
async def test_how_a_shell_ended_is_told(ran: Ran | DockyardError, told: str, terminal: list[str]) -> None:
    async with opened(session(Fake(ran)), LARGE) as (pilot, _):
        await press(pilot, *TASKS, "down", "s")
        await until(pilot, lambda screen: told in screen)


async def test_a_failure_that_says_what_to_do_is_told_whole(terminal: list[str]) -> None:
    unknown = HostUnreachable(
        "host key", "The host key of edge-1 is not known", "dockyard capacity trust edge-1"
    )
    async with opened(session(Fake(unknown)), SMALL) as (pilot, _):
        await press(pilot, *TASKS, "down", "s")
        await until(pilot, lambda screen: "It did not work" in screen)
        assert "The host key of edge-1 is not known" in text_of(pilot.app)
        assert "dockyard capacity trust edge-1" in text_of(pilot.app)
        await press(pilot, "escape")
        assert title(pilot).startswith("Tasks(prod/web)")


async def test_a_host_that_hangs_is_given_up_and_what_comes_late_is_closed(terminal: list[str]) -> None:
    late = Ran()
    fake = Fake(late)
    fake.held.clear()
    async with opened(session(fake), SMALL) as (pilot, _):
        await press(pilot, *TASKS, "down", "s")
        await until(pilot, lambda screen: "Opening a shell in web/" in screen)
        await assert_golden(pilot, "waiting-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "waiting-160x50")
        await press(pilot, "escape")
        await until(pilot, lambda screen: "Given up" in screen)
        fake.held.set()
        await until(pilot, lambda _screen: late.is_closed.is_set() and fake.is_closed.is_set())
        assert terminal == []


async def test_what_is_waited_for_ends_below_another_dialog_too(terminal: list[str]) -> None:
    fake = Fake(Ran())
    fake.held.clear()
    async with opened(session(fake), LARGE) as (pilot, main):
        await press(pilot, *TASKS, "down", "s")
        await until(pilot, lambda screen: "Opening a shell in web/" in screen)
        main.app.push_screen(
            Dialog(main.session.glyphs, "Passphrase", lambda _: Said(("for another key",)), [])
        )
        await until(pilot, lambda screen: "Esc closes" in screen)
        fake.held.set()
        await until(pilot, lambda _screen: fake.is_closed.is_set())
        await press(pilot, "escape")
        await until(pilot, lambda screen: "Opening" not in screen and "has ended" in screen)


@pytest.mark.parametrize("keys", [("s",), ("E", "type:id", "enter")])
async def test_a_config_file_that_is_wrong_by_now_is_said(keys: tuple[str, ...], terminal: list[str]) -> None:
    def broken() -> Streams:
        raise ConfigError("config.toml: line 3: [capacity] is not closed")

    made = session(Fake())
    made.open_streams = broken
    async with opened(made, LARGE) as (pilot, _):
        await press(pilot, *TASKS, "down", keys[0])
        if len(keys) > 1:
            await until(pilot, lambda screen: "Esc cancels" in screen)
            await press(pilot, *keys[1:])
        await until(pilot, lambda screen: "[capacity] is not closed" in screen)


async def test_a_task_of_several_containers_is_asked_which(terminal: list[str]) -> None:
    several = replace(shop.TASKS[0], containers=(*shop.TASKS[0].containers, Container("sidecar", "proxy:1")))
    source = shop.Told()
    fake = Fake(Ran())
    async with opened(session(fake, source=source), SMALL) as (pilot, main):
        source.tell(News((several,), read_at=shop.NOW))
        await press(pilot, *TASKS)
        while len(main.session.world.state.tasks[several.id].containers) < 2:
            await pilot.pause(0.02)
        while main.tables.listing.cursor != several.id:
            await press(pilot, "down")
        await press(pilot, "s")
        await until(pilot, lambda screen: "A shell in which container?" in screen)
        await assert_golden(pilot, "choose-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "choose-160x50")
        await press(pilot, "escape", "s", "down", "enter")
        await until(pilot, lambda screen: "has ended" in screen)
        assert [asked[0] for asked in fake.asked] == [f"sidecar/{several.id[:8]}"]


async def test_a_session_on_a_host_and_attaching(terminal: list[str]) -> None:
    fake = Fake(Ran(), Ran())
    async with opened(session(fake), LARGE) as (pilot, _):
        await press(pilot, ":", "type:capacity", "enter", "s")
        await until(pilot, lambda screen: "A session on edge-1 has ended" in screen)
        assert "dockyard capacity ssh edge-1" in text_of(pilot.app)
        await press(pilot, ":", "type:tasks", "enter", "down", "a")
        await until(pilot, lambda screen: "dockyard task attach" in screen)
        assert [asked[0] for asked in fake.asked] == ["host", "attach"]


async def test_the_shell_of_logs_is_a_word_and_of_what_is_read(terminal: list[str]) -> None:
    fake = Fake(Ran())
    fake.logs = lambda *_, **__: iter(())  # type: ignore[attr-defined]  # the logs behind it are empty
    async with opened(session(fake), LARGE) as (pilot, _):
        await press(pilot, *TASKS, "down", "l", ":", "type:shell", "enter")
        await until(pilot, lambda screen: "has ended" in screen)
        assert len(fake.asked) == 1


async def test_what_has_no_container_says_why(terminal: list[str]) -> None:
    async with opened(session(Fake()), LARGE) as (pilot, main):
        await press(pilot, *TASKS)
        while main.tables.listing.cursor != shop.WAITING.id:
            await press(pilot, "down")
        for key in "saFTE":
            await press(pilot, key)
            assert f"task {ID} has no containers to reach: it has no instance yet" in foot(pilot)
        await press(pilot, ":", "type:clusters", "enter", ":", "type:shell", "enter")
        assert "There is no container here to connect to" in foot(pilot)


async def test_who_only_reads_forwards_and_nothing_else(terminal: list[str]) -> None:
    made = session(Fake(), keys=resolve(read_only=True))
    async with opened(made, LARGE) as (pilot, _):
        await press(pilot, *TASKS, "down")
        screen = pilot.app.screen
        for key in "saTE":
            await press(pilot, key)
            assert "This screen only reads: " in foot(pilot)
            assert pilot.app.screen is screen
        await press(pilot, ":", "type:shell", "enter")
        assert "This screen only reads: shell would change something" in foot(pilot)
        await press(pilot, "F")
        assert "Forward to web/" in text_of(pilot.app)


# -- port forwards -------------------------------------------------------------------------------------------------------


def is_open(here: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(here.partition(":")[2]))).close()
    except ConnectionRefusedError:
        return False
    return True


async def test_a_port_is_forwarded_listed_and_ended(terminal: list[str]) -> None:
    tried, far, carried, away = *socket.socketpair(), *socket.socketpair()
    fake = Fake(*(cast("Ran", SocketStream(sock)) for sock in (tried, carried)))
    async with opened(session(fake), SMALL) as (pilot, main):
        await press(pilot, *TASKS, "down", "F")
        await until(pilot, lambda screen: "Esc cancels" in screen)
        await assert_golden(pilot, "forward-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "forward-160x50")
        await press(pilot, *["backspace"] * 4, "type:80x")
        assert "'80x' is not [LOCAL:]PORT" in text_of(pilot.app)
        await press(pilot, *["backspace"] * 3, "type::8080")
        assert "[ Forward ]" in text_of(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda screen: "leads to port 8080 of web/" in screen)
        (here,) = main.session.world.own.forwards
        assert "dockyard task port-forward" in text_of(pilot.app)
        await press(pilot, ":", "type:forwards", "enter")
        await until(pilot, lambda screen: here in screen)
        socket.create_connection(("127.0.0.1", int(here.partition(":")[2]))).close()
        await press(pilot, "X")
        await until(pilot, lambda screen: f"{here} listens no more" in screen)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda screen: f"Ended {here}" in screen)
        assert main.session.world.own.forwards == {}
        await until(pilot, lambda _: not is_open(here))
    far.close()
    away.close()


async def test_the_forwards_of_this_screen() -> None:
    made = shop.session()
    made.world.own.forwards.update(shop.forwards())
    async with opened(made, SMALL) as (pilot, _):
        await press(pilot, ":", "type:forwards", "enter")
        await assert_golden(pilot, "forwards-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "forwards-160x50")
        await press(pilot, "d")
        await assert_golden(pilot, "describe-forward-160x50")
        await press(pilot, "escape", "enter")
        assert title(pilot).startswith("─ Containers") or "Containers(" in text_of(pilot.app)


async def test_where_nobody_listens_yet_it_is_forwarded_and_said() -> None:
    fake = Fake(PortRefused("Nobody listens"))
    async with opened(session(fake), LARGE) as (pilot, main):
        await press(pilot, *TASKS, "down", "F")
        await until(pilot, lambda screen: "Esc cancels" in screen)
        await press(pilot, *["backspace"] * 4, "type::81", "enter")
        await until(pilot, lambda screen: ", where nobody listens yet" in screen)
        assert len(main.session.world.own.forwards) == 1
        main.session.world.own.close()


# -- copies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "paths"),
    [
        (":/etc/hosts .", copying.Paths("/etc/hosts", ".", is_from=True)),
        ("'a b' :/tmp", copying.Paths("/tmp", "a b", is_from=False)),
    ],
)
def test_two_paths_say_what_is_copied_where(typed: str, paths: copying.Paths) -> None:
    assert copying.paths_of(typed) == paths


@pytest.mark.parametrize("typed", ["", "a", "a b", ":a :b", "a b c", "'", ": x"])
def test_other_paths_are_no_copy(typed: str) -> None:
    with pytest.raises(UsageError):
        copying.paths_of(typed)


def test_a_path_here_that_can_not_be_used_is_said() -> None:
    (place,) = places(shop.world().state, shop.TASKS[0])
    said = copying.said(place, f":/etc/hosts {'n' * 300}", copying.look)
    assert not said.is_ready
    assert said.lines[0].endswith("nn can't be used: File name too long")


async def test_a_disk_that_hangs_holds_up_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers, looked = threading.Event(), copying.look

    def look(here: str) -> copying.Found:
        if here.startswith("/hung"):
            answers.wait()
        return looked(here)

    monkeypatch.setattr(copying, "look", look)
    monkeypatch.chdir(tmp_path)
    async with opened() as (pilot, _):
        await press(pilot, "enter", "T", "type::/etc/hosts /hung/x")
        assert "Looking at /hung/x …" in text_of(pilot.app)
        assert "  Copy  " not in text_of(pilot.app)
        await press(pilot, "ctrl+u", "type::/etc/hosts .")
        await until(pilot, lambda screen: f"into the folder {tmp_path}"[:40] in screen)
        assert "[ Copy ]" in text_of(pilot.app), "what was typed is what Enter means, once it is known"
        answers.set()


async def test_files_are_copied_while_a_dialog_says_how_far(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go_on = threading.Event()
    asked: list[tuple[str, str]] = []

    def copy(
        _streams: object, place: Place, path: str, target: Path, progress: Progress
    ) -> tuple[Path, Unpacked]:
        asked.append((place.container, path))
        progress.whole_bytes = 4_000_000
        for piece in progress.pieces([b"x" * 1_000_000]):
            assert piece
        go_on.wait(20)
        return target / "hosts", Unpacked(2, ["d/pipe: it is a device, a pipe or a socket"])

    monkeypatch.setattr(copying, "copy_from", copy)
    monkeypatch.chdir(tmp_path)
    fake = Fake()
    async with opened(session(fake), LARGE) as (pilot, main):
        await press(pilot, *TASKS, "down", "T")
        await until(pilot, lambda screen: "Esc cancels" in screen)
        assert "[ Cancel ]" in text_of(pilot.app)
        await press(pilot, "type::/etc/hosts", "space", ".")
        assert "Copies /etc/hosts of web/" in text_of(pilot.app)
        assert "into the folder " in text_of(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda screen: "977 KiB of 3.8 MiB" in screen)
        go_on.set()
        await until(pilot, lambda screen: "Copied 2 files to hosts, 977 KiB; left out d/pipe" in screen)
        assert asked == [("web", "/etc/hosts")]
        assert main.session.world.own.copies == set()
        assert fake.closed == 1


async def test_the_dialog_of_a_copy() -> None:
    async with opened(session(Fake()), SMALL) as (pilot, _):
        await press(pilot, *TASKS, "down", "T")
        await until(pilot, lambda screen: "Esc cancels" in screen)
        await press(pilot, "type:/nowhere/x", "space", "type::/tmp")
        await assert_golden(pilot, "copy-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "copy-160x50")


async def test_a_copy_that_is_given_up_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def copy(_streams: object, _place: Place, _path: str, _target: Path, progress: Progress) -> None:
        try:
            for _ in progress.pieces(iter(lambda: b"x", b"")):
                pass
        finally:
            ended.set()

    monkeypatch.setattr(copying, "copy_from", copy)
    async with opened(session(Fake()), LARGE) as (pilot, _):
        await press(pilot, *TASKS, "down", "T")
        await until(pilot, lambda screen: "Esc cancels" in screen)
        await press(pilot, "type::/a", "space", ".", "enter")
        await until(pilot, lambda screen: "Copying /a …" in screen)
        await press(pilot, "escape")
        await until(pilot, lambda screen: "Given up" in screen)
        assert ended.wait(20)


# -- one command in many -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("cat '/a b'", ("cat", "/a b")),
        ("cat /x | wc -l", ("sh", "-c", "cat /x | wc -l")),
        ("echo $HOME", ("sh", "-c", "echo $HOME")),
    ],
)
def test_a_command_is_words_or_a_shell_s(typed: str, command: tuple[str, ...]) -> None:
    assert comparing.command_of(typed) == command


@pytest.mark.parametrize("typed", ["", " ", "'"])
def test_what_is_no_command_is_said(typed: str) -> None:
    with pytest.raises(UsageError):
        comparing.command_of(typed)


async def test_a_command_runs_in_all_marked_and_the_outputs_are_compared() -> None:
    fake = Fake(Ran(b"one\nsame\n"), Ran(b"two\nsame\n"), Ran(b"one\nsame\n"))
    fake.held.clear()
    async with opened(session(fake), SMALL) as (pilot, main):
        await press(pilot, *TASKS)
        while main.tables.listing.cursor != shop.TASKS[0].id:
            await press(pilot, "down")
        await press(pilot, "space", "down", "space", "down", "space", "E")
        await until(pilot, lambda screen: "Esc cancels" in screen)
        await press(pilot, "type:cat", "space", "type:/etc/x")
        await until(pilot, lambda screen: "Runs cat /etc/x" in screen)
        await assert_golden(pilot, "exec-all-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "exec-all-160x50")
        await press(pilot, "enter")
        await until(pilot, lambda screen: "0 of 3 have ended" in screen)
        assert "Outputs of cat /etc/x" in text_of(pilot.app)
        fake.held.set()
        await until(pilot, lambda screen: "2 different outcomes." in screen)
        assert {asked[1] for asked in fake.asked} == {("cat", "/etc/x")}
        shown = text_of(pilot.app)
        assert "2 of 3 containers: exit code 0" in shown
        assert "* two" in shown
        assert "* same" not in shown
        assert shlex.join(["dockyard", "task", "exec-all"]) in shown


async def test_the_page_of_outputs() -> None:
    made = shop.session()
    from core.streams.comparing import Ran as Result  # noqa: PLC0415  # beside the fake of that name
    from core.streams.place import Place as Reached  # noqa: PLC0415  # as above
    from tui.place import About, Place, Thing  # noqa: PLC0415  # as above

    reached = tuple(
        Reached(host, task.id, "web", "ecs-web")
        for task, host in zip(
            shop.TASKS[:4], (shop.EDGE_1, shop.EDGE_1, shop.EDGE_2, shop.EDGE_3), strict=True
        )
    )
    results = [
        Result(reached[0], 0, "nameserver 10.0.0.2\noptions edns0\n"),
        Result(reached[1], 0, "nameserver 10.0.0.2\noptions edns0\n"),
        Result(reached[2], 1, "nameserver 10.0.0.3\noptions edns0\x1b[2J\n"),
        Result(reached[3], None, "", "it did not end within 30 s, and may still run"),
    ]
    key = made.world.own.add_run(Run(("cat", "/etc/resolv.conf"), reached, results))
    async with opened(made, SMALL) as (pilot, main):
        main.enter(Place("outputs", "prod", Thing(About.RUN, key)))
        await pilot.pause()
        await assert_golden(pilot, "outputs-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "outputs-160x50")


def test_of_many_runs_the_latest_are_kept() -> None:
    own = Own()
    keys = [own.add_run(Run(("id",), ())) for _ in range(MOST_RUNS + 2)]
    assert [*own.runs] == keys[2:]
    assert len(set(keys)) == len(keys)


async def test_ascii_terminals_see_ascii_here_too() -> None:
    fake = Fake(Ran())
    fake.held.clear()
    made = session(fake, glyphs=ASCII)
    made.world.own.forwards.update(shop.forwards())
    async with opened(made, LARGE) as (pilot, _):
        for keys in (("F",), ("escape", "T"), ("escape", "E"), ("escape", ":", "type:forwards", "enter")):
            await press(
                pilot, *(TASKS if keys == ("F",) else ()), *(["down"] if keys == ("F",) else []), *keys
            )
            assert text_of(pilot.app).isascii(), text_of(pilot.app)
        await press(pilot, ":", "type:tasks", "enter", "s")
        assert text_of(pilot.app).isascii(), text_of(pilot.app)
        fake.held.set()


def test_a_task_that_is_gone_is_no_row_of_a_forward() -> None:
    world = shop.world()
    world.absorb(News((), ((Kind.TASK, shop.TASKS[0].id),), read_at=shop.NOW))
    from tui.place import Place  # noqa: PLC0415  # beside its one use
    from tui.views import BY_NAME  # noqa: PLC0415  # as above

    view = BY_NAME["forwards"]
    assert view.row(world, Place("forwards"), "127.0.0.1:8080") is not None
    assert view.enter(world, Place("forwards"), "127.0.0.1:8080") is None
