"""Where people are held: every table that has something of a person, how its rows are found, and what is left of them
when the person is erased.

Whoever makes a table that holds something of a person adds it to `HELD`, and has it in the evidence and in the erasure
with that; a house test looks at every column of every table and fails for one that is forgotten. A table that names
nobody, though its columns look so, is in `OF_NOBODY` with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.leads import ERASED
from cti_api.store import left
from cti_api.store.appointment_tables import appointments
from cti_api.store.front_desk_tables import ivr_calls, ivr_recordings, tickets
from cti_api.store.message_tables import follow_ups, messages, replies, tasks
from cti_api.store.once_tables import disposition_keys
from cti_api.store.queue_tables import inbound_calls
from cti_api.store.round_tables import lead_rounds, missed_callbacks
from cti_api.store.schema import (
    NUMBER_TOLD,
    attempts,
    consents,
    contacts,
    dispositions,
    leads,
    lists,
    outbox,
    phones,
    registry_copies,
    registry_entries,
    suppressed_numbers,
)
from cti_api.store.survey_tables import (
    survey_answers,
    survey_comments,
    survey_follow_ups,
    survey_invitations,
    survey_sittings,
)


class By(StrEnum):
    """What a row is found by."""

    CONTACT = "contact"
    LEAD = "lead"
    ATTEMPT = "attempt"
    NUMBER = "number"
    LIST = "list"
    SITTING = "sitting"
    """Of a survey."""
    COPY = "copy"
    """Of a public list."""
    OPT_OUT = "opt_out"
    """The instant of an opt-out of one of the numbers: its event has no lead and no attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A table that holds something of people."""

    table: sa.Table
    title: str
    """Spanish, above its rows."""
    by: tuple[tuple[By, sa.Column[Any]], ...]
    """Any of which finds a row; each has an index."""
    personal: tuple[sa.Column[Any], ...]
    """Columns that say something of the person."""
    left: left.Left
    within: sa.ColumnElement[bool] | None = None
    """Also true of every row."""
    naming: sa.Column[Any] | None = None
    """Only rows in which this column names one of the person's numbers."""


