"""The tables of docs/metrics.md, made of the metrics and of Prometheus' rules.

.venv/bin/python -m tests.support.metrics_page      # write them anew
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML

from cti_api.metrics.families import Families
from cti_api.metrics.indicators import LABELS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"


def written(text: str) -> str:
    """The page with its tables as they are to be; what stands around them is kept."""
    tables = {"metrics": metrics(), "recorded": recorded(), "alerts": alerts()}
    for name, lines in tables.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, found = between.subn(lambda match, lines=lines: match[1] + "\n".join(lines) + "\n" + match[2], text)
        assert found == 1, name
    return text


def metrics() -> Iterable[str]:
    yield "| metric | | labels | what |"
    yield "|---|---|---|---|"
    for each in Families(CollectorRegistry()).described:
        if each.labels == LABELS:
            continue  # an indicator: those are told of where indicators are
        yield f"| `{each.name}` | {each.kind} | {', '.join(each.labels)} | {each.help} |"


def recorded() -> Iterable[str]:
    yield "| series | by |"
    yield "|---|---|"
    for rule in rules("record"):
        level = rule["record"].partition(":")[0]
        yield f"| `{rule['record']}` | {'all' if level == 'vocero' else level.replace('_', ', ')} |"


def alerts() -> Iterable[str]:
    yield "| alert | | after | what it says |"
    yield "|---|---|---|---|"
    for rule in rules("alert"):
        says = re.sub(r"\{\{ *\$(?:labels\.)?(\w+)[^}]*\}\}", r"…", rule["annotations"]["summary"])
        yield f"| `{rule['alert']}` | {rule['labels']['severity']} | {rule['for']} | {says} |"


def rules(kind: str) -> list[dict[str, Any]]:
    """The recording rules (`record`), or the alerts (`alert`)."""
    read = [YAML(typ="safe").load(file.read_text("utf-8")) for file in sorted(ROOT.glob("monitoring/rules/*.yml"))]
    return [rule for file in read for group in file["groups"] for rule in group["rules"] if kind in rule]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
