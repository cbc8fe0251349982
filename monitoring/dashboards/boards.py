"""The seven dashboards."""

from __future__ import annotations

from monitoring.dashboards.campaign import campaign
from monitoring.dashboards.floor import floor
from monitoring.dashboards.indicators import Targets
from monitoring.dashboards.ivr import ivr
from monitoring.dashboards.pacing import pacing
from monitoring.dashboards.procedures import procedures
from monitoring.dashboards.surveys import surveys
from monitoring.dashboards.telephony import telephony
from monitoring.dashboards.values import Board

HOME = "vocero-floor"
"""What Grafana opens with."""


def boards(targets: Targets) -> tuple[Board, ...]:
    """`targets`: the company's own, before those of the indicators."""
    return (
        floor(targets),
        campaign(targets),
        pacing(),
        ivr(targets),
        surveys(targets),
        telephony(),
        procedures(targets),
    )
