"""An installation on the testbed's three hosts, for the tests of the whole product."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.engine.dockyard import Installation
from tests.engine.testbed import Bed, Host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def yard(bed: Bed, tmp_path: Path) -> Iterator[Installation]:
    """An installation without an engine yet; afterwards its engine is ended and the hosts are as they were."""
    installation = Installation(tmp_path, bed)
    try:
        yield installation
    finally:
        installation.close()
        with ThreadPoolExecutor(len(bed.hosts)) as pool:
            list(pool.map(Host.restore, bed.hosts))
