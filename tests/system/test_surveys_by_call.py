"""Surveys held by calls of a campaign without agents, at the real Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from audio import recognition
from audio.g711 import alaw_of
from cti_api.model.ids import QueueId
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import AnsweredBy, Outcome
from ivr.agi.session import AgiSession
from ivr.agi.verbs import SURVEY, Next
from tests.support.agentless import SURVEY as SATISFACTION
from tests.support.agentless import agentless_file
from tests.support.agi_handlers import PIP, Leads, serving
from tests.support.calls import (
    MAIN,
    WAIT_SECONDS,
    amd_finds,
    campaign_sound,
    ended,
    hang_up,
    place,
    tone_heard,
    until_channel,
)
from tests.support.raw_ami import RawAmi, raw_ami
from tests.support.shift import attempts, invited, post, until
from tests.support.speech import line, spoken
from tests.support.speech_models import WHISPER
from tests.support.surveying import ASKS, CLOCK, SURVEY_FILE, Lab, lab, surveying
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.handsets import LOUD, Voice, Wait
from vocero.lab.ports import LOOPBACK
from vocero.lab.rig import Rig, RigTrunk
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


async def test_a_person_whom_amd_has_heard_is_led_and_a_machine_is_not(there: Lab, ami: RawAmi) -> None:
    async def script(call: AgiSession) -> None:
        await call.meet()
        await call.leave(Next.HANG_UP)

    led = Leads(script)
    async with serving(led, there.ports.agi):
        person = await amd_finds("human", ami, number(Behaviour.TALKS, 4), meets="ivr")
        await ami.said("VoceroLed", person)
        machine = await amd_finds("machine", ami, number(Behaviour.MACHINE, 4), meets="ivr")
        await ended(ami, machine)
    assert machine not in {call.inbound.id for call in led.calls}


async def test_who_wants_to_be_put_through_waits_in_the_queue_as_any_caller(there: Lab, ami: RawAmi) -> None:
    async def script(call: AgiSession) -> None:
        await call.meet()
        await call.leave_for_queue(QueueId("soporte"))

    called = number(Behaviour.LISTENS, 3)
    async with serving(Leads(script), there.ports.agi):
        attempt = place(ami, called, hold="2", meets="ivr")
        queued = await ami.event("UserEvent", UserEvent="VoceroQueued")
        assert (queued["Queue"], queued["CallerIDNum"]) == ("soporte", called.digits)
        await until_channel(ami, queued["Caller"], Context="vocero-queue", AccountCode="soporte")
        await hang_up(ami, attempt)
        await ami.event("Hangup", Uniqueid=queued["Caller"])


async def hears(there: Lab, called: PhoneNumber, hz: float) -> None:
    await until(lambda: tone_heard(there.customers, called, hz) >= 0.8, WAIT_SECONDS, "the message is heard")


# ------------------------------------------------------------------ the whole of it


def keyed(*keys: str, comment: bytes = b"") -> Voice:
    """Presses once something is heard; ``#`` skips the comment, or ends it."""
    acts = [act for key in keys for act in (0.4, key)]
    return Voice(script=(Wait.HEARS, *acts, *((3.0, comment, 0.6, "#") if comment else (0.4, "#"))))


def speaking(word: str) -> Voice:
    """Says it every few seconds, whatever is asked."""
    return Voice(says=alaw_of(line(1.1, spoken(word), 1.4)))


