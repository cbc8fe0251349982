"""Lists as they come: every one is read right, or refused with a sentence that says what to do."""

from __future__ import annotations

import io

import pytest

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
