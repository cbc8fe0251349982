"""What was done, and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from cti_api.access.chain import Head, Link
from cti_api.errors import InputError
from cti_api.web import paging
from cti_api.web.handed import Everything

router = APIRouter(prefix="/audit", tags=["audit"])

MOST = 1000
Seq = Annotated[int, Field(ge=0, le=2**53)]


class DeedLine(BaseModel):
    seq: int
    at: datetime
    who: str
    """``person:ana``, ``key:crm``, ``unix:vocero``."""
    address: str
    what: str
    target: str
    said: str
    digest: str


class Check(BaseModel):
    holds: bool
    seq: int
    """As far as it holds together."""
    digest: str
    """Of that row: keep both elsewhere, and give them the next time."""
    fault: str


@router.get("")
async def deeds(
    handed: Everything,
    request: Request,
    response: Response,
    since: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> list[DeedLine]:
    """The newest first; with `since` those behind that row, in their order; the last one's is the next."""
    if since is not None:
        return [_line(link) for link in await handed.store.audit.after(since, limit)]
    found = await handed.store.audit.newest(limit + 1, paging.mark_of(after, (int,)))
    return [_line(link) for link in paging.with_next(request, response, found, limit, lambda link: (link.seq,))]


@router.get("/check")
async def check(
    handed: Everything,
    seq: Seq = 0,
    digest: Annotated[str, StringConstraints(pattern="^([0-9a-f]{64})?$")] = "",
) -> Check:
    """Whether it is whole. `seq` and `digest`: a head that was kept elsewhere, which has to be in it."""
    if bool(seq) is not bool(digest):
        raise InputError("A head that was kept has both a seq and a digest.")
    found = await handed.store.audit.check(Head(seq=seq, digest=digest) if seq else None)
    return Check(holds=not found.fault, seq=found.head.seq, digest=found.head.digest, fault=found.fault)


def _line(link: Link) -> DeedLine:
    deed = link.deed
    return DeedLine(
        seq=link.seq,
        at=deed.at,
        who=deed.who,
        address=deed.address,
        what=deed.what,
        target=deed.target,
        said=deed.said,
        digest=link.digest,
    )
