"""Evidence as it is read: every row of every table, also of one that nobody wrote a page for."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from cti_api.evidence.kept import what_is_kept
from cti_api.evidence.page import page
from cti_api.evidence.told import opening, sections
from cti_api.evidence.words import (
    APPOINTMENT_STATES,
    CHANNELS,
    LEAD_STATES,
    MESSAGE_STATES,
    PURPOSES,
    RESULTS,
    WHEN_MISSED,
)
from cti_api.law.terms import Purpose
from cti_api.model.appointments import AppointmentState
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import WhenMissed
from cti_api.model.follow_ups import Via
from cti_api.model.leads import LeadState
from cti_api.model.messages import MessageState
from cti_api.store.held import HELD

BOGOTA = ZoneInfo("America/Bogota")


def evidence(*held: dict[str, Any], **person: Any) -> dict[str, Any]:
    known = {"meant": "key", "names": ["María"], "shared": [], "erased_at": None, **person}
    return {
        "words": "K-1", "asked_at": "2026-03-02T14:00:00+00:00", "person": known, "held": list(held), "recordings": [],
    }  # fmt: skip


def test_a_table_that_is_not_known_here_is_told_column_by_column() -> None:
    rows = [{"lead_id": 1, "text": "Hola", "sent": True, "seen_at": None, "media": ["a.jpg"]}]
    [section] = sections(evidence({"table": "notes", "title": "Notas", "rows": rows}), UTC)
    assert (section.title, section.columns) == ("Notas", ("Lead", "Texto", "sent", "seen_at", "media"))
    assert section.rows == (("1", "Hola", "sí", "", "a.jpg"),)


def test_a_table_without_a_row_is_left_out() -> None:
    assert sections(evidence({"table": "messages", "title": "Mensajes", "rows": []}), UTC) == []


def test_instants_are_told_in_the_company_s_time() -> None:
    row = {"e164": "+573001234567", "at": "2026-03-02T14:00:00+00:00", "source": "llamó"}
    found = evidence({"table": "suppressed_numbers", "title": "No llamar", "rows": [row]})
    assert sections(found, BOGOTA)[0].rows == (("+573001234567", "2026-03-02 09:00:00", "llamó"),)
    assert opening(found, BOGOTA)[1] == "Consultado el 2026-03-02 09:00:00 (America/Bogota)."


def test_what_strangers_wrote_is_no_part_of_the_page() -> None:
    row = {"e164": '"><img src=x>', "at": None, "source": "<script>"}
    written = page(evidence({"table": "suppressed_numbers", "title": "No llamar", "rows": [row]}, names=["<b>"]), UTC)
    assert "<script" not in written
    assert "<img" not in written
    assert "<b>" not in written


def test_every_state_result_and_purpose_has_its_spanish_word() -> None:
    assert set(LEAD_STATES) == set(LeadState)
    assert set(RESULTS) == set(CallResult)
    assert set(PURPOSES) == set(Purpose)
    assert set(MESSAGE_STATES) == set(MessageState)
    assert set(APPOINTMENT_STATES) == set(AppointmentState)
    assert set(WHEN_MISSED) == set(WhenMissed)
    assert set(Via) <= set(CHANNELS)


def test_every_table_of_a_person_has_its_columns_in_spanish_and_all_that_is_theirs() -> None:
    for held in HELD:
        row = {column.name: None for column in held.table.c} | {"decision": {"allowed": True, "rule": "", "reason": ""}}
        of_text = {"state": "", "lead_state": "", "lead_reason": "", "after": "", "content": {}}
        row |= {name: value for name, value in of_text.items() if name in row}
        [section] = sections(evidence({"table": held.table.name, "title": held.title, "rows": [row]}), UTC)
        unread = {column.name for column in held.table.c} & set(section.columns)
        assert not unread, f"{held.table.name} is told by the names of its columns: {unread}"


def test_what_is_kept_is_told_as_it_is() -> None:
    told = what_is_kept("abc", 1, 2, 0, ["+573001234567"])
    assert "solicitud abc" in told[0]
    assert told[1].startswith("1 intento de llamada, de nadie")
    assert not any("pidió no ser llamada" in line for line in told)
    assert "también es de otra persona" in told[3]
    assert told[-1].startswith("No se alcanzan")
