"""Callers led through the store's trees and surveys, on the wires: each step, and whatever becomes of them in it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from audio import recognition
from audio.recognition_wire import Model
from cti_api.model.front_desk import LedEnding
from cti_api.model.surveys import AnsweredBy, Outcome, SurveyId
from ivr.tree.inputs import Failed, LookedUp
from ivr.tree.steps import LookUp
from tests.support.front_door import Door, front_door
from tests.support.shift import until
from tests.support.speech import line, spoken
from tests.support.wired_caller import SOON, TONE, Voices, WiredCaller

HEAD = """\
tree: recepcion
title: Recepción
timezone: America/Bogota
start: menu
fallback: adios
words:
  no_input: [No le escuché.]
  no_match: [No le entendí., Sigo sin entenderle.]
nodes:
  adios: {hang_up: Hasta luego.}
"""
MENU = """\
  menu:
    menu: ¿Qué necesita?
    choices:
      - {key: 1, say: "Reclamos, 1.", phrases: [reclamo], then: linea}
      - {key: 2, say: "Nada, 2.", phrases: [nada], then: adios}
"""
LINE = """\
  linea: {ask: Marque su línea., kind: digits, digits: 4, into: linea, then: turno}
  turno: {ticket: reclamo, with: [linea], into: turno, then: dicho, failed: perdon}
  dicho: {say: Anotado., then: adios}
  perdon: {say: No se pudo., then: adios}
