"""Draws the dashboards of `monitoring/grafana/dashboards` as pages, with what a Prometheus answers to their panels.

No Grafana is asked: layout, titles, units, colours and legends are those of the dashboards' files, and the page says
that it is no screenshot. `tests.bench.make_screens` takes its picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from tests.support.grafana_writes import written
from tests.support.panels import Asked, answer, board, panels
from tests.support.prometheus import Prometheus, Sample, Series

CAPTION: Final = (
    "Dibujado por tests/bench/draw_boards.py con lo que respondió el Prometheus de una demostración (make demo); "
    "no es una captura de pantalla de Grafana."
)
COLUMN, LINE, GAP = 52, 30, 6
"""Of the grid, in pixels: Grafana's own lines are 30 high."""
COLOURS: Final = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "red": "#f2495c",
    "blue": "#5794f2",
    "purple": "#b877d9",
    "orange": "#ff9830",
}
PALETTE: Final = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#37872d", "#fa6400")
DIGIT: Final = 0.64
"""How wide a digit is, in its height."""
STYLE: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Line:
    """One series as a panel shows it."""

    name: str
    colour: str
    samples: list[Sample]

    @property
    def latest(self) -> float:
        return self.samples[-1][1]


@dataclass(frozen=True, slots=True)
class Span:
    """The dashboard's time, in Unix seconds."""

    end: float
    seconds: float

    @property
    def start(self) -> float:
        return self.end - self.seconds


def page(prometheus: Prometheus, file: Path, choices: Mapping[str, str], span: Span) -> tuple[str, int, int]:
    """The dashboard as HTML, and its width and height in pixels."""
    read = board(file)
    head = 54
    parts = []
    for panel in read["panels"]:
        at = panel["gridPos"]
        left, top = GAP + at["x"] * COLUMN, head + at["y"] * (LINE + GAP)
        width, height = at["w"] * COLUMN - GAP, at["h"] * (LINE + GAP) - GAP
        place = f"left:{left}px;top:{top}px;width:{width}px;height:{height}px"
        if panel["type"] == "row":
            parts.append(f'<div class="row" style="{place}">⌄ {escape(panel["title"])}</div>')
        else:
            shown = _panel(prometheus, file.stem, panel, choices, span, (width - 18, height - 34))
            parts.append(f'<div class="panel" style="{place}"><b>{escape(panel["title"])}</b>{shown}</div>')
    bottom = head + max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels(read)) * (LINE + GAP)
    width = 24 * COLUMN + GAP
    chosen = "".join(f" · {name}: {value}" for name, value in choices.items())
    html = (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{escape(read['title'])}{escape(chosen)}</h1>"
        f"<p>{escape(CAPTION)}</p>{''.join(parts)}"
    )
    return html, width, bottom + GAP


def _panel(
    prometheus: Prometheus,
    name: str,
    panel: Mapping[str, Any],
    choices: Mapping[str, str],
    span: Span,
    size: tuple[int, int],
) -> str:
    if panel["type"] == "text":
        return f'<div class="body text">{_markdown(panel["options"]["content"])}</div>'
    lines: list[Line] = []
    for target in panel["targets"]:
        found = answer(prometheus, Asked(name, panel, target), choices, span.seconds, span.end)
        lines += [_line(panel, target, series, len(lines) + place) for place, series in enumerate(found)]
    if not lines:
        nothing = escape(panel["fieldConfig"]["defaults"].get("noValue", "–"))
        return f'<div class="body"><div class="number nothing">{nothing}</div></div>'
    return _DRAWN[panel["type"]](panel, lines, span, size)


def _line(panel: Mapping[str, Any], target: Mapping[str, Any], series: Series, place: int) -> Line:
    name = target["legendFormat"]
    for label, value in series.labels.items():
        name = name.replace(f"{{{{{label}}}}}", value)
    name = name.replace("{{", "").replace("}}", "") if name != "__auto" else ""
    colour = PALETTE[place % len(PALETTE)]
    for override in panel["fieldConfig"].get("overrides", ()):
        if override["matcher"]["options"] == name:
            properties = {each["id"]: each["value"] for each in override["properties"]}
            name, fixed = properties["displayName"], properties["color"]["fixedColor"]
            return Line(name, COLOURS.get(fixed, fixed), series.samples)
    return Line(name, colour, series.samples)


