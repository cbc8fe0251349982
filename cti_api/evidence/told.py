"""The evidence of a person (`cti_api.web.evidence`, as JSON) as titled tables of words, for the screen and the page.

A table that is not known here is told column by column: nothing that is on record is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from cti_api.evidence.words import (
    APPOINTMENT_STATES,
    CHANNELS,
    COLUMNS,
    INBOUND_OUTCOMES,
    INVITATION_STATES,
    LEAD_STATES,
    LED_ENDINGS,
    MEANT,
    MESSAGE_STATES,
    PURPOSES,
    RESULTS,
    WHEN_MISSED,
    in_words,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """What a cell is told with."""

    zone: tzinfo | None
    lists: Mapping[int, str]
    """By their ids, the names of lists."""
    registries: Mapping[int, str]
    """By the ids of copies of public lists, which list it is and of when."""


Cell = Callable[[Row, Telling], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows of one kind."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def opening(evidence: Mapping[str, Any], zone: tzinfo | None) -> list[str]:
    """What was asked, how it was understood, and who it is: a sentence each."""
    person = evidence["person"]
    lines = [
        f"«{evidence['words']}» se entendió como {MEANT[person['meant']]}.",
        f"Consultado el {_instant(evidence['asked_at'], zone)} ({zone or 'hora de este equipo'}).",
    ]
    if person["shared"]:
        lines.append(f"Otra persona tiene también: {', '.join(person['shared'])}.")
    if person["erased_at"]:
        lines.append(f"Alguien con uno de estos números fue borrado el {_instant(person['erased_at'], zone)}.")
    return lines


def sections(evidence: Mapping[str, Any], zone: tzinfo | None) -> list[Section]:
    """Everything that is on record, table by table; tables without a row of the person are left out."""
    rows_of = {held["table"]: held["rows"] for held in evidence["held"]}
    telling = Telling(
        zone,
        {row["id"]: row["name"] for row in rows_of.get("lists", ())},
        {
            row["id"]: f"{row['registry']}, consultada el {_instant(row['taken_at'], zone)}"
            for row in rows_of.get("registry_copies", ())
        },
    )
    found = [_section(held, telling) for held in evidence["held"] if held["rows"]]
    if evidence["recordings"]:
        cells = (_text("attempt_id"), _text("path"), _text("bytes"), _text("sha256"))
        rows = tuple(tuple(cell(row, telling) for cell in cells) for row in evidence["recordings"])
        titles = ("Intento, llamada o encuesta", "Archivo", "Bytes", "SHA-256")
        found.append(Section(title="Grabaciones", columns=titles, rows=rows))
    return found


def _section(held: Mapping[str, Any], telling: Telling) -> Section:
    columns = _TABLES.get(held["table"]) or _of_any_table(held["rows"])
    rows = tuple(tuple(cell(row, telling) for _, cell in columns) for row in held["rows"])
    return Section(title=held["title"], columns=tuple(title for title, _ in columns), rows=rows)


def _of_any_table(rows: Iterable[Row]) -> tuple[tuple[str, Cell], ...]:
    names = dict.fromkeys(name for row in rows for name in row)
    return tuple((COLUMNS.get(name, name), _text(name)) for name in names)


def plain(value: Any) -> str:
    """A value of any kind on one line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return " · ".join(f"{name}: {plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    if isinstance(value, bool):
        return "sí" if value else "no"
    return value if isinstance(value, str) else json.dumps(value)


def _instant(text: str | None, zone: tzinfo | None) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def _text(name: str) -> Cell:
    return lambda row, _telling: plain(row[name])


def _when(name: str) -> Cell:
    return lambda row, telling: _instant(row[name], telling.zone)


def _word(name: str, words: dict[str, str]) -> Cell:
    return lambda row, _telling: in_words(row[name] or "", words)


def _list(row: Row, telling: Telling) -> str:
    if row["list_id"] is None:
        return "entrada por una persona o un sistema"
    name = telling.lists.get(row["list_id"]) or "lista sin nombre"
    return f"{name}, línea {row['line']}" if row["line"] else name


def _decision(row: Row, _telling: Telling) -> str:
    decision = row["decision"]
    packs = ", ".join(decision.get("packs", ()))
    source = decision.get("source", "")
    told = f"{'permitida' if decision['allowed'] else 'negada'} por {decision['rule']}"
    told += f" [{packs}]" if packs else ""
    return f"{told}: {decision['reason']}" + (f" Fuente: {source}." if source else "")


def _after(row: Row, _telling: Telling) -> str:
    reason = f" ({row['lead_reason']})" if row["lead_reason"] else ""
    return in_words(row["lead_state"], LEAD_STATES) + reason


def _said(row: Row, _telling: Telling) -> str:
    """What a message says, without what only its way needs."""
    content = row["content"]
    told = [content.get(name) for name in ("template", "subject", "text", "parameters", "lead")]
    return " · ".join(plain(each) for each in told if each)


def _after_word(row: Row, _telling: Telling) -> str:
    """What an action followed: a call's result, how the lead ended, or the campaign's own word."""
    return in_words(in_words(row["after"], RESULTS), LEAD_STATES)


def _registry(row: Row, telling: Telling) -> str:
    return telling.registries.get(row["copy_id"], "")


_TABLES: Final[dict[str, tuple[tuple[str, Cell], ...]]] = {
    "contacts": (
        ("Contacto", _text("id")), ("Nombre", _text("name")), ("Clave", _text("external_key")),
        ("Desde", _when("created_at")),
    ),
    "phones": (("Contacto", _text("contact_id")), ("Orden", _text("position")), ("Teléfono", _text("e164"))),
    "lists": (
        ("Lista", _text("id")), ("Archivo", _text("name")), ("Campaña", _text("campaign_id")),
        ("Traída", _when("created_at")),
    ),
    "leads": (
        ("Lead", _text("id")), ("Campaña", _text("campaign_id")), ("Vino en", _list),
        ("Estado", _word("state", LEAD_STATES)), ("Desde", _when("state_since")), ("Motivo", _text("reason")),
        ("Intentos", _text("attempts_made")), ("No antes de", _when("not_before")), ("Datos", _text("fields")),
    ),
    "attempts": (
        ("Cuándo", _when("created_at")), ("Número", _text("e164")), ("Campaña", _text("campaign_id")),
        ("Por qué se podía", _decision), ("Resultado", _word("result", RESULTS)), ("Agente", _text("agent_id")),
        ("Después", _after), ("Intento", _text("id")),
    ),
    "dispositions": (
        ("Cuándo", _when("at")), ("Intento", _text("attempt_id")), ("Versión", _text("version")),
        ("Tipificación", _text("code")), ("Datos", _text("fields")), ("Agente", _text("agent_id")),
        ("Por", _text("source")),
    ),
    "disposition_keys": (
        ("Cuándo", _when("at")), ("Intento", _text("attempt_id")), ("Versión", _text("version")),
        ("Pedida por", _text("asked_by")), ("Clave", _text("idempotency_key")), ("Huella", _text("digest")),
    ),
    "consents": (
        ("Número", _text("e164")), ("Canal", _word("channel", CHANNELS)), ("Para", _word("purpose", PURPOSES)),
        ("Cuándo", _when("at")), ("Prueba", _text("evidence")), ("Lista", _text("source")),
    ),
    "suppressed_numbers": (("Número", _text("e164")), ("Cuándo", _when("at")), ("Quién y cómo", _text("source"))),
    "registry_copies": (
        ("Copia", _text("id")), ("Registro", _text("registry")), ("Consultado", _when("taken_at")),
        ("Traído", _when("began_at")),
    ),
    "registry_entries": (
        ("Número", _text("e164")), ("Registro", _registry), ("Canales", _text("channels")), ("Desde", _when("since")),
    ),
    "lead_rounds": (
        ("Lead", _text("lead_id")), ("Ronda", _text("round")), ("Terminó", _when("ended_at")),
        ("Como", _word("state", LEAD_STATES)), ("Motivo", _text("reason")), ("Intentos", _text("attempts_made")),
        ("Volvió", _when("recycled_at")),
    ),
    "missed_callbacks": (
        ("Acordada para", _when("due_at")), ("Campaña", _text("campaign_id")), ("Agente", _text("agent_id")),
        ("Se vio el", _when("missed_at")), ("Entonces", _word("action", WHEN_MISSED)),
    ),
    "follow_ups": (
        ("Cuándo", _when("at")), ("Campaña", _text("campaign_id")), ("Seguimiento", _text("action")),
        ("Después de", _after_word),
    ),
    "messages": (
        ("Cuándo", _when("created_at")), ("Por", _word("via", CHANNELS)), ("A", _text("recipient")),
        ("Para", _word("purpose", PURPOSES)), ("Dice", _said), ("Estado", _word("state", MESSAGE_STATES)),
        ("Motivo", _text("reason")), ("Enviado", _when("sent_at")), ("Entregado", _when("delivered_at")),
        ("Leído", _when("read_at")), ("Campaña", _text("campaign_id")),
    ),
    "replies": (
        ("Cuándo", _when("at")), ("Por", _word("via", CHANNELS)), ("Número", _text("e164")), ("Dijo", _text("text")),
        ("Pidió no ser contactada", _text("says_no")), ("Lead", _text("lead_id")),
    ),
    "tasks": (
        ("Cuándo", _when("created_at")), ("Qué", _text("text")), ("De quién", _text("owner")),
        ("Hecha", _when("done_at")), ("Por", _text("done_by")), ("Campaña", _text("campaign_id")),
    ),
    "inbound_calls": (
        ("Llamó", _when("arrived_at")), ("Número", _text("e164")), ("Fila", _text("queue")),
        ("Habló desde", _when("joined_at")), ("Terminó", _when("ended_at")),
        ("Resultado", _word("outcome", INBOUND_OUTCOMES)), ("Agente", _text("agent_id")),
        ("Tipificación", _text("disposition")), ("Datos", _text("disposition_fields")),
        ("Llamada", _text("ivr_call")), ("Lead", _text("lead_id")),
    ),
    "ivr_calls": (
        ("Llamó", _when("began_at")), ("Número", _text("e164")), ("Marcó", _text("called")), ("Menú", _text("tree")),
        ("Terminó", _when("ended_at")), ("Como", _word("ending", LED_ENDINGS)), ("En", _text("node")),
        ("Id", _text("id")),
    ),
    "ivr_recordings": (
        ("Cuándo", _when("at")), ("Pregunta", _text("name")), ("Grabación", _text("recording")),
        ("Segundos", _text("seconds")), ("Dijo", _text("transcript_text")), ("Llamada", _text("call_id")),
    ),
    "tickets": (
        ("Cuándo", _when("at")), ("Turno", _text("id")), ("Qué", _text("kind")), ("Contenido", _text("fields")),
        ("Llamada", _text("call_id")),
    ),
    "appointments": (
        ("Cita", _when("starts_at")), ("Calendario", _text("calendar")), ("Campaña", _text("campaign_id")),
        ("Estado", _word("state", APPOINTMENT_STATES)), ("Acordada", _when("booked_at")),
        ("Último cambio", _when("changed_at")), ("Recordatorio", _when("remind_at")),
    ),
    "survey_invitations": (
        ("Servicio", _when("service_at")), ("Orden", _text("service_key")), ("Tipo", _text("service")),
        ("Encuesta", _text("survey_id")), ("Hasta", _when("deadline")), ("Estado", _word("state", INVITATION_STATES)),
        ("Llamadas", _text("tries")),
    ),
    "survey_sittings": (
        ("Cuándo", _when("began_at")), ("Encuesta", _text("survey_id")), ("Número", _text("e164")),
        ("Terminó", _when("ended_at")), ("Como", _word("outcome", INVITATION_STATES)), ("Id", _text("id")),
    ),
    "survey_answers": (
        ("Cuándo", _when("at")), ("Pregunta", _text("question")), ("Respuesta", _text("value")),
        ("Se oyó", _text("heard_text")), ("Encuesta", _text("sitting_id")),
    ),
    "survey_comments": (
        ("Cuándo", _when("at")), ("Pregunta", _text("question")), ("Grabación", _text("recording")),
        ("Segundos", _text("seconds")), ("Dijo", _text("transcript_text")), ("Encuesta", _text("sitting_id")),
    ),
    "survey_follow_ups": (
        ("Cuándo", _when("at")), ("Qué", _text("trigger")), ("Quién", _text("owner")), ("Hasta", _when("due_at")),
        ("Encuesta", _text("sitting_id")),
    ),
    "outbox": (
        ("Cuándo", _when("occurred_at")), ("Qué", _text("kind")), ("Lead", _text("lead_id")),
        ("Intento", _text("attempt_id")), ("Contenido", _text("payload")),
    ),
}  # fmt: skip
