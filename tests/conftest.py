"""What all tests share: the testbed of real Docker hosts, brought up when the first test asks for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

from tests.engine import testbed

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes says more about the machine's other work than about us.
settings.register_profile("dockyard", deadline=None)
settings.load_profile("dockyard")


#: By its module, which testbed an engine test has; all others have the first. Each bed is busy for about as long.
_BEDS: Final = {
    "bed-2": [
        "apply",
        "auto_scaling",
        "deployments",
        "efs",
        "from_compose",
        "host_faults",
        "image_cleanup",
        "images",
        "probes",
        "revisions",
        "secrets",
        "task_order",
        "versions",
    ],
    "bed-3": [
        "restarts",
        "schedules",
        "services",
        "streams",
        "tui",
        "tui_forms",
        "tui_handover",
        "tui_streams",
        "tui_verbs",
        "tui_views",
    ],
}
_BED_OF: Final = {f"test_{module}": bed for bed, modules in _BEDS.items() for module in modules}


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the testbed is an engine test; of these there are groups for xdist, each with a testbed of its own.

    They come first: they mostly wait for hosts, while the last worker keeps a core busy with all that needs none.
    """
    for item in items:
        if "bed" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
            item.add_marker(pytest.mark.xdist_group(_BED_OF.get(item.path.stem, "bed-1")))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def bed() -> Iterator[testbed.Bed]:
    """Three real Docker hosts with sshd, and two registries."""
    if reason := testbed.missing():
        if os.environ.get("DOCKYARD_REQUIRE_ENGINE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with testbed.Bed(3) as up:
        yield up


@pytest.fixture
def real_host(bed: testbed.Bed) -> Iterator[testbed.Host]:
    """One of the real hosts, empty; afterwards its faults are undone and it is empty again."""
    host = bed.hosts[0]
    yield host
    host.restore()
