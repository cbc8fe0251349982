"""Talking without the call's sound: Asterisk plays files and tells keys, over the call's AGI session.

It is what is left where our sound server is away, has no room or lost the stream: slower, without words, and still no
silence. Where Asterisk does not find our files, this way is lost, too, and the dialplan has its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from audio.pcm import seconds_of, tone
from cti_api.errors import ActionRefused, VoceroError
from ivr.agi.session import AgiSession
from ivr.agi.verbs import KEYS
from ivr.call.asking import MOST_KEYS, Answer, Ask, Flooded, Pressed, Recorded, Silent
from ivr.call.talk import NOBODY_SPOKE, TONE_SECONDS, Lost, Sounds
from ivr.call.wav import write_wav
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn

ALL_KEYS = "".join(sorted(KEYS))

log = logging.getLogger(__name__)


class OverKeys:
    """One call's. `folder`: for the files of this call; Asterisk reads them there, and whoever made it removes it."""

    def __init__(self, call: AgiSession, sounds: Sounds, folder: Path) -> None:
        self._call, self._sounds, self._folder = call, sounds, folder
        self._ahead = ""

    async def say(self, pieces: Sequence[Piece], barge_in: BargeIn) -> None:
        for piece in pieces:
            if self._ahead and barge_in.keys:
                return
            try:
                pcm = await self._sounds.sound_of(piece.text, piece.file)
            except VoceroError as error:
                log.error("a prompt could not be said", extra={"text": piece.text, "why": str(error)})
                pcm = tone(TONE_SECONDS)  # so that nobody is met by silence
            try:
                await self._play(pcm, ALL_KEYS if barge_in.keys else "")
            except (OSError, ActionRefused) as error:
                raise Lost(f"Asterisk cannot play our files either ({error})") from error

    async def _play(self, pcm: bytes, keys: str) -> None:
        if not pcm:
            return
        path = self._folder / sha256(pcm).hexdigest()[:32]
        whole = path.with_suffix(".wav")
        if not whole.exists():
            await asyncio.to_thread(write_wav, whole, pcm)
        key, _ = await self._call.play(str(path), keys=keys, seconds=seconds_of(pcm) + 1)
        self._ahead += key

    async def said(self) -> None:
        """It is: each prompt is waited for as it is played."""

    async def ask(self, ask: Ask) -> Answer:
        keys, self._ahead = self._ahead, ""
        while True:
            if len(keys) > MOST_KEYS:
                return Flooded(len(keys))
            if keys and ask.complete(keys):
                return Pressed(keys)
            key = await self._call.wait_for_key(ask.between_keys_seconds if keys else ask.wait_seconds)
            if not key:
                return Pressed(keys) if keys else NOBODY_SPOKE
            keys += key

    async def record(self, *, longest_seconds: float, silence_seconds: float) -> Recorded | Answer:  # noqa: ARG002
        """Nothing can be recorded this way: nobody spoke."""
        return Silent()

    def forget_keys(self) -> int:
        keys, self._ahead = len(self._ahead), ""
        return keys
