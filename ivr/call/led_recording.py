"""Leads who records prompts: their code, then each text, what they say, how it sounds, and whether it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final

from audio.pcm import seconds_of
from cti_api.clock import Clock
from cti_api.errors import InputError, StoreUnavailable
from cti_api.model.prompt_sessions import PromptSession, PromptState, WantedPrompt
from ivr.call import recordings
from ivr.call.asking import Ask, Pressed, Recorded, Silent
from ivr.call.leaving import Leaving, ToTheEnd
from ivr.call.talk import Talk
from ivr.prompt_sessions import CODE_DIGITS, PromptSessions
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn

MOST_TRIES: Final = 3
"""Of a code, and in a row of saying something, or of choosing what becomes of it."""
LONGEST_SECONDS: Final = 90.0
SILENCE_SECONDS: Final = 3.0
"""That ends a recording."""
WAIT_SECONDS: Final = 8.0
BETWEEN_KEYS_SECONDS: Final = 4.0
BY_KEYS: Final = BargeIn(keys=True, speech=False)

WELCOME = "Aquí se graban los mensajes."
WHICH_CODE = "Marque el código de la sesión."
WRONG = "Ese código no es válido."
GOODBYE = "Hasta luego."
HOW = "Lea cada mensaje después del tono. Para terminar, marque numeral o guarde silencio."
NOT_HEARD = "No le escuché."
SO_IT_SOUNDS = "Así se oye."
CHOICES = "Para guardarlo, marque 1. Para grabarlo otra vez, 2. Para pasar al siguiente sin guardarlo, 3."
KEPT = "Guardado."
NOT_KEPT = "No se pudo guardar."
DONE = "Eso es todo. Gracias. Hasta luego."
LATER = "Puede llamar otra vez con el mismo código. Hasta luego."
LOST = "En esta llamada ya no se puede grabar. Puede llamar otra vez con el mismo código. Hasta luego."

log = logging.getLogger(__name__)


class _Verdict(Enum):
    KEEP = auto()
    AGAIN = auto()
    SKIP = auto()
    NONE = auto()


_BY_KEY: Final = {"1": _Verdict.KEEP, "2": _Verdict.AGAIN, "3": _Verdict.SKIP}


class LedRecording:
    """One call's. `ivr.call.leaving.Conversation`."""

    def __init__(self, call_id: str, sessions: PromptSessions, prompts: Path, clock: Clock) -> None:
        """`prompts`: the folder of the settings' `ivr.prompts`."""
        self._call, self._sessions, self._prompts, self._clock = call_id, sessions, prompts, clock
        self._inside: PromptSession | None = None
        self._began = False

    async def go_on(self, talk: Talk) -> Leaving:
        if self._began:  # the sound was lost: by keys alone nothing can be recorded
            await _say(talk, LOST)
        else:
            self._began = True
            await self._lead(talk)
        self._leave()
        await talk.said()
        return ToTheEnd()

    async def came_back(self, returned: str) -> None:
        """Nobody leaves it for anywhere."""

    async def handed_over(self) -> None:
        """The same."""

    async def gone(self) -> None:
        self._leave()

    async def broken(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._inside is not None:
            self._sessions.leave(self._inside.id, self._clock.now())
            self._inside = None

    # -------------------------------------------------------------- what is said

    async def _lead(self, talk: Talk) -> None:
        self._inside = session = await self._entered(talk)
        if session is None:
            await _say(talk, GOODBYE)
            return
        log.info("prompts are being recorded", extra={"call": self._call, "session": session.id})
        await _say(talk, HOW)
        waiting = [each for each in session.prompts if each.state is PromptState.WAITING]
        for place, prompt in enumerate(waiting, 1):
            if not await self._decided(session, prompt, f"Mensaje {place} de {len(waiting)}.", talk):
                await _say(talk, LATER)
                return
        await _say(talk, DONE)

    async def _entered(self, talk: Talk) -> PromptSession | None:
        await _say(talk, WELCOME)
        for _ in range(MOST_TRIES):
            await _say(talk, WHICH_CODE)
            answer = await talk.ask(_keys(_is_code))
            if isinstance(answer, Silent):
                continue
            if isinstance(answer, Pressed):
                session = self._sessions.enter(answer.keys.removesuffix("#"), self._clock.now())
                if session is not None:
                    return session
            log.warning("a wrong code was keyed for recording prompts", extra={"call": self._call})
            talk.forget_keys()  # the rest of a longer code is not the beginning of the next
            await _say(talk, WRONG)
        return None

    async def _decided(self, session: PromptSession, prompt: WantedPrompt, which: str, talk: Talk) -> bool:
        """Whether it was kept or skipped; False: they do not answer any more."""
        tries = 0
        while tries < MOST_TRIES:
            await _say(talk, which, prompt.text)
            await talk.said()
            talk.forget_keys()  # a key leads to the tone at once, and is no answer to it
            said = await talk.record(longest_seconds=LONGEST_SECONDS, silence_seconds=SILENCE_SECONDS)
            try:
                sound = await asyncio.to_thread(recordings.as_prompt, said.pcm) if isinstance(said, Recorded) else None
            except InputError:  # silence
                sound = None
            if sound is None:
                tries += 1
                await _say(talk, NOT_HEARD)
                continue
            tries = 0
            verdict = await self._judged(session, prompt, sound, talk)
            if verdict is not _Verdict.AGAIN:
                return verdict is not _Verdict.NONE
        return False

    async def _judged(self, session: PromptSession, prompt: WantedPrompt, sound: bytes, talk: Talk) -> _Verdict:
        """What they want to become of it, done."""
        for _ in range(MOST_TRIES):
            await _say(talk, SO_IT_SOUNDS)
            await talk.play(sound, BY_KEYS)
            await _say(talk, CHOICES)
            answer = await talk.ask(_keys(_is_one))
            verdict = _BY_KEY.get(answer.keys) if isinstance(answer, Pressed) else None
            if verdict is _Verdict.SKIP:
                self._sessions.skipped(session.id, prompt.file)
            if verdict is not None and (verdict is not _Verdict.KEEP or await self._kept(session, prompt, sound, talk)):
                return verdict
        return _Verdict.NONE

    async def _kept(self, session: PromptSession, prompt: WantedPrompt, sound: bytes, talk: Talk) -> bool:
        try:
            await asyncio.to_thread(recordings.keep, self._prompts, prompt.file, sound)
        except StoreUnavailable as error:
            log.error("a recording cannot be kept", extra={"call": self._call, "why": str(error)})
            await _say(talk, NOT_KEPT)
            return False
        self._sessions.kept(session.id, prompt.file, seconds_of(sound))
        log.info("a prompt was recorded", extra={"call": self._call, "session": session.id, "file": prompt.file})
        await _say(talk, KEPT)
        return True


async def _say(talk: Talk, *texts: str) -> None:
    await talk.say([Piece(text) for text in texts], BY_KEYS)


def _keys(complete: Callable[[str], bool]) -> Ask:
    return Ask(
        question=None,
        complete=complete,
        wait_seconds=WAIT_SECONDS,
        between_keys_seconds=BETWEEN_KEYS_SECONDS,
    )


def _is_code(keys: str) -> bool:
    return len(keys) >= CODE_DIGITS or keys.endswith("#")


def _is_one(keys: str) -> bool:
    return len(keys) == 1
