"""Panels of indicators: what each is, its formula, its target and its colours come from where it is defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cti_api.kpi import written
from cti_api.kpi.formula import Unit as KpiUnit
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.metrics.indicators import Period, Shown
from monitoring.dashboards import promql
from monitoring.dashboards.values import Colour, Kind, Panel, Query, Unit
from monitoring.dashboards.words import REACHED

Targets = Mapping[str, Target]
"""The company's own, by indicator; who is not in it has the procedure's."""

UNITS: Final = {
    KpiUnit.COUNT: (Unit.COUNT, 0),
    KpiUnit.SHARE: (Unit.SHARE, 1),
    KpiUnit.SECONDS: (Unit.TIME, 0),
    KpiUnit.POINTS: (Unit.COUNT, 0),
    KpiUnit.SCORE: (Unit.COUNT, 1),
    KpiUnit.RATIO: (Unit.COUNT, 1),
}
"""Each with its decimals."""
NO_FACTS: Final = "sin datos"
"""Nothing was recorded of which it could be made: that is not zero."""
SPOKEN: Final = {Period.TODAY: "De hoy.", Period.MONTH: "De este mes, hasta ahora."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Whose figures, and of when."""

    period: Period = Period.TODAY
    shown: Shown = Shown.ALL
    name: str = ""
    """Of one campaign, queue or survey, or a variable; empty: of each."""

    def query(self, name: str) -> str:
        return promql.indicator(name, self.period, self.shown, self.name)


def number(name: str, of: Of, targets: Targets, width: int = 4) -> Panel:
    """The figure, coloured by its target."""
    unit, decimals = UNITS[INDICATORS[name].unit]
    return Panel(
        title=written.name(INDICATORS[name]),
        kind=Kind.NUMBER,
        means=f"{SPOKEN[of.period]} {meaning(name, targets)}",
        queries=(Query(of.query(name), once=True),),
        unit=unit,
        decimals=decimals,
        width=width,
        steps=steps(_target(name, targets)),
        nothing=NO_FACTS,
    )


def beside(panel: Panel, limit: str) -> Panel:
    """The figure and, instead of a colour by a target that is everybody's, its campaign's own limit: a question."""
    figure, means = replace(panel.queries[0], legend="hoy"), f"{panel.means} El límite es el de la campaña."
    return replace(panel, means=means, queries=(figure, Query(limit, "límite", once=True)), steps=())


def bars(name: str, of: Of, targets: Targets, width: int = 8) -> Panel:
    """The same of each campaign, queue or survey."""
    unit, decimals = UNITS[INDICATORS[name].unit]
    return Panel(
        title=written.name(INDICATORS[name]),
        kind=Kind.BARS,
        means=f"{SPOKEN[of.period]} {meaning(name, targets)}",
        queries=(Query(of.query(name), "{{name}}", once=True),),
        unit=unit,
        decimals=decimals,
        width=width,
        least=0,
        most=1 if unit is Unit.SHARE else None,
        steps=steps(_target(name, targets)),
        nothing=NO_FACTS,
    )


def trend(title: str, names: tuple[str, ...], of: Of, targets: Targets, width: int = 12) -> Panel:
    """Several of the same unit over time, with the targets of those that have one."""
    unit, decimals = UNITS[INDICATORS[names[0]].unit]
    aims = [name for name in names if _target(name, targets) is not None]
    return Panel(
        title=title,
        kind=Kind.LINES,
        means="\n\n".join(f"**{written.name(INDICATORS[name])}**: {meaning(name, targets)}" for name in names),
        queries=(
            *(Query(of.query(name), written.name(INDICATORS[name])) for name in names),
            *(Query(promql.target(name), f"meta: {written.name(INDICATORS[name]).lower()}") for name in aims),
        ),
        unit=unit,
        decimals=decimals,
        width=width,
        nothing=NO_FACTS,
    )


def reached(names: tuple[str, ...], of: Of, width: int = 12) -> Panel:
    """Whether each reached its target, and when: by the targets of the settings, whatever the colours elsewhere are."""
    return Panel(
        title="Metas cumplidas",
        kind=Kind.STATES,
        means="Cada indicador frente a su meta, la de la configuración (`kpi.targets`) si la hay.",
        queries=tuple(Query(_reached(name, of), written.name(INDICATORS[name])) for name in names),
        values=REACHED,
        width=width,
        nothing=NO_FACTS,
    )


def _reached(name: str, of: Of) -> str:
    better = ">=" if INDICATORS[name].higher_is_better else "<="
    return f"{of.query(name)} {better} bool on () group_left () {promql.target(name)}"


def steps(target: Target | None) -> tuple[tuple[float | None, Colour], ...]:
    """From where on which colour; none without a target."""
    if target is None:
        return ()
    low = target.good if target.low is None else target.low
    worst, best = (Colour.BAD, Colour.GOOD) if target.higher_is_better else (Colour.GOOD, Colour.BAD)
    first, last = sorted((target.good, low))
    return (None, worst), *(((first, Colour.WATCH),) if first != last else ()), (last, best)


def meaning(name: str, targets: Targets) -> str:
    """Formula, target and source."""
    each, target = INDICATORS[name], _target(name, targets)
    told = [f"Fórmula: {written.formula(each)}."]
    if target is not None:
        told.append(f"Meta: {written.target(target, each.unit)}.")
    if each.procedure:
        told.append(f"La pide: {each.procedure}.")
    return " ".join((*told, f"Fuente: {written.source(each)}."))


def _target(name: str, targets: Targets) -> Target | None:
    return targets.get(name, INDICATORS[name].target)
