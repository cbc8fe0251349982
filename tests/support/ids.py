"""Ids of this moment."""

from __future__ import annotations

from cti_api.clock import SystemClock
from cti_api.model import ids


def new_attempt_id() -> ids.AttemptId:
    return ids.new_attempt_id(SystemClock().now())
