"""Comments of surveys: recorded while the person speaks, written out later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.messages import storable_text
from cti_api.model.surveys import FollowedUp, SittingId, TranscriptState
from cti_api.store.database import Database
from cti_api.store.sittings import LONGEST_HEARD, follow, hold
from cti_api.store.survey_tables import TO_TRANSCRIBE, survey_comments


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldComment:
    """A comment that is to be written out."""

    sitting_id: SittingId
    question: str
    recording: str
    """The file's name in the folder of recordings."""
    seconds: float


_TO_TRANSCRIBE: Final = (
    sa.select(survey_comments).where(sa.text(TO_TRANSCRIBE)).order_by(survey_comments.c.at).limit(sa.bindparam("most"))
)
_THIS: Final = (
    survey_comments.c.sitting_id == sa.bindparam("sitting"),
    survey_comments.c.question == sa.bindparam("asked"),
)
_COMMENT: Final = sa.select(survey_comments).where(*_THIS)
_TRANSCRIBED: Final = (
    sa.update(survey_comments)
    .where(*_THIS, sa.text(TO_TRANSCRIBE))
    .values(transcript_text=sa.bindparam("text"), transcript_state=sa.bindparam("state"))
)


class SurveyComments:
    """Every comment of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_transcribe(self, most: int = 20) -> list[UntoldComment]:
        """Those that nobody wrote out yet, the oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_TO_TRANSCRIBE, {"most": most}).all())
        return [
            UntoldComment(
                sitting_id=SittingId(row.sitting_id),
                question=row.question,
                recording=row.recording,
                seconds=row.seconds,
            )
            for row in rows
        ]

    async def transcribed(
        self, sitting_id: SittingId, question: str, text: str | None, at: datetime, followed: Sequence[FollowedUp] = ()
    ) -> bool:
        """A comment is written out, or cannot be (None), with what follows from its words; in one transaction.

        False, and nothing done, where it was before, or the person was erased meanwhile. Raises `NotFound`.
        """
        return await self._database.write(_transcribed, sitting_id, question, text, at, followed)

    async def recording(self, sitting_id: SittingId, question: str) -> str:
        """The name of its recording. Raises `NotFound` where there is none, or none any more."""
        asked = {"sitting": sitting_id, "asked": question}
        row = await self._database.read(lambda tx: tx.execute(_COMMENT, asked).one_or_none())
        if row is None or not row.recording:
            raise NotFound(f"There is no comment {question} in the sitting {sitting_id}.")
        return str(row.recording)


def _transcribed(
    tx: sa.Connection,
    sitting_id: SittingId,
    question: str,
    text: str | None,
    at: datetime,
    followed: Sequence[FollowedUp],
) -> bool:
    sitting = hold(tx, sitting_id)
    if sitting.erased_at is not None:
        return False
    state = TranscriptState.FAILED if text is None else TranscriptState.DONE
    words = storable_text(text or "")[:LONGEST_HEARD]
    new = {"sitting": sitting_id, "asked": question, "text": words, "state": state.value}
    if not tx.execute(_TRANSCRIBED, new).rowcount:
        return False
    follow(tx, sitting, followed, at)
    return True
