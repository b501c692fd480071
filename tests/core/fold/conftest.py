"""What the tests of the fold share."""

from __future__ import annotations

import pytest

from tests.core.fold.desk import Desk, desk


@pytest.fixture(name="desk")
def prepared_desk() -> Desk:
    """A cluster with two connected hosts and a task definition."""
    return desk()
