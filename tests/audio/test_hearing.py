"""Callers who speak, over the wire: what is told, what is cut, and what whoever understands them is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from uuid import UUID, uuid4

import numpy as np
import pytest

from audio.endpoint import NoSpeech, Rules, SpeechBegan, SpeechEnded
from audio.hearing import Ears, Hearing
from audio.pcm import SILENCE, pcm_of
from audio.server import AudioServer
from audio.session import AudioSession, CutBy, Ending, Key, SessionOver
from audio.voice import Loudness
from cti_api.clock import SystemClock
from tests.support.audiosocket_peer import Peer, calling
from tests.support.shift import until
from tests.support.speech import line, spoken

SOON = 10.0
RULES = Rules(no_input_seconds=None)
PROMPT = pcm_of(np.array(spoken("Bienvenido a la cooperativa. Diga en pocas palabras qué necesita.", peak=0.5)))
ANSWER = spoken("Quiero saber el estado de mi pedido", voice="es+f3")


@asynccontextmanager
async def call(ears: Ears) -> AsyncIterator[tuple[AudioSession, Hearing, Peer]]:
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, SystemClock()) as server, calling(server.port, call_id) as peer:
        with server.expecting(call_id) as arrival:
            async with await arrival.session(SOON) as session, ears.hearing(session) as hearing:
                yield session, hearing, peer


def say(peer: Peer, pcm: bytes) -> None:
    """Faster than anybody speaks: what is counted is samples."""
    for start in range(0, len(pcm) - 319, 320):
        peer.say(pcm[start : start + 320])


class Understands:
    def __init__(self) -> None:
        self.pcm = b""

    def feed(self, pcm: bytes) -> None:
        self.pcm += pcm


async def test_an_answer_is_told_and_handed_on_with_its_first_syllable():
    heard = Understands()
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES, to=heard):
            said = line(1.0, ANSWER, 1.5)
            say(peer, said[: 2 * 12000])
            began = await session.event(SOON)
            say(peer, said[2 * 12000 :])
            ended = await session.event(SOON)
    assert isinstance(began, SpeechBegan) and isinstance(ended, SpeechEnded)
    first, last = 8000, 8000 + len(ANSWER)
    assert abs(began.at - first) < 1000
    assert heard.pcm in said
    start = said.index(heard.pcm) // 2
    assert first - 4000 < start < first
    assert start + len(heard.pcm) // 2 >= last


async def test_speech_cuts_the_prompt_and_is_heard_over_it():
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        playing = session.play(PROMPT)
        await peer.frames(3)
        with hearing.listening(RULES):
            say(peer, line(0.5, ANSWER, 1.0))
            assert isinstance(await session.event(SOON), SpeechBegan)
            assert playing.over and not playing.whole


async def test_a_prompt_that_speech_may_not_stop_goes_on():
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        playing = session.play(PROMPT, cut_by={CutBy.KEY})
        await peer.frames(3)
        with hearing.listening(RULES):
            say(peer, line(0.5, ANSWER, 1.0))
            assert isinstance(await session.event(SOON), SpeechBegan)
            assert not playing.over


GREETING = pcm_of(np.array(spoken("Bienvenido", peak=0.5)))


def echo_of(pcm: bytes) -> bytes:
    """As it comes back: a tenth of it, 20 dB less."""
    return pcm_of(np.frombuffer(pcm, "<i2") / 32768 / 10)


async def test_the_echo_of_our_own_prompt_is_no_speech():
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES):
            session.play(GREETING)
            while session.is_playing:
                peer.say(echo_of((await peer.frames(1))[0]))
            peer.press("1")
            assert isinstance(await session.event(SOON), Key)
            assert await session.event(0.1) is None


async def test_the_same_echo_without_a_prompt_would_be_a_voice():
    """So it is the loudness of the prompt that tells it from one."""
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES):
            say(peer, echo_of(GREETING))
            assert isinstance(await session.event(SOON), SpeechBegan)


async def test_nobody_speaks_and_the_next_question_is_heard_afresh():
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(replace(RULES, no_input_seconds=1.0)):
            say(peer, line(1.2))
            assert isinstance(await session.event(SOON), NoSpeech)
        before = session.heard_samples
        with hearing.listening(RULES):
            say(peer, line(0.5, ANSWER, 1.0))
            began = await session.event(SOON)
            assert isinstance(began, SpeechBegan) and began.at >= before


async def test_what_is_found_after_the_question_is_over_is_not_told():
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES):
            say(peer, line(0.5, ANSWER, 1.0))
            peer.press("5")
            while not isinstance(await session.event(SOON), Key):
                pass
        assert await session.event(0.1) is None


async def test_calls_beyond_the_last_detector_are_heard_by_loudness():
    async with Ears(most=1) as ears, call(ears), call(ears) as (session, hearing, peer):
        assert isinstance(hearing._detector, Loudness)
        with hearing.listening(RULES):
            say(peer, line(1.0, ANSWER, 1.0))
            assert isinstance(await session.event(SOON), SpeechBegan)


class Deaf:
    """Made at once, on the busiest machine."""

    def probability(self, window: bytes) -> float:
        return 0.0

    def forget(self) -> None:
        pass


async def test_a_detector_is_used_again_by_the_next_call():
    async with Ears(most=1, make=Deaf) as ears:
        async with call(ears) as (_, first, _peer):
            detector = first._detector
            assert isinstance(detector, Deaf)
        async with call(ears) as (_, second, _peer):
            assert second._detector is detector


class Broken:
    def probability(self, window: bytes) -> float:
        raise RuntimeError("the network is gone")

    def forget(self) -> None:
        pass


async def test_a_detector_that_breaks_leaves_the_answer_to_loudness(caplog: pytest.LogCaptureFixture):
    async with Ears(make=Broken) as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES):
            say(peer, line(1.0, ANSWER, 1.0))
            assert isinstance(await session.event(SOON), SpeechBegan)
    assert "a detector of voices broke" in caplog.text


async def test_a_caller_who_hangs_up_while_speaking_leaves_nothing_behind():
    before = asyncio.all_tasks()
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES, to=Understands()):
            say(peer, line(0.2, ANSWER[:4000]))
            peer.writer.close()
            await until(lambda: session.ending is not None, SOON, "the end is seen")
    assert asyncio.all_tasks() == before
    assert not ears._thread.is_alive()


async def test_silence_costs_no_event():
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES):
            say(peer, SILENCE * 200)
            peer.press("1")
            assert isinstance(await session.event(SOON), Key)
            assert await session.event(0.1) is None


async def test_a_hundred_callers_who_hang_up_anywhere_leave_nothing_behind():
    before, rng = asyncio.all_tasks(), Random(20261126)
    words = line(0.1, ANSWER, 0.8)

    async def serve(server: AudioServer, ears: Ears, call_id: UUID) -> Ending | None:
        with server.expecting(call_id) as arrival:
            async with await arrival.session(SOON) as session, ears.hearing(session) as hearing:
                session.play(PROMPT)
                with hearing.listening(RULES, to=Understands()):
                    while not isinstance(await session.event(SOON), SessionOver):
                        pass
            return session.ending

    async def ring(server: AudioServer, call_id: UUID) -> None:
        async with calling(server.port, call_id) as peer:
            say(peer, words[: 2 * rng.randrange(len(words) // 2)])
            peer.press(rng.choice("0123456789*#"))
            await peer.frames(rng.randrange(8))
            if rng.random() < 0.5:
                peer.writer.close()

    async with AudioServer("127.0.0.1", 0, SystemClock()) as server, Ears(most=0) as ears, asyncio.TaskGroup() as tasks:
        ids = [uuid4() for _ in range(100)]
        served = [tasks.create_task(serve(server, ears, each)) for each in ids]
        await asyncio.sleep(0)
        for each in ids:
            tasks.create_task(ring(server, each))
    assert [task.result() for task in served] == [Ending.HUNG_UP] * 100
    assert asyncio.all_tasks() == before
    assert server.turned.unexpected == 0


async def test_what_was_found_and_nobody_asked_for_is_no_answer_to_the_next_question():
    heard = Understands()
    async with Ears() as ears, call(ears) as (session, hearing, peer):
        with hearing.listening(RULES, to=heard):
            say(peer, line(0.5, ANSWER, 1.0))
            await until(lambda: bool(heard.pcm), SOON, "speech is found")
        assert await session.event(0.05) is None
