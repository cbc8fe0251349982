"""A campaign file with every entry the format has."""

from __future__ import annotations

WHOLE = """\
id: mantenimiento-noviembre
title: Mantenimiento, noviembre
region: CO
mode: power
calls_per_agent: 1.5
priority: 3
trunks: [operador-a, operador-b]
caller_id: 601 742 0000
allowed_prefixes: ["+573", "+5760"]
hours:
  timezone: America/Bogota
  days:
    mon-fri: [08:00-12:00, 13:00-19:00]
    sat: 00:00-24:00
calls_per_second: 0.5
max_channels: 8
abandonment: {limit: 2.5 %, window: rolling_24h, half_hour: true, hold: 1.5 s,
  live_answers: put_through, amd_mistakes: 4 %}
ring: 30 s
min_ring: 20s
wrap_up: 2 min
preview: 90
amd:
  enabled: true
  on_machine: leave_message
recording: on
abandoned_message: sounds/disculpe.wav
retry:
  max_attempts: 3
  min_gap: 2 h
  day_parts:
    morning: 08:00-12:00
    evening: 13:00-19:00
  rules:
    busy: {action: retry, after: 10 min, factor: 2, most: 4}
    no_answer: {action: next_phone, next_day_part: true}
    cita: {action: complete}
    volver: {action: callback, personal: true}
    connected: {action: complete}
    default: {action: retry, after: 1 d}
dispositions:
  - code: cita
    label: Cita agendada
    effective: true
    contact: true
    success: true
    key: "1"
  - code: volver
    label: Volver a llamar
    fields:
      - {name: fecha, label: Fecha y hora, kind: datetime}
      - {name: motivo, label: Motivo, kind: choice, choices: [precio, tiempo], required: false}
callbacks:
  any_agent_after: 45 min
columns:
  name: nombre
  phones: [telefono, telefono_2]
  priority: prioridad
  external_key: placa
script: |
  Buenos días {nombre}.
purpose: service
"""
