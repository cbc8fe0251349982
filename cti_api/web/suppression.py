"""Do-not-call: numbers that are dialled no more, in any campaign."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Flag, Line, Number
from cti_api.web.handed import Dialer

router = APIRouter(prefix="/suppressions", tags=["do not call"])


class Suppression(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Number
    source: Annotated[Line, Field(min_length=1)] = "api"
    """Who asked for it and how; kept with the number."""
    person: Flag = False
    """The other numbers of whoever has it, too: it was the person who said no."""


class Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[tuple[Number, ...], Field(max_length=1000)]
    source: Annotated[Line, Field(min_length=1)] = "api"
    person: Flag = False


class Suppressed(BaseModel):
    new: int
    """Those that were not on the list yet."""


@router.post("", status_code=HTTPStatus.NO_CONTENT)
async def suppress(asked: Suppression, dialer: Dialer) -> None:
    """Do not call this number again. Holds at once, for leads already reserved too; asking twice changes nothing."""
    await dialer.suppress([asked.number], asked.source, persons=asked.person)


@router.post("/numbers")
async def suppress_numbers(asked: Numbers, dialer: Dialer) -> Suppressed:
    """The same for many; what was cut off is asked again and ends with the same list."""
    return Suppressed(new=await dialer.suppress(asked.numbers, asked.source, persons=asked.person))
