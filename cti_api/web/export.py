"""Attempts as lines of a document: CSV for a person's spreadsheet, JSON for another system."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cti_api.model.campaigns import CampaignSpec
from cti_api.store.attempt_rows import AttemptRecord
from cti_api.web.csv_text import BOM, csv_row

_COLUMNS = (
    "attempt_id", "lead_id", "name", "number", "created_at", "trunk", "state", "result", "agent_id", "disposition",
    "talk_seconds", "ringing_at", "answered_at", "live_at", "connected_at", "ended_at", "closed_at", "amd", "cause",
    "sip_code", "recording", "allowed_by", "lead_state", "lead_reason", "timezone",
)  # fmt: skip


async def csv_lines(
    spec: CampaignSpec, pages: AsyncIterator[list[AttemptRecord]], separator: str
) -> AsyncIterator[str]:
    """Lines of CSV, for a person: instants are the campaign's own time, as a spreadsheet reads them.

    Columns are those of the first page; what a later row has beside them goes to the last column.
    """
    zone = ZoneInfo(spec.hours.timezone)
    asked = list(dict.fromkeys(field.name for disposition in spec.dispositions for field in disposition.fields))
    known: list[str] | None = None
    async for page in pages:
        lines = []
        if known is None:
            known = list(dict.fromkeys(name for record in page for name in record.contact_fields))
            header = [*_COLUMNS, *(f"disposition.{n}" for n in asked), *(f"contact.{n}" for n in known), "more"]
            lines.append(BOM + csv_row(header, separator))
        for record in page:
            values = _row(record, zone) | {"timezone": zone.key}
            answers, fields = record.attempt.disposition_fields, record.contact_fields
            more = {f"disposition.{n}": v for n, v in answers.items() if n not in asked}
            more |= {f"contact.{n}": v for n, v in fields.items() if n not in known}
            cells = [values[name] for name in _COLUMNS]
            cells += [answers.get(name) for name in asked] + [fields.get(name) for name in known]
            cells.append(json.dumps(more, ensure_ascii=False) if more else None)
            lines.append(csv_row(cells, separator))
        yield "".join(lines)
    if known is None:
        yield BOM + csv_row([*_COLUMNS, *(f"disposition.{name}" for name in asked), "more"], separator)


async def json_lines(pages: AsyncIterator[list[AttemptRecord]]) -> AsyncIterator[str]:
    """A JSON array, one attempt a line; instants in UTC."""
    yield "["
    before = "\n"
    async for page in pages:
        lines = []
        for record in page:
            fields = {"disposition_fields": record.attempt.disposition_fields, "contact_fields": record.contact_fields}
            lines.append(before + json.dumps(_row(record) | fields, ensure_ascii=False))
            before = ",\n"
        yield "".join(lines)
    yield "\n]\n"


def _row(record: AttemptRecord, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """What every form of the export has; instants in UTC, or in `zone`."""
    attempt = record.attempt
    row: dict[str, Any] = {
        "attempt_id": attempt.id,
        "lead_id": attempt.lead_id,
        "name": record.contact_name,
        "number": attempt.number.e164,
        "trunk": attempt.trunk,
        "state": attempt.state.value,
        "result": attempt.result.value if attempt.result else None,
        "agent_id": attempt.agent_id,
        "disposition": attempt.disposition,
        "talk_seconds": round(attempt.talk_seconds, 3),
        "amd": attempt.amd.value if attempt.amd else None,
        "cause": attempt.cause,
        "sip_code": attempt.sip_code,
        "recording": attempt.recording,
        "allowed_by": attempt.decision.rule,
        "lead_state": record.lead_state,
        "lead_reason": record.lead_reason,
    }
    for name in ("created_at", "ringing_at", "answered_at", "live_at", "connected_at", "ended_at", "closed_at"):
        row[name] = _instant(getattr(attempt, name), zone)
    return row


def _instant(instant: datetime | None, zone: ZoneInfo | None) -> str | None:
    if instant is None:
        return None
    if zone is None:
        return instant.isoformat(timespec="milliseconds")
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
