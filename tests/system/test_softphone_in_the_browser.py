"""An agent's telephone in a real browser, on the real Asterisk: what each side hears, and what no mishap may cost.

The page is bare: the telephone alone (`tests.support.seats`). Tones say who hears whom; the person is at a SIP
telephone of the lab's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from cti_api.model.ids import CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.browser import Browser, axe, chromium, until_heard
from tests.support.calls import tone_heard
from tests.support.floor import TRUNK, until_agent
from tests.support.seats import Seat, seated, signed_in
from tests.support.shift import campaign_file, closed_attempt, get, people, post, until
from tests.support.sip_by_websocket import register
from tests.support.witness import phone_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import Voice
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.sounds import alaw, audible_seconds, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="session")]

AGENT_HZ: Final = 1000.0
PERSON_HZ: Final = 440.0
PEOPLE: Final = [number(Behaviour.TALKS, serial) for serial in range(700, 720)]
SERIALS = count()


@dataclass(frozen=True, slots=True)
class Floor:
    """What all tests here share; each has a campaign, a person and an agent of its own."""

    rig: Rig
    browser: Browser


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def floor(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    says = Voice(says=alaw(tone(1000, PERSON_HZ)))
    trunk = RigTrunk(id=TRUNK, own=dict.fromkeys(PEOPLE, says))
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("browser")
        rig = Rig(folder, asterisk_program, trunks=[trunk], console=True)
        await stack.enter_async_context(rig)
        yield Floor(rig, await stack.enter_async_context(chromium(folder, microphone_hz=AGENT_HZ)))


async def until_true(page: Page, what: str) -> None:
    """By evaluation: the page's policy lets nobody else wait inside it."""

    async def there() -> bool:
        return bool(await page.evaluate(what))

    await until(there, 20, what)


class Talk:
    """An agent at their page, and a person who is called for them."""

    def __init__(self, floor: Floor, name: str) -> None:
        self.floor, self.rig = floor, floor.rig
        self.campaign = CampaignId(name)
        self.person: PhoneNumber = PEOPLE[next(SERIALS)]
        self.seat: Seat

    async def begin(self, connect: str = "nailed_up") -> None:
        """Until the two hear each other."""
        # a page is back late on a busy machine: the person holds on for it
        file = campaign_file(self.campaign, [TRUNK], wrap_up="60 s", abandonment={"hold": "10 s"})
        await self.rig.make_campaign(self.campaign, file, people([self.person]))
        self.seat = await seated(self.rig, self.floor.browser, f"a-{self.campaign}", [self.campaign], connect)
        await post(self.rig, f"/campaigns/{self.campaign}/start")
        await self.is_heard_both_ways()

    async def is_heard_both_ways(self) -> None:
        before = self.heard(AGENT_HZ)
        await until_agent(self.rig, self.seat.agent_id, "busy")
        await until_heard(self.seat.page, PERSON_HZ)
        await until(lambda: self.heard(AGENT_HZ) > before + 0.3, 20, "the person hears the agent")

    def heard(self, hz: float) -> float:
        return tone_heard(self.rig.customers[TRUNK], self.person, hz)

    def sounds(self) -> float:
        """Seconds of anything loud that the person heard."""
        return sum(audible_seconds(call) for call in self.rig.customers[TRUNK].heard(self.person))

    def calls(self) -> list[str]:
        """How each call to the person ended, by their telephone; empty for one that lasts."""
        return [c.how for c in phone_calls(self.rig.customers[TRUNK].steps()) if c.number == self.person.e164]

    async def agent(self) -> dict[str, Any]:
        found: dict[str, Any] = await get(self.rig, f"/agents/{self.seat.agent_id}")
        return found

    async def until_held(self, held: bool) -> None:
        """By Asterisk's own word of the page's telephone."""

        async def so() -> bool:
            call = (await self.agent())["call"]
            return (call["held_since"] is not None) is held

        await until(so, 30, f"the person is on hold: {held}")

    async def ends(self) -> None:
        """By the agent, as ever; and they go home."""
        await post(self.rig, f"/agents/{self.seat.agent_id}/hangup")
        await until_agent(self.rig, self.seat.agent_id, "wrap_up")
        await post(self.rig, f"/agents/{self.seat.agent_id}/disposition", {"code": "hablado"})
        assert self.calls() == ["hung_up"], "one call, and nobody else ended it"
        attempt = await closed_attempt(self.rig, self.campaign)
        assert (attempt["result"], attempt["agent_id"]) == ("connected", self.seat.agent_id)
        await self.goes_home()

    async def goes_home(self) -> None:
        await post(self.rig, f"/agents/{self.seat.agent_id}/logout")
        await self.seat.until("ready")
        await self.seat.windows.close()


