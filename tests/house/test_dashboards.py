"""The dashboards: what the generator makes, whole as Grafana 11 reads them, and asking for figures that exist."""

from __future__ import annotations

import re
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.models import units
from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML

from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.metrics.families import Families
from ivr.look_ups.look_ups import Outcome as Looked
from monitoring.dashboards.boards import HOME, boards
from monitoring.dashboards.procedures import AIMED, PROCEDURES, SHOWN
from monitoring.dashboards.render import as_json
from monitoring.dashboards.values import ACROSS
from monitoring.dashboards.words import LOOK_UPS
from tests.support import panels
from tests.support.grafana_writes import written

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "monitoring" / "grafana"
METRIC = re.compile(r"(?<![a-z_:])((?:[a-z_]+:)?vocero_[a-z_]+(?::[a-z0-9_]+)?|ALERTS)(?:\{([^}]*)\})?")
LABEL = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")
COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SHOWS = {"stat", "timeseries", "bargauge", "state-timeline", "text"}
"""The kinds of panels, all of them Grafana's own."""
GIVEN = {"__range", "__rate_interval"}
"""Variables that Grafana fills in by itself."""

each_file = pytest.mark.parametrize("file", panels.FILES, ids=lambda file: file.stem)


def known() -> dict[str, tuple[str, ...]]:
    """The labels of each series that a scrape may have, by its name."""
    described = Families(CollectorRegistry()).described
    found = {name: labels for each in described for name, labels in each.series.items()}
    for group in YAML(typ="safe").load((ROOT / "monitoring" / "rules" / "recording.yml").read_text())["groups"]:
        for rule in group["rules"]:
            level = rule["record"].partition(":")[0]
            found[rule["record"]] = tuple(level.removeprefix("vocero").split("_"))
    return found | {"ALERTS": ("alertname", "alertstate", "severity")}


def asked(file: Path) -> list[str]:
    """Every question that the dashboard puts to Prometheus."""
    read = panels.board(file)
    chosen = [selector for selector, _ in panels.variables(read).values()]
    return chosen + [each.target["expr"] for each in panels.questions(file)]


def test_the_files_are_what_the_generator_makes() -> None:
    made = {f"{board.id.removeprefix('vocero-')}.json": as_json(board) for board in boards({})}
    assert {file.name: file.read_text(encoding="utf-8") for file in panels.FILES} == made, (
        "make them anew: .venv/bin/python -m monitoring.dashboards"
    )


@each_file
def test_a_dashboard_asks_for_metrics_that_exist(file: Path) -> None:
    metrics, named = known(), set()
    for query in asked(file):
        for name, labels in METRIC.findall(query):
            assert name in metrics, f"{name}: {query}"
            assert set(LABEL.findall(labels)) <= {*metrics[name]}, query
            named.add(name)
        for of in re.findall(r"by \(([a-z, ]+)\)", query):
            assert {*of.split(", ")} <= {"le", *(label for name in named for label in metrics[name])}, query
    assert named


@each_file
def test_what_is_written_of_a_series_is_of_a_label_that_the_question_keeps(file: Path) -> None:
    metrics = known()
    for each in panels.questions(file):
        expr = each.target["expr"]
        kept = {label for of in re.findall(r"by \(([a-z, ]+)\)", expr) for label in of.split(", ")}
        of_metrics = {label for name, _ in METRIC.findall(expr) for label in metrics[name]}
        assert set(re.findall(r"\{\{(\w+)\}\}", each.target["legendFormat"])) <= (kept or of_metrics), str(each)


