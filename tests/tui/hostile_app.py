"""The terminal UI on a shop whose every text is as a stranger wants: `python -m tests.tui.hostile_app FD`.

Each line of the pipe FD is a JSON list of texts. They take the place of all words in all rows, events, commands, logs and refusals; two
columns of the status line tell how many lists were taken.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct, structs

from core.record import replace
from core.streams import LogLine
from tests.tui import shop
from tui.app import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.streams import Place, Streams
    from tui.world import News

#: Words of the shop that stand in keys too: every row has to say the same for them.
NAMES = ("prod", "staging", "web", "api", "try", "edge", "backup", "report")
#: Members that are free text, whatever they say in the shop.
TEXTS = frozenset(
    [
        "why",
        "reason",
        "problem",
        "docker_version",
        "os",
        "architecture",
        "image",
        "image_digest",
        "stopped_reason",
        "message",
        "exception_name",
        "submitted_by",
        "registered_by",
        "started_by",
        "rollout_state_reason",
        "host",
        "version",
        "text",
        "url",
    ]
)
#: Members whose text is JSON.
DOCUMENTS = frozenset({"input", "output", "source", "target", "request"})


class Stranger:
    """Gives every text another one."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = itertools.cycle(texts)
        self._names = dict(zip(NAMES, (_as_name(text) for text in self._texts), strict=False))

    def rewritten(self, value: Any, member: str = "") -> Any:
        """A value with all its texts replaced."""
        if isinstance(value, Struct):
            members = {name: self.rewritten(each, name) for name, each in structs.asdict(value).items()}
            return structs.replace(value, **members)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            members = {
                field.name: self.rewritten(getattr(value, field.name), field.name)
                for field in dataclasses.fields(value)
                if field.init
            }
            return dataclasses.replace(value, **members)
        if isinstance(value, tuple):
            return tuple(self.rewritten(each, member) for each in value)
        if isinstance(value, dict):
            return {self.rewritten(k): self.rewritten(v, member) for k, v in value.items()}
        return self.text(value, member) if type(value) is str else value

    def text(self, text: str, member: str) -> str:
        if member in DOCUMENTS and text:
            return json.dumps(self._document(json.loads(text)))
        if member in TEXTS:
            return next(self._texts)
        for name, other in self._names.items():
            text = text.replace(name, other)
        return text

    def _document(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._document(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._document(each) for each in value]
        return self.text(value, "") + next(self._texts) if isinstance(value, str) else value

    def log(self, place: Place, **_: Any) -> Iterator[LogLine]:
        for second, text in enumerate(itertools.islice(self._texts, 30)):
            yield LogLine(place, f"2026-11-23T12:04:{second:02}.000000000Z", text)


def _as_name(text: str) -> str:
    """What could be a name: these stand between names in keys."""
    return text.replace("/", "").replace(":", "").replace(",", "") or "x"


class Source(shop.Told):
    """Takes the lists from the pipe."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self.stranger = Stranger(list(NAMES))
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe: int) -> None:
        with os.fdopen(pipe, encoding="utf-8") as lists:
            for number, line in enumerate(lists, start=1):
                stranger = self.stranger = Stranger(json.loads(line))
                news = cast("News", stranger.rewritten(shop.NEWS))
                assert shop.ENGINE.holder is not None
                holder = replace(shop.ENGINE.holder, pid=number)
                engine = replace(shop.ENGINE, holder=holder)
                self.tell(replace(news, engine=engine))


class Desk(shop.Desk):
    """Refuses everything in a stranger's words."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    def ask(self, action: Any, given: Any, tell: Callable[[Any], None]) -> None:
        self.refusal = self._source.stranger.text("", "message")
        super().ask(action, given, tell)


def main(pipe: int) -> None:
    source = Source(pipe)
    session = shop.session(source=source, desk=Desk(source))

    class Logs:
        def logs(self, place: Place, **asked: Any) -> Iterator[LogLine]:
            return source.stranger.log(place, **asked)

        def close(self) -> None:
            """Nothing is open."""

    session.open_streams = lambda: cast("Streams", Logs())
    run(session)


if __name__ == "__main__":
    main(int(sys.argv[1]))
