"""Sessions for recording prompts, in memory: what their codes open, for how long, and what was kept in them.

A code has six digits. So that nobody who finds the number guesses one, each session bears so many wrong codes, whoever
keys them and for whatever session, and is closed then: the odds of a guess are `MOST_WRONG` in a million.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from cti_api.errors import Conflict, NotFound
from cti_api.model.prompt_sessions import PromptSession, PromptState, SessionState, WantedPrompt

CODE_DIGITS: Final = 6
VALID: Final = timedelta(minutes=15)
"""From when it is opened, or was last used."""
TOLD: Final = timedelta(hours=1)
"""For so long it is told how a session ended."""
MOST_OPEN: Final = 10
MOST_WRONG: Final = 30


class PromptSessions:
    """Raises `NotFound` for a session that there is not, or not any more."""

    def __init__(self, random: Random) -> None:
        """`random`: one that nobody can foretell."""
        self._random = random
        self._sessions: dict[str, PromptSession] = {}

    def open(self, wanted: tuple[WantedPrompt, ...], now: datetime) -> PromptSession:
        """Raises `Conflict` where `MOST_OPEN` are open."""
        self._settle(now)
        codes = {each.code for each in self._sessions.values()}
        if len([each for each in self._sessions.values() if _is_alive(each)]) >= MOST_OPEN:
            raise Conflict(f"{MOST_OPEN} recording sessions are open: wait until one is over, 15 minutes at most.")
        while (code := f"{self._random.randrange(10**CODE_DIGITS):0{CODE_DIGITS}}") in codes:
            pass
        session = PromptSession(
            id=f"{self._random.getrandbits(64):016x}", code=code, valid_until=now + VALID, prompts=wanted
        )
        self._sessions[session.id] = session
        return session

    def session(self, session_id: str, now: datetime) -> PromptSession:
        self._settle(now)
        if session_id not in self._sessions:
            raise NotFound("There is no such recording session (any more): ask for another.")
        return self._sessions[session_id]

    def enter(self, code: str, now: datetime) -> PromptSession | None:
        """The session that this code opens, from now on under way; None for a wrong one, or where somebody is in."""
        self._settle(now)
        for session in self._sessions.values():
            if session.code == code and _is_alive(session):
                return self._put(session, SessionState.UNDER_WAY) if session.state is SessionState.OPEN else None
        for session in [each for each in self._sessions.values() if each.state is SessionState.OPEN]:
            wrong = session.wrong_codes + 1
            state = SessionState.CLOSED if wrong >= MOST_WRONG else SessionState.OPEN
            self._sessions[session.id] = replace(session, wrong_codes=wrong, state=state)
        return None

    def kept(self, session_id: str, file: str, seconds: float) -> None:
        self._decide(session_id, file, PromptState.KEPT, seconds)

    def skipped(self, session_id: str, file: str) -> None:
        self._decide(session_id, file, PromptState.SKIPPED, None)

    def leave(self, session_id: str, now: datetime) -> None:
        """Whoever was in it is gone; what still waits is recorded by the same code."""
        session = self._sessions[session_id]
        waits = any(each.state is PromptState.WAITING for each in session.prompts)
        self._sessions[session_id] = replace(session, valid_until=now + VALID)
        self._put(self._sessions[session_id], SessionState.OPEN if waits else SessionState.DONE)

    def _decide(self, session_id: str, file: str, state: PromptState, seconds: float | None) -> None:
        session = self._sessions[session_id]
        prompts = (
            replace(each, state=state, seconds=seconds) if each.file == file else each for each in session.prompts
        )
        self._sessions[session_id] = replace(session, prompts=tuple(prompts))

    def _put(self, session: PromptSession, state: SessionState) -> PromptSession:
        self._sessions[session.id] = replace(session, state=state)
        return self._sessions[session.id]

    def _settle(self, now: datetime) -> None:
        for session in [*self._sessions.values()]:
            if session.state is SessionState.OPEN and session.valid_until <= now:
                self._put(session, SessionState.EXPIRED)
            elif not _is_alive(session) and session.valid_until + TOLD <= now:
                del self._sessions[session.id]


def _is_alive(session: PromptSession) -> bool:
    return session.state in (SessionState.OPEN, SessionState.UNDER_WAY)
