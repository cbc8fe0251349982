"""The link looks at the dialplan that Asterisk runs, and places no call through one that is not ours."""

from dataclasses import replace

import pytest

from cti_api.errors import LinkDown
from dialer.ami.inspection import Step
from dialer.telephony import (
    HangUp,
    LinkDoubtful,
    LinkUp,
)
from tests.support.ami_fake import Action as Heard
from tests.support.ami_fake import AmiFake, Headers
from tests.support.ami_peers import ATTEMPT, CALL, STARTED, heard, linked
from tests.support.ids import new_attempt_id

GUARD = {"vocero-dial": (Step("s", "Set(why=number)"), Step("s", "Hangup(21)"))}


def runs(fake: AmiFake, *steps: Step) -> None:
    """This is what the fake shows of its dialplan from now on."""

    def show(action: Heard) -> list[Headers]:
        items = [
            [
                ("Event", "ListDialplan"),
                ("Context", action["Context"]),
                ("Extension", step.exten),
                ("Application", step.what.partition("(")[0]),
                ("AppData", step.what.partition("(")[2].removesuffix(")")),
            ]
            for step in steps
        ]
        return fake.a_list(action, items, "ShowDialPlanComplete")

    fake.answers["ShowDialPlan"] = show


async def test_no_call_is_placed_while_asterisk_runs_another_dialplan() -> None:
    async with AmiFake() as fake, linked(fake, dialplan=GUARD) as (link, events):
        runs(fake, *GUARD["vocero-dial"])
        assert await heard(events) == LinkUp(STARTED)
        await link.truth()
        await link.perform(CALL)
        runs(fake, Step("s", "Hangup(21)"))
        await link.truth()
        await link.truth()
        doubt = await heard(events)
        assert isinstance(doubt, LinkDoubtful)
        assert "vocero-dial is another than this version has" in doubt.reason
        with pytest.raises(LinkDown, match="vocero-dial"):
            await link.perform(replace(CALL, attempt_id=new_attempt_id()))
        await link.perform(HangUp(channel_id=ATTEMPT))  # people on the line are served on
        runs(fake, *GUARD["vocero-dial"])
        await link.truth()
        assert await heard(events) == LinkUp(STARTED), "said once each"
        await link.perform(replace(CALL, attempt_id=new_attempt_id()))
    assert len(fake.named("Originate")) == 2


async def test_an_asterisk_without_our_dialplan_gets_no_call() -> None:
    async with AmiFake() as fake, linked(fake, dialplan=GUARD) as (link, events):
        fake.answers["ShowDialPlan"] = lambda action: [
            fake.reply(action, Response="Error", Message="Did not find context vocero-dial")
        ]
        assert await heard(events) == LinkUp(STARTED)
        await link.truth()
        doubt = await heard(events)
        assert isinstance(doubt, LinkDoubtful)
        assert "vocero-dial is not there" in doubt.reason