TEN = {
    **{f"tecla-{n}": (number(Behaviour.LISTENS, 100 + n), keyed(f"{n}", "6")) for n in (3, 4, 5)},
    **{f"queja-{n}": (number(Behaviour.LISTENS, 110 + n), keyed(f"{n}", "2", "1")) for n in (1, 2)},
    "comenta": (
        number(Behaviour.LISTENS, 120),
        keyed("4", "7", comment=alaw_of(line(spoken("el técnico llegó muy tarde"), 0.1))),
    ),
    **{f"voz-{n}": (number(Behaviour.LISTENS, 130 + n), speaking("cinco")) for n in range(3)},
    "cuelga": (number(Behaviour.HANGS_UP_LATER, 1), Voice(script=(Wait.HEARS, 0.4, "4"))),
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
        called = await running.until_closed(11, 60)
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
    ends = Counter((each["result"], each["disposition"]) for each in called)
    assert ends == {("connected", "finished"): 9, ("connected", "partial"): 2}, "who hung up was called again"
    for sitting in found.values():
        for comment in (each for each in sitting.answers if each.recording):
            assert comment.heard == "hablen con mi abogado"
            assert _speech_seconds(there.asterisk.recordings / comment.recording) > 0.5
    followed = Counter((each["trigger"], each["owner"]) for each in cases)
    assert followed == {("reclamo", "calidad"): 2, ("legal", "juridica"): 4}


def _speech_seconds(file: Path) -> float:
    return audible_seconds(read_wav(file), above=LOUD)


COMPLAINT = "el técnico llegó muy tarde y no arregló nada"
WORDS = {"4": "cuatro puntos", "5": "cinco puntos"}
"""What the test recogniser understands of this voice, and no measure of it: that is docs/speech.md's."""
VOICE = "es-419+f2"


def hundred() -> dict[str, tuple[PhoneNumber, Voice, dict[str, str]]]:
    """Who they are, what they do, and what the store is to have of it."""
    people: dict[str, tuple[PhoneNumber, Voice, dict[str, str]]] = {}
    comment = alaw_of(line(spoken(COMPLAINT), 0.1))
    for n in range(40):
        score, ease = f"{3 + n % 3}", f"{1 + n % 7}"
        people[f"tecla-{n}"] = (
            number(Behaviour.LISTENS, 200 + n),
            keyed(score, ease),
            {"nota": score, "facilidad": ease},
        )
    for n in range(20):
        score, why = f"{1 + n % 2}", f"{1 + n // 2 % 2}"
        said = {"nota": score, "motivo": ("demora", "trato")[int(why) - 1], "facilidad": "1", "comentario": ""}
        people[f"queja-{n}"] = number(Behaviour.LISTENS, 300 + n), keyed(score, why, "1", comment=comment), said
    for n in range(30):
        score = f"{4 + n % 2}"
        said = {"nota": score, "facilidad": score, "comentario": ""}
        answers = Voice(script=(Wait.TURN, alaw_of(line(spoken(WORDS[score], voice=VOICE), 0.1))) * 8)
        people[f"voz-{n}"] = number(Behaviour.LISTENS, 400 + n), answers, said
    for n in range(10):
        left = Voice(script=(Wait.HEARS, 0.4, "4"))
        people[f"cuelga-{n}"] = number(Behaviour.HANGS_UP_LATER, 100 + n), left, {"nota": "4", "facilidad": "4"}
    return people


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_hundred_people_answer_and_a_real_recogniser_hears_them(there: Lab, tmp_path: Path) -> None:
    if not WHISPER.exists():
        pytest.skip("NOT RUN: the test recogniser is not there (make speech-models)")
    people = hundred()
    there.voices.update({who: voice for who, voice, _ in people.values()})
    async with surveying(there, tmp_path, whisper={"folder": str(WHISPER)}) as running:
        await running.publish(SURVEY_FILE)
        await running.ask({key: who for key, (who, _, _) in people.items()}, lines=3, most=2)
        called = await running.until_closed(110, 700)
        await running.until_written_out(200)
        found = await running.sittings()
        cases = await running.get("/survey-cases")

    said = {key: {each.question: each.value for each in sitting.answers} for key, sitting in found.items()}
    played = {key: answers for key, (_, _, answers) in people.items()}
    by_key = {key: answers for key, answers in played.items() if not key.startswith("voz")}
    assert {key: said[key] for key in by_key} == by_key
    by_voice = played.keys() - by_key.keys()
    wrong = {key: said[key] for key in by_voice if said[key] != played[key]}
    assert len(wrong) <= len(by_voice) / 10, wrong
    assert Counter(each["result"] for each in called) == {"connected": len(called)}
    texts = [each.heard for key in found if key.startswith("queja") for each in found[key].answers if each.recording]
    assert len(texts) == 20
    assert sum("tarde" in text for text in texts) >= 18, texts
    complaints = Counter(each["trigger"] for each in cases)
    assert complaints["reclamo"] >= 20
    sys.stdout.write(f"{len(called)} calls; by voice {len(by_voice) - len(wrong)} of {len(by_voice)} as played\n")


# ------------------------------------------------------------------ kill -9


@pytest.mark.long
async def test_a_killed_dialer_leaves_nobody_in_silence_and_the_next_one_knows_what_became_of_them(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    people = [number(Behaviour.LISTENS, n) for n in range(5)]
    async with Rig(tmp_path, asterisk_program, trunks=[RigTrunk(id=MAIN)], ivr=True) as rig:
        await asyncio.to_thread(
            rig.control.send, "PUT", f"/surveys/{SATISFACTION}", SURVEY_FILE.encode(), "application/yaml"
        )
        for n, one in enumerate(people):
            service = {
                "key": f"OT-{n}",
                "phone": one.e164,
                "service_at": CLOCK.now().isoformat(),
                "name": f"Persona {n}",
            }
            await post(rig, f"/surveys/{SATISFACTION}/invitations", service)
        file = agentless_file(ASKS, [MAIN], len(people))
        await asyncio.to_thread(rig.control.send, "POST", "/campaigns", file, "application/yaml")
        await post(rig, f"/campaigns/{ASKS}/start")

        async def all_led() -> bool:
            return [each["state"] for each in await attempts(rig, ASKS)] == ["connected"] * len(people)

        await until(all_led, 30, "everybody is led")
        rig.dialer.kill()
        assert await rig.quiet(20) == [], "the dialplan apologizes and ends each call"
        await rig.start_dialer()

        async def all_closed() -> bool:
            return all(each["state"] == "closed" for each in await attempts(rig, ASKS))

        await until(all_closed, 30, "every call is closed")
        ends = Counter((each["result"], each["disposition"]) for each in await attempts(rig, ASKS))
        assert ends == {("connected", "silent"): len(people)}
        assert set(invited(rig).values()) == {1}
        journal = rig.asterisk.journal.read_text()
        assert journal.count("VOCERO_FALLBACK") == len(people)
        assert "VOCERO_ABANDONED" not in journal
