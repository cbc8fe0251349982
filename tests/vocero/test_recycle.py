"""`vocero campaign recycle`: people whose leads are done with are called again, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState
from tests.support.control_server import ControlServer
from tests.support.plans import PLANNED
from tests.support.shell import Shell
from tests.support.store import at, attempt_for, closed, move, new_leads, number

CAMPAIGN = CampaignId("mantenimiento")
ENDS = (
    (CallResult.NO_ANSWER, "", LeadState.EXHAUSTED),
    (CallResult.BUSY, "", LeadState.EXHAUSTED),
    (CallResult.CONNECTED, "cita", LeadState.COMPLETED),
    (CallResult.CONNECTED, "no_llamar", LeadState.SUPPRESSED),
)
"""How the leads of the list end, one each."""


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    """With a campaign that is over."""
    Path("campaign.yaml").write_text(PLANNED, encoding="utf-8")
    alone("campaign", "create", "campaign.yaml")

    async def end() -> None:
        await server.store.leads.add(CAMPAIGN, new_leads(len(ENDS)), at(0))
        leads = await server.store.leads.reserve(CAMPAIGN, len(ENDS), at(0), at(120))
        for lead, (result, code, state) in zip(leads, ENDS, strict=True):
            attempt = attempt_for(lead, at(1))
            await server.store.attempts.open(attempt)
            ended = closed(attempt, result, at(60), disposition=code)
            await server.store.attempts.close(ended, move(state, state.value))
        await server.store.campaigns.set_state(CAMPAIGN, CampaignState.COMPLETED, at(70))

    server.do(end)
    return alone


def state_of(shell: Shell) -> str:
    return str(shell("campaign", "status", CAMPAIGN, "--json").json["state"])


def test_those_asked_for_come_back_and_the_campaign_opens_again(shell: Shell) -> None:
    said = shell("campaign", "recycle", CAMPAIGN, "--result", "no_answer", "--result", "busy", "--dry-run")
    assert "2 leads would be ready again" in said.err
    assert state_of(shell) == "completed"
    said = shell("campaign", "recycle", CAMPAIGN, "--result", "no_answer", "--result", "busy")
    assert "2 leads are ready again. Next: vocero campaign start mantenimiento" in said.err
    table = [line.split() for line in said.out.splitlines()]
    assert ["exhausted", "2", "0"] in table
    assert ["ready", "0", "2"] in table
    assert state_of(shell) == "ready"
    assert "round 2" in shell("leads", "why", number(0).digits).out
    again = shell("campaign", "recycle", CAMPAIGN, "--result", "no_answer", "--result", "busy", "--json").json
    assert (again["recycled"], again["before"] == again["after"]) == (0, True)


def test_who_booked_or_said_no_stays_where_they_are(shell: Shell) -> None:
    found = shell("campaign", "recycle", CAMPAIGN, "--state", "completed", "--state", "exhausted", "--json").json
    assert (found["recycled"], found["stayed"]) == (2, {"booked": 1})
    assert found["after"] == {"completed": 1, "ready": 2, "suppressed": 1}
    said = shell("campaign", "recycle", CAMPAIGN, "--state", "completed")
    assert "1 stay: reached the campaign's goal" in said.err


def test_they_may_come_back_in_another_campaign_without_a_duplicate(shell: Shell) -> None:
    Path("other.yaml").write_text(PLANNED.replace("id: mantenimiento", "id: segunda-vuelta"), encoding="utf-8")
    shell("campaign", "create", "other.yaml")
    shell("leads", "add", "segunda-vuelta", "--phone", number(1).e164, "--name", "Quien sea")
    said = shell("campaign", "recycle", CAMPAIGN, "--state", "exhausted", "--into", "segunda-vuelta")
    assert "1 leads are in segunda-vuelta" in said.err
    assert "1 stay: in the other campaign already" in said.err
    assert shell("campaign", "status", "segunda-vuelta", "--json").json["leads"] == 2
    assert state_of(shell) == "completed"


def test_what_cannot_be_is_refused_in_a_sentence(shell: Shell) -> None:
    for options, code, told in (
        ((), 2, "say which leads"),
        (("--result", "nobody"), 2, "results"),
        (("--state", "suppressed"), 2, "never comes back"),
        (("--disposition", "cita"), 2, "who reached it never comes back"),
        (("--disposition", "cosa"), 2, "is none of this campaign's"),
        (("--state", "exhausted", "--into", CAMPAIGN), 2, "not recycled into itself"),
        (("--state", "exhausted", "--into", "ninguna"), 1, "There is no campaign ninguna"),
    ):
        said = shell("campaign", "recycle", CAMPAIGN, *options, expect=code)
        assert told in said.err
        assert "Traceback" not in said.err
