"""How the suite runs: what Hypothesis may take its time for, which files come first, and the tables that stores begin
with."""

from __future__ import annotations

import asyncio
import gc
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cti_api.clock import SystemClock
from cti_api.store.migrate import upgrade


def pytest_configure(config: pytest.Config) -> None:
    """An example that takes long tells of a busy machine, not of the code. `make test` has the same examples each time,
    so that what fails there was broken by the change at hand; `make test-long` thinks out others.
    """
    settings.register_profile(
        "vocero",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize="not long" in config.option.markexpr,
    )
    settings.load_profile("vocero")
    gc.set_threshold(10_000, 20, 20)


def pytest_collection_finish() -> None:
    """Twelve thousand tests and all that they import stay until the end: looking through them for garbage again and
    again is a tenth of the suite's work."""
    gc.freeze()


@pytest.hookimpl(trylast=True)  # once those of `make test-long` are taken out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The real Asterisk first, and there the longest files: one that begins last keeps the other workers waiting."""
    longest: defaultdict[Path, float] = defaultdict(lambda: float(config.getini("timeout")))
    real: set[Path] = set()
    for item in items:
        if mark := item.get_closest_marker("timeout"):
            longest[item.path] = max(longest[item.path], *mark.args)
        if item.get_closest_marker("asterisk"):
            real.add(item.path)
    items.sort(key=lambda item: (item.path not in real, -longest[item.path]))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the store's tables, to be copied: that takes a hundredth of the time that making them does."""
    path = tmp_path_factory.mktemp("store") / "vocero.db"
    asyncio.run(upgrade(f"sqlite:///{path}", SystemClock()))
    return path
