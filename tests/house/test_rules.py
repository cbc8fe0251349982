"""Prometheus' rules: promtool takes them, each alert fires and is silent in a test, and each asks for what there is."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML

from cti_api.board.alerts import LATE_SECONDS, MEMORY_SHARE, WAITED_TIMES
from cti_api.metrics.families import Families
from tests.support import panels
from tests.support.metrics_page import PAGE, rules, written
from vocero.cli import root_command

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "monitoring" / "rules").glob("*.yml"))
CASES = sorted((ROOT / "tests" / "monitoring").glob("*.yml"))

SERIES = re.compile(r"\b([a-z_]+:)?(vocero_[a-z0-9_]+)(:[a-z0-9_]+)?(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\b(?:by|on|group_left|without) \(([^)]*)\)")
FIRING = re.compile(r'ALERTS\{alertname="(\w+)",alertstate="firing"\}\Z')


@cache
def read(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def asked() -> list[dict[str, Any]]:
    """Every question of promtool's tests, with the answer that is expected."""
    return [each for file in CASES for case in read(file)["tests"] for each in case["promql_expr_test"]]


ALERTS = {rule["alert"]: rule for rule in rules("alert")}
RECORDED = {rule["record"]: rule for rule in rules("record")}


def firing(alert: str) -> list[list[dict[str, Any]]]:
    """What each question after this alert, in promtool's tests, is to be answered with."""
    found = ((FIRING.match(each["expr"]), each["exp_samples"]) for each in asked())
    return [samples for match, samples in found if match is not None and match[1] == alert]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "monitoring/prometheus.yml"),
        ("check", "rules", *(str(file) for file in RULES)),
        ("test", "rules", *(str(file) for file in CASES)),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_promtool_passes(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_fires_in_a_test_and_is_silent_in_another(alert: str) -> None:
    answers = firing(alert)
    assert [each for each in answers if each], "it fires nowhere"
    assert [each for each in answers if not each], "it is silent nowhere"


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_how_grave_it_is_since_when_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["for"]
    assert set(rule["annotations"]) == {"summary", "description"}
    words = " ".join(rule["annotations"].values())
    told = {
        label for samples in firing(alert) for sample in samples for label in re.findall(r"(\w+)=", sample["labels"])
    }
    assert set(re.findall(r"\$labels\.(\w+)", words)) <= told, "a label that its series do not have"
    for command in re.findall(r"`vocero ([a-z -]+)", words):
        assert_there_is(command.split())


@pytest.mark.parametrize("alert", ALERTS)
def test_a_summary_has_no_word_of_the_program(alert: str) -> None:
    assert not re.search(r"\$labels\.(state|alarm)", ALERTS[alert]["annotations"]["summary"])


@pytest.mark.parametrize(
    "file", [ROOT / "monitoring" / "rules" / "alerts.yml", *panels.FILES], ids=lambda file: file.stem
)
def test_queues_and_reports_are_called_as_on_the_pages(file: Path) -> None:
    assert not re.search(r"\b(filas?|reportes?)\b", file.read_text(encoding="utf-8"), re.IGNORECASE)


def assert_there_is(words: list[str]) -> None:
    """A command of ours begins so."""
    command: Any = root_command()
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, words
        command, words = command.commands[words[0]], words[1:]


def test_the_page_has_the_metrics_and_rules_that_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == written(text), "write it anew: .venv/bin/python -m tests.support.metrics_page"


@pytest.mark.parametrize(
    ("alert", "asks"),
    [
        ("EventLoopLate", f"> {LATE_SECONDS}"),
        ("MemoryNearLimit", f"> {MEMORY_SHARE} * "),
        ("QueueLongWait", f" {WAITED_TIMES:.0f} * vocero_queue_answer_within_seconds"),
    ],
)
def test_an_alert_begins_where_the_board_says_the_same(alert: str, asks: str) -> None:
    assert asks in ALERTS[alert]["expr"]


def test_no_two_rules_are_called_alike() -> None:
    assert len(ALERTS) == len(rules("alert"))
    assert len(RECORDED) == len(rules("record"))


def test_what_is_recorded_is_worked_out_in_a_test() -> None:
    assert {each["expr"] for each in asked()} >= set(RECORDED)


@pytest.mark.parametrize("name", [*ALERTS, *RECORDED])
def test_a_rule_asks_for_series_that_exist_by_their_labels(name: str) -> None:
    known = {
        series: set(labels)
        for each in Families(CollectorRegistry()).described
        for series, labels in each.series.items()
    }
    expression = (ALERTS.get(name) or RECORDED[name])["expr"]
    of: set[str] = set()
    for level, series, operation, matchers in SERIES.findall(expression):
        if operation:
            assert f"{level}{series}{operation}" in RECORDED, series
            of |= {*level.rstrip(":").split("_")}
            continue
        assert series in known, series
        assert set(re.findall(r"(\w+) *[=!]~?", matchers)) <= known[series], series
        of |= known[series]
    for labels in GROUPED.findall(expression):
        assert {label for label in labels.split(", ") if label} <= of, labels
