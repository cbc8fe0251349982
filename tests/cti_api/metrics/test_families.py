"""Names keep to Prometheus' conventions (prometheus.io/docs/practices/naming)."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cti_api.metrics.families import Described, Families

DESCRIBED = Families(CollectorRegistry()).described
each_metric = pytest.mark.parametrize("metric", DESCRIBED, ids=lambda metric: metric.name)

NOT_BASE = re.compile(r"_(ms|millis|milliseconds|minutes|hours|days|percent|kb|mb|kilobytes)(_|\Z)")


@each_metric
def test_a_name_has_the_prefix_base_units_and_the_ending_of_its_kind(metric: Described) -> None:
    assert re.fullmatch(r"vocero_[a-z0-9_]+", metric.name)
    assert not NOT_BASE.search(metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.kind != "histogram" or re.search(r"_(seconds|score)\Z", metric.name)
    assert not re.search(r"_(count|sum|bucket|created)\Z", metric.name), "those are a histogram's own"


@each_metric
def test_what_it_is_is_said_in_a_sentence(metric: Described) -> None:
    assert re.match(r"[A-Z0-9].*\.\Z", metric.help)


@each_metric
def test_buckets_rise_and_there_are_not_too_many(metric: Described) -> None:
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert len(metric.buckets) <= 12
    assert bool(metric.buckets) == (metric.kind == "histogram")


def test_what_is_described_is_what_is_scraped() -> None:
    registry = CollectorRegistry()
    described = {each.name.removesuffix("_total"): each.kind for each in Families(registry).described}
    scraped = {
        family.name: family.type for family in text_string_to_metric_families(generate_latest(registry).decode())
    }
    assert described == scraped
    assert len(described) == len(DESCRIBED)
