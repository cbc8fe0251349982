"""The picture of a tree, as SVG: what is said in each node, and where each answer leads; with calls that were counted,
how many went each way, and where they left. Its words are Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from textwrap import wrap
from typing import Final

from cti_api.appointments.spanish import WEEKDAYS
from cti_api.wall_clock import MIDNIGHT
from ivr.tree import nodes
from ivr.tree.layout import WIDTH, Box, Layout, Port, laid_out
from ivr.tree.nodes import Choice, Node, Tree, Way
from ivr.tree.prompts import Prompt
from ivr.tree.seen import Seen

MARGIN: Final = 28.0
TITLE_HEIGHT: Final = 58.0
HEAD, TEXT_LINE, ROW, FOOT = 25.0, 15.0, 18.0, 7.0
"""Heights of a box's parts."""
SIGNS_A_LINE: Final = 45
"""Of what is said; of a font 11.5 pixels high in a box of that width."""
SIGN: Final = 6.6
"""Width of a digit in the same font, bold."""
MOST_LINES: Final = 4
MOST_ROWS: Final = 24

TALK, MACHINE, PEOPLE, OVER = "talk", "machine", "people", "over"

KINDS: Final[dict[type[Node], tuple[str, str]]] = {
    nodes.Say: ("dice", TALK),
    nodes.Menu: ("menú", TALK),
    nodes.Ask: ("pregunta", TALK),
    nodes.Directory: ("directorio", TALK),
    nodes.CallBack: ("ofrece llamar", TALK),
    nodes.Record: ("graba", TALK),
    nodes.Survey: ("encuesta", TALK),
    nodes.LookUp: ("consulta", MACHINE),
    nodes.Branch: ("según", MACHINE),
    nodes.Hours: ("horario", MACHINE),
    nodes.Send: ("envía", MACHINE),
    nodes.Ticket: ("registra", MACHINE),
    nodes.GoTo: ("va a", MACHINE),
    nodes.SubTree: ("otro árbol", MACHINE),
    nodes.Queue: ("cola", PEOPLE),
    nodes.Transfer: ("transfiere", PEOPLE),
    nodes.HangUp: ("cuelga", OVER),
}

WAYS: Final = {
    "then": "",
    "found": "encontrado",
    "not_found": "no existe",
    "failed": "si falla",
    "open": "abierto",
    "closed": "cerrado",
    "holiday": "feriado",
    "yes": "sí",
    "no": "no",
    "booked": "acepta",
    "declined": "no acepta",
    "waited": "si espera mucho",
    "nobody": "si nadie atiende",
    "wants_call_back": "prefiere que le llamen",
    "otherwise": "en otro caso",
    "give_up": "sin respuesta",
    "return": "vuelve",
}

