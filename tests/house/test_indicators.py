"""The page about indicators has all of them, as they are."""

from __future__ import annotations

from tests.support.kpi_page import PAGE, page


def test_the_page_has_every_indicator_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "write it anew: .venv/bin/python -m tests.support.kpi_page"
