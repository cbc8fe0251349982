"""CSV records: each with its line, none of them fatal."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.lead_file.delimiter import find_delimiter
from cti_api.lead_file.encoding import UTF_8, Encoding, find_encoding
from cti_api.lead_file.lines import LONGEST_LINE, text_lines
from cti_api.lead_file.records import BadRecord, Record, read_records


def read(
    data: bytes, delimiter: str = "", encoding: Encoding | None = None, asked: tuple[str, ...] = ()
) -> list[Record | BadRecord]:
    file = io.BytesIO(data)
    lines = list(text_lines(file, encoding or find_encoding(file)))
    return list(read_records(lines, delimiter or find_delimiter(lines[:60], asked)))


def lines_and_cells(data: bytes) -> list[tuple[int, list[str] | None]]:
    return [(each.line, each.cells if isinstance(each, Record) else None) for each in read(data)]


def test_records_know_the_line_they_begin_on() -> None:
    assert lines_and_cells(b'a,b\r\n"1\n2",x\r\n\r\n3,"y ""z"""') == [
        (1, ["a", "b"]),
        (2, ["1\n2", "x"]),
        (5, ["3", 'y "z"']),
    ]


def test_the_delimiter_is_the_headers_and_a_byte_order_mark_is_no_part_of_it() -> None:
    assert lines_and_cells("\ufeffa;b,c;d\n1;2,5;3\n".encode()) == [(1, ["a", "b,c", "d"]), (2, ["1", "2,5", "3"])]


def test_an_empty_file_has_no_records() -> None:
    assert lines_and_cells(b"\n\na;b\n") == [(3, ["a", "b"])]
    assert read(b"") == read(b"\xef\xbb\xbf") == read(b"\n\n;;\n") == []


def test_a_quote_that_is_never_closed_costs_its_own_row_only() -> None:
    data = b'a,b\n1,"oops\n' + b"".join(b"%d,x\n" % n for n in range(2, 300))
    found = read(data)
    assert found[1] == BadRecord(2, "a quote is opened and not closed within 100 lines", ('1,"oops',))
    assert [each.line for each in found[2:]] == list(range(3, 301))
    assert all(isinstance(each, Record) for each in found[2:])


def test_a_stray_quote_inside_of_a_cell_is_a_character() -> None:
    assert lines_and_cells(b'a,b\nTaller "El Pistol,x\n7,8\n')[1:] == [(2, ['Taller "El Pistol', "x"]), (3, ["7", "8"])]


def test_each_damage_is_told_in_words_and_reading_goes_on() -> None:
    damages = {
        b'"a"b,c': "text after a closing quote",
        b"\xff\xfe,c": "not in the encoding of the others",
        b"x" * 1_000_000 + b",c": "longer than 256 KiB",
        b'"' + b"x" * 200_000 + b'",c': "longer than 10000 characters",
        b"x" * 20_000 + b",c": "longer than 10000 characters",
        b"x\x00y,c": "NUL",
        b"x\ry,c": "carriage return",
        b"x," * 5_000: "more than 1000 cells",
    }
    for damage, reason in damages.items():
        header, bad, good = read("año,ñandú\n".encode() + damage + b"\n1,2\n")
        assert isinstance(bad, BadRecord), damage[:20]
        assert reason in bad.reason
        assert (header.line, bad.line, good) == (1, 2, Record(3, ["1", "2"]))


def test_the_header_that_is_asked_for_tells_the_delimiter_of_rows_that_two_signs_fit() -> None:
    data = b"placa,nombre,telefono,marca\n|,|\n|,|\n"
    assert [each.cells for each in read(data) if isinstance(each, Record)][1:] == [["", ",", ""]] * 2
    asked = read(data, asked=("telefono", "nombre"))
    assert [each.cells for each in asked if isinstance(each, Record)][1:] == [["|", "|"]] * 2


# A carriage return alone ends a line for some readers and not for others: it is refused, so it is not drawn here.
cells = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(cells, min_size=2, max_size=4), max_size=8), st.sampled_from([",", ";"]))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["header"] * 4)
    writer.writerows(rows)
    found = read(file.getvalue().encode(), asked=("header",))[1:]
    assert [each.cells for each in found if isinstance(each, Record)] == [
        row for row in rows if any(map(str.strip, row))
    ]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b";", b"\xff", b"\0", b'""', b"\xc3\xb1"]), max_size=60)
)
def test_any_bytes_give_records_in_the_order_of_their_lines(parts: list[bytes]) -> None:
    lines = [each.line for each in read(b"".join(parts), ",", UTF_8)]
    assert lines == sorted(set(lines))


def test_of_a_line_without_end_only_its_beginning_is_kept_and_the_next_one_keeps_its_number() -> None:
    file = io.BytesIO(b"a,b\n" + b"x" * (3 * LONGEST_LINE) + b"\n1,2\n" + b"y" * (2 * LONGEST_LINE))
    lines = list(text_lines(file, UTF_8))
    assert [len(line) for line in lines] == [4, LONGEST_LINE + 2, 4, LONGEST_LINE + 1]
    found = list(read_records(lines, ","))
    assert [each.line for each in found] == [1, 2, 3, 4]
    assert isinstance(found[2], Record)
    assert isinstance(found[1], BadRecord)