STYLE: Final = """
text { font-family: "Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; fill: #22303c; }
.title { font-size: 21px; font-weight: 700; } .rule { font-size: 12.5px; fill: #5b6b79; }
.box { fill: #fff; stroke-width: 1.3; } .name { font-size: 12.5px; font-weight: 650; fill: #fff; }
.kind { font-size: 11px; fill: #fff; opacity: .85; } .said { font-size: 11.5px; }
.way { font-size: 11.5px; fill: #3d4d5c; } .key { font-size: 11px; font-weight: 700; }
.to { font-size: 11.5px; fill: #6b7a88; } .count { font-weight: 650; fill: #22303c; }
.lost { font-weight: 650; fill: #b3261e; }
.line { fill: none; stroke-width: 1.4; opacity: .6; } .apart { stroke: #e3e8ed; }
.talk .box { stroke: #2f6fab; } .talk .head { fill: #2f6fab; }
.machine .box { stroke: #7b6a9c; } .machine .head { fill: #7b6a9c; }
.people .box { stroke: #2e8b6a; } .people .head { fill: #2e8b6a; }
.over .box { stroke: #a0525a; } .over .head { fill: #a0525a; }
.line.talk { stroke: #2f6fab; } .line.machine { stroke: #7b6a9c; } .line.people { stroke: #2e8b6a; }
""".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way, as the picture shows it."""

    key: str
    label: str
    to: str
    """A node; empty: nowhere in the tree."""
    told: str = ""
    """Where it leads, if that is no node."""
    way: str = ""
    """Its name in the tree."""
    tally: str = ""
    """How many went this way; empty: nobody counted."""
    share: float | None = None
    """Of all calls."""
    is_loss: bool = False

    @property
    def target(self) -> str:
        return f"→ {_shown(self.to, 22)}" if self.to else self.told

    @property
    def lines(self) -> tuple[str, ...]:
        """The label, beside its key and its target."""
        lines = wrap(self.label, SIGNS_A_LINE - len(self.key) - len(self.target) - len(self.tally) - 2)
        return tuple(lines if len(lines) <= 2 else [lines[0], f"{lines[1]} …"])

    @property
    def height(self) -> float:
        return ROW + (TEXT_LINE - 1) * max(len(self.lines) - 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is written in one box."""

    kind: str
    role: str
    lines: tuple[str, ...]
    rows: tuple[Row, ...]

    def box(self, leads_to: tuple[str, ...]) -> Box:
        above = HEAD + (len(self.lines) * TEXT_LINE + 9 if self.lines else 4)
        ports, height = [], above
        for row in self.rows:
            if row.to:
                ports.append(Port(height + ROW / 2, row.to, row.share))
            height += row.height
        return Box(height=height + FOOT, ports=tuple(ports), leads_to=leads_to, entry=HEAD / 2)


def drawn(tree: Tree, seen: Seen | None = None) -> str:
    """The tree as an SVG document, with what calls did in it where that was counted."""
    cards = {name: _card(name, node, seen) for name, node in tree.nodes.items()}
    boxes = {name: card.box(tuple(way.to for way in tree.nodes[name].ways())) for name, card in cards.items()}
    layout = laid_out(boxes, tree.start)
    rules = (*_rules(tree), *(_counted(tree, seen) if seen is not None else ()))
    top = MARGIN + TITLE_HEIGHT + 17.0 * len(rules)
    width, height = layout.width + 2 * MARGIN, layout.height + top + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{escape(tree.title)}</title><style>{STYLE}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#f6f8fa"/>',
        _text(MARGIN, MARGIN + 18, tree.title, "title"),
        *(_text(MARGIN, MARGIN + 42 + 17 * place, rule, "rule") for place, rule in enumerate(rules)),
        f'<g transform="translate({MARGIN:.0f} {top:.0f})">',
        *_lines(layout, cards),
        *(part for name, card in cards.items() for part in _drawn(name, card, layout, boxes[name])),
        "</g></svg>\n",
    ]
    return "\n".join(parts)


def _rules(tree: Tree) -> Iterator[str]:
    """What is true of the whole tree, said once."""
    everywhere: dict[str, str] = {}
    for node in tree.nodes.values():
        if isinstance(node, nodes.Menu | nodes.Ask | nodes.Directory | nodes.CallBack):
            for choice in node.question.choices:
                if choice.everywhere:
                    said = " ".join(part for part in (choice.key, _called(choice)) if part)
                    everywhere.setdefault(choice.value, f"{said} → {choice.to}")
    if everywhere:
        yield f"En todo momento: {', '.join(everywhere.values())}."
    if tree.queues:
        ways = ", ".join(f"{WAYS[way.name] or 'tras la conversación'} → {way.to}" for way in tree.queues)
        yield f"En toda cola: {ways}."
    yield f"Si no se entiende o se pasa un límite: → {tree.fallback}."


def _counted(tree: Tree, seen: Seen) -> Iterator[str]:
    """What was counted, and what of it the picture has no place for."""
    days = f" {seen.days}" if seen.days else ""
    if not seen.calls:
        yield f"Ninguna llamada{days}."
        return
    yield f"{seen.calls} llamada{'s' if seen.calls > 1 else ''}{days}: cuántas veces se tomó cada camino, y su parte."
    gone = sum(count for (node, _), count in seen.ways.items() if node not in tree.nodes)
    if gone:
        yield f"Otras {gone} veces se pasó por nodos que este archivo no tiene."


