"""What is said to a person about a decision: one sentence of each kind, in Spanish.

A rule says a `Said`: which sentence, and the values in it. Another language is another `Wording`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import Enum, auto
from typing import Final, TypeAlias

from cti_api.law.terms import Channel, Period, Purpose


class Sentence(Enum):
    ALLOWED = auto()
    NO_PACK = auto()
    NO_ZONE = auto()
    WRONG_ZONE = auto()
    UNKNOWN_YEAR = auto()
    DISPUTED_DAY = auto()
    HOLIDAY = auto()
    CLOSED_WEEKDAY = auto()
    OUTSIDE_HOURS = auto()
    ENDS_TOO_SOON = auto()
    NO_RULES_FOR_COUNTRY = auto()
    NEVER = auto()
    DIRECT_LIMIT = auto()
    ATTEMPT_LIMIT = auto()
    ONE_CHANNEL = auto()
    GAP = auto()
    ABANDONED = auto()
    OPTED_OUT = auto()
    REGISTRY_MISSING = auto()
    REGISTRY_OLD = auto()
    REGISTRY_OLD_AT_START = auto()
    REGISTRY_LISTED = auto()
    CONSENT_MISSING = auto()
    CONSENT_OWN_INITIATIVE = auto()
    CONSENT_REVOKED = auto()
    CALLER_PREFIX = auto()
    RING_TOO_SHORT = auto()
    TOO_MANY_ABANDONED = auto()


Value: TypeAlias = "str | int | float | date | time | timedelta | Purpose | Channel | Period | tuple[Channel, ...]"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its values, in no language yet."""

    sentence: Sentence
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """A language."""

    sentences: Mapping[Sentence, str]
    write: Callable[[Value], str]
    """A value in the language's words."""


def in_words(said: Said, wording: Wording) -> str:
    """The sentence for a person."""
    return wording.sentences[said.sentence].format(**{name: wording.write(v) for name, v in said.values.items()})


SPANISH_SENTENCES: Final[dict[Sentence, str]] = {
    Sentence.ALLOWED: "Ninguna regla lo impide.",
    Sentence.NO_PACK: "No hay reglas instaladas para {region}: un administrador debe instalar el paquete de ese país.",
    Sentence.NO_ZONE: "No se sabe qué hora es donde vive la persona: indique su zona horaria.",
    Sentence.WRONG_ZONE: "La zona horaria «{zone}» no existe: corríjala (por ejemplo, America/Bogota).",
    Sentence.UNKNOWN_YEAR: "El calendario de festivos no conoce el año {year}: un administrador debe actualizar el "
    "paquete antes de contactar a alguien en esas fechas.",
    Sentence.DISPUTED_DAY: "No es seguro si el {day} es festivo ({name}): no se contacta a nadie hasta que un "
    "administrador lo confirme en el paquete.",
    Sentence.HOLIDAY: "El {day} es festivo ({name}).",
    Sentence.CLOSED_WEEKDAY: "El {day} es {weekday}, y ese día no se permite contactar a nadie.",
    Sentence.OUTSIDE_HOURS: "Son las {clock} en {zone}, fuera del horario permitido ese día ({hours}).",
    Sentence.ENDS_TOO_SOON: "Son las {clock} en {zone} y el horario permitido ({hours}) termina antes de que la "
    "persona alcance a ser atendida.",
    Sentence.NO_RULES_FOR_COUNTRY: "No se conocen las reglas de {region}: no se contacta a nadie de allí hasta que un "
    "administrador instale el paquete de ese país.",
    Sentence.NEVER: "Las reglas no permiten este contacto a ninguna hora.",
    Sentence.DIRECT_LIMIT: "Ya hubo {count} contacto(s) directo(s) con la persona {period}; el máximo es {most}.",
    Sentence.ATTEMPT_LIMIT: "Ya hubo {count} intento(s) sin respuesta {period}; el máximo es {most}.",
    Sentence.ONE_CHANNEL: "Ya hubo contacto directo con la persona por {channels} {period}; no se puede usar además "
    "{channel}.",
    Sentence.GAP: "Deben pasar {length} desde el contacto anterior.",
    Sentence.ABANDONED: "La persona contestó y no fue atendida: durante {length} solo se le llama con un agente "
    "reservado.",
    Sentence.OPTED_OUT: "La persona pidió no ser contactada.",
    Sentence.REGISTRY_MISSING: "Falta consultar la lista {registry}: consúltela antes de contactar a la persona.",
    Sentence.REGISTRY_OLD: "La consulta de la lista {registry} tiene más de {length}: vuelva a consultarla.",
    Sentence.REGISTRY_OLD_AT_START: "La lista {registry} se consultó más de {length} antes de que empezara la campaña: "
    "vuelva a consultarla.",
    Sentence.REGISTRY_LISTED: "La persona está inscrita en la lista {registry} y no ha consentido después.",
    Sentence.CONSENT_MISSING: "Falta el consentimiento de la persona, con su prueba, para esta finalidad ({purpose}) "
    "por {channel}: regístrelo antes de contactarla.",
    Sentence.CONSENT_OWN_INITIATIVE: "El consentimiento no muestra que la persona acudió por iniciativa propia: "
    "regístrelo con su prueba antes de contactarla.",
    Sentence.CONSENT_REVOKED: "La persona retiró su consentimiento.",
    Sentence.CALLER_PREFIX: "El número que se muestra a la persona debe empezar por {prefixes}: cambie el número de la "
    "campaña.",
    Sentence.RING_TOO_SHORT: "La llamada debe timbrar al menos {length}: corrija la campaña.",
    Sentence.TOO_MANY_ABANDONED: "Más del {share} de las personas que contestaron no fueron atendidas: solo se llama "
    "con un agente reservado.",
}

MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
SPANISH_WORDS: Final[dict[str, str]] = {
    Purpose.COLLECTIONS: "cobranza",
    Purpose.COMMERCIAL: "comercial",
    Purpose.SURVEY: "encuesta",
    Purpose.SERVICE: "servicio",
    Purpose.ASKED_FOR: "solicitada por la persona",
    Channel.VOICE: "llamada",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.EMAIL: "correo electrónico",
    Period.DAY: "hoy",
    Period.WEEK: "esta semana",
}
WEEKDAYS: Final[dict[str, str]] = {
    "mon": "lunes",
    "tue": "martes",
    "wed": "miércoles",
    "thu": "jueves",
    "fri": "viernes",
    "sat": "sábado",
    "sun": "domingo",
}


def spanish(value: Value) -> str:
    """A value in Spanish words."""
    match value:
        case Purpose() | Channel() | Period():
            return SPANISH_WORDS[value]
        case tuple():
            return ", ".join(SPANISH_WORDS[each] for each in value)
        case str():
            return WEEKDAYS.get(value, value)
        case date():
            return f"{value.day} de {MONTHS[value.month - 1]} de {value.year}"
        case time():
            return f"{value:%H:%M:%S}"
        case timedelta():
            return _length(value)
        case float():
            return f"{value * 100:g} %".replace(".", ",")
        case int():
            return str(value)


def _length(length: timedelta) -> str:
    seconds = length.total_seconds()
    for name, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} s"


SPANISH: Final = Wording(SPANISH_SENTENCES, spanish)
