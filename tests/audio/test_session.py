"""A caller's sound both ways, with Asterisk's side of the wire spoken by a peer of its own."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from audio.server import AudioServer
from audio.session import MAX_EVENTS, AudioSession, CutBy, Ending, Key, SessionOver, SoundTiming
from cti_api.clock import Clock, SystemClock
from tests.support.audiosocket_peer import FRAME, QUIET, Peer, calling, framed
from tests.support.shift import until

SOON = 30.0
"""Against hanging."""
FIRST, SECOND = b"\1\1" * 160, b"\2\2" * 160
QUICK = SoundTiming(silent_seconds=0.15, unread_seconds=0.1, close_seconds=0.2)


@asynccontextmanager
async def call(
    timing: SoundTiming | None = None, *, receive_bytes: int | None = None, clock: Clock | None = None
) -> AsyncIterator[tuple[AudioSession, Peer]]:
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, clock or SystemClock(), timing=timing) as server:
        with server.expecting(call_id) as arrival:
            async with (
                calling(server.port, call_id, receive_bytes=receive_bytes) as peer,
                await arrival.session(SOON) as session,
            ):
                yield session, peer


async def over(session: AudioSession) -> Ending:
    while not isinstance(event := await session.event(SOON), SessionOver):
        assert event is not None
    return event.ending


class Ear:
    def __init__(self) -> None:
        self.heard = bytearray()

    def feed(self, pcm: bytes) -> None:
        self.heard += pcm


async def test_a_prompt_is_heard_in_whole_frames_between_silence():
    async with call() as (session, peer):
        playing = session.play(FIRST * 2 + b"\3\3")
        assert await playing.ended()
        assert not session.is_playing
        await peer.frames(4)
        heard = [pcm for _, pcm in peer.heard]
        spoken = heard.index(FIRST)
        assert heard[spoken : spoken + 3] == [FIRST, FIRST, b"\3\3".ljust(FRAME, b"\0")]
        assert set(heard[:spoken] + heard[spoken + 3 :]) <= {QUIET}


async def test_what_is_played_waits_for_what_was_played_before():
    async with call() as (session, peer):
        session.play(FIRST)
        await session.play(SECOND).ended()
        await peer.frames(3)
        assert [pcm for _, pcm in peer.heard if pcm != QUIET] == [FIRST, SECOND]


async def test_a_key_silences_the_prompt_and_is_told():
    async with call() as (session, peer):
        playing = session.play(FIRST * 500)
        await peer.frames(2)
        peer.say()
        peer.press("5")
        assert await session.event(SOON) == Key("5", at=160)
        assert playing.over and not await playing.ended()
        while (await peer.frames(1)) == [FIRST]:
            pass
        assert await peer.frames(2) == [QUIET, QUIET]


async def test_a_prompt_that_no_key_may_stop_goes_on_and_so_does_what_is_behind_it():
    async with call() as (session, peer):
        session.play(SECOND)
        law = session.play(FIRST * 5, cut_by={CutBy.SPEECH})
        behind = session.play(SECOND)
        peer.press("1")
        assert await session.event(SOON) == Key("1", at=0)
        assert await law.ended() and await behind.ended()
        assert not session.cut(CutBy.KEY)


async def test_speech_cuts_only_what_speech_may_cut():
    async with call() as (session, _peer):
        session.play(FIRST * 50)
        assert session.cut(CutBy.SPEECH)
        session.play(FIRST * 50, cut_by={CutBy.KEY})
        assert not session.cut(CutBy.SPEECH)
        assert session.is_playing
        assert session.cut()
        assert not session.is_playing


async def test_the_loudness_of_a_prompt_is_known_until_its_echo_has_gone():
    async with call() as (session, peer):
        assert session.prompt_dbfs < -100
        await session.play(FIRST).ended()
        assert session.prompt_dbfs == pytest.approx(20 * math.log10(257 / 32768))
        await peer.frames(13)
        assert session.prompt_dbfs < -100


async def test_what_the_caller_says_goes_to_whoever_listens_as_long_as_they_do():
    async with call() as (session, peer):
        first, second = Ear(), Ear()
        with session.listening(first):
            with session.listening(second):
                peer.say(FIRST)
                peer.press("1")
                await session.event(SOON)
            peer.say(SECOND)
            peer.press("2")
            assert await session.event(SOON) == Key("2", at=320)
        assert (bytes(first.heard), bytes(second.heard)) == (FIRST + SECOND, FIRST)


async def test_a_caller_who_hangs_up_ends_what_plays_and_every_wait():
    async with call() as (session, peer):
        playing = session.play(FIRST * 500)
        peer.writer.close()
        assert await over(session) is Ending.HUNG_UP
        assert not await playing.ended()
        assert not await session.play(FIRST).ended()
        assert await over(session) is Ending.HUNG_UP


async def test_keys_pressed_before_the_caller_hung_up_are_told_first():
    async with call() as (session, peer):
        peer.press("1")
        peer.press("2")
        peer.writer.close()
        assert [await session.event(SOON) for _ in range(3)] == [Key("1", 0), Key("2", 0), SessionOver(Ending.HUNG_UP)]


async def test_leaving_gives_the_call_back_to_the_dialplan():
    call_id = uuid4()
    async with AudioServer("127.0.0.1", 0, SystemClock()) as server, calling(server.port, call_id) as peer:
        with server.expecting(call_id) as arrival:
            async with await arrival.session(SOON) as session:
                await session.play(FIRST).ended()
        async with asyncio.timeout(SOON):
            await peer.until_closed()
        assert peer.terminated
        assert session.ending is Ending.GIVEN_BACK


async def test_when_nothing_happens_the_deadline_says_so():
    async with call() as (session, _peer):
        assert await session.event(0.01) is None


async def test_a_peer_that_goes_silent_ends_the_session():
    async with call(QUICK) as (session, peer):
        peer.say()
        assert await over(session) is Ending.SILENT
        async with asyncio.timeout(SOON):
            await peer.until_closed()
        assert not peer.terminated


class HeldUp(SystemClock):
    """As of a process that had no turn for a while."""

    seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.seconds


async def test_time_in_which_we_had_no_turn_ourselves_is_no_silence_of_the_peer():
    clock = HeldUp()
    async with call(QUICK, clock=clock) as (session, peer):
        peer.say()
        await peer.frames(1)
        clock.seconds = 60.0
        await peer.frames(2)
        assert session.ending is None
        assert session.left_out_frames > 2000
        assert await over(session) is Ending.SILENT


async def test_a_peer_that_talks_and_no_longer_reads_ends_the_session():
    async with call(QUICK, receive_bytes=2048) as (session, peer), asyncio.TaskGroup() as tasks:
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
        talking = tasks.create_task(peer.talk())
        assert await over(session) is Ending.UNREAD
        talking.cancel()


@pytest.mark.parametrize(
    "nonsense",
    [framed(0x77, b""), framed(0x01, bytes(range(16))), b"GET / HTTP/1.1\r\n"],
    ids=["unknown kind", "another id", "not AudioSocket"],
)
async def test_nonsense_in_the_middle_ends_the_session(nonsense):
    async with call() as (session, peer):
        peer.say()
        peer.writer.write(nonsense)
        assert await over(session) is Ending.NONSENSE


@pytest.mark.parametrize("end", [framed(0x00, b""), framed(0xFF, b"\1")])
async def test_asterisk_may_end_the_stream_itself(end):
    async with call() as (session, peer):
        peer.writer.write(end)
        assert await over(session) is Ending.TERMINATED


async def test_a_flood_of_keys_is_counted_and_not_kept():
    async with call() as (session, peer):
        peer.writer.write(framed(0x03, b"7") * 10_000)
        peer.writer.close()
        await until(lambda: session.ending is not None, SOON, "the end is seen")
        keys = 0
        while isinstance(await session.event(SOON), Key):
            keys += 1
        assert (keys, session.dropped_events) == (MAX_EVENTS, 10_000 - MAX_EVENTS)


async def test_what_came_with_the_id_is_not_lost():
    call_id = UUID(int=7)
    async with AudioServer("127.0.0.1", 0, SystemClock()) as server:
        with server.expecting(call_id) as arrival:
            async with calling(server.port) as peer:
                peer.writer.write(framed(0x01, call_id.bytes) + framed(0x03, b"9") + framed(0x10, FIRST)[:50])
                async with await arrival.session(SOON) as session:
                    assert await session.event(SOON) == Key("9", at=0)
                    peer.writer.write(framed(0x10, FIRST)[50:] + framed(0x03, b"8"))
                    assert await session.event(SOON) == Key("8", at=160)


async def test_no_task_is_left_when_the_block_is_left_by_an_error():
    before = asyncio.all_tasks()
    with pytest.raises(LookupError):
        async with call() as (session, _peer):
            session.play(FIRST * 100)
            raise LookupError
    assert asyncio.all_tasks() == before
