"""The few shapes of questions that the dashboards put to Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cti_api.kpi.indicators import INDICATORS
from cti_api.metrics.indicators import PREFIX, Period, Shown, metric_name
from monitoring.dashboards.values import Look

MOST_SPACES: Final = 4


def per_minute(series: str, by: str = "") -> str:
    """How much a counter grows in a minute, now."""
    return f"{_sum(by)} (rate({series}[$__rate_interval])) * 60"


def grown(series: str, by: str = "") -> str:
    """How much a counter has grown in the dashboard's time.

    A counter with labels begins with its first event, and `increase` does not see how it came to be 1; the second line
    adds that for series that are younger than the dashboard's time.
    """
    rise, born = f"increase({series}[$__range])", f"(min_over_time({series}[$__range]) unless {series} offset $__range)"
    return f"{_sum(by)} ({rise} + {born} or {rise})"


def share(part: str, whole: str) -> str:
    """Of two sums; nothing where there is no whole."""
    return f"({part}) / (({whole}) > 0)"


def quantile(of: float, histogram: str, selector: str = "", by: str = "") -> str:
    """In seconds, over the dashboard's time."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({of}, sum by ({labels}) (rate({histogram}_bucket{selector}[$__range])))"


def zero(question: str, label: str = "", name: str = "ninguno") -> str:
    """0 where nothing answers: nothing of it happened. `label`: by which series are told apart; the 0 is called
    `name`."""
    nought = f'label_replace(vector(0), "{label}", "{name}", "", "")' if label else "vector(0)"
    return f"({question}) or on () {nought}"


def worded(question: str, label: str, words: Mapping[str, Look]) -> str:
    """With a label's codes written as words: for legends that have more than this label, which Grafana cannot name."""
    for code, look in words.items():
        question = f'label_replace({question}, "{label}", "{look.word}", "{label}", "{code}")'
    return question


def spaced(question: str, label: str) -> str:
    """With spaces in a label's codes, at most `MOST_SPACES`: of what a company names, only its own files have words."""
    for _ in range(MOST_SPACES):
        question = f'label_replace({question}, "{label}", "$1 $2", "{label}", "(.*)_(.*)")'
    return question


def ever(series: str, now: str, by: str) -> str:
    """`now`, of those that were more than 0 at some time of the dashboard's: the others would only fill the legend."""
    return f"{now} and on ({by}) (max_over_time({series}[$__range]) > 0)"


def indicator(name: str, period: Period, shown: Shown = Shown.ALL, of: str = "") -> str:
    """An indicator of everything, or of one or each campaign, queue or survey. `of`: a label's value, or a variable."""
    only = f', name=~"{of}"' if of else ""
    return f'{metric_name(INDICATORS[name])}{{period="{period}", scope="{shown}"{only}}}'


def target(name: str, bound: str = "good") -> str:
    """What it is to reach, as the settings have it."""
    return f'{PREFIX}_target{{indicator="{name}", bound="{bound}"}}'


def _sum(by: str) -> str:
    return f"sum by ({by})" if by else "sum"
