"""Stories about the images on hosts: how they come, and how those that nobody needs any more go."""

from __future__ import annotations

import pytest

from core.actions import PullImage
from core.fold.config import Declared, DeclaredInstance
from core.model.settings import Settings
from tests.core.stage import Stage


def pulls_as(stage: Stage, behaviour: str) -> None:
    """The config says of host `a` how it pulls."""
    host = DeclaredInstance(name="a", cluster="default", url="ssh://a", image_pull=behaviour)
    stage.rest(Declared(clusters=("default",), capacity=(host,), force=True))


@pytest.mark.parametrize(
    ("behaviour", "use_cached", "check_first"),
    [("", False, False), ("default", True, False), ("prefer-cached", False, True)],
)
def test_a_host_pulls_as_its_config_says_or_else_as_the_engine_s(
    behaviour: str, use_cached: bool, check_first: bool
) -> None:
    stage = Stage("a", settings=Settings(image_pull="always"))
    pulls_as(stage, behaviour)
    stage.submit("RunTask", {"taskDefinition": "web"})
    (pull,) = [action for action in stage.hosts["a"].done if isinstance(action, PullImage)]
    assert (pull.use_cached, pull.check_first) == (use_cached, check_first)
