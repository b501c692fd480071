"""Labels: what is written is read back, and nothing else is taken for ours."""

from __future__ import annotations

import pytest

from core import labels
from core.labels import Ownership

OWNER = Ownership(
    installation="i1",
    instance="n1",
    cluster="prod",
    task="0123456789abcdef0123456789abcdef",
    container="web",
    family="shop",
    revision=7,
    definition_digest="d" * 64,
    service="web",
    deployment="ecs-svc/1234567890123456789",
    generation=3,
)


def test_what_is_written_is_read_back() -> None:
    written = labels.container_labels(OWNER)
    assert labels.read(written) == OWNER
    assert labels.read(written | {"foreign": "label"}) == OWNER


def test_the_five_labels_of_ecs_are_there() -> None:
    written = labels.container_labels(OWNER)
    assert {key: value for key, value in written.items() if key.startswith("com.amazonaws.ecs.")} == {
        "com.amazonaws.ecs.task-arn": f"arn:aws:ecs:local:000000000000:task/prod/{OWNER.task}",
        "com.amazonaws.ecs.container-name": "web",
        "com.amazonaws.ecs.task-definition-family": "shop",
        "com.amazonaws.ecs.task-definition-version": "7",
        "com.amazonaws.ecs.cluster": "prod",
    }
    assert labels.owned_by("i1") == "dockyard.installation=i1"


@pytest.mark.parametrize("missing", [labels.INSTALLATION, labels.CONTAINER_NAME])
def test_without_an_owner_it_is_nobodys(missing: str) -> None:
    written = labels.container_labels(OWNER)
    del written[missing]
    assert labels.read(written) is None


def test_a_container_of_amazons_agent_is_not_ours() -> None:
    ecs = {key: value for key, value in labels.container_labels(OWNER).items() if key.startswith("com.")}
    assert labels.read(ecs) is None
