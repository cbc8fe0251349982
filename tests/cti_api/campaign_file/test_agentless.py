"""Campaign files without agents: what they have of their own, and what they cannot have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cti_api.campaign_file.agentless import refuse_lists
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, InputError
from cti_api.law.terms import Purpose
from cti_api.model.campaigns import PacingMode
from cti_api.model.surveys import Outcome
from cti_api.survey_file.parse import parse_survey
from tests.support.agentless import RULES, SURVEY, agentless_file
from tests.support.campaigns import CAMPAIGN_FILE

EXAMPLES = Path(__file__).parents[3] / "examples" / "p3_survey"


def faults(**entries: Any) -> dict[str, str]:
    with pytest.raises(InputError) as refused:
        parse_campaign(agentless_file("encuesta", ["principal"], **entries).decode())
    return {fault.path: fault.message for fault in refused.value.faults}


def test_a_survey_is_asked_over_so_many_lines_and_its_ends_are_the_dispositions() -> None:
    spec = parse_campaign(agentless_file("encuesta", ["principal"], lines=7).decode())
    assert (spec.mode, spec.survey, spec.max_channels, spec.purpose) == (
        PacingMode.AGENTLESS,
        SURVEY,
        7,
        Purpose.SURVEY,
    )
    assert {each.code for each in spec.dispositions} == set(Outcome)
    assert [each.code for each in spec.dispositions if each.success] == [Outcome.FINISHED]


@pytest.mark.parametrize(
    ("entries", "path", "message"),
    [
        ({"purpose": "commercial"}, "purpose", "must be `survey`"),
        ({"amd": {"enabled": True, "on_machine": "connect"}}, "amd.on_machine", "asked nothing"),
        ({"recording": "on"}, "recording", "must be off"),
        ({"max_channels": 5}, "max_channels", "no such entry"),
        ({"dispositions": []}, "dispositions", "no such entry"),
        ({"columns": {}}, "columns", "no such entry"),
    ],
)
def test_what_has_no_meaning_without_agents_is_refused(entries: dict[str, Any], path: str, message: str) -> None:
    assert message in faults(**entries)[path]


def test_whoever_finished_or_refused_is_not_called_again_because_a_rule_was_forgotten() -> None:
    rules = {name: rule for name, rule in RULES.items() if name not in ("finished", "refused")}
    found = faults(retry={"max_attempts": 3, "min_gap": "1 h", "rules": rules})
    assert set(found) == {"retry.rules.finished", "retry.rules.refused"}


@pytest.mark.parametrize("entry", ["survey: satisfaccion", "lines: 5"])
def test_with_agents_there_is_no_survey_and_there_are_no_lines(entry: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_campaign(CAMPAIGN_FILE + entry + "\n")
    assert "only for `mode: agentless`" in str(refused.value.faults)


def test_after_an_agents_call_another_survey_may_be_asked() -> None:
    assert parse_campaign(CAMPAIGN_FILE).survey_after is None
    assert parse_campaign(CAMPAIGN_FILE + "survey_after: atencion\n").survey_after == "atencion"
    assert "no such entry" in faults(survey_after="atencion")["survey_after"]


def test_its_people_are_invited_and_come_from_no_list() -> None:
    with pytest.raises(Conflict, match="vocero survey invite satisfaccion FILE"):
        refuse_lists(parse_campaign(agentless_file("encuesta", ["principal"]).decode()))
    refuse_lists(parse_campaign(CAMPAIGN_FILE))


def test_the_example_asks_the_survey_beside_it() -> None:
    spec = parse_campaign((EXAMPLES / "campaign.yaml").read_text())
    assert spec.survey == parse_survey((EXAMPLES / "survey.yaml").read_text()).id