HELD: Final = (
    Held(
        table=contacts,
        title="Persona",
        by=((By.CONTACT, contacts.c.id),),
        personal=(contacts.c.external_key, contacts.c.name, contacts.c.folded_name),
        left=left.blank(external_key="", name="", folded_name=""),
    ),
    Held(
        table=phones,
        title="Teléfonos",
        by=((By.CONTACT, phones.c.contact_id),),
        personal=(phones.c.e164,),
        left=left.phone,
    ),
    Held(table=lists, title="Listas en que vino", by=((By.LIST, lists.c.id),), personal=(), left=left.kept),
    Held(
        table=leads,
        title="En campañas",
        by=((By.LEAD, leads.c.id),),
        personal=(leads.c.fields, leads.c.timezone, leads.c.counts, leads.c.line),
        left=left.lead,
    ),
    Held(
        table=attempts,
        title="Intentos de llamada",
        by=((By.ATTEMPT, attempts.c.id),),
        personal=(attempts.c.e164, attempts.c.recording),
        left=left.blank(e164=left.ERASED_NUMBER, recording=""),
    ),
    Held(
        table=dispositions,
        title="Tipificaciones",
        by=((By.ATTEMPT, dispositions.c.attempt_id),),
        personal=(dispositions.c.fields,),
        left=left.disposition,
    ),
    Held(
        table=disposition_keys,
        title="Envíos de tipificaciones",
        by=((By.ATTEMPT, disposition_keys.c.attempt_id),),
        personal=(disposition_keys.c.idempotency_key,),
        left=left.deleted,
    ),
    Held(
        table=consents,
        title="Autorizaciones",
        by=((By.NUMBER, consents.c.e164),),
        personal=(consents.c.e164, consents.c.evidence),
        left=left.deleted,
    ),
    Held(
        table=suppressed_numbers,
        title="No llamar (lo pidió la persona)",
        by=((By.NUMBER, suppressed_numbers.c.e164),),
        personal=(suppressed_numbers.c.e164, suppressed_numbers.c.source),
        left=left.deleted,
    ),
    Held(
        table=registry_copies,
        title="Copias de registros públicos en que está",
        by=((By.COPY, registry_copies.c.id),),
        personal=(),
        left=left.kept,
    ),
    Held(
        table=registry_entries,
        title="Registros públicos de exclusión",
        by=((By.NUMBER, registry_entries.c.e164),),
        personal=(registry_entries.c.e164,),
        left=left.deleted,
        within=registry_entries.c.copy_id.in_(sa.select(registry_copies.c.id)),
    ),
    Held(
        table=lead_rounds,
        title="Rondas anteriores",
        by=((By.LEAD, lead_rounds.c.lead_id),),
        personal=(lead_rounds.c.counts, lead_rounds.c.reason),
        left=left.blank(counts={}, reason=ERASED),
    ),
    Held(
        table=missed_callbacks,
        title="Llamadas acordadas que no se hicieron",
        by=((By.LEAD, missed_callbacks.c.lead_id),),
        personal=(),
        left=left.kept,
    ),
    Held(table=follow_ups, title="Seguimientos", by=((By.LEAD, follow_ups.c.lead_id),), personal=(), left=left.kept),
    Held(
        table=messages,
        title="Mensajes",
        by=((By.LEAD, messages.c.lead_id),),
        personal=(
            messages.c.recipient,
            messages.c.e164,
            messages.c.content,
            messages.c.reason,
            messages.c.provider_id,
        ),
        left=left.message,
    ),
    Held(
        table=replies,
        title="Respuestas",
        # A provider that reports it a second time does not bring it back: the number is known as an erased one.
        by=((By.LEAD, replies.c.lead_id), (By.NUMBER, replies.c.e164)),
        personal=(replies.c.e164, replies.c.text, replies.c.provider_id),
        left=left.deleted,
    ),
    Held(
        table=tasks,
        title="Tareas",
        by=((By.LEAD, tasks.c.lead_id),),
        personal=(tasks.c.text,),
        left=left.blank(text=""),
    ),
    Held(
        table=inbound_calls,
        title="Llamadas que hizo",
        by=((By.NUMBER, inbound_calls.c.e164),),
        personal=(inbound_calls.c.e164, inbound_calls.c.recording, inbound_calls.c.disposition_fields),
        left=left.blank(e164=left.ERASED_NUMBER, recording="", disposition_fields=None),
    ),
    Held(
        table=ivr_calls,
        title="Llamadas que atendió el menú",
        by=((By.NUMBER, ivr_calls.c.e164),),
        personal=(ivr_calls.c.e164,),
        left=left.blank(e164=left.ERASED_NUMBER),
    ),
    Held(
        table=ivr_recordings,
        title="Lo que dijo en el menú",
        by=((By.NUMBER, ivr_recordings.c.e164),),
        personal=(ivr_recordings.c.e164, ivr_recordings.c.recording, ivr_recordings.c.transcript_text),
        left=left.said_recording,
    ),
    Held(
        table=tickets,
        title="Turnos y casos que abrió llamando",
        by=((By.NUMBER, tickets.c.e164),),
        personal=(tickets.c.e164, tickets.c.fields),
        left=left.blank(e164=left.ERASED_NUMBER, fields={}),
    ),
    Held(table=appointments, title="Citas", by=((By.LEAD, appointments.c.lead_id),), personal=(), left=left.kept),
    Held(
        table=survey_invitations,
        title="Invitaciones a encuestas",
        by=((By.CONTACT, survey_invitations.c.contact_id), (By.LEAD, survey_invitations.c.lead_id)),
        personal=(survey_invitations.c.service_key,),
        left=left.invitation,
    ),
    Held(
        table=survey_sittings,
        title="Encuestas",
        by=(
            (By.CONTACT, survey_sittings.c.contact_id),
            (By.LEAD, survey_sittings.c.lead_id),
            (By.ATTEMPT, survey_sittings.c.attempt_id),
            (By.NUMBER, survey_sittings.c.e164),
        ),
        personal=(survey_sittings.c.e164,),
        left=left.sitting,
    ),
    Held(
        table=survey_answers,
        title="Respuestas a encuestas",
        by=((By.SITTING, survey_answers.c.sitting_id),),
        personal=(survey_answers.c.heard_text,),
        left=left.blank(heard_text=""),
    ),
    Held(
        table=survey_comments,
        title="Comentarios de encuestas",
        by=((By.SITTING, survey_comments.c.sitting_id),),
        personal=(survey_comments.c.recording, survey_comments.c.transcript_text),
        left=left.comment,
    ),
    Held(
        table=survey_follow_ups,
        title="Lo que siguió a encuestas",
        by=((By.SITTING, survey_follow_ups.c.sitting_id),),
        personal=(),
        left=left.kept,
    ),
    Held(
        table=outbox,
        title="Eventos",
        by=((By.LEAD, outbox.c.lead_id),),
        personal=(outbox.c.payload,),
        left=left.event,
    ),
    Held(
        table=outbox,
        title="Eventos de sus números",
        by=((By.OPT_OUT, outbox.c.occurred_at),),
        personal=(outbox.c.payload,),
        left=left.event,
        within=sa.text(NUMBER_TOLD),  # type: ignore[arg-type]
        naming=outbox.c.payload,
    ),
)

OF_NOBODY: Final = {
    "agents": "who works here: no list names them, and their work is on record with the calls",
    "users": "who signs in: people who work here",
    "sessions": "of theirs",
    "one_time_links": "of theirs",
    "machine_keys": "programs",
    "audit": "what people who work here did; whom it was about is named by ids of ours alone",
    "outbox_readers": "programs",
    "deliveries": "events by their numbers; what is told of a person stays in the outbox",
    "outside_facts": "cases, contracts and appointments by ids that other systems gave them",
    "kpi_facts": "calls, callers and cases by ids of ours alone",
    "kpi_seen": "what was ever counted",
    "kpi_sums": "how much there was of what on a day",
    "kpi_spellings": "how brands are written",
    "kpi_spans": "who works here",
    "report_names": "what is sent by mail",
    "report_runs": "which report went when, and who reads it: people who work here",
    "sources": "where lists come from",
    "registries": "public lists",
    "calendars": "workshops",
    "survey_files": "what is asked",
    "answer_days": "how many answered on a day, and were left",
    "answer_hours": "the same by the hour",
    "queues": "where callers wait, and which agents serve them",
    "ivr_passed": "which ways of a tree a call took; whose call it was is told by ivr_calls alone",
    "law_files": "packs of rules",
    "law_texts": "packs of rules",
    "law_periods": "when which pack held",
    "law_changes": "who changed the law, which is to stay on record",
    "tree_versions": "what callers hear",
    "tree_publications": "when which of them held",
    "erasure_steps": "calls and recordings by their ids, until they are seen to",
}
"""Tables without a person in them, and what their columns name."""
