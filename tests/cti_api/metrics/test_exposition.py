"""The text is what Prometheus' own library would write."""

from __future__ import annotations

from math import inf, nan

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from cti_api.metrics.exposition import exposition
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer


def test_it_is_what_the_library_writes() -> None:
    registry = CollectorRegistry()
    observer = Observer(Families(registry))
    for seconds in (0.07, 3.0, 1e9):
        observer.looked_up("cuenta", "found", seconds)
    assert exposition(registry) == exposition(registry) == generate_latest(registry)


def test_signs_and_numbers_that_are_none_are_written_as_the_library_writes_them() -> None:
    registry = CollectorRegistry()
    odd = Gauge("odd", 'Back\\slash, "quotes",\nand a line.', ("b", "a"), registry=registry)
    for number, value in enumerate((inf, -inf, nan, 0.1, -3.0, 12345678.0, 1e-9)):
        odd.labels(f'{number}\\ "x"\ny', "ñ").set(value)
    Counter("calls_total", "Calls.", registry=registry).inc()
    assert exposition(registry) == generate_latest(registry)
