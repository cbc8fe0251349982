"""What goes out does not depend on the engine: the store's own tests run on both."""

from __future__ import annotations

import pytest


@pytest.fixture
def engine() -> str:
    return "sqlite"
