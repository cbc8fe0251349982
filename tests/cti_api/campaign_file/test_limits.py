"""Other limits in a campaign's file: the figure changes, and nothing else that somebody wrote."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff

import pytest

from cti_api.campaign_file.limits import Limits, with_limits
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.model.campaigns import PacingMode
from tests.support.campaigns import CAMPAIGN_FILE


def changed_lines(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_a_limit_that_is_written_is_another_and_remarks_stay() -> None:
    text = (
        "# de la casa\n"
        + CAMPAIGN_FILE
        + "abandonment:\n  limit: 3 %   # lo prometido\n  hold: 2 s\nmax_channels: 12\n"
    )
    written, spec = with_limits(text, Limits(abandonment_limit=0.015, max_channels=20))
    assert (spec.abandonment.limit, spec.max_channels) == (0.015, 20)
    assert "# de la casa" in written
    assert "# lo prometido" in written
    assert 'caller_id: "+576015550100"' in written
    said = [line for line in changed_lines(text, written) if "limit" in line or "max_channels" in line]
    assert said == [
        "-  limit: 3 %   # lo prometido",
        "+  limit: 1.5 % # lo prometido",
        "-max_channels: 12",
        "+max_channels: 20",
    ]


@pytest.mark.parametrize(
    "end", ["", "abandonment_limit: 2 %\n", "hold: 3 s\n", "abandonment: {hold: 3 s}\n", "abandonment: {limit: 1 %}\n"]
)
def test_wherever_a_file_says_its_limit_it_says_the_other(end: str) -> None:
    before = parse_campaign(CAMPAIGN_FILE + end)
    written, spec = with_limits(CAMPAIGN_FILE + end, Limits(abandonment_limit=0.025))
    assert spec == parse_campaign(written) == replace(before, abandonment=replace(before.abandonment, limit=0.025))


def test_a_pacer_takes_anothers_place() -> None:
    _, spec = with_limits(CAMPAIGN_FILE, Limits(mode=PacingMode.POWER, calls_per_agent=1.5))
    assert (spec.mode, spec.calls_per_agent) == (PacingMode.POWER, 1.5)


@pytest.mark.parametrize("mode", [PacingMode.PREVIEW, PacingMode.MANUAL, PacingMode.AGENTLESS])
def test_a_campaign_does_not_change_into_one_that_agents_dial(mode: PacingMode) -> None:
    with pytest.raises(InputError, match="a pacer dials"):
        with_limits(CAMPAIGN_FILE, Limits(mode=mode))


def test_the_limits_of_a_file_hold() -> None:
    with pytest.raises(InputError):
        with_limits(CAMPAIGN_FILE, Limits(abandonment_limit=0.2))
