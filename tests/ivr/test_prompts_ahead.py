"""Whatever is published has its prompts made behind the calls, and what somebody made is left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from audio.finishing import Speech
from audio.prompts import Prompt, build
from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.model.surveys import SurveyId
from cti_api.store.store import Store
from ivr.call.trees import TreesInForce
from ivr.prompts import name_of
from ivr.prompts_ahead import PromptsAhead
from tests.support.trees import SMALL

CLOCK = SystemClock()
SURVEY = (Path(__file__).parents[2] / "examples" / "p3_survey" / "survey.yaml").read_text(encoding="utf-8")


class Voice:
    def __init__(self, identity: str = "somebody") -> None:
        self.identity = identity
        self.said: list[str] = []
        self.unsayable: set[str] = set()

    async def say(self, text: str) -> Speech:
        if text in self.unsayable:
            raise InputError("nobody can say this")
        self.said.append(text)
        return Speech(8000, 0.1 * np.sin(np.arange(2000) / 3))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(f"sqlite:///{tmp_path / 'vocero.db'}", clock=CLOCK, upgrade=True) as opened:
        yield opened


async def published(store: Store, text: str) -> None:
    await store.trees.publish("pequeno", "Un árbol", text, "ana", CLOCK.now())


def made(folder: Path, text: str) -> bool:
    return (folder / f"{name_of(text)}.wav").exists()


async def test_a_tree_and_a_survey_in_force_are_made_and_the_next_version_only_in_what_is_new(
    tmp_path: Path, store: Store
) -> None:
    voice, folder = Voice(), tmp_path / "prompts"
    ahead = PromptsAhead(store, TreesInForce(store.trees), folder, voice)
    await ahead.make()
    assert voice.said == []
    await published(store, SMALL)
    await store.surveys.publish(SurveyId("satisfaccion"), "Satisfacción", SURVEY, CLOCK.now())
    await ahead.make()
    assert made(folder, "¿Qué necesita?") and made(
        folder, "Muchas gracias por ayudarnos a mejorar. Que tenga un buen día."
    )
    voice.said.clear()
    await published(store, SMALL.replace("¿Qué necesita?", "¿Qué le falta?"))
    await ahead.make()
    assert voice.said == ["¿Qué le falta?"]


async def test_what_a_better_voice_made_beforehand_stays(tmp_path: Path, store: Store) -> None:
    voice, folder = Voice(), tmp_path / "prompts"
    await build([Prompt(name=name_of("¿Qué necesita?"), text="¿Qué necesita?")], folder, Voice("a better one"))
    before = (folder / f"{name_of('¿Qué necesita?')}.json").read_bytes()
    await published(store, SMALL)
    await PromptsAhead(store, TreesInForce(store.trees), folder, voice).make()
    assert "¿Qué necesita?" not in voice.said and voice.said
    assert (folder / f"{name_of('¿Qué necesita?')}.json").read_bytes() == before


async def test_a_line_that_nobody_can_say_keeps_none_of_the_others_back(tmp_path: Path, store: Store) -> None:
    voice, folder = Voice(), tmp_path / "prompts"
    voice.unsayable.add("¿Qué necesita?")
    await published(store, SMALL)
    await PromptsAhead(store, TreesInForce(store.trees), folder, voice).make()
    assert not made(folder, "¿Qué necesita?")
    assert made(folder, "Le paso con un asesor.")


async def test_a_folder_that_cannot_be_written_is_tried_once_and_ends_nothing(tmp_path: Path, store: Store) -> None:
    voice = Voice()
    (tmp_path / "prompts").write_text("a file")
    await published(store, SMALL)
    await PromptsAhead(store, TreesInForce(store.trees), tmp_path / "prompts", voice).make()
    assert len(voice.said) == 1
