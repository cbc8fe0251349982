"""The words of headers, Spanish and English: what a column is most likely to be, by its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

HEADERS: Final = {
    "name": (
        "nombre completo", "nombre y apellido", "nombre y apellidos", "nombres y apellidos", "nombre del cliente",
        "nombre cliente", "nombre", "nombres", "razon social", "cliente", "titular", "propietario", "contacto",
        "paciente", "asociado", "full name", "name", "customer name", "customer", "first name", "firstname", "contact",
        "client",
    ),
    "surname": ("apellido", "apellidos", "last name", "lastname", "surname", "apellido paterno"),
    "priority": ("prioridad", "priority"),
    "timezone": ("zona horaria", "timezone", "time zone", "huso horario"),
    "valid_from": ("valido desde", "vigente desde", "vigencia desde", "valid from"),
    "valid_until": ("valido hasta", "vigente hasta", "vigencia hasta", "valid until"),
    "consent_channel": ("canal autorizado", "canal de autorizacion", "consent channel"),
    "consent_purpose": ("finalidad autorizada", "finalidad de autorizacion", "consent purpose"),
    "consent_date": ("fecha de autorizacion", "fecha autorizacion", "consent date"),
    "consent_evidence": ("evidencia de autorizacion", "evidencia autorizacion", "consent evidence"),
    "consent_own_initiative": ("iniciativa propia", "por iniciativa propia", "own initiative"),
}  # fmt: skip
"""By role (`cti_api.lead_file.mapping.ROLES`), the likeliest first, as `folded` gives them. The source's own key is not
among them: a list may have a plate twice, and nobody is to be left out by a guess."""

_PHONE: Final = frozenset([
    "telefono", "telefonos", "tel", "tels", "tlf", "tlfno", "fono", "celular", "celulares", "cel", "cels", "movil",
    "moviles", "phone", "phones", "mobile", "cell", "cellphone", "telephone", "whatsapp", "numero", "fijo",
])  # fmt: skip
_NO_PHONE: Final = frozenset([
    "documento", "cedula", "identificacion", "id", "cuenta", "factura", "orden", "poliza", "contrato", "serie",
    "chasis", "motor", "fecha", "tipo", "estado", "operador", "marca", "modelo", "placa", "dni", "nit", "ruc", "ci",
    "cliente", "asesor",
])  # fmt: skip
"""With one of these beside it, ``numero`` is another number than a telephone's."""

_OTHERS: Final = frozenset([
    "placa", "marca", "modelo", "documento", "cedula", "dni", "nit", "ruc", "correo", "email", "e mail", "direccion",
    "ciudad", "city", "address", "plate", "brand", "model", "vehiculo", "km", "fecha", "id", "codigo", "observaciones",
    "notas", "id cliente", "ultimo servicio", "correo electronico",
])  # fmt: skip


def folded(header: str) -> str:
    """A header's words without case, accents and signs: ``telefono 2`` for ``Teléfono_2:``."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", header) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[a-z]+|[0-9]+", plain.casefold()))


def known_words(cells: Iterable[str]) -> int:
    """How many of a row's cells are words that a header has."""
    return sum(_is_known(folded(cell)) for cell in cells if 0 < len(cell) <= 60)


def is_phone(words: str) -> bool:
    """Whether a column of this name (`folded`) has telephones."""
    parts = set(words.split())
    return bool(_PHONE & parts) and not _NO_PHONE & parts


def _is_known(words: str) -> bool:
    return is_phone(words) or any(words in known for known in HEADERS.values()) or words in _OTHERS
