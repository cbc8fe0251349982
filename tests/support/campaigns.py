"""A campaign file and a message, for tests that need one and do not look into it."""

from __future__ import annotations

import io
import wave

CAMPAIGN_FILE = """\
id: mantenimiento
title: Mantenimiento de noviembre
region: CO
mode: progressive
trunks: [principal]
caller_id: "+576015550100"
hours:
  timezone: America/Bogota
  days:
    mon-sun: ["00:00-24:00"]
retry:
  max_attempts: 3
  min_gap: 5 min
  rules:
    default: {action: retry, after: 10 min}
    connected: {action: complete}
    cita: {action: complete}
    sin_cita: {action: close}
dispositions:
  - code: cita
    label: Cita agendada
    effective: true
    contact: true
    success: true
    fields:
      - {name: fecha, label: Fecha, kind: date}
  - code: sin_cita
    label: No agenda
    effective: true
    contact: true
    fields:
      - {name: motivo, label: Motivo, kind: choice, choices: [precio, ya lo hizo]}
columns:
  name: nombre
  phones: [telefono]
"""

BOOKING_CAMPAIGN = (
    CAMPAIGN_FILE.replace("kind: date}", "kind: datetime}")
    + """\
appointments:
  calendar: taller-norte
  on: cita
  at: fecha
  reminder: {before: 1 d, by: message}
"""
)
"""The same, whose disposition `cita` books into a calendar."""


def recording(seconds: float = 1.0, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setframerate(rate)
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.writeframes(bytes(int(seconds * rate) * channels * width))
    return written.getvalue()
