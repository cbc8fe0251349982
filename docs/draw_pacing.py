"""Draws docs/pacing.svg, one decision of the predictive pacer as the code makes it:
``.venv/bin/python docs/draw_pacing.py``.

Six agents, one of them free and two in wrap-up; calls that have rung for 10 and 17 seconds. The chances are those that
a pacer supposes before it has learned anything.
"""

from pathlib import Path

import numpy as np

from dialer.pacing.estimators import SLOT_SECONDS, SLOTS, Floats, Ringing, Stage, chances_free
from dialer.pacing.foresight import Exact, free_agents

PICTURE = Path(__file__).with_name("pacing.svg")
FREE_NOW, TALKING, WRAPPING, RUNG = 1, (15.0, 95.0, 140.0), (9.0, 18.0), (10, 17)
HOLD_SECONDS, RING_TIMEOUT_SECONDS = 2.0, 28.0

WIDTH, LEFT, ACROSS = 760, 60, 640
INK, FREE, ASKING, RISK = "#333", "#2a7f62", "#3465a4", "#c0392b"


def main() -> None:
    talk, wrap = Stage(10.0, 120.0, 1.5), Stage(2.0, 20.0, 0.75)
    after_talk, after_wrap = chances_free(talk, wrap, HOLD_SECONDS, TALKING, WRAPPING)
    agents = np.concatenate((after_talk[[talk.bin(s) for s in TALKING]], after_wrap[[wrap.bin(s) for s in WRAPPING]]))
    during, by = Ringing(RING_TIMEOUT_SECONDS).chances(1.0, 0.0)
    foresight, risks = Exact(FREE_NOW, free_agents(agents)), []
    asking = np.zeros(SLOTS)
    for rung in RUNG:
        foresight.add(during[rung], by[rung])
        asking += by[rung]
    for _ in range(4):
        risks.append(foresight.risk_of(during[0], by[0]) / during[0].sum())
        foresight.add(during[0], by[0])
    PICTURE.write_text(_picture(FREE_NOW + agents.sum(0), asking, risks))


def _picture(free: Floats, asking: Floats, risks: list[float]) -> str:
    most = max(free.max(), asking.max()) * 1.15
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 440" font-family="sans-serif" font-size="13" '
        f'fill="{INK}"><rect width="{WIDTH}" height="440" fill="white"/>',
        _text(LEFT, 24, "Half a minute ahead: who will be free, and who will ask", bold=True),
        _curve(free, most, FREE),
        _curve(asking, most, ASKING),
        _text(LEFT + 8, 52, "agents who are free: one now, two in wrap-up (9 and 18 s), three in talk", colour=FREE),
        _text(LEFT + 8, 70, "people who have answered: calls that have rung for 10 and 17 s", colour=ASKING),
        f'<path d="M{LEFT} 40V240H{LEFT + ACROSS}" fill="none" stroke="{INK}"/>',
    ]
    heights = [value for value in (0.5, 1.0, 1.5) if value < most]
    parts += [_text(LEFT - 30, 244 - 190 * value / most, f"{value:g}") for value in heights]
    seconds = range(0, int(SLOTS * SLOT_SECONDS) + 1, 8)
    parts += [_text(LEFT + ACROSS * at / (SLOTS * SLOT_SECONDS) - 6, 258, f"{at} s") for at in seconds]
    parts.append(_text(LEFT, 296, "One more call: people left alone, for each answer it brings", bold=True))
    for row, risk in enumerate(risks):
        top, length = 308 + 28 * row, min(ACROSS - 220, 1000 * risk)
        parts.append(_text(LEFT, top + 15, f"{row + 1}. call"))
        parts.append(f'<rect x="{LEFT + 60}" y="{top}" width="{length:.0f}" height="20" fill="{RISK}" opacity="0.75"/>')
        parts.append(_text(LEFT + 68 + length, top + 15, f"{risk:.3f}"))
    at = LEFT + 60 + 1000 * 0.1
    parts.append(f'<path d="M{at:.0f} 302V424" stroke="{INK}" stroke-dasharray="4 3"/>')
    parts.append(_text(at + 6, 434, "the price of an abandoned call now (0.1): calls below it are placed"))
    return "\n".join([*parts, "</svg>", ""])


def _curve(values: Floats, most: float, colour: str) -> str:
    points = " ".join(
        f"{LEFT + ACROSS * (slot + 0.5) / SLOTS:.0f},{240 - 190 * value / most:.0f}"
        for slot, value in enumerate(values)
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>'


def _text(x: float, y: float, what: str, *, bold: bool = False, colour: str = INK) -> str:
    weight = "bold" if bold else "normal"
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" font-weight="{weight}">{what}</text>'


if __name__ == "__main__":
    main()
