"""Forty files as real companies, and people who mean harm, hand them in; and what has to become of each.

What is expected was written down before the file was read for the first time. A file is either refused, with a sentence
that has these words, or every row of it is a lead with these numbers, a rejection for this reason, or a duplicate of
that line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.support.sheets import archive, bomb, lying, ods, xlsx

DATA = Path(__file__).parents[1] / "data"
LOST = "rounded the number"
SHORT = "too short"


@dataclass(frozen=True, kw_only=True)
class OddFile:
    name: str
    content: Callable[[], bytes]
    leads: dict[int, list[str]] = field(default_factory=dict)
    """By line: the numbers, in their order."""
    names: dict[int, str] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    """By line: words of the reason."""
    duplicates: dict[int, int] = field(default_factory=dict)
    """By line: the line of the first."""
    cells: dict[int, str] = field(default_factory=dict)
    """By line: words of what was left out of a row that is a lead."""
    refused: str = ""
    region: str = "CO"
    mapping: tuple[tuple[str, str], ...] = ()
    encoding: str = ""
    delimiter: str = ""


def text(content: str, codec: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(codec)


PLAIN = "Nombre;Teléfono;Placa\r\nJimena Niño;3001234567;ABC123\r\nÓscar Muñoz;+57 310 123 4567;XYZ987\r\n"
PLAIN_LEADS = {2: ["+573001234567"], 3: ["+573101234567"]}
PLAIN_NAMES = {2: "Jimena Niño", 3: "Óscar Muñoz"}


def plain(name: str, codec: str, encoding: str, content: str = PLAIN) -> OddFile:
    return OddFile(
        name=name,
        content=text(content, codec),
        leads=PLAIN_LEADS,
        names=PLAIN_NAMES,
        encoding=encoding,
        delimiter="semicolon",
    )


ENCODINGS = (
    OddFile(
        name="utf-8 cut off in the middle of a letter",
        content=lambda: "nombre;telefono\nAna Muñoz;3001234567\n3101234567;Iba".encode() + "ñ".encode()[:1],
        leads={2: ["+573001234567"]},
        names={2: "Ana Muñoz"},
        rejected={3: "not in the encoding of the others"},
        encoding="UTF-8",
    ),
    plain("utf-8", "utf-8", "UTF-8"),
    plain("utf-8 with a mark", "utf-8-sig", "UTF-8 with a byte order mark"),
    plain("utf-16 little endian, Excel's Unicode text", "utf-16", "UTF-16 LE"),
    OddFile(
        name="utf-16 big endian with a mark",
        content=lambda: b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        leads=PLAIN_LEADS,
        names=PLAIN_NAMES,
        encoding="UTF-16 BE",
    ),
    plain("utf-16 without a mark", "utf-16-le", "UTF-16 LE"),
    plain("windows-1252", "cp1252", "Windows-1252", PLAIN.replace("ABC123", "“ABC” – 123 €")),
    plain("latin-1", "latin-1", "Latin-1 (the same as Windows-1252 here)"),
    plain("mac roman", "mac_roman", "Mac Roman"),
    plain("the old dos page", "cp850", "DOS 850"),
    OddFile(
        name="utf-8 with a row pasted from elsewhere",
        content=lambda: PLAIN.encode() + "Pía;3201234567;Ñ\n".encode("cp1252") + "Eva;3211234567;ñ\n".encode(),
        leads=PLAIN_LEADS | {5: ["+573211234567"]},
        rejected={4: "not in the encoding of the others"},
        encoding="UTF-8",
    ),
    OddFile(
        name="the only ñ in the last of many rows",
        content=lambda: (
            "nombre,telefono\n" + "".join(f"Ana {n},3{n:09d}\n" for n in range(1000, 3000)) + "Nuñez,3001234567\n"
        ).encode("cp1252"),
        leads={n - 998: [f"+573{n:09d}"] for n in range(1000, 3000)} | {2002: ["+573001234567"]},
        names={2002: "Nuñez"},
    ),
)

SHAPES = (
    OddFile(
        name="tabs",
        content=text("Nombre\tMóvil\nAna\t3001234567\n"),
        leads={2: ["+573001234567"]},
        delimiter="tab",
    ),
    OddFile(
        name="vertical bars, commas in the cells",
        content=text("nombre|celular|nota\nAna|3001234567|a, b, c\nEva|3101234567|d, e; f\n"),
        leads={2: ["+573001234567"], 3: ["+573101234567"]},
        delimiter="vertical bar",
    ),
    OddFile(
        name="excel's own line for the delimiter",
        content=text("sep=,\r\nnombre,telefono,valor\r\nAna,3001234567,1;2;3\r\nEva,3101234567,4;5;6\r\n"),
        leads={3: ["+573001234567"], 4: ["+573101234567"]},
        delimiter="comma",
    ),
    OddFile(
        name="one column and nothing else",
        content=text("3001234567\n300 123 4567\n3101234567\n\n320\n"),
        leads={1: ["+573001234567"], 3: ["+573101234567"]},
        duplicates={2: 1},
        rejected={5: SHORT},
        delimiter="none: one column",
    ),
    OddFile(
        name="no header",
        content=text("Ana Díaz,3001234567,ABC\nLuis Peña,31O1234567,DEF\nEva Ruiz,3201234567,GHI\n"),
        leads={1: ["+573001234567"], 3: ["+573201234567"]},
        names={1: "Ana Díaz"},
        rejected={2: "no letters"},
    ),
    OddFile(
        name="no header, columns by number",
        content=text("7;Ana;3001234567;6015550100\n8;Eva;3101234567;\n"),
        mapping=(("name", "column_2"), ("phone", "column_4"), ("phone", "column_3")),
        leads={1: ["+576015550100", "+573001234567"], 2: ["+573101234567"]},
        names={1: "Ana", 2: "Eva"},
    ),
    OddFile(
        name="titles above the header, blank lines, a total below",
        content=text(
            "Reporte de clientes\n\nConcesionario;Los Andes\nTel. del taller;601 555 0100\n\nNombre;Celular;Placa\n"
            "Ana;3001234567;A\n;;\n  ;  ;\nEva;3101234567;B\nTotal;2;\n"
        ),
        leads={7: ["+573001234567"], 10: ["+573101234567"]},
        rejected={11: "not a telephone number"},
    ),
    OddFile(
        name="three hundred columns",
        content=text(
            ";".join(["nombre", "telefono"] + [f"dato {n}" for n in range(298)])
            + "\n"
            + "".join(f"Ana {n};300123456{n};{';'.join('x' * 298)}\n" for n in range(3))
        ),
        leads={n + 2: [f"+57300123456{n}"] for n in range(3)},
    ),
    OddFile(
        name="more columns than any list",
        content=text("nombre,telefono" + ",x" * 1200 + "\nAna,3001234567" + ",1" * 1200 + "\n"),
        refused="header cannot be read",
    ),
    OddFile(
        name="line breaks and quotes in quotes",
        content=text(
            'nombre,telefono,nota\n"Ana ""La Flaca""\nDíaz",3001234567,"uno\ndos"\n"Eva, la otra",3101234567,x\n'
        ),
        leads={2: ["+573001234567"], 5: ["+573101234567"]},
        names={2: 'Ana "La Flaca" Díaz', 5: "Eva, la otra"},
    ),
    OddFile(
        name="cut off in the middle of a quoted cell",
        content=text('nombre;telefono;nota\nAna;3001234567;x\nEva;3101234567;"la mitad de una no'),
        leads={2: ["+573001234567"]},
        rejected={3: "a quote is opened and not closed"},
    ),
    OddFile(
        name="cut off in the middle of a row",
        content=text("nombre;telefono;nota\nAna;3001234567;x\nEva;310123"),
        leads={2: ["+573001234567"]},
        rejected={3: "2 cells where the header has 3"},
    ),
    OddFile(
        name="old mac line ends",
        content=text("Nombre;Tel\rAna;3001234567\rEva;3101234567\r"),
        leads={2: ["+573001234567"], 3: ["+573101234567"]},
    ),
    OddFile(
        name="the same column twice",
        content=text("nombre,telefono,nota,nota\nAna,3001234567,a,b\n"),
        leads={2: ["+573001234567"]},
    ),
    OddFile(
        name="a column of telephones twice, asked for",
        content=text("nombre,telefono,telefono\nAna,3001234567,\n"),
        mapping=(("phone", "telefono"),),
        refused="more than one column",
    ),
)

EMPTY = (
    OddFile(name="empty", content=lambda: b"", refused="The list is empty."),
    OddFile(name="blank lines and delimiters", content=text("\r\n;;;\r\n \r\n"), refused="The list is empty."),
    OddFile(name="a header and nobody", content=text("nombre;telefono\n")),
    OddFile(
        name="no telephones at all", content=text("nombre;correo\nAna;ana@example.org\n"), refused="--map phone=COLUMN"
    ),
    OddFile(
        name="a column that is not there",
        content=text(PLAIN),
        mapping=(("phone", "Telefono"),),
        refused="is it `Teléfono`?",
    ),
)

PHONES = (
    OddFile(
        name="what excel does to numbers",
        content=text(
            "nombre;telefono\nA;3001234567.0\nB;3.00123E+09\nC;3,00123E+09\nD;'3011234567\nE;3,021,234,567\nF;3.031.234.567\n"
            "G;3041234567,00\nH; 305 123 4567 \nI;=3061234567\n"
        ),
        leads={
            2: ["+573001234567"],
            5: ["+573011234567"],
            6: ["+573021234567"],
            7: ["+573031234567"],
            8: ["+573041234567"],
            9: ["+573051234567"],
        },
        rejected={3: LOST, 4: LOST, 10: "not a telephone number"},
    ),
    OddFile(
        name="two telephones in a cell",
        content=text(
            "nombre|telefono\nA|300 123 4567 / 601 555 0100\nB|3011234567;6015550101\nC|3021234567 y 6015550102\n"
            "D|3031234567 - 6015550103\nE|601 555 0104 ext. 12\nF|3051234567 / 68\n"
            "G|no tiene / no sabe\nH|3071234567 / 3001234567\n"
        ),
        leads={
            2: ["+573001234567", "+576015550100"],
            3: ["+573011234567", "+576015550101"],
            4: ["+573021234567", "+576015550102"],
            5: ["+573031234567", "+576015550103"],
            6: ["+576015550104"],
            7: ["+573051234567"],
        },
        cells={6: "extension 12", 7: SHORT},
        rejected={8: "no letters"},
        duplicates={9: 2},
    ),
    OddFile(
        name="lima and beyond",
        region="PE",
        content=text(
            "NOMBRES,TELEFONO\nAna,987 654 321\nEva,(01) 555-0100\nLuz,+51 987654322\nPío,987654\nRosa,0051 54 212345\n"
        ),
        leads={2: ["+51987654321"], 3: ["+5115550100"], 4: ["+51987654322"], 6: ["+5154212345"]},
        rejected={5: "numbering plan"},
    ),
    OddFile(
        name="la paz and santa cruz",
        region="BO",
        content=text(
            "cliente;celular;fijo\nAna;71234567;2-2123456\nEva;591 6 1234567;\nLuz;;3 3123456\nPío;51234567;\n"
        ),
        leads={2: ["+59171234567", "+59122123456"], 3: ["+59161234567"], 4: ["+59133123456"]},
        rejected={5: "numbering plan"},
    ),
    OddFile(
        name="one person three times, by number and by key",
        content=text(
            "nombre;tel;placa\nAna;3001234567;AAA\nAna;+57 300 123 4567;BBB\nAna;3101234567;AAA\n"
            "Eva;3201234567;\nLuz;3211234567;\n"
        ),
        mapping=(("key", "placa"),),
        leads={2: ["+573001234567"], 5: ["+573201234567"], 6: ["+573211234567"]},
        duplicates={3: 2, 4: 2},
    ),
)

SHEETS = (
    OddFile(
        name="xlsx with numbers, dates, a title and a second sheet",
        content=lambda: xlsx(
            [
                ["Clientes de noviembre"],
                [],
                ["Nombre", "Celular", "Último servicio"],
                ["Jimena Niño", 3001234567, date(2026, 4, 21)],
                ["Óscar", "'310 123 4567", date(2026, 2, 4)],
                ["Eva", "3.00123E+09", None],
                ["=1+1", 3201234567.0, None],
            ],
            [["otra", "hoja"]],
        ),
        leads={4: ["+573001234567"], 5: ["+573101234567"], 7: ["+573201234567"]},
        names={4: "Jimena Niño", 7: "=1+1"},
        rejected={6: LOST},
    ),
    OddFile(
        name="xlsx whose first sheet is hidden",
        content=lambda: xlsx([["secreto", "x"]], [["nombre", "telefono"], ["Ana", 3001234567]], hidden=[0]),
        leads={2: ["+573001234567"]},
    ),
    OddFile(
        name="xls",
        content=lambda: (DATA / "customers.xls").read_bytes(),
        leads={2: ["+573164684874"], 3: ["+573184134116"], 5: ["+573001234567"]},
        names={2: "Jimena Niño", 5: "=1+1"},
        rejected={4: LOST},
    ),
    OddFile(
        name="ods",
        content=lambda: ods([["nombre", "teléfono"], ["Jimena Niño", 3001234567], [None], ["Eva", "310 123 4567"]]),
        leads={2: ["+573001234567"], 4: ["+573101234567"]},
        names={2: "Jimena Niño"},
    ),
    OddFile(name="xlsx cut short", content=lambda: xlsx([["nombre", "tel"], ["Ana", 1]])[:-400], refused="damaged"),
    OddFile(name="xlsx without a cell", content=lambda: xlsx([]), refused="The list is empty."),
)

HOSTILE = (
    OddFile(
        name="names that would be commands",
        content=text(
            "nombre,telefono,nota\n${SHELL(id)},3001234567,x\n=cmd|' /C calc'!A0,3011234567,x\n"
            "\u202enimda\u2066,3021234567,x\n"
            '"línea\r\nAction: Originate",3031234567,x\nnulo\0,3041234567,x\n{nombre.__class__},3051234567,x\n'
            "<script>alert(1)</script>,3111234567,x\n"
        ),
        leads={n + 2: [f"+5730{n}1234567"] for n in (0, 1, 2, 3)} | {8: ["+573051234567"], 9: ["+573111234567"]},
        names={2: "${SHELL(id)}", 3: "=cmd|' /C calc'!A0", 4: "\u202enimda\u2066", 5: "línea  Action: Originate"},
        rejected={7: "NUL"},
    ),
    OddFile(
        name="a cell of a megabyte",
        content=text(
            f'nombre;telefono\n{"x" * 1_000_000};3001234567\n"{"y" * 1_000_000}";3011234567\nEva;3101234567\n'
        ),
        leads={4: ["+573101234567"]},
        rejected={2: "longer than", 3: "longer than"},
    ),
    OddFile(
        name="a zip bomb",  # by what it says, which is looked at first: a true one takes many seconds to make
        content=lambda: lying(bomb(1), b"xl/worksheets/sheet1.xml", 1500 * 1024 * 1024),
        refused="would unpack to more than 1 GiB",
    ),
    OddFile(
        name="a zip bomb that says it is small",
        content=lambda: lying(bomb(50), b"xl/worksheets/sheet1.xml", 1000),
        refused="damaged",
    ),
    OddFile(name="a zip archive", content=lambda: archive({"lista.csv": b"a"}), refused="zip archive: unpack it"),
    OddFile(
        name="a document",
        content=lambda: archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
        refused="not a spreadsheet",
    ),
    OddFile(name="a pdf that says it is a list", content=lambda: b"%PDF-1.7\n...", refused="a PDF"),
    OddFile(name="a page that says it is xls", content=lambda: b"<html><table><tr><td>Ana", refused="web page"),
    OddFile(name="noise", content=lambda: bytes(range(256)) * 40, refused="header cannot be read"),
)

ODD_FILES = (*ENCODINGS, *SHAPES, *EMPTY, *PHONES, *SHEETS, *HOSTILE)
