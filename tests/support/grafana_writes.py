"""How Grafana 11 writes values, in the units that the dashboards have, for who reads with a Spanish browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

MOST_DECIMALS: Final = 3
"""That a browser writes of a number by itself."""


def written(unit: str, value: float, decimals: int | None = None) -> str:
    """`decimals`: as the panel has them; None: as many as Grafana finds fit. Raises `KeyError` for a unit that no
    dashboard is to have."""
    return _UNITS[unit](value, decimals)


def _locale(value: float, decimals: int | None) -> str:
    """The only one that heeds the reader's language; zeros at the end are not written."""
    text = f"{value:,.{MOST_DECIMALS if decimals is None else decimals}f}"
    whole, _, part = text.partition(".")
    return ",".join(filter(None, (whole.replace(",", "."), part.rstrip("0"))))


def _share(value: float, decimals: int | None) -> str:
    return f"{_fixed(100 * value, decimals)}%"


def _time(value: float, decimals: int | None) -> str:
    hours, rest = divmod(math.floor(value), 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def _moment(value: float, decimals: int | None) -> str:
    if 0 < value < 1:
        return f"{_fixed(1000 * value, decimals)} ms"
    return f"{_fixed(value, decimals)} s" if value < 60 else f"{_fixed(value / 60, decimals)} mins"


def _bytes(value: float, decimals: int | None) -> str:
    power = min(int(math.log(value, 1024)), 4) if value >= 1 else 0
    return f"{_fixed(value / 1024**power, decimals)} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def _fixed(value: float, decimals: int | None) -> str:
    if decimals is None:
        decimals = 0 if value == int(value) else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


_UNITS: Final[Mapping[str, Callable[[float, int | None], str]]] = {
    "locale": _locale,
    "percentunit": _share,
    "dthms": _time,
    "s": _moment,
    "bytes": _bytes,
}
