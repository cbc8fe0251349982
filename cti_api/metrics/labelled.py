"""Metrics with labels whose series stay few, whatever arrives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram

M = TypeVar("M", Counter, Gauge, Histogram)

OTHER: Final = "other"
"""In the place of a value that may not be shown, or for which there is no more room."""

_CODE: Final = re.compile(r"[a-z_][a-z0-9_.:-]{0,79}|[0-9]{1,3}|")
"""How every word is written that somebody configured: it begins with a letter, as no telephone number does. Causes of
Q.850 are numbers."""


class Labelled(Generic[M]):
    """A metric and its series, one for each set of its labels' values; at most so many, and one more for the rest."""

    def __init__(self, metric: M, labels: int, most: int) -> None:
        """`labels`: how many it has."""
        self._metric: M = metric
        self._most = most
        self._series: dict[tuple[str, ...], M] = {}
        self._rest = (OTHER,) * labels

    def labels(self, *values: str) -> M:
        """The series of these values, which an event tells: what is no word of ours is counted as `OTHER`."""
        return self._of(tuple(value if _CODE.fullmatch(value) else OTHER for value in values))

    def _of(self, key: tuple[str, ...]) -> M:
        if key not in self._series and len(self._series) >= self._most:
            key = self._rest
        if (series := self._series.get(key)) is None:
            series = self._series[key] = self._metric.labels(*key)
        return series

    def _without(self, keys: set[tuple[str, ...]]) -> None:
        for key in keys:
            del self._series[key]
            self._metric.remove(*key)


class Standing(Labelled[Gauge]):
    """Gauges of what is so now."""

    def put(self, values: Mapping[tuple[str, ...], float]) -> None:
        """These are its series from now on, the first of them where they are too many; those of things that are gone
        go. None is missing in between: a scrape is written meanwhile."""
        shown = dict(list(values.items())[: self._most])
        self._without(self._series.keys() - shown.keys())
        for key, value in shown.items():
            self._of(key).set(value)
