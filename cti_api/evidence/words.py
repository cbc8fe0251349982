"""Codes of ours in Spanish, for whoever reads what is on record of a person."""

from __future__ import annotations

from typing import Final

MEANT: Final = {
    "phone": "un teléfono",
    "contact": "el id de un contacto",
    "lead": "el id de un lead",
    "attempt": "el id de un intento",
    "key": "la clave del sistema de origen",
}

LEAD_STATES: Final = {
    "new": "nuevo",
    "ready": "listo para otro intento",
    "reserved": "por marcar",
    "dialing": "en llamada",
    "waiting": "en espera",
    "callback": "rellamada acordada",
    "completed": "terminado",
    "exhausted": "intentos agotados",
    "suppressed": "no llamar",
    "closed": "cerrado",
}

RESULTS: Final = {
    "busy": "ocupado",
    "no_answer": "no contesta",
    "rejected": "rechazada",
    "congestion": "congestión",
    "invalid_number": "número inválido",
    "machine": "contestador",
    "abandoned": "contestó y no hubo agente",
    "canceled_by_dialer": "cancelada por el marcador",
    "caller_hung_up": "contestó y colgó",
    "unavailable": "no disponible",
    "trunk_failed": "la troncal no respondió",
    "codec": "sin códec común",
    "interrupted": "interrumpida",
    "never_dialed": "nunca se marcó",
    "failed": "fallida",
    "lost": "sin dato de cómo terminó",
    "connected": "conversación con un agente",
}

INBOUND_OUTCOMES: Final = {
    "answered": "habló con un agente",
    "caller_abandoned": "colgó mientras esperaba",
    "called_back": "pidió que se le llamara, y se le llamó",
    "led_on": "volvió al menú",
    "overflowed": "esperó el máximo y oyó una disculpa",
    "lost": "sin dato de cómo terminó",
}

LED_ENDINGS: Final = {
    "finished": "llegó al final",
    "handed_over": "pasó a una persona o a una fila",
    "hung_up": "colgó antes",
    "cut": "la cortamos con una disculpa",
}

CHANNELS: Final = {
    "call": "llamada",
    "voice": "llamada",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "email": "correo",
    "webhook": "otro sistema",
}

PURPOSES: Final = {
    "collections": "cobranza",
    "commercial": "comercial",
    "survey": "encuesta",
    "service": "servicio",
    "asked_for": "lo pidió la persona",
}

MESSAGE_STATES: Final = {
    "planned": "por enviar",
    "sending": "enviándose",
    "accepted": "recibido por el proveedor",
    "delivered": "entregado",
    "read": "leído",
    "failed": "no recibido por el proveedor; se enviará de nuevo",
    "unknown": "enviado; no se sabe si llegó",
    "dead": "no enviado; alguien debe decidir",
    "expired": "no enviado: venció",
    "suppressed": "no enviado: la persona no lo quiere o la ley no lo permite",
    "dropped": "descartado",
}

APPOINTMENT_STATES: Final = {
    "booked": "acordada",
    "moved": "cambiada de hora",
    "cancelled": "cancelada",
    "kept": "cumplida",
    "not_kept": "no cumplida",
}

INVITATION_STATES: Final = {
    "waiting": "por encuestar",
    "finished": "respondida",
    "partial": "respondida en parte",
    "refused": "no quiso responder",
    "silent": "no dijo nada",
    "expired": "no se alcanzó a encuestar",
}

WHEN_MISSED: Final = {
    "any_agent": "queda para cualquier agente",
    "retry": "vuelve a su turno",
    "close": "se cerró",
    "follow_up": "pasó a los seguimientos",
}

COLUMNS: Final = {
    "id": "Id",
    "at": "Cuándo",
    "created_at": "Cuándo",
    "occurred_at": "Cuándo",
    "e164": "Número",
    "campaign_id": "Campaña",
    "lead_id": "Lead",
    "attempt_id": "Intento",
    "agent_id": "Agente",
    "contact_id": "Contacto",
    "state": "Estado",
    "name": "Nombre",
    "fields": "Datos",
    "text": "Texto",
    "payload": "Contenido",
}
"""Of tables that have no page of their own here."""


def in_words(code: str, words: dict[str, str]) -> str:
    """The Spanish for a code; the code itself where there is none."""
    return words.get(code, code)
