"""A store with millions of calls in it, made by SQLite itself: four calls to a lead, three events to a call, and one
person who was called a thousand times.

Indexes are taken away first and made at the end, which sorts once instead of finding a place for each row; nothing is
flushed meanwhile: a generator that dies is run again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cti_api.model.ids import CampaignId, QueueId
from tests.support.campaigns import CAMPAIGN_FILE

CALLS_OF_A_LEAD: Final = 4
OF_MANY: Final = 1_000
"""Calls of the person who has many."""
CALLERS: Final = 10
"""One caller to so many calls."""
FIRST: Final = 1735732800
EVERY_SECONDS: Final = 6
CAMPAIGN: Final = CampaignId("mantenimiento")
QUEUE: Final = QueueId("taller")
EVENTS: Final = ("call.originated", "call.delivered", "attempt.closed")


@dataclass(frozen=True, slots=True)
class BigStore:
    """What was put in."""

    calls: int
    leads: int
    few: int
    """The lead of somebody with `CALLS_OF_A_LEAD` calls, who said no and whose number is on a public list."""
    many: int
    """The lead of somebody with `OF_MANY` more."""

    @property
    def last_day(self) -> datetime:
        """Begins a day before the last call."""
        return datetime.fromtimestamp(FIRST + self.calls * EVERY_SECONDS, UTC) - timedelta(days=1)

    def number(self, lead: int) -> str:
        return f"+57300{lead:07d}"


def fill(file: Path, calls: int) -> BigStore:
    """Fill a store that has its tables and nothing in them; `calls`: at least 4,000."""
    leads = calls // CALLS_OF_A_LEAD
    store = BigStore(calls=calls, leads=leads, few=leads // 2, many=leads // 3)
    with sqlite3.connect(file, isolation_level=None) as database:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            database.execute(f"PRAGMA {pragma}")
        indexes = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != ''").fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute("BEGIN")
        asked = {
            "calls": calls, "leads": leads, "spec": CAMPAIGN_FILE, "many": store.many, "of_many": OF_MANY,
            "few": store.few, "numbers": leads // 10, "each": CALLS_OF_A_LEAD,
        }  # fmt: skip
        for statement in _STATEMENTS:
            database.execute(statement, asked)
        database.execute("COMMIT")
        for _, words in indexes:
            database.execute(words)
        database.execute("PRAGMA journal_mode=WAL")
    database.close()
    return store


_UP_TO = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
_WHOSE = (
    # calls go round the list, so those of one person lie far apart; one of many is the one's who has a thousand
    "CASE WHEN i <= :of_many * (:calls / :of_many / 2) AND i % (:calls / :of_many / 2) = 0 THEN :many"
    " ELSE (i * 7919) % :leads + 1 END"
)
_WHEN = f"strftime('%Y-%m-%d %H:%M:%S', {FIRST} + i * {EVERY_SECONDS}, 'unixepoch') || '.000000'"
_DECISION = (
    '{"allowed": true, "rule": "all", "reason": "No rule objects.", "at": "2026-03-02T14:00:00+00:00",'
    ' "next_open": null, "remedy": null, "packs": ["co 2026-11-25"], "source": ""}'
)
_STATEMENTS = (
    "INSERT INTO campaigns VALUES ('mantenimiento', 'Mantenimiento', 'paused', '2025-01-01 00:00:00.000000', 1,"
    " '2025-01-01 00:00:00.000000')",
    "INSERT INTO campaign_specs VALUES ('mantenimiento', 1, :spec, '2025-01-01 00:00:00.000000')",
    "INSERT INTO lists VALUES (1, 'mantenimiento', 'x', 'clientes.csv', '2025-01-01 00:00:00.000000', NULL)",
    f"{_UP_TO.format(':leads')} INSERT INTO contacts SELECT i, 'K' || i, 'Persona Número ' || i,"
    " 'persona numero ' || i, '2025-01-01 00:00:00.000000' FROM n",
    f"{_UP_TO.format(':leads')} INSERT INTO phones SELECT i, 0, printf('+57300%07d', i) FROM n",
    f"{_UP_TO.format(':leads')} INSERT INTO phones SELECT i, 1, printf('+57601%07d', i) FROM n WHERE i % 5 = 0",
    f"""{_UP_TO.format(":leads")} INSERT INTO leads (id, campaign_id, contact_id, state, state_since, reason, priority,
    attempts_made, phone_index, counts, fields, timezone, list_id, line, created_at)
    SELECT i, 'mantenimiento', i, CASE i % 3 WHEN 0 THEN 'exhausted' WHEN 1 THEN 'completed' ELSE 'ready' END,
    '2026-01-01 00:00:00.000000', 'retry:busy', 0, 3, 0, '{{"busy": 3}}',
    printf('{{"placa": "ABC%06d", "marca": "Renault", "ultimo_servicio": "2025-06-01"}}', i), '', 1, i + 1,
    '2025-01-01 00:00:00.000000' FROM n""",
    f"""{_UP_TO.format(":calls")} INSERT INTO attempts (id, campaign_id, lead_id, e164, trunk, state, decision,
    created_at, result, cause, ringing_at, closed_at, recording, disposition_version, lead_state, lead_reason)
    SELECT printf('%032x', i), 'mantenimiento', {_WHOSE}, printf('+57300%07d', {_WHOSE}), 'principal', 'closed',
    '{_DECISION}', {_WHEN}, CASE i % 4 WHEN 0 THEN 'no_answer' WHEN 1 THEN 'busy' WHEN 2 THEN 'machine'
    ELSE 'connected' END, 17, {_WHEN}, {_WHEN}, '', i % 4 = 3, 'waiting', 'retry:busy' FROM n""",
    f"""{_UP_TO.format(":calls")} INSERT INTO dispositions SELECT printf('%032x', i), 1, 'sin_cita',
    '{{"motivo": "precio"}}', NULL, 'agent', {_WHEN} FROM n WHERE i % 4 = 3""",
    f"""{_UP_TO.format(":calls")} INSERT INTO inbound_calls (id, queue, e164, arrived_at, queued_at, joined_at,
    ended_at, closed_at, outcome, disposition) SELECT printf('c%031x', i), 'taller', printf('+57400%07d', i), {_WHEN},
    {_WHEN}, CASE WHEN i % 7 THEN {_WHEN} END, {_WHEN}, {_WHEN}, CASE WHEN i % 7 THEN 'answered'
    ELSE 'caller_abandoned' END, 'resuelto' FROM n WHERE i % {CALLERS} = 0""",
    *(
        f"""{_UP_TO.format(":calls")} INSERT INTO outbox SELECT i + {place} * :calls, i + {place} * :calls,
        printf('%032x', i + {place} * :calls), '{kind}', 1, {_WHEN}, 'mantenimiento', {_WHOSE}, printf('%032x', i),
        NULL, NULL, '{{"trunk": "principal", "result": "busy", "disposition": "", "effective": false}}' FROM n"""
        for place, kind in enumerate(EVENTS)
    ),
    "UPDATE outbox_head SET seq = 3 * :calls",
    f"""{_UP_TO.format(":numbers")} INSERT INTO consents (e164, channel, purpose, at, evidence, source)
    SELECT printf('+57300%07d', i * 5), 'call', 'commercial', '2025-01-01 00:00:00.000000', 'formulario web',
    'clientes.csv' FROM n""",
    f"""{_UP_TO.format(":numbers")} INSERT INTO suppressed_numbers SELECT printf('+57300%07d', i * 10 - 10 + :few % 10),
    'mantenimiento:no_llamar', printf('2026-01-%02d 12:00:%02d.000000', i % 28 + 1, i % 60) FROM n""",
    """INSERT INTO outbox SELECT 3 * :calls + row_number() OVER (), NULL,
    printf('%032x', 3 * :calls + row_number() OVER ()), 'number.suppressed', 1, at, NULL, NULL, NULL, NULL, NULL,
    printf('{"number": "%s", "source": "mantenimiento:no_llamar"}', e164) FROM suppressed_numbers""",
    "INSERT INTO registry_copies VALUES (1, 'RNE', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000',"
    " '2026-01-01 00:00:00.000000', :numbers)",
    "INSERT INTO registries VALUES ('RNE', 1, '2026-01-01 00:00:00.000000')",
    f"{_UP_TO.format(':numbers')} INSERT INTO registry_entries SELECT 1, printf('+57300%07d', i * 10 - 10 + :few % 10),"
    " '', NULL FROM n",
)
