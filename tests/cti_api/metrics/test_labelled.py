"""Series stay few and true."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from cti_api.metrics.labelled import OTHER, Labelled, Standing


def counters(most: int) -> tuple[CollectorRegistry, Labelled[Counter]]:
    registry = CollectorRegistry()
    return registry, Labelled(Counter("calls_total", "Calls.", ("campaign", "code"), registry=registry), 2, most)


def gauges(most: int) -> tuple[CollectorRegistry, Standing]:
    registry = CollectorRegistry()
    return registry, Standing(Gauge("waiting", "Callers.", ("queue",), registry=registry), 1, most)


def test_one_more_than_there_is_room_for_is_counted_with_the_rest_and_none_is_lost() -> None:
    registry, calls = counters(most=2)
    for code in ("a", "b", "c", "d", "a"):
        calls.labels("m", code).inc()
    assert registry.get_sample_value("calls_total", {"campaign": "m", "code": "a"}) == 2
    assert registry.get_sample_value("calls_total", {"campaign": OTHER, "code": OTHER}) == 2
    assert registry.get_sample_value("calls_total", {"campaign": "m", "code": "c"}) is None


@pytest.mark.parametrize("value", ["+573001234567", "3001234567", "1234", "María Pérez", "A", "a\n", "a" * 81, "$(ls)"])
def test_what_is_no_word_of_ours_is_not_shown(value: str) -> None:
    registry, calls = counters(most=9)
    calls.labels("m", value).inc()
    assert registry.get_sample_value("calls_total", {"campaign": "m", "code": OTHER}) == 1


@pytest.mark.parametrize("value", ["", "16", "none", "cita-agendada", "webhook:crm", "no_answer", "v1.2"])
def test_words_of_ours_are_shown_as_they_are(value: str) -> None:
    registry, calls = counters(most=9)
    calls.labels("m", value).inc()
    assert registry.get_sample_value("calls_total", {"campaign": "m", "code": value}) == 1


def test_gauges_that_are_put_anew_keep_what_stays_and_lose_what_is_gone() -> None:
    registry, waiting = gauges(most=2)
    waiting.put({("a",): 1, ("b",): 2})
    waiting.put({("b",): 3, ("c",): 4, ("d",): 5})
    shown = {sample.labels["queue"]: sample.value for family in registry.collect() for sample in family.samples}
    assert shown == {"b": 3, "c": 4}
