"""What the doctor says of what answers callers."""

from __future__ import annotations

from pathlib import Path

from cti_api.clock import SystemClock
from cti_api.inbound_settings import InboundSettings
from cti_api.settings import AmiSettings, AsteriskSettings, Settings, StoreSettings
from cti_api.speech_settings import SpeechSettings, VoskSettings
from cti_api.store.migrate import upgrade
from cti_api.store.store import Store
from tests.support.trees import SMALL
from vocero.doctor.callers import callers
from vocero.doctor.findings import Verdict

CLOCK = SystemClock()
NUMBER = InboundSettings(number="6015550100", entry="pequeno")


def answering(folder: Path, *inbound: InboundSettings, vosk: Path | None = None) -> Settings:
    return Settings(
        asterisk=AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef")),
        store=StoreSettings(url=f"sqlite:///{folder / 'vocero.db'}"),
        inbound=inbound,
        speech=SpeechSettings(vosk=VoskSettings(folder=vosk)),
    )


async def told(settings: Settings) -> list[tuple[Verdict, str]]:
    return [(finding.verdict, finding.what) for finding in await callers(settings, CLOCK)]


async def test_of_a_system_that_answers_no_number_nothing_is_told(tmp_path: Path) -> None:
    assert await told(answering(tmp_path)) == []


async def test_a_number_whose_tree_was_never_published_is_a_fault(tmp_path: Path) -> None:
    settings = answering(tmp_path, NUMBER)
    (tree, speech) = await told(settings)
    assert tree == (
        Verdict.FAULT,
        "calls to 6015550100 meet the tree pequeno, which was never published: callers hear an apology",
    )
    assert speech == (Verdict.WARNING, "no speech is recognised")
    url = settings.store.url.get_secret_value()
    await upgrade(url, CLOCK)
    async with Store.open(url, clock=CLOCK) as store:
        await store.trees.publish("pequeno", "Pequeño", SMALL, "ana", CLOCK.now())
    assert (await told(settings))[0] == (Verdict.OK, "calls to 6015550100 meet the tree pequeno")


async def test_a_number_without_a_tree_is_not_looked_for_among_the_trees(tmp_path: Path) -> None:
    queue = InboundSettings(number="6015550101", queue="soporte")
    over_which_prompts_are_recorded = InboundSettings(number="6015550102", entry="record")
    (recording, speech) = await told(answering(tmp_path, queue, over_which_prompts_are_recorded))
    assert recording == (
        Verdict.OK,
        "over 6015550102 prompts are recorded, by the codes of `vocero prompts record`",
    )
    assert speech[0] is Verdict.WARNING


async def test_a_model_that_is_not_where_the_settings_say_is_a_fault(tmp_path: Path) -> None:
    (_, missing, by_keys) = await told(answering(tmp_path, NUMBER, vosk=tmp_path / "vosk-es"))
    assert missing == (Verdict.FAULT, f"the model of vosk, {tmp_path / 'vosk-es'}, is not there")
    assert by_keys[0] is Verdict.WARNING
    (tmp_path / "vosk-es").mkdir()
    assert len(await told(answering(tmp_path, NUMBER, vosk=tmp_path / "vosk-es"))) == 1
