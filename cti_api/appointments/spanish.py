"""Days and hours as people in Latin America read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def day_in_words(day: date) -> str:
    """``lunes 30 de noviembre``."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}"


def hour_in_words(local: datetime) -> str:
    """``3:00 p. m.``"""
    half = "a. m." if local.hour < 12 else "p. m."
    return f"{local.hour % 12 or 12}:{local.minute:02} {half}"