async def test_both_hear_each_other_and_what_the_agent_does_reaches_the_person(floor: Floor) -> None:
    talk = Talk(floor, "conversa")
    await talk.begin()
    page = talk.seat.page
    assert await talk.seat.state() == "in_call"
    assert await axe(page) == []

    await page.evaluate("phone.mute(true)")
    silent = -1.0

    async def no_more() -> bool:
        nonlocal silent
        before, silent = silent, talk.heard(AGENT_HZ)
        await until_heard(page, PERSON_HZ)
        return before == silent

    await until(no_more, 30, "nothing of the agent is heard")
    assert await page.evaluate("phone.muted")
    await page.evaluate("phone.mute(false)")
    await talk.is_heard_both_ways()

    music = talk.sounds() - talk.heard(AGENT_HZ)
    await page.evaluate("phone.hold(true)")
    await until_true(page, "phone.held")
    await talk.until_held(True)
    await until_heard(page, 0)
    await until(lambda: talk.sounds() - talk.heard(AGENT_HZ) > music + 0.5, 30, "the person hears music")
    await page.evaluate("phone.hold(false)")
    await until_true(page, "!phone.held")
    await talk.until_held(False)
    await talk.is_heard_both_ways()

    assert await page.evaluate("ear.microphones") == 1
    await page.evaluate("ear.unplug()")
    await until_true(page, "ear.microphones === 2")
    await talk.is_heard_both_ways()
    await talk.ends()


async def test_keys_of_the_page_end_the_call_and_say_what_became_of_it(floor: Floor) -> None:
    talk = Talk(floor, "teclas")
    await talk.begin()
    await talk.seat.page.evaluate("phone.keys('*')")
    await until_agent(floor.rig, talk.seat.agent_id, "wrap_up")
    await talk.seat.page.evaluate("phone.keys('1')")
    await until_agent(floor.rig, talk.seat.agent_id, "ready")
    assert (await closed_attempt(floor.rig, talk.campaign))["disposition"] == "hablado"
    await talk.goes_home()


async def test_a_rung_page_answers_by_itself_and_lays_down_for_good(floor: Floor) -> None:
    talk = Talk(floor, "timbra")
    await talk.begin(connect="rung")
    await talk.seat.page.evaluate("phone.hangup()")
    await until(lambda: talk.calls() == ["hung_up"], 30, "the person's call is over")
    await until_agent(floor.rig, talk.seat.agent_id, "wrap_up")
    await talk.seat.until("ready")
    await post(floor.rig, f"/agents/{talk.seat.agent_id}/disposition", {"code": "hablado"})
    await talk.goes_home()


async def test_a_websocket_that_is_cut_in_a_talk_costs_nothing_and_the_end_is_heard_of(floor: Floor) -> None:
    talk = Talk(floor, "cortado")
    await talk.begin()
    page = talk.seat.page
    await page.evaluate("ear.cut()")
    await talk.is_heard_both_ways()
    await until_true(page, "ear.sockets > 1")
    assert await talk.seat.state() == "in_call"

    async def known_again() -> bool:
        return bool((await talk.agent())["phone_reachable"])

    await until(known_again, 20, "the page has registered again")
    await talk.is_heard_both_ways()
    # the last word of the call comes by the new connection: without it the page would believe in the call for ever
    await talk.ends()


