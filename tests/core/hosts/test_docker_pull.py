"""A pull's lines summed up, and what it does when the registry refuses."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

import pytest

from core.actions import PullImage
from core.errors import ActionFailed
from core.hosts import docker_pull
from core.hosts.docker_pull import PullProgress

if TYPE_CHECKING:
    from core.hosts.docker_api import DockerApi

MIB = 1024 * 1024


def downloading(layer: str, current: int, total: int) -> dict[str, object]:
    detail = {"current": current * MIB, "total": total * MIB}
    return {"id": layer, "status": "Downloading", "progressDetail": detail}


def test_progress_is_the_sum_of_the_layers() -> None:
    told = PullProgress()
    assert told.take({"id": "a", "status": "Pulling fs layer"}) == ""
    assert told.take(downloading("a", 10, 100)) == "10/100 MiB"
    assert told.take(downloading("b", 5, 20)) == "15/120 MiB"
    assert told.take({"id": "a", "status": "Download complete"}) == "105/120 MiB"
    assert told.take({"id": "c", "status": "Already exists"}) == ""


class Registry:
    """A Docker whose registry answers one thing after another; the last for ever."""

    def __init__(self, *answers: str, has: bool = False) -> None:
        self.answers = list(answers)
        self.pulls = 0
        self.has = has

    def pull(self, *_: object, **__: object) -> Answer:
        said = self.answers[min(self.pulls, len(self.answers) - 1)]
        self.pulls += 1
        return Answer([{"error": said}] if said else [{"status": "Digest: sha256:1"}])

    def image(self, *_: object) -> dict[str, object] | None:
        return {"Id": "1"} if self.has else None

    def image_ids(self, *_: object) -> frozenset[str]:
        return frozenset()


class Answer(list[dict[str, object]]):
    def close(self) -> None:
        """Nothing is open."""


UNREACHED = "dial tcp 10.0.0.1:5000: connect: connection refused"
BUSY = "toomanyrequests: slow down"
UNKNOWN = "manifest for x:1 not found: manifest unknown"


@pytest.mark.parametrize(
    ("answers", "pulls", "error"),
    [
        (("",), 1, ""),
        ((UNREACHED, BUSY, ""), 3, ""),
        ((UNREACHED,), 5, "can't reach the registry"),
        ((UNREACHED, UNKNOWN), 2, "check name and tag"),
        ((UNKNOWN,), 1, "check name and tag"),
        (("unauthorized: no",), 1, "refuses the login"),
    ],
)
def test_what_may_pass_is_tried_five_times_in_all(
    answers: tuple[str, ...], pulls: int, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_pull, "PAUSES_S", (0.0,) * len(docker_pull.PAUSES_S))
    docker = Registry(*answers)
    told: list[str] = []

    def pull() -> None:
        docker_pull.pull(
            cast("DockerApi", docker), PullImage("x:1"), lambda _: None, told.append, time.monotonic() + 60.0
        )

    if error:
        with pytest.raises(ActionFailed, match=error):
            pull()
    else:
        pull()
    assert docker.pulls == pulls
    assert len(told) == pulls - 1
    assert all(re.fullmatch(r"again in 0 s: \w[^(]+", line) for line in told), told


def test_a_local_copy_waits_for_no_registry() -> None:
    docker = Registry(UNREACHED, has=True)
    action = PullImage("x:1", use_cached=True)
    made = docker_pull.pull(
        cast("DockerApi", docker), action, lambda _: None, lambda _: None, time.monotonic() + 60
    )
    assert docker.pulls == 1
    assert "the local copy is used" in made.note