def _coloured(panel: Mapping[str, Any], line: Line) -> str:
    """By its value, where the panel has thresholds or words for values."""
    defaults = panel["fieldConfig"]["defaults"]
    for mapping in defaults.get("mappings", ()):
        if (result := mapping["options"].get(f"{line.latest:g}")) is not None:
            return COLOURS[result["color"]]
    if overridden(panel, line):
        return line.colour
    colour = "blue"
    for step in defaults.get("thresholds", {}).get("steps", ()):
        if step["value"] is None or line.latest >= step["value"]:
            colour = step["color"]
    return COLOURS.get(colour, colour)


def overridden(panel: Mapping[str, Any], line: Line) -> bool:
    return any(
        property_["value"] == line.name
        for override in panel["fieldConfig"].get("overrides", ())
        for property_ in override["properties"]
    )


def _numbers(panel: Mapping[str, Any], lines: Sequence[Line], span: Span, size: tuple[int, int]) -> str:
    parts = []
    room = (size[0] - 20) / len(lines) / max(len(_written(panel, line.latest)) for line in lines)
    height = max(14, min(34, size[1] // 2, int(room / DIGIT)))
    for line in lines:
        colour, name = _coloured(panel, line), f"<small>{escape(line.name)}</small>" if line.name else ""
        parts.append(f'<div style="color:{colour};font-size:{height}px">{name}{_written(panel, line.latest)}</div>')
    behind = ""
    if len(lines) == 1 and len(lines[0].samples) > 1 and panel["options"].get("graphMode") == "area":
        colour = _coloured(panel, lines[0])
        points = _points(lines[0].samples, span, _most([lines[0]]), (100, 30))
        behind = (
            f'<svg viewBox="0 0 100 30" preserveAspectRatio="none"><polygon points="{points} 100,30 '
            f'{points.split(",")[0]},30" fill="{colour}" opacity=".18"/><polyline points="{points}" fill="none" '
            f'stroke="{colour}" stroke-width="1.2" vector-effect="non-scaling-stroke"/></svg>'
        )
    return f'<div class="body"><div class="number">{behind}{"".join(parts)}</div></div>'


def _bars(panel: Mapping[str, Any], lines: Sequence[Line], span: Span, size: tuple[int, int]) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    most = defaults.get("max") or max((line.latest for line in lines), default=1) or 1
    parts = []
    for line in lines[: max(1, size[1] // 17)]:
        width = 100 * min(max(line.latest / most, 0), 1)
        colour = _coloured(panel, line)
        parts.append(
            f'<div><em>{escape(line.name)}</em><u><s style="width:{width:.1f}%;background:{colour}"></s></u>'
            f'<strong style="color:{colour}">{_written(panel, line.latest)}</strong></div>'
        )
    return f'<div class="body"><div class="bars">{"".join(parts)}</div></div>'


def _graph(panel: Mapping[str, Any], lines: Sequence[Line], span: Span, size: tuple[int, int]) -> str:
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    words = sum(7 * len(line.name) + 30 for line in lines)
    size = size[0], size[1] - (16 if words > size[0] else 0)
    left, width, height = 50, size[0] - 54, size[1] - 34
    labels = 4 if width > 250 else 2
    drawn = _stacked(lines) if stacked else lines
    most = max(_most(drawn), 1e-9)
    ticks = _ticks(most)
    grid = "".join(
        f'<line x1="{left}" x2="{left + width}" y1="{_y(tick, most, height):.1f}" y2="{_y(tick, most, height):.1f}" '
        f'stroke="#26292e"/><text x="{left - 5}" y="{_y(tick, most, height) + 4:.1f}" text-anchor="end">'
        f"{escape(_written(panel, tick))}</text>"
        for tick in ticks
    )
    hours = "".join(
        f'<text x="{left + width * part / labels:.0f}" y="{height + 18}" text-anchor="middle">'
        f"{_ago(span.seconds * (1 - part / labels))}</text>"
        for part in range(labels)
    )
    shapes = []
    below = [(at, 0.0) for at, _ in drawn[0].samples]
    for line in drawn:
        points = _points(line.samples, span, most, (width, height), left)
        if stacked:
            under = _points(below[::-1], span, most, (width, height), left)
            shapes.append(f'<polygon points="{points} {under}" fill="{line.colour}" opacity=".5"/>')
            below = line.samples
        shapes.append(f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="1.6"/>')
    limits = ""
    if custom.get("thresholdsStyle", {}).get("mode") == "dashed":
        for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
            if step["value"] is not None and step["value"] <= most:
                y = _y(step["value"], most, height)
                limits += (
                    f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" '
                    f'stroke="{COLOURS[step["color"]]}" stroke-dasharray="5 4"/>'
                )
    legend = "".join(
        f'<span><i style="background:{line.colour}"></i>{escape(line.name or "valor")}</span>' for line in lines
    )
    return (
        f'<div class="body"><svg width="{size[0]}" height="{size[1] - 10}" font-size="10" fill="#8e8e9e">{grid}{hours}'
        f'{"".join(shapes)}{limits}</svg></div><div class="legend">{legend}</div>'
    )


def _states(panel: Mapping[str, Any], lines: Sequence[Line], span: Span, size: tuple[int, int]) -> str:
    left, tall = 170, min(26, size[1] // max(len(lines), 1))
    results = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    width, parts = size[0] - left, []
    for row, line in enumerate(lines):
        y = row * tall + 3
        parts.append(f'<text x="{left - 8}" y="{y + tall / 2 + 2:.0f}" text-anchor="end">{escape(line.name)}</text>')
        for at, until, value in _spans(line.samples):
            x = left + width * (at - span.start) / span.seconds
            colour = COLOURS[results[f"{value:g}"]["color"]]
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width * (until - at) / span.seconds + 0.6:.1f}" '
                f'height="{tall - 5}" fill="{colour}" opacity=".8"/>'
            )
        text = escape(results[f"{line.latest:g}"]["text"])
        parts.append(
            f'<text x="{left + width - 8}" y="{y + tall / 2 + 2:.0f}" text-anchor="end" fill="#111217">{text}</text>'
        )
    return (
        f'<div class="body"><svg width="{size[0]}" height="{size[1]}" font-size="11" fill="#ccccdc">'
        f"{''.join(parts)}</svg></div>"
    )


_DRAWN: Final[Mapping[str, Callable[[Mapping[str, Any], Sequence[Line], Span, tuple[int, int]], str]]] = {
    "stat": _numbers,
    "bargauge": _bars,
    "timeseries": _graph,
    "state-timeline": _states,
}


def _spans(samples: Sequence[Sample]) -> list[tuple[float, float, float]]:
    """From when to when it was which value."""
    found: list[tuple[float, float, float]] = []
    for at, value in samples:
        if found and found[-1][2] == value:
            found[-1] = (found[-1][0], at, value)
        else:
            found = [*found[:-1], (found[-1][0], at, found[-1][2])] if found else found
            found.append((at, at + 1, value))
    return found


def _stacked(lines: Sequence[Line]) -> list[Line]:
    """Each on top of those before it; a moment at which one has no sample counts as 0."""
    total: dict[float, float] = dict.fromkeys(sorted({at for line in lines for at, _ in line.samples}), 0.0)
    found = []
    for line in lines:
        own = dict(line.samples)
        for at in total:
            total[at] += own.get(at, 0.0)
        found.append(Line(line.name, line.colour, list(total.items())))
    return found


def _most(lines: Sequence[Line]) -> float:
    return max((value for line in lines for _, value in line.samples), default=0.0) * 1.05


def _y(value: float, most: float, height: float) -> float:
    return 4 + height - height * value / most


def _points(samples: Sequence[Sample], span: Span, most: float, size: tuple[int, int], left: int = 0) -> str:
    most = most or 1
    return " ".join(
        f"{left + size[0] * (at - span.start) / span.seconds:.1f},{_y(max(value, 0), most, size[1]):.1f}"
        for at, value in samples
    )


def _ago(seconds: float) -> str:
    return f"−{seconds // 60:.0f}:{seconds % 60:02.0f} min"


def _written(panel: Mapping[str, Any], value: float) -> str:
    """As Grafana writes it."""
    defaults = panel["fieldConfig"]["defaults"]
    for mapping in defaults.get("mappings", ()):
        if (result := mapping["options"].get(f"{value:g}")) is not None:
            return str(result["text"])
    return written(defaults["unit"], value, defaults.get("decimals"))


def _ticks(most: float) -> list[float]:
    """Round values, four or so."""
    size = 10 ** math.floor(math.log10(most))
    step = next(size * part for part in (0.2, 0.25, 0.5, 1, 2, 2.5, 5) if size * part * 5 >= most)
    return [step * place for place in range(int(most / step) + 1)]


def _markdown(text: str) -> str:
    """The little of it that the dashboards use."""
    parts = escape(text.strip()).split("**")
    bold = "".join(f"<b>{part}</b>" if place % 2 else part for place, part in enumerate(parts))
    return bold.replace("\n\n", "<br><br>").replace("`", "")
