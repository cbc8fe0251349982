"""Every metric that a dashboard asks for exists, by its name and its labels."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from cti_api.metrics.families import Families

ROOT = Path(__file__).parents[2]
BOARDS = sorted((ROOT / "monitoring/grafana/dashboards").glob("*.json"))
METRIC = re.compile(r"\b(vocero_[a-z_]+)(?:\{([^}]*)\})?")


def known() -> dict[str, tuple[str, ...]]:
    """The labels of each series that a scrape may have, by its name."""
    described = Families(CollectorRegistry()).described
    return {name: labels for each in described for name, labels in each.series.items()}


def asked(board: Path) -> list[str]:
    read = json.loads(board.read_text(encoding="utf-8"))
    queries = [variable["query"] for variable in read["templating"]["list"]]
    return queries + [target["expr"] for panel in read["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_a_dashboard_asks_for_metrics_that_exist(board: Path) -> None:
    metrics, named = known(), set()
    for query in asked(board):
        for name, labels in METRIC.findall(query):
            assert name in metrics, f"{name}: {query}"
            assert {one.partition("=")[0] for one in labels.split(",") if one} <= {*metrics[name]}, query
            named.add(name)
        for of in re.findall(r"by \(([a-z, ]+)\)", query):
            assert {*of.split(", ")} <= {label for name in named for label in metrics[name]}, query
    assert named


def test_every_dashboard_is_where_grafana_looks_for_it() -> None:
    provider = (ROOT / "monitoring/grafana/provisioning/dashboards/vocero.yml").read_text(encoding="utf-8")
    folder = re.search(r"path: (\S+)", provider)
    assert folder is not None
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert f"./monitoring/grafana/dashboards:{folder[1]}:ro" in compose
    assert BOARDS
