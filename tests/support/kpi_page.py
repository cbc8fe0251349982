"""The table of docs/kpi.md, made of the indicators that there are.

.venv/bin/python -m tests.support.kpi_page      # write it anew
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from cti_api.figures import splits_of
from cti_api.kpi import written
from cti_api.kpi.indicators import INDICATORS
from cti_api.kpi.measures import Split
from cti_api.kpi.words import Language

PAGE = Path(__file__).parents[2] / "docs" / "kpi.md"
_ALL = {Split.DAY, Split.MONTH, Split.HOUR}


def page(text: str) -> str:
    """The page with its table as it is to be; what stands around it is kept."""
    between = re.compile(r"(<!-- indicators -->\n).*?(<!-- /indicators -->)", re.DOTALL)
    text, found = between.subn(lambda match: match[1] + "\n".join(table()) + "\n" + match[2], text)
    assert found == 1
    return text


def table() -> Iterable[str]:
    yield "| indicator | name | formula | target | by | asked for in |"
    yield "|---|---|---|---|---|---|"
    for each in INDICATORS.values():
        target = written.target(each.target, each.unit, Language.EN) if each.target is not None else ""
        by = ", ".join(sorted(splits_of(each) - _ALL))
        formula = written.formula(each, Language.EN)
        yield f"| `{each.id}` | {each.name_en} · {each.name_es} | {formula} | {target} | {by} | {each.procedure} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