def test_prometheus_understands_every_question(tmp_path: Path) -> None:
    rules = []
    for file in panels.FILES:
        choices = dict.fromkeys(panels.variables(panels.board(file)), "uno")
        rules += [{"record": "asked", "expr": panels.filled(query, choices, 3600)} for query in asked(file)]
    rules = [dict(each, labels={"number": str(number)}) for number, each in enumerate(rules)]
    with (tmp_path / "rules.yml").open("w") as out:
        YAML(typ="safe").dump({"groups": [{"name": "dashboards", "rules": rules}]}, out)
    done = subprocess.run(
        ["promtool", "check", "rules", str(tmp_path / "rules.yml")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


@each_file
def test_every_panel_has_a_number_and_a_place_of_its_own(file: Path) -> None:
    read = panels.board(file)
    assert len({panel["id"] for panel in read["panels"]}) == len(read["panels"])
    for one, other in combinations(read["panels"], 2):
        assert apart(one["gridPos"], other["gridPos"]), f"{one['title']} lies on {other['title']}"
    for top in {panel["gridPos"]["y"] for panel in read["panels"]}:
        line = [panel["gridPos"] for panel in read["panels"] if panel["gridPos"]["y"] == top]
        assert sum(place["w"] for place in line) == ACROSS, f"the line at {top} is not full"
        assert len({place["h"] for place in line}) == 1


def apart(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] + one["w"] <= other["x"]
        or other["x"] + other["w"] <= one["x"]
        or one["y"] + one["h"] <= other["y"]
        or other["y"] + other["h"] <= one["y"]
    )


@each_file
def test_every_panel_is_whole(file: Path) -> None:
    read = panels.board(file)
    source = provisioned_source()
    declared = set(panels.variables(read)) | GIVEN
    written = {value for value in vars(units).values() if isinstance(value, str)}
    for panel in panels.panels(read):
        assert panel["type"] in SHOWS
        assert panel["title"]
        assert panel["description"]
        if panel["type"] == "text":
            assert panel["options"]["content"].strip()
            continue
        assert panel["datasource"] == {"type": "prometheus", "uid": source["uid"]}
        assert panel["fieldConfig"]["defaults"]["unit"] in written
        targets = panel["targets"]
        assert targets
        assert len({target["refId"] for target in targets}) == len(targets)
        for target in targets:
            assert target["datasource"]["uid"] == source["uid"]
            assert target.get("instant", False) != target.get("range", False), "asked once, or over time"
            assert set(re.findall(r"\$([a-z_]\w*)", target["expr"])) <= declared, target["expr"]
            if "increase(" in target["expr"]:
                assert target.get("instant"), "what has grown in all of the time is one figure"
            if panel["type"] in {"stat", "bargauge"}:
                always = "vector(0)" in target["expr"]
                assert target.get("instant") or always, "a figure that is gone would be shown as the latest one"
        steps = panel["fieldConfig"]["defaults"].get("thresholds", {"steps": [{"value": None}]})["steps"]
        assert steps[0]["value"] is None
        reached = [step["value"] for step in steps[1:]]
        assert reached == sorted(set(reached))


@pytest.mark.parametrize(
    ("title", "value", "shown"),
    [
        ("Llamadas realizadas", 1560, "1.560"),
        ("Llamadas por contacto", 2.25, "2,2"),
        ("Abandono", 0.0375, "3.8%"),
        ("Tiempo de conversación", 300 * 3600, "300:00:00"),
        ("Tiempo medio", 246.7, "00:04:06"),
        ("De que contesta a que oye al agente", 0.085, "85 ms"),
        ("De que contesta a que oye al agente", 1.5, "1.50 s"),
        ("Memoria", 341.5 * 1024**2, "342 MiB"),
    ],
)
def test_grafana_writes_all_of_a_count_and_a_time_without_words(title: str, value: float, shown: str) -> None:
    panel = next(p for board in boards({}) for row in board.rows for p in row.panels if p.title.startswith(title))
    assert written(panel.unit.value, value, panel.decimals) == shown


@each_file
def test_only_what_never_lasts_a_minute_is_written_in_seconds(file: Path) -> None:
    short = {"vocero_answer_to_agent_seconds", "vocero_look_up_seconds", "vocero_event_loop_lag_seconds"}
    for panel in panels.panels(panels.board(file)):
        if panel.get("fieldConfig", {}).get("defaults", {}).get("unit") == "s":
            asks = " ".join(target["expr"] for target in panel["targets"])
            assert any(name in asks for name in short), panel["title"]


def test_codes_are_written_as_words_where_grafana_cannot_name_them() -> None:
    assert {*LOOK_UPS} == {each.value for each in Looked}
    asks = {
        each.target["legendFormat"]: each.target["expr"] for file in panels.FILES for each in panels.questions(file)
    }
    assert all(f'"{look.word}", "outcome", "{code}"' in asks["{{name}} {{outcome}}"] for code, look in LOOK_UPS.items())
    assert '"$1 $2", "disposition", "(.*)_(.*)"' in asks["{{disposition}}"]


def test_every_dashboard_has_a_name_of_its_own_and_leads_to_the_others() -> None:
    read = [panels.board(file) for file in panels.FILES]
    assert len(read) == 7
    assert len({board["uid"] for board in read}) == len({board["title"] for board in read}) == len(read)
    for board in read:
        assert len(board["uid"]) <= 40, "Grafana takes no more"
        assert board["description"]
        (link,) = board["links"]
        assert set(link["tags"]) <= set(board["tags"])
        assert board["editable"] is False


@pytest.mark.parametrize("name", [name for name, each in INDICATORS.items() if each.procedure])
def test_an_indicator_is_shown_with_each_procedure_that_asks_for_it(name: str) -> None:
    for asks in re.findall(r"[RP](\d)", INDICATORS[name].procedure):
        assert name in SHOWN[f"P{asks}"]


def test_whatever_has_a_target_is_held_against_it() -> None:
    assert set(AIMED) == {name for name, each in INDICATORS.items() if each.target is not None}
    assert set(SHOWN) == set(PROCEDURES)


def test_an_indicator_is_coloured_by_the_target_that_the_company_set() -> None:
    def steps(board: Any) -> list[Any]:
        (numbers,) = [p for row in board.rows for p in row.panels if p.title.startswith("Eficacia") and p.steps]
        return list(numbers.steps)

    own = {"efficacy": Target(good=0.9, low=0.8)}
    assert [value for value, _ in steps(boards(own)[-1])] == [None, 0.8, 0.9]
    assert [value for value, _ in steps(boards({})[-1])] == [None, INDICATORS["efficacy"].target.good]


@pytest.mark.parametrize("file", [file for file in panels.FILES if "campaign" in panels.variables(panels.board(file))])
def test_a_campaigns_abandonment_is_held_against_its_own_limit(file: Path) -> None:
    for panel in panels.panels(panels.board(file)):
        asks = [target["expr"] for target in panel["targets"]]
        if any("abandonment_ratio" in expr for expr in asks):
            assert any("vocero_abandonment_limit_ratio" in expr for expr in asks), panel["title"]
            steps = panel["fieldConfig"]["defaults"].get("thresholds", {"steps": []})["steps"]
            assert {step["value"] for step in steps} <= {None, 0.8, 1}, panel["title"]


def provisioned_source() -> dict[str, Any]:
    (file,) = (GRAFANA / "provisioning" / "datasources").glob("*.yml")
    (source,) = YAML(typ="safe").load(file.read_text())["datasources"]
    return dict(source)


def test_grafana_asks_as_often_as_prometheus_does() -> None:
    scrape = YAML(typ="safe").load((ROOT / "monitoring" / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert provisioned_source()["jsonData"]["timeInterval"] == scrape


def test_every_dashboard_is_where_grafana_looks_for_it() -> None:
    (provider,) = YAML(typ="safe").load((GRAFANA / "provisioning/dashboards/vocero.yml").read_text())["providers"]
    folder = provider["options"]["path"]
    grafana = COMPOSE["services"]["grafana"]
    assert f"./monitoring/grafana/dashboards:{folder}:ro" in grafana["volumes"]
    (home,) = [board for board in boards({}) if board.id == HOME]
    shown = f"{folder}/{home.id.removeprefix('vocero-')}.json"
    assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == shown