"""
TREE = HEAD + MENU + LINE
MENU_SAID = "¿Qué necesita?"
CALL = "0" * 31 + "1"


def starting(node: str) -> str:
    """`HEAD` with one more node, at which it begins."""
    name = node.split(":")[0].strip()
    return HEAD.replace("start: menu", f"start: {name}") + node


async def sounding(caller: WiredCaller) -> None:
    async with asyncio.timeout(SOON):
        await caller.sounding.wait()


async def ending(door: Door, expected: LedEnding) -> None:
    async def over() -> bool:
        return (await door.call()).ending is expected

    await until(over, SOON, f"the call is on record as {expected}")


# ------------------------------------------------------------------ through the tree


async def test_keys_pressed_ahead_lead_through_the_whole_tree(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.press("12345")
        await caller.until_gone()
        assert await door.way() == ["menu.reclamo", "linea.then", "turno.then", "dicho.then", "adios."]
        (ticket,) = await door.store.front_desk.tickets_of((await door.call()).call.id)
        assert (ticket.kind, ticket.values, ticket.number) == ("reclamo", {"linea": "2345"}, "+573001112233")
        assert caller.heard[-2:] == ["Anotado.", "Hasta luego."]
        assert caller.variables["VOCERO_NEXT"] == "hang-up"
        await ending(door, LedEnding.FINISHED)


async def test_keys_of_a_wrong_answer_do_not_answer_when_the_same_is_asked_again(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.press("92")
        await caller.hears("No le entendí.")
        caller.press("2")
        await caller.until_gone()
        assert await door.way() == ["menu.nada", "adios."]


async def test_who_floods_the_call_with_keys_is_bid_farewell(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        for text in ("No le entendí.", "Sigo sin entenderle."):
            caller.press("7" * 500)
            await caller.hears(text)
        caller.press("7" * 500)
        await caller.until_gone()
        assert caller.variables["VOCERO_NEXT"] == "hang-up"
        assert caller.heard[-1] == "Hasta luego."


async def test_who_never_says_anything_is_led_to_the_end(tmp_path: Path) -> None:
    silent = TREE.replace("menu: ¿Qué necesita?", "menu: ¿Qué necesita?\n    wait: 1 s\n    tries: 2")
    async with front_door(tmp_path, silent) as door, door.led.caller() as caller:
        await caller.until_gone()
        assert [caller.heard.count(text) for text in (MENU_SAID, "No le escuché.", "Hasta luego.")] == [2, 1, 1]


async def test_a_caller_who_comes_back_from_a_queue_goes_on_where_they_were(tmp_path: Path) -> None:
    queue = starting("  cola: {queue: ventas, say: Le paso., waited: nadie, then: adios}\n")
    tree = queue + "  nadie: {say: Nadie está libre., then: adios}\n"
    async with front_door(tmp_path, tree) as door:
        async with door.led.caller(call_id=CALL) as caller:
            await caller.until_gone()
            assert (caller.variables["VOCERO_NEXT"], caller.variables["VOCERO_QUEUE"]) == ("queue", "ventas")
            await ending(door, LedEnding.HANDED_OVER)
        async with door.led.caller(call_id=CALL, returned="waited") as caller:
            await caller.until_gone()
            assert caller.heard == ["Nadie está libre.", "Hasta luego."]
        assert await door.way() == ["cola.waited", "nadie.then", "adios."]
        await ending(door, LedEnding.FINISHED)


async def test_who_comes_back_to_an_ivr_that_does_not_know_them_begins_anew_or_is_done(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door:
        async with door.led.caller(call_id=CALL, returned="waited") as caller:
            await caller.hears(MENU_SAID)
            caller.press("2")
            await caller.until_gone()
        async with door.led.caller(call_id=CALL, returned="done") as caller:
            await caller.until_gone()
            assert (caller.heard, caller.variables["VOCERO_NEXT"]) == ([], "hang-up")


async def test_a_call_back_is_booked(tmp_path: Path) -> None:
    tree = starting("  luego: {call_back: ¿Le llamamos?, from_queue: ventas, booked: adios, declined: adios}\n")
    async with front_door(tmp_path, tree, queues=frozenset({"ventas"})) as door, door.led.caller() as caller:
        await caller.hears("¿Le llamamos?")
        caller.press("1")
        await caller.until_gone()
        assert door.queues.booked == [("ventas", "+573001112233")]
        assert await door.way() == ["luego.booked", "adios."]


# ------------------------------------------------------------------ words


@pytest.fixture
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "CHILD", ("-m", "tests.support.fake_recogniser"))


def saying(words: str) -> list[Model]:
    return [Model(recogniser="vosk", folder=Path("says") / words, language="es")]


HALF_SURE = [Model(recogniser="vosk", folder=Path("echoes"), language="es")]


def word() -> bytes:
    return line(0.2, spoken("reclamo"), 0.8)


@pytest.mark.usefixtures("_fake")
async def test_a_word_chooses(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE, models=saying("reclamo")) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.say(word())
        await caller.hears("Marque su línea.")
        caller.press("2345")
        await caller.until_gone()
        assert (await door.way())[0] == "menu.reclamo"


@pytest.mark.usefixtures("_fake")
async def test_a_word_that_was_understood_half_is_asked_back(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE, models=HALF_SURE) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.say(word())
        await caller.hears("Entendí: reclamo. Si es correcto, diga sí o marque 1. Si no, diga no o marque 2.")
        caller.press("1")
        await caller.hears("Marque su línea.")
        caller.press("2345")
        await caller.until_gone()


@pytest.mark.usefixtures("_fake")
async def test_what_is_not_understood_is_asked_again(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE, models=saying("xyz")) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.say(word())
        await caller.hears("No le entendí.")
        caller.press("2")
        await caller.until_gone()
        assert await door.way() == ["menu.nada", "adios."]


@pytest.mark.usefixtures("_fake")
async def test_a_recogniser_that_dies_over_an_answer_has_the_caller_asked_again_and_then_there_are_the_keys(
    tmp_path: Path,
) -> None:
    async with front_door(tmp_path, TREE, models=saying("die")) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.say(word())
        await caller.hears("No le entendí.")
        caller.press("2")
        await caller.until_gone()
        assert await door.way() == ["menu.nada", "adios."]


@pytest.mark.usefixtures("_fake")
async def test_an_open_question_is_acknowledged_at_once_and_written_out_behind_the_call(tmp_path: Path) -> None:
    tree = starting("  motivo: {ask: Cuéntenos., kind: open, into: motivo, then: turno}\n")
    tree += "  turno: {ticket: queja, with: [motivo], then: adios, failed: adios}\n"
    async with front_door(tmp_path, tree) as door, door.led.caller() as caller:
        await caller.hears(TONE)
        caller.say(word())
        caller.be_silent(3.2)
        await caller.hears("Hasta luego.")
        await caller.until_gone()
        (said,) = await door.store.front_desk.unwritten()
        assert (tmp_path / "recordings" / said.recording).stat().st_size > len(word()) / 2
        (ticket,) = await door.store.front_desk.tickets_of(said.call_id)
        assert ticket.values == {"motivo": said.recording}


# ------------------------------------------------------------------ look-ups


class Answers:
    """`ivr.call.desk.LooksUp`, after a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.asked = asyncio.Event()

    async def look_up(self, step: LookUp) -> LookedUp | Failed:
        self.asked.set()
        await asyncio.sleep(self._seconds)
        return LookedUp({step.gives[0]: "Ana"})


LOOK_UP = starting(
    "  mira: {look_up: clientes, with: [caller], gives: [nombre], found: hola, not_found: adios, failed: adios}\n"
) + ("  hola: {say: Un gusto., then: adios}\n")


async def test_a_look_up_that_takes_long_is_waited_for_with_a_word(tmp_path: Path) -> None:
    async with front_door(tmp_path, LOOK_UP, look_ups=Answers(2.0)) as door, door.led.caller() as caller:
        await caller.until_gone()
        assert len(caller.heard) == 3, "the holding phrase, the greeting, the farewell"
        assert await door.way() == ["mira.found", "hola.then", "adios."]


async def test_who_hangs_up_during_a_look_up_is_on_record_as_gone(tmp_path: Path) -> None:
    answers = Answers(1.0)
    async with front_door(tmp_path, LOOK_UP, look_ups=answers) as door, door.led.caller() as caller:
        await answers.asked.wait()
        await sounding(caller)
        await caller.leave()
        await ending(door, LedEnding.HUNG_UP)


# ------------------------------------------------------------------ who hangs up


