"""Dashboards as Grafana 11 reads them, by Grafana's own builders: a field that it does not know cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    text,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.text import TextMode

from monitoring.dashboards.values import ACROSS, Board, Colour, Kind, Look, Panel, Query, Row, Variable

SOURCE: Final = model.DataSourceRef(type_val="prometheus", uid="prometheus")
TAG: Final = "vocero"
"""By which the dashboards find each other."""
ZONE: Final = "browser"
ROW_HEIGHT: Final = 1


def as_json(board: Board) -> str:
    """The file's whole content."""
    made = _board(board).build()
    return JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False).encode(made) + "\n"


def _board(board: Board) -> dashboard.Dashboard:
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.id)
        .description(board.means)
        .tags([TAG])
        .readonly()
        .timezone(ZONE)
        .refresh(board.refresh)
        .time(board.since, "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Vocero")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .keep_time(True)
            .icon("external link")
        )
    )
    for variable in board.variables:
        made = made.with_variable(_variable(variable))
    number = top = 0
    for row in board.rows:
        number += 1
        made = made.with_row(
            dashboard.Row(row.title).id(number).grid_pos(model.GridPos(x=0, y=top, w=ACROSS, h=ROW_HEIGHT))
        )
        top += ROW_HEIGHT
        for panel, x, y in placed(row):
            number += 1
            at = model.GridPos(x=x, y=top + y, w=panel.width, h=row.height)
            made = made.with_panel(_panel(panel).id(number).grid_pos(at))
        top += row.height * lines(row)
    return made


def placed(row: Row) -> Iterator[tuple[Panel, int, int]]:
    """Each panel with its column, and its line's height below the row."""
    x = y = 0
    for panel in row.panels:
        if x + panel.width > ACROSS:
            x, y = 0, y + row.height
        yield panel, x, y
        x += panel.width


def lines(row: Row) -> int:
    """Of panels below the heading."""
    return max(y for _, _, y in placed(row)) // row.height + 1


def _variable(variable: Variable) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(variable.name)
        .label(variable.title)
        .datasource(SOURCE)
        .query(f"label_values({variable.metric}, {variable.label})")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def _panel(panel: Panel) -> Any:
    """Its builder; the builders of the kinds have their methods in common, and no type."""
    made: Any = _KINDS[panel.kind](panel)
    made.title(panel.title).description(panel.means)
    if panel.kind is Kind.TEXT:
        return made
    made.datasource(SOURCE).unit(panel.unit.value).no_value(panel.nothing)
    if panel.decimals is not None:
        made.decimals(panel.decimals)
    if panel.least is not None:
        made.min(panel.least)
    if panel.most is not None:
        made.max(panel.most)
    if panel.steps:
        steps = [model.Threshold(value=value, color=colour.value) for value, colour in panel.steps]
        made.thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
    if panel.values:
        made.mappings([model.ValueMap({str(value): _result(look) for value, look in panel.values.items()})])
    for legend, look in panel.series.items():
        made.override_by_name(legend, _properties(look))
    for letter, query in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", panel.queries, strict=False):
        made.with_target(_query(query, letter))
    return made


def _query(query: Query, letter: str) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expr).legend_format(query.legend or "__auto").ref_id(letter)
    return made.datasource(SOURCE).instant() if query.once else made.datasource(SOURCE).range()


def _result(look: Look) -> model.ValueMappingResult:
    return model.ValueMappingResult(text=look.word, color=look.colour.value, index=0)


def _properties(look: Look) -> list[model.DynamicConfigValue]:
    fixed = {"mode": model.FieldColorModeId.FIXED.value, "fixedColor": look.colour.value}
    return [
        model.DynamicConfigValue("displayName", look.word),
        model.DynamicConfigValue("color", fixed),
    ]


def _latest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _coloured(panel: Panel, otherwise: model.FieldColorModeId) -> dashboard.FieldColor:
    mode = model.FieldColorModeId.THRESHOLDS if panel.steps or panel.values else otherwise
    colour = dashboard.FieldColor().mode(mode)
    return colour.fixed_color(Colour.CALM.value) if mode is model.FieldColorModeId.FIXED else colour


def _number(panel: Panel) -> stat.Panel:
    several = len(panel.queries) > 1 or "{{" in panel.queries[0].legend
    plain = panel.values or any(query.once for query in panel.queries)
    return (
        stat.Panel()
        .reduce_options(_latest())
        .color_mode(options.BigValueColorMode.VALUE)
        .graph_mode(options.BigValueGraphMode.NONE if plain else options.BigValueGraphMode.AREA)
        .text_mode(options.BigValueTextMode.VALUE_AND_NAME if several else options.BigValueTextMode.VALUE)
        .color_scheme(_coloured(panel, model.FieldColorModeId.FIXED))
    )


def _lines(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .line_width(2)
        .fill_opacity(30 if panel.stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .line_interpolation(options.LineInterpolation.STEP_AFTER if panel.stacked else options.LineInterpolation.LINEAR)
        .span_nulls(False)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .calcs([])
        )
    )
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if panel.line_at_steps:
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED))
    return made


def _bars(panel: Panel) -> bargauge.Panel:
    return (
        bargauge.Panel()
        .reduce_options(_latest())
        .orientation(options.VizOrientation.HORIZONTAL)
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .value_mode(options.BarGaugeValueMode.TEXT)
        .show_unfilled(True)
        .color_scheme(_coloured(panel, model.FieldColorModeId.FIXED))
    )


def _states(panel: Panel) -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .merge_values(True)
        .show_value(options.VisibilityMode.AUTO)
        .row_height(0.8)
        .color_scheme(_coloured(panel, model.FieldColorModeId.FIXED))
    )


def _text(panel: Panel) -> text.Panel:
    return text.Panel().mode(TextMode.MARKDOWN).content(panel.text)


_KINDS: Final = {
    Kind.NUMBER: _number,
    Kind.LINES: _lines,
    Kind.BARS: _bars,
    Kind.STATES: _states,
    Kind.TEXT: _text,
}