@pytest.mark.parametrize("connect", ["nailed_up", "rung"])
async def test_a_page_that_is_loaded_anew_in_a_talk_gets_the_person_back(floor: Floor, connect: str) -> None:
    talk = Talk(floor, f"recarga-{connect.replace('_', '-')}")
    await talk.begin(connect)
    await talk.seat.load()
    await talk.seat.until("in_call")
    await talk.is_heard_both_ways()
    assert talk.calls() == [""], "the person was on the line all the time"
    await talk.ends()


async def test_a_page_that_crashes_in_a_talk_and_is_opened_again_gets_the_person_back(floor: Floor) -> None:
    talk = Talk(floor, "caido")
    await talk.begin()
    crashed = talk.seat.page
    with suppress(BrowserError):  # which is what is wanted
        await crashed.goto("chrome://crash", timeout=2000)
    await talk.seat.open_page()
    await talk.seat.until("in_call")
    await talk.is_heard_both_ways()
    await crashed.close()
    await talk.ends()


@pytest.mark.long
async def test_a_page_that_crashes_and_stays_away_leaves_nobody_on_the_line(floor: Floor) -> None:
    talk = Talk(floor, "ausente")
    await talk.begin()
    await talk.seat.windows.close()
    lost = await until_agent(floor.rig, talk.seat.agent_id, "not_ready")
    assert (lost["reason"], lost["call"]) == ("technical", None)
    await until(lambda: talk.calls() == ["hung_up"], 40, "the person has heard the apology")
    assert (await closed_attempt(floor.rig, talk.campaign))["result"] == "connected"
    await post(floor.rig, f"/agents/{talk.seat.agent_id}/logout")


async def test_after_a_restart_of_asterisk_the_page_is_a_telephone_again(floor: Floor) -> None:
    talk = Talk(floor, "reinicio")
    await talk.begin()
    await floor.rig.asterisk.stop()
    await talk.seat.until("connecting")
    await floor.rig.asterisk.start()
    await talk.seat.until("in_call", 40)
    await post(floor.rig, f"/agents/{talk.seat.agent_id}/disposition", {"code": "hablado"})
    assert (await talk.agent())["state"] == "ready"
    await talk.goes_home()


async def test_nobody_registers_as_another_agent_through_the_console(floor: Floor) -> None:
    for agent in ("propia", "ajena"):
        await post(floor.rig, "/agents", {"id": agent, "name": agent, "phone": "browser"})
    seat = await signed_in(floor.rig, floor.browser, "propia")
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in await seat.windows.cookies())
    headers = {"Cookie": cookie, "Origin": floor.rig.console_url, "X-CSRF-Token": seat.csrf}
    async with httpx.AsyncClient(base_url=floor.rig.console_url, headers=headers) as door:
        mine = (await door.post("/api/v1/agents/propia/softphone")).json()["password"]
    tried = [
        await register(floor.rig.console_url, cookie, account=account, user=user, password=mine)
        for account, user in (("ajena", "ajena"), ("ajena", "propia"), ("propia", "propia"))
    ]
    assert tried == [[401, 401], [401, 401], [401, 200]]
    assert not (await get(floor.rig, "/agents/ajena"))["phone_reachable"]
    await seat.windows.close()


async def test_the_telephone_ends_with_the_session_and_says_so(floor: Floor) -> None:
    await post(floor.rig, "/agents", {"id": "sale", "name": "Sale", "phone": "browser"})
    seat = await signed_in(floor.rig, floor.browser, "sale")
    await seat.open_page()
    await seat.until("ready")
    out = "fetch('/api/v1/session', {method: 'DELETE', headers: {'X-CSRF-Token': csrf}}).then((answer) => answer.ok)"
    assert await seat.page.evaluate(f"(csrf) => {out}", seat.csrf)
    await seat.until("failed signed_out")
    await seat.windows.close()


async def test_a_second_page_takes_the_telephone_over(floor: Floor) -> None:
    talk = Talk(floor, "dos-paginas")
    await talk.begin()
    first = talk.seat.page
    await talk.seat.open_page()
    await until_true(first, "`${phone.state} ${phone.reason}` === 'failed another_page'")
    await talk.seat.until("in_call")
    await talk.is_heard_both_ways()
    await talk.ends()
