"""The dashboards as they are committed, and their panels' questions as Grafana would put them to Prometheus."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from cti_api.kpi.indicators import INDICATORS
from cti_api.metrics.indicators import metric_name
from tests.support.prometheus import EVERY_SECONDS, Prometheus, Series

FOLDER = Path(__file__).parents[2] / "monitoring" / "grafana" / "dashboards"
RATE_SECONDS = 20
"""Over which Grafana asks for rates, where there is a scrape every 5 s: four of them."""
FILES = sorted(FOLDER.glob("*.json"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one panel."""

    board: str
    panel: Mapping[str, Any]
    target: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.board}: {self.panel['title']}: {self.target['expr']}"


def board(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def panels(read: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Without the rows' headings."""
    return [panel for panel in read["panels"] if panel["type"] != "row"]


def variables(read: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Of each: the selector and the label whose values it has."""
    found = {}
    for variable in read.get("templating", {}).get("list", []):
        selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]).groups()  # type: ignore[union-attr]
        found[variable["name"]] = (selector, label)
    return found


def questions(file: Path) -> Iterator[Asked]:
    for panel in panels(board(file)):
        for target in panel.get("targets", ()):
            yield Asked(file.stem, panel, target)


def filled(expr: str, values: Mapping[str, str], seconds: float) -> str:
    """With Grafana's own variables, and the reader's choices. What is left are the groups of `label_replace`."""
    expr = expr.replace("$__range", f"{round(seconds)}s").replace("$__rate_interval", f"{RATE_SECONDS}s")
    for name, value in values.items():
        expr = expr.replace(f"${name}", value)
    assert not re.search(r"\$[^1-9]", expr), expr
    return expr


def answer(prometheus: Prometheus, asked: Asked, values: Mapping[str, str], seconds: float, end: float) -> list[Series]:
    """What the panel gets for that time: series without a sample that is a number are left out."""
    expr = filled(asked.target["expr"], values, seconds)
    if asked.target.get("instant"):
        found = prometheus.now(expr, end)
    else:
        found = prometheus.range_of(expr, seconds=seconds, end=end, step=max(EVERY_SECONDS, seconds / 300))
    return [series for series in found if series.samples]


def at_any_time(asked: Asked) -> Asked:
    """What is so now was so once: at the end of a demo no campaign is at work any more."""
    now = asked.target.get("instant") and "$__range" not in asked.target["expr"]
    return replace(asked, target={**asked.target, "instant": False}) if now else asked


def empty(prometheus: Prometheus, seconds: float) -> list[str]:
    """The questions of all dashboards that get no sample in that time until now, whatever the reader chooses."""
    end, found = time.time(), []
    for file in FILES:
        chosen = variables(board(file))
        values = [prometheus.label_values(selector, label) for selector, label in chosen.values()]
        choices = [dict(zip(chosen, each, strict=True)) for each in product(*values)]
        found += [
            str(asked)
            for asked in questions(file)
            if not any(answer(prometheus, at_any_time(asked), choice, seconds, end) for choice in choices)
        ]
    return found


def differences(prometheus: Prometheus, told: Mapping[str, float]) -> dict[str, tuple[float | None, float | None]]:
    """Indicators of which Prometheus says something else of this month than what was told by the API."""
    series = prometheus.now('{__name__=~"vocero_kpi_.+", period="month", scope="all"}')
    shown = {each.labels["__name__"]: each.samples[-1][1] for each in series if each.samples}
    both = {name: (told.get(name), shown.get(metric_name(INDICATORS[name]))) for name in INDICATORS}
    return {name: (one, other) for name, (one, other) in both.items() if one != other}
