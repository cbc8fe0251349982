"""Surveys held by calls of a campaign without agents, at the real Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from audio import recognition
from audio.g711 import alaw_of
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import AnsweredBy, Outcome
from ivr.agi.session import AgiSession
from ivr.agi.verbs import SURVEY, Next
from tests.support.agi_handlers import PIP, Leads, serving
from tests.support.calls import WAIT_SECONDS, campaign_sound, ended, hang_up, place, tone_heard, until_channel
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import until
from tests.support.speech import line, spoken
from tests.support.surveying import SURVEY_FILE, Lab, lab, surveying
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import HEARS, LOUD, Voice
from vocero.lab.ports import LOOPBACK
from vocero.lab.sounds import audible_seconds, read_wav

pytestmark = pytest.mark.asterisk


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with lab(asterisk_program, tmp_path_factory.mktemp("surveys")) as made:
        yield made


@pytest.fixture
async def ami(there: Lab) -> AsyncIterator[RawAmi]:
    async with raw_ami(there.asterisk.ami_port, there.asterisk.ami_secret) as connection:
        yield connection


def journal_of(there: Lab, attempt: str) -> list[str]:
    """The dialplan's own rows of this call."""
    rows = [row for row in there.asterisk.journal.read_text().splitlines() if f'"{attempt}"' in row]
    return [name for row in rows if (name := row.split('"')[1]).startswith("VOCERO_")]


# ------------------------------------------------------------------ the dialplan, without a dialer


async def test_who_is_led_is_no_abandoned_call_and_goes_where_the_ivr_says(there: Lab, ami: RawAmi) -> None:
    seen = asyncio.Event()

    async def script(call: AgiSession) -> None:
        await call.meet()
        await call.play(PIP)
        await seen.wait()
        await call.leave(Next.HANG_UP)

    led = Leads(script)
    async with serving(led, there.ports.agi):
        attempt = place(ami, number(Behaviour.LISTENS, 1), hold="2", meets="ivr")
        await ami.said("VoceroLed", attempt)
        await until_channel(ami, attempt, AccountCode="led")
        seen.set()
        assert await ended(ami, attempt) == 16
    inbound = led.calls[0].inbound
    assert (inbound.entry, inbound.id, inbound.number) == (SURVEY, attempt, "576015550100")
    assert journal_of(there, attempt) == ["VOCERO_LIVE", "VOCERO_LED"]


@pytest.mark.parametrize(
    "how", ["nobody listens", "it takes the call and says nothing", "it fails before its first word"]
)
async def test_who_is_not_met_within_the_hold_hears_the_campaign_s_message(there: Lab, ami: RawAmi, how: str) -> None:
    async def fails(_call: AgiSession) -> None:
        raise RuntimeError("on purpose")

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    called = number(Behaviour.LISTENS, 10 + len(how))
    campaign_sound(there.asterisk, "sin-ivr", "abandoned", 700)
    async with contextlib.AsyncExitStack() as stack:
        if how.startswith("it takes"):
            await stack.enter_async_context(await asyncio.start_server(says_nothing, LOOPBACK, there.ports.agi))
        if how.startswith("it fails"):
            await stack.enter_async_context(serving(Leads(fails), there.ports.agi))
        attempt = place(ami, called, hold="0.8", meets="ivr", campaign="sin-ivr")
        await ami.said("VoceroAbandoned", attempt)
        await hears(there, called, 700)
    await hang_up(ami, attempt)
    assert journal_of(there, attempt) == ["VOCERO_LIVE", "VOCERO_ABANDONED"]


async def test_whom_the_ivr_leaves_in_the_middle_hears_an_apology_and_was_not_abandoned(
    there: Lab, ami: RawAmi
) -> None:
    async def dies(call: AgiSession) -> None:
        await call.meet()
        raise RuntimeError("on purpose")

    called = number(Behaviour.LISTENS, 2)
    campaign_sound(there.asterisk, "a-medias", "cut-short", 900)
    async with serving(Leads(dies), there.ports.agi):
        attempt = place(ami, called, hold="2", meets="ivr", campaign="a-medias")
        await ami.said("VoceroLed", attempt)
        await hears(there, called, 900)
        assert await ended(ami, attempt) == 16
    assert journal_of(there, attempt) == ["VOCERO_LIVE", "VOCERO_LED", "VOCERO_FALLBACK"]


