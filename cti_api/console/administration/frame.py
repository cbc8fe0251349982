"""What the pages of the administration share: their sections, and what whoever looks may do there."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from cti_api.access.matrix import CONTROL, LOOKERS
from cti_api.console.allowed import allowed
from cti_api.console.shown import page, reader_of
from cti_api.web.access import known_of

SECTIONS: Final = (
    ("campaigns", "campanas", LOOKERS),
    ("people", "personas", LOOKERS),
    ("agents", "agentes", LOOKERS),
    ("queues", "colas", LOOKERS),
    ("trees", "arboles", LOOKERS),
    ("surveys", "encuestas", LOOKERS),
    ("appointments", "citas", LOOKERS),
    ("pending", "pendientes", LOOKERS),
    ("reports", "informes", LOOKERS),
    ("law", "ley", LOOKERS),
    ("registries", "listas-publicas", LOOKERS),
    ("users", "usuarios", CONTROL),
    ("audit", "auditoria", CONTROL),
    ("erasures", "borrados", CONTROL),
)
"""A word, a place below ``/administracion``, and whose it is."""
SCRIPT: Final = "admin/main.js"


def administration(request: Request, section: str, template: str = "", **values: Any) -> Response:
    """A page of a section; its template is called like the section where nothing else is said."""
    role = reader_of(known_of(request)).role
    sections = [(word, f"/administracion/{place}") for word, place, roles in SECTIONS if role in roles]
    return page(
        request, f"administration/{template or section}.html", script=SCRIPT, words="admin", section=section,
        sections=sections, may=allowed(role), **values,
    )  # fmt: skip
