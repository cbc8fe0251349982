"""Lists as they come: every one is read right, or refused with a sentence that says what to do."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.lead_file.mapping import asked_columns
from cti_api.lead_file.read import OpenList, open_list
from cti_api.lead_file.rows import RejectedRow
from cti_api.model.leads import NewLead
from tests.support.odd_files import ODD_FILES, OddFile

READ = [odd for odd in ODD_FILES if not odd.refused]
REFUSED = [odd for odd in ODD_FILES if odd.refused]


def opened(odd: OddFile) -> OpenList:
    return open_list(io.BytesIO(odd.content()), asked_columns(odd.mapping), odd.region, "America/Bogota", guess=True)


def test_there_are_forty_and_each_is_another() -> None:
    assert len({odd.name for odd in ODD_FILES}) == len(ODD_FILES) >= 40


@pytest.mark.parametrize("odd", READ, ids=lambda odd: odd.name)
def test_every_row_is_what_it_was_expected_to_be(odd: OddFile) -> None:
    listed = opened(odd)
    rows = list(listed.rows)
    leads = {row.line: row for row in rows if isinstance(row, NewLead)}
    refused = [row for row in rows if isinstance(row, RejectedRow)]
    rejected = {row.line: row.reason for row in refused if not row.row_kept and not row.duplicate_of}
    duplicates = {row.line: row.duplicate_of for row in refused if row.duplicate_of}
    cells = {row.line: row.reason for row in refused if row.row_kept}

    assert {line: [phone.e164 for phone in lead.phones] for line, lead in leads.items()} == odd.leads
    assert {line: leads[line].name for line in odd.names} == odd.names
    assert duplicates == odd.duplicates
    for found, expected in ((rejected, odd.rejected), (cells, odd.cells)):
        assert found.keys() == expected.keys()
        assert all(words in found[line] for line, words in expected.items()), found
    assert odd.encoding in ("", listed.found.encoding)
    assert odd.delimiter in ("", listed.found.delimiter)


@pytest.mark.parametrize("odd", REFUSED, ids=lambda odd: odd.name)
def test_a_file_that_cannot_serve_is_refused_with_a_clear_sentence(odd: OddFile) -> None:
    with pytest.raises(InputError) as refusal:
        opened(odd)
    said = str(refusal.value)
    assert odd.refused in said
    assert said.isprintable() or "\n  " in said


pieces = st.sampled_from(
    [
        *(b"nombre", b"telefono", b"3001234567", b"Ana", b";", b",", b"\t", b"|", b'"', b"\n", b"\r\n", b"\r", b"\0"),
        *("ñ".encode(codec) for codec in ("cp1252", "utf-8", "utf-16-le")),
        *(b"sep=;\n", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"3.0E+09", b" / "),
    ]
)


@settings(max_examples=400)
@given(st.lists(pieces, max_size=60).map(b"".join) | st.binary(max_size=400))
def test_whatever_the_bytes_every_row_has_its_verdict_or_the_file_is_refused(content: bytes) -> None:
    try:
        listed = open_list(io.BytesIO(content), asked_columns([]), "CO", "America/Bogota", guess=True)
    except InputError as refusal:
        assert str(refusal)
        return
    whole = [row for row in listed.rows if isinstance(row, NewLead) or not row.row_kept]
    lines = [row.line for row in whole]
    assert lines == sorted(set(lines))
    assert all(row.phones for row in whole if isinstance(row, NewLead))
    assert all(row.reason for row in whole if isinstance(row, RejectedRow))