def _card(name: str, node: Node, seen: Seen | None) -> Card:
    kind, role = KINDS[type(node)]
    named = ""
    prompt: Prompt = ()
    match node:
        case nodes.Menu() | nodes.Ask() | nodes.Directory() | nodes.CallBack():
            prompt = node.question.prompt
        case nodes.Say() | nodes.Record() | nodes.HangUp():
            prompt = node.prompt
        case nodes.Queue():
            prompt, named = node.prompt, node.name
        case nodes.Transfer():
            prompt, named = node.prompt, node.to
        case nodes.Branch():
            named = node.variable
        case nodes.LookUp() | nodes.Survey() | nodes.Send():
            named = node.name
        case nodes.Ticket():
            named = node.kind
        case nodes.SubTree():
            named = f"{node.tree}, versión {node.version}"
        case nodes.Hours():
            named = ", ".join(_opening(node))
        case _:
            pass
    lines = wrap(f"[{named}]" if named else "", SIGNS_A_LINE) + wrap(
        " ".join(line.text for line in prompt), SIGNS_A_LINE
    )
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …"]
    rows = list(_rows(node))
    if len(rows) > MOST_ROWS:
        rows = [*rows[: MOST_ROWS - 1], Row(key="", label=f"… y {len(rows) - MOST_ROWS + 1} más", to="")]
    if seen is not None:
        rows = list(_tallied(name, node, rows, seen))
        kind = f"{kind} · {seen.visits(name)}"
    return Card(kind=kind, role=role, lines=tuple(lines), rows=tuple(rows))


def _opening(node: nodes.Hours) -> Iterator[str]:
    """The hours, neighbouring days that have the same ones together."""
    by_day = {day: [(start, end) for each, start, end in node.days if each == day] for day in range(7)}
    for windows, together in groupby(range(7), key=lambda day: by_day[day]):
        days = list(together)
        if windows:
            named = WEEKDAYS[days[0]][:2] + (f"-{WEEKDAYS[days[-1]][:2]}" if len(days) > 1 else "")
            hours = ", ".join(
                f"{start:%H:%M}-{'24:00' if end == MIDNIGHT else f'{end:%H:%M}'}" for start, end in windows
            )
            yield f"{named} {hours}"


def _rows(node: Node) -> Iterator[Row]:
    if isinstance(node, nodes.Directory):
        keys = {choice.value: choice.key for choice in node.question.choices}
        for listed in node.listed:
            led = listed.name if listed.to else ""
            yield Row(key=keys[listed.name], label=listed.name, to=listed.to, told=f"☎ {listed.extension}", way=led)
    chosen: dict[str, Choice] = {}
    if isinstance(node, nodes.Menu | nodes.Ask | nodes.Directory | nodes.CallBack):
        chosen = {choice.value: choice for choice in node.question.choices}
    for way in node.ways():
        choice = chosen.get(way.name)
        if way.implied or (choice is not None and (choice.everywhere or isinstance(node, nodes.Directory))):
            continue
        if choice is not None:
            yield Row(key=choice.key, label=_called(choice), to=way.to, way=way.name)
        else:
            yield Row(key="", label=_of_way(node, way), to=way.to, way=way.name)


def _tallied(name: str, node: Node, rows: list[Row], seen: Seen) -> Iterator[Row]:
    """The rows with how many went each way; ways that are not drawn otherwise, where somebody went them; who left."""
    visits, left = seen.visits(name), {way: count for (at, way), count in seen.ways.items() if at == name and way}

    def tally(row: Row, count: int) -> Row:
        told = f"{count} · {100 * count / visits:.0f} %" if visits else "0"
        return replace(row, tally=told, share=count / seen.calls if seen.calls else 0.0)

    for row in rows:
        yield tally(row, left.pop(row.way, 0)) if row.way else row
    ways = {way.name: way for way in node.ways()}
    for way, count in left.items():
        known = ways.get(way)
        label = _of_way(node, known) if known else "" if way == "then" else f"«{way}», que ya no está"
        yield tally(Row(key="", label=label or "tras la conversación", to=known.to if known else ""), count)
    for label, counts in (("siguen con una persona", seen.handed_over), ("cuelgan aquí", seen.hung_up)):
        if name in counts:
            yield tally(Row(key="", label=label, to="", is_loss=counts is seen.hung_up), counts[name])


