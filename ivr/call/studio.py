"""Where prompts are recorded by telephone: it opens sessions for whoever asks, and leads who dials in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from random import Random

from cti_api.clock import Clock
from cti_api.errors import Conflict
from cti_api.model.prompt_sessions import KeptRecording, PromptSession, WantedPrompt
from ivr.agi.verbs import InboundCall
from ivr.call import recordings
from ivr.call.leaving import Conversation
from ivr.call.led_recording import LedRecording
from ivr.prompt_sessions import PromptSessions

log = logging.getLogger(__name__)


class Studio:
    """`cti_api.ports.PromptStudio` and `ivr.call.handler.Begins`."""

    def __init__(self, prompts: Path, numbers: Sequence[str], clock: Clock, random: Random) -> None:
        """`numbers`: which lead here; `random`: one that nobody can foretell."""
        self._prompts, self._clock = prompts, clock
        self.sessions = PromptSessions(random)
        self.numbers = tuple(numbers)

    async def begin(self, call: InboundCall) -> Conversation:
        return LedRecording(call.id, self.sessions, self._prompts, self._clock)

    def open(self, wanted: Sequence[WantedPrompt]) -> PromptSession:
        if not self.numbers:
            raise Conflict(
                "No number leads to where prompts are recorded: write one under `inbound` in vocero.yaml, "
                "{number: …, entry: record}, then `vocero init` and start Vocero again."
            )
        session = self.sessions.open(tuple(wanted), self._clock.now())
        log.info("prompts are to be recorded", extra={"session": session.id, "prompts": len(wanted)})
        return session

    def session(self, session_id: str) -> PromptSession:
        return self.sessions.session(session_id, self._clock.now())

    async def recordings(self) -> Sequence[KeptRecording]:
        return await asyncio.to_thread(recordings.kept, self._prompts)
