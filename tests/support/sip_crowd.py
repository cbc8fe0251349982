"""Many people on the telephone at once, in a process of their own: ``sip_crowd PLAN`` (JSON, see `Plan`).

Each is a SIP call with sound both ways, a frame every 20 ms. Some speak and some press keys, again and again while they
hear a prompt; what they hear is timed as it comes in. What was measured is written as JSON, in milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.incoming import Caller, Callers
from vocero.lab.handsets import FRAME_SECONDS, PCMA, RTP

SILENCE = b"\xd5\x55\xd4\x54\xd7\x57\xd6\x56"
"""Of A-law: nothing louder than 56 of 32,768."""
SLOTS = 20
INTO_THE_PROMPT_SECONDS = 1.4, 2.2
"""When somebody speaks or presses: what is said before a prompt, a second, is not to be cut short."""
QUIET_SECONDS = 0.2
"""A prompt is silent when nothing of it came for so long."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the crowd does."""

    line: int
    """The trunk's port, by which Asterisk knows the callers."""
    asterisk: int
    number: str
    callers: int
    speaking: int
    after_the_tone: bool
    """They speak when it is quiet, and not over the prompt."""
    seconds: float
    words: tuple[tuple[str, float], ...]
    """Files of 8 kHz, 16 bits, and after how many seconds from its beginning each one's end is detected."""
    first_sound: tuple[float, ...]
    """Of each word: its onset."""


@dataclass
class Heard:
    gaps: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    """From the detected end of words to the first sound of the answer."""
    silent_after_word: list[float] = field(default_factory=list)
    silent_after_key: list[float] = field(default_factory=list)
    spoken: int = 0
    pressed: int = 0
    calls: int = 0


class Person(Caller):
    """Notes when each frame came, and when the last one with sound did."""

    last_at = 0.0
    last_loud_at = 0.0
    loud_since = 0.0
    gaps: list[float] | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= RTP.size or RTP.unpack_from(data)[1] & 0x7F != PCMA:
            return
        now = asyncio.get_running_loop().time()
        if self.gaps is not None and self.last_at:
            self.gaps.append((now - self.last_at) * 1000)
        self.last_at = now
        if data[RTP.size :].strip(SILENCE):
            if now - self.last_loud_at > QUIET_SECONDS:
                self.loud_since = now
            self.last_loud_at = now

    async def hears_a_prompt(self, seconds: float) -> bool:
        """Wait until there was sound for so long; False when the call is over, or nothing comes."""
        loop = asyncio.get_running_loop()
        until = loop.time() + 20
        while loop.time() < until and not self.over.is_set():
            now = loop.time()
            if now - self.last_loud_at < 0.1 and now - self.loud_since > seconds:
                return True
            await asyncio.sleep(0.01)
        return False

    async def falls_silent(self, since: float) -> float:
        """How long after `since` the last sound of the prompt came."""
        loop = asyncio.get_running_loop()
        while (quiet := loop.time() - max(self.last_loud_at, since)) < QUIET_SECONDS and loop.time() - since < 3:  # noqa: ASYNC110
            await asyncio.sleep(QUIET_SECONDS - quiet)
        return max(0.0, self.last_loud_at + FRAME_SECONDS - since)

    async def answered_after(self, since: float, within: float = 6.0) -> float | None:
        """How long after `since` the next sound begins."""
        loop = asyncio.get_running_loop()
        while loop.time() < since + within and not self.over.is_set():
            if self.loud_since > since - 0.3:
                return self.loud_since - since
            await asyncio.sleep(0.005)
        return None


async def speaks(person: Person, plan: Plan, heard: Heard, rng: random.Random) -> None:
    loop = asyncio.get_running_loop()
    sounds = [Path(file).read_bytes() for file, _ in plan.words]  # noqa: ASYNC240 - before anything is timed
    while await person.hears_a_prompt(0.4 if plan.after_the_tone else rng.uniform(*INTO_THE_PROMPT_SECONDS)):
        if plan.after_the_tone:
            await person.falls_silent(loop.time())
            await asyncio.sleep(0.3)
        which = rng.randrange(len(sounds))
        person.say(sounds[which])
        began = loop.time()
        heard.spoken += 1
        heard.silent_after_word.append(1000 * await person.falls_silent(began + plan.first_sound[which]))
        after = await person.answered_after(began + plan.words[which][1])
        if after is not None:
            heard.answers.append(1000 * after)
        await asyncio.sleep(0.3)


async def presses(person: Person, heard: Heard, rng: random.Random) -> None:
    loop = asyncio.get_running_loop()
    while await person.hears_a_prompt(rng.uniform(*INTO_THE_PROMPT_SECONDS)):
        began = loop.time()
        await person.press("2")
        heard.pressed += 1
        heard.silent_after_key.append(1000 * await person.falls_silent(began))


async def frames(people: list[Person]) -> None:
    """A frame of each every 20 ms, one twentieth of them each millisecond, as independent telephones would."""
    loop = asyncio.get_running_loop()
    due, count = loop.time(), 0
    while True:
        for person in people[count % SLOTS :: SLOTS]:
            if person.answered.is_set() and not person.over.is_set():
                person.frame()
        count += 1
        due += FRAME_SECONDS / SLOTS
        await asyncio.sleep(max(0.0, due - loop.time()))


async def crowd(plan: Plan) -> Heard:
    heard, rng = Heard(), random.Random(11)
    async with Callers(plan.line, plan.asterisk) as callers:
        people: list[Person] = []
        sounding = asyncio.create_task(frames(people))
        for n in range(plan.callers):
            people.append(await callers.dial(plan.number, f"5730012{n:05d}", kind=Person))
            await asyncio.sleep(0.05)
        doing = [
            asyncio.create_task(
                speaks(one, plan, heard, rng) if n < plan.speaking else presses(one, heard, rng),
            )
            for n, one in enumerate(people)
        ]
        await asyncio.sleep(2.0)
        for list_of in (heard.answers, heard.silent_after_key, heard.silent_after_word):
            list_of.clear()
        for person in people:
            person.gaps = []
        await asyncio.sleep(plan.seconds)
        heard.gaps = [gap for person in people for gap in person.gaps or []]
        heard.calls = sum(1 for person in people if person.answered.is_set() and not person.over.is_set())
        for task in doing:
            task.cancel()
        await asyncio.wait(doing)
        for person in people:
            person.hang_up()
        await asyncio.sleep(0.5)
        sounding.cancel()
    return heard


def main() -> None:
    with contextlib.suppress(PermissionError):  # telephones are not slowed by what else the machine does
        os.nice(-10)
    plan = json.loads(sys.argv[1])
    plan["words"] = tuple(map(tuple, plan["words"]))
    sys.stdout.write(json.dumps(asdict(asyncio.run(crowd(Plan(**plan))))))


if __name__ == "__main__":
    main()