async def hears(there: Lab, called: PhoneNumber, hz: float) -> None:
    await until(lambda: tone_heard(there.customers, called, hz) >= 0.8, WAIT_SECONDS, "the message is heard")


# ------------------------------------------------------------------ the whole of it


def keyed(*keys: str, comment: bytes = b"") -> Voice:
    """Presses once something is heard; ``#`` skips the comment, or ends it."""
    acts = [act for key in keys for act in (0.4, key)]
    return Voice(script=(HEARS, *acts, *((3.0, comment, 0.6, "#") if comment else (0.4, "#"))))


def speaking(word: str) -> Voice:
    """Says it every three seconds, whatever is asked."""
    return Voice(says=alaw_of(line(1.1, spoken(word), 1.4)))


TEN = {
    **{f"tecla-{n}": (number(Behaviour.LISTENS, 100 + n), keyed(f"{n}", "6")) for n in (3, 4, 5)},
    **{f"queja-{n}": (number(Behaviour.LISTENS, 110 + n), keyed(f"{n}", "2", "1")) for n in (1, 2)},
    "comenta": (
        number(Behaviour.LISTENS, 120),
        keyed("4", "7", comment=alaw_of(line(spoken("el técnico llegó muy tarde"), 0.1))),
    ),
    **{f"voz-{n}": (number(Behaviour.LISTENS, 130 + n), speaking("cinco")) for n in range(3)},
    "cuelga": (number(Behaviour.HANGS_UP_LATER, 1), Voice(script=(HEARS, 0.4, "4"))),
}
"""Who they are and what they do, by the key of their service."""


async def test_ten_people_answer_by_key_and_by_voice_and_the_store_has_what_they_said(
    there: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "CHILD", ("-m", "tests.support.fake_recogniser"))
    there.voices.update(TEN.values())
    models = {"vosk": {"folder": "says/cinco"}, "whisper": {"folder": "says/hablen con mi abogado"}}
    async with surveying(there, tmp_path, **models) as running:
        await running.publish(SURVEY_FILE)
        await running.ask({key: who for key, (who, _) in TEN.items()}, lines=10, most=2)
        attempts = await running.until_closed(11, 60)
        await running.until_written_out(30)
        found = await running.sittings()
        cases = await running.get("/survey-cases")

    said = {key: {each.question: each.value for each in sitting.answers} for key, sitting in found.items()}
    written = {"comentario": ""}
    assert said == {
        **{f"tecla-{n}": {"nota": f"{n}", "facilidad": "6"} for n in (3, 4, 5)},
        **{f"queja-{n}": {"nota": f"{n}", "motivo": "trato", "facilidad": "1"} for n in (1, 2)},
        "comenta": {"nota": "4", "facilidad": "7"} | written,
        **{f"voz-{n}": {"nota": "5", "facilidad": "5"} | written for n in range(3)},
        "cuelga": {"nota": "4", "facilidad": "4"},
    }
    by = {key: {each.by for each in sitting.answers if each.question != "comentario"} for key, sitting in found.items()}
    assert by == {key: {AnsweredBy.VOICE if key.startswith("voz") else AnsweredBy.KEY} for key in TEN}
    unfinished = {key for key, sitting in found.items() if sitting.outcome is not Outcome.FINISHED}
    assert unfinished == {"cuelga"}
    ends = Counter((each["result"], each["disposition"]) for each in attempts)
    assert ends == {("connected", "finished"): 9, ("connected", "partial"): 2}, "who hung up was called again"
    for sitting in found.values():
        for comment in (each for each in sitting.answers if each.recording):
            assert comment.heard == "hablen con mi abogado"
            assert _speech_seconds(there.asterisk.recordings / comment.recording) > 0.5
    followed = Counter((each["trigger"], each["owner"]) for each in cases)
    assert followed == {("reclamo", "calidad"): 2, ("legal", "juridica"): 4}


def _speech_seconds(file: Path) -> float:
    return audible_seconds(read_wav(file), above=LOUD)