def _of_way(node: Node, way: Way) -> str:
    if isinstance(node, nodes.Branch) and way.name != "otherwise":
        return way.name.replace("_", " ")
    return WAYS.get(way.name, way.name)


def _called(choice: Choice) -> str:
    """A choice in few words: what its prompt says of it, without how it is chosen; else its first phrase."""
    said = " ".join(line.text for line in choice.say)
    said = re.sub(r"(?i),?\s*(?:marque|diga|presione|oprima)?\s*(?:el |la )?[0-9*#]\s*[.:]?$", "", said)
    said = re.sub(r"(?i)^(?:para|por|si es)\s+", "", said).rstrip(".,: ")
    said = said[:1].upper() + said[1:]
    return said or (f"«{choice.phrases[0]}»" if choice.phrases else choice.value)


def _shown(name: str, most: int) -> str:
    """A node's name as words."""
    words = name.replace("_", " ")
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _lines(layout: Layout, cards: dict[str, Card]) -> Iterator[str]:
    for line in layout.lines:
        bend = (line.to_x - line.x) / 2
        wide = "" if line.share is None else f' style="stroke-width:{1 + 4 * min(line.share, 1.0):.1f}"'
        yield (
            f'<path class="line {cards[line.from_box].role}"{wide} d="M{line.x:.1f} {line.y:.1f}C{line.x + bend:.1f} '
            f"{line.y:.1f} {line.to_x - bend:.1f} {line.to_y:.1f} {line.to_x - 5:.1f} {line.to_y:.1f}"
            f'l-5 -3.5m5 3.5l-5 3.5"/>'
        )


def _drawn(name: str, card: Card, layout: Layout, box: Box) -> Iterator[str]:
    x, y = layout.lefts[name], layout.tops[name]
    joined = {line.to_box for line in layout.lines if line.from_box == name}
    yield f'<g class="{card.role}" id="{escape(name)}">'
    yield f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{WIDTH:.0f}" height="{box.height:.1f}" rx="7"/>'
    side = HEAD - 7
    yield f'<path class="head" d="M{x:.1f} {y + HEAD:.1f}v-{side:.0f}q0 -7 7 -7h{WIDTH - 14:.0f}q7 0 7 7v{side:.0f}z"/>'
    yield _text(x + 10, y + 17, _shown(name, 26), "name")
    yield _text(x + WIDTH - 10, y + 17, card.kind, "kind", end=True)
    below = y + HEAD + 4
    for text in card.lines:
        below += TEXT_LINE
        yield _text(x + 10, below - 2, text, "said")
    if card.lines:
        below += 5
    if card.lines and card.rows:
        yield f'<path class="apart" d="M{x + 8:.1f} {below:.1f}h{WIDTH - 16:.0f}"/>'
    for row in card.rows:
        base = below + ROW / 2 + 4
        if row.key:
            yield _text(x + 10, base, row.key, "key")
        for place, label in enumerate(row.lines):
            indent = 16 + 7 * len(row.key) if row.key else 10
            yield _text(x + indent, base + place * (TEXT_LINE - 1), label, "way lost" if row.is_loss else "way")
        if row.tally:
            yield _text(x + WIDTH - 10, base, row.tally, "to lost" if row.is_loss else "to count", end=True)
        right = x + WIDTH - 10 - (SIGN * len(row.tally) + 8 if row.tally else 0)
        if row.to and row.to not in joined:
            yield f'<a href="#{escape(row.to)}">{_text(right, base, row.target, "to", end=True)}</a>'
        elif not row.to and row.told:
            yield _text(right, base, row.told, "to", end=True)
        below += row.height
    yield "</g>"


def _text(x: float, y: float, text: str, kind: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{anchor}>{escape(text)}</text>'
