"""A queue's file, for tests of whatever takes one."""

from __future__ import annotations

QUEUE_FILE = """
id: soporte
title: Soporte técnico
region: CO
timezone: America/Bogota
agents: [{agent: ana}]
service_level: {within: 20 s, share: 80 %}
"""
