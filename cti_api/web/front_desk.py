"""Calls that trees led, and the tickets that came of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from cti_api.border import Instant, Slug
from cti_api.store.front_desk import StoredCall
from cti_api.web import paging
from cti_api.web.handed import Everything

router = APIRouter(tags=["front desk"])

BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)
AFTER_ALL: Final = datetime(9000, 1, 1, tzinfo=UTC)
CallId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class CallLed(BaseModel):
    """A call, and where in the tree it is or was last."""

    id: str
    entry: str
    tree: str
    version: int
    number: str
    called: str
    began_at: datetime
    ended_at: datetime | None
    ending: str | None
    node: str


class NodePassed(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    tree: str
    node: str
    way: str


class TicketOpened(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    call_id: str
    kind: str
    number: str
    values: dict[str, Any]
    at: datetime


class WholeCall(BaseModel):
    call: CallLed
    passed: list[NodePassed]
    tickets: list[TicketOpened]


class WayTaken(BaseModel):
    tree: str
    """A tree within the one that was asked for has its own nodes."""
    node: str
    way: str
    """Empty: the call ended there by us."""
    count: int


class Dropped(BaseModel):
    """Where the calls of a tree went, and where they ended; in all of its versions."""

    tree: str
    calls: int
    ways: list[WayTaken]
    hung_up: dict[str, int]
    """Node → callers who left in it."""
    handed_over: dict[str, int]
    """Node → callers who went from it to people, and did not come back."""


@router.get("/trees/{tree}/drop-off")
async def drop_off(
    tree: Slug,
    handed: Everything,
    first: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
) -> Dropped:
    """Of the calls that began from then until then; without them, of all."""
    found = await handed.store.front_desk.drop_off(tree, first or BEFORE_ALL, until or AFTER_ALL)
    ways = [WayTaken(tree=of, node=node, way=way, count=n) for (of, node, way), n in sorted(found.ways.items())]
    ended = {"hung_up": dict(sorted(found.hung_up.items())), "handed_over": dict(sorted(found.handed_over.items()))}
    return Dropped(tree=tree, calls=found.calls, ways=ways, **ended)


@router.get("/led-calls")
async def latest_calls(
    handed: Everything,
    request: Request,
    response: Response,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[CallLed]:
    """The calls that began last, the latest first."""
    found = await handed.store.front_desk.latest(limit + 1, paging.mark_of(after, (datetime, str)))
    shown = paging.with_next(request, response, found, limit, lambda each: (each.call.began_at, each.call.id))
    return [_led(each) for each in shown]


@router.get("/led-calls/{call_id}")
async def one_call(call_id: CallId, handed: Everything) -> WholeCall:
    """One call: each node it left, and by which way; and its tickets."""
    desk = handed.store.front_desk
    return WholeCall(
        call=_led(await desk.call(call_id)),
        passed=[NodePassed.model_validate(left) for left in await desk.way_of(call_id)],
        tickets=[TicketOpened.model_validate(ticket) for ticket in await desk.tickets_of(call_id)],
    )


@router.get("/tickets")
async def tickets(
    handed: Everything,
    request: Request,
    response: Response,
    kind: Slug | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[TicketOpened]:
    """What callers opened, the newest first."""
    found = await handed.store.front_desk.tickets(kind, limit + 1, paging.mark_of(after, (int,)))
    shown = paging.with_next(request, response, found, limit, lambda each: (each.id,))
    return [TicketOpened.model_validate(each) for each in shown]


def _led(stored: StoredCall) -> CallLed:
    call = stored.call
    return CallLed(
        id=call.id,
        entry=call.entry,
        tree=call.tree,
        version=call.version,
        number=call.number,
        called=call.called,
        began_at=call.began_at,
        ended_at=stored.ended_at,
        ending=stored.ending.value if stored.ending else None,
        node=stored.node,
    )
