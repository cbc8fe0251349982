"""The messages of each campaign, where Asterisk's dialplan looks for them: ``<folder>/<campaign>/<which>.wav``.

A campaign without a message of its own has the shipped one played, so a message may come later or be replaced while
the campaign runs; the file changes in one step and Asterisk opens it anew for each call.
"""

from __future__ import annotations

import contextlib
import io
import os
import wave
from enum import StrEnum
from pathlib import Path
from typing import Final

from cti_api.errors import InputError, StoreUnavailable
from cti_api.model.ids import CampaignId, QueueId

RATE: Final = 8000
"""Frames a second: what Asterisk's ``format_wav`` plays under the name ``.wav`` (``.wav16`` would be 16000)."""

LONGEST_SECONDS: Final = 60.0
NOTICE: Final = "notice.on"
"""Where this is in a queue's folder the dialplan says that talks are recorded."""
HOW: Final = "make it with: sox message.mp3 -r 8000 -c 1 -b 16 message.wav"


class Message(StrEnum):
    """Names of the files in `asterisk/extensions.conf`."""

    ABANDONED = "abandoned"
    """Heard by a person for whom no agent was free in time."""
    MACHINE = "machine"
    """Left on an answering machine."""
    CUT_SHORT = "cut-short"
    """Heard by a person whom the IVR left in the middle of a survey."""
    OPTED_OUT = "opted-out"
    """Confirms to a person who pressed 9 in one of the others that nobody will call them again."""


class CampaignSounds:
    """All campaigns' messages, in one folder that Asterisk can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, campaign_id: CampaignId, which: Message, recording: bytes) -> float:
        """Keep a campaign's message, in the place of the one before; returns its length in seconds.

        Raises `InputError` for what is no WAV file that Asterisk plays, `StoreUnavailable` where it cannot be written.
        """
        seconds = seconds_of(recording)
        folder = self._folder / campaign_id
        fresh = folder / f".{which}.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(recording)
            fresh.chmod(0o644)  # Asterisk reads it as another user
            fresh.replace(folder / f"{which}.wav")
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise StoreUnavailable(f"The message cannot be written to {folder} ({error.strerror}).") from error
        return seconds

    def say_that_it_is_recorded(self, queue_id: QueueId, *, said: bool) -> None:
        """Whether callers hear, as they come into a queue, that the talk is recorded: ``notice.wav`` in the queue's
        folder where it is there, else the shipped words. Raises `StoreUnavailable`."""
        mark = self._folder / queue_id / NOTICE
        try:
            if said:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch(mode=0o644)
            else:
                mark.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{mark} cannot be written ({error.strerror}).") from error


def seconds_of(recording: bytes) -> float:
    """The length of a WAV file that Asterisk plays. Raises `InputError` for any other file, with how to make one."""
    try:
        with wave.open(io.BytesIO(recording)) as sound:
            form = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            frames: int = sound.getnframes()
            whole = len(sound.readframes(frames)) == frames * form[1] * form[2]
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: a chunk longer than the file
        raise InputError(f"The message is not a WAV file ({error or 'it ends too early'}): {HOW}") from None
    if form != (RATE, 1, 2):
        found = f"{form[0]} Hz, {form[1]} channels, {form[2] * 8} bits"
        raise InputError(f"The message has {found}; Asterisk plays 8000 Hz, 1 channel, 16 bits: {HOW}")
    if not whole:
        raise InputError("The message is cut off: it is shorter than it says.")
    seconds = frames / RATE
    if not 0 < seconds <= LONGEST_SECONDS:
        raise InputError(f"The message lasts {seconds:.1f} s; it may last up to {LONGEST_SECONDS:.0f} s.")
    return seconds