@pytest.mark.parametrize(
    ("keys", "at", "ends"),
    [
        ("", MENU_SAID, LedEnding.HUNG_UP),
        ("1", "Marque su línea.", LedEnding.HUNG_UP),
        ("12345", "Anotado.", LedEnding.FINISHED),
        ("2", "Hasta luego.", LedEnding.FINISHED),
    ],
)
async def test_who_hangs_up_is_on_record_wherever_they_were(
    tmp_path: Path, keys: str, at: str, ends: LedEnding
) -> None:
    voices = Voices()
    voices.seconds |= {"Hasta luego.": 5.0, "Anotado.": 5.0}
    async with front_door(tmp_path, TREE, voices=voices) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.press(keys)
        await caller.hears(at)
        await caller.leave()
        await ending(door, ends)


# ------------------------------------------------------------------ what fails


async def test_a_sound_that_is_lost_in_mid_prompt_has_the_prompt_said_again_and_keys_go_on(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door, door.led.caller() as caller:
        await caller.hears(MENU_SAID)
        caller.press("1")
        await caller.hears("Marque su línea.")
        caller.keys.extend("2345")
        caller.cut_sound()
        await caller.until_gone()
        assert caller.heard.count("Marque su línea.") == 2
        assert await door.way() == ["menu.reclamo", "linea.then", "turno.then", "dicho.then", "adios."]


async def test_a_store_that_is_locked_keeps_nobody_from_being_served(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door:
        async with door.led.caller() as caller:
            await caller.hears(MENU_SAID)
            caller.press("2")
            await caller.until_gone()
        locking = sqlite3.connect(tmp_path / "vocero.db", isolation_level=None)
        locking.execute("BEGIN IMMEDIATE")
        async with door.led.caller(call_id=CALL) as caller:
            await caller.hears(MENU_SAID)
            caller.press("2")
            await caller.until_gone()
            assert caller.heard[-1] == "Hasta luego."
        locking.close()


async def test_a_tree_that_nobody_knows_leaves_the_call_to_the_dialplan(tmp_path: Path) -> None:
    async with front_door(tmp_path) as door, door.led.caller() as caller:
        await caller.until_gone()
        assert "VOCERO_NEXT" not in caller.variables


async def test_a_call_stays_with_its_version_and_the_next_one_has_the_new(tmp_path: Path) -> None:
    async with front_door(tmp_path, TREE) as door:
        async with door.led.caller(call_id=CALL) as caller:
            await caller.hears(MENU_SAID)
            await door.publish(TREE.replace("Hasta luego.", "Adiós pues."))
            caller.press("2")
            await caller.until_gone()
            assert caller.heard[-1] == "Hasta luego."
        async with door.led.caller() as caller:
            await caller.hears(MENU_SAID)
            caller.press("2")
            await caller.until_gone()
            assert caller.heard[-1] == "Adiós pues."


# ------------------------------------------------------------------ surveys

SURVEY = """\
id: encuesta
title: Encuesta
timezone: America/Bogota
within: 5 d
greeting: Buen día.
thanks: Muchas gracias.
questions:
  - {id: nota, kind: scale, title: Nota, ask: "De uno a cinco, ¿cómo le fue?", from: 1, to: 5, figure: csat,
     satisfied_from: 4}
  - {id: comentario, kind: open, title: Comentario, ask: Cuéntenos más.}
"""
SURVEYED = starting("  encuesta: {survey: encuesta, then: adios}\n")
SCORE = "De uno a cinco, ¿cómo le fue?"


async def sitting(door: Door) -> tuple[Outcome | None, dict[str, str]]:
    (found,) = await door.store.survey_results.sittings(SurveyId("encuesta"))
    return found.outcome, {answer.question: answer.value or answer.recording for answer in found.answers}


async def test_a_survey_is_held_in_a_tree_and_the_comment_is_kept_until_the_hang_up(tmp_path: Path) -> None:
    async with front_door(tmp_path, SURVEYED, surveys=[SURVEY]) as door, door.led.caller() as caller:
        await caller.hears(SCORE)
        caller.press("4")
        await caller.hears(TONE)
        caller.say(word()[:-6400])
        await asyncio.sleep(1.5)
        await caller.leave()
        await ending(door, LedEnding.HUNG_UP)
        (comment,) = await door.store.survey_comments.to_transcribe()
        assert comment.seconds > 0.5
        answers = (await door.store.sittings.get(comment.sitting_id)).answers
        assert [(one.question, one.value, one.by) for one in answers] == [
            ("nota", "4", AnsweredBy.KEY),
            ("comentario", "", AnsweredBy.RECORDING),
        ]


async def test_a_survey_that_cannot_be_kept_ends_and_the_tree_goes_on(tmp_path: Path) -> None:
    async with front_door(tmp_path, SURVEYED, surveys=[SURVEY]) as door, door.led.caller() as caller:
        await caller.hears(SCORE)
        with sqlite3.connect(tmp_path / "vocero.db") as other:
            other.execute("UPDATE survey_sittings SET erased_at = '2026-01-01 00:00:00.000000'")
        caller.press("4")
        await caller.until_gone()
        assert caller.heard[-1] == "Hasta luego."
        assert "Muchas gracias." not in caller.heard
