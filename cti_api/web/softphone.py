"""Agents' telephones in the browser: what their page registers with, and the way of its SIP to Asterisk.

The page speaks SIP over a WebSocket of the console's own door, so that there is one name, one certificate and one
session. Behind it everything goes through as it comes: who registers as whom is for Asterisk to decide, by a password
that is made anew for each page and that nobody keeps. Here it is decided who comes that far: somebody who signed in,
whose own seat has the browser for a telephone, from a page of ours.
"""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from cti_api.border import Slug
from cti_api.errors import Conflict, NotAllowed, Unreachable, VoceroError
from cti_api.model.agents import AgentPhone
from cti_api.model.ids import AgentId
from cti_api.web.access import known_of
from cti_api.web.handed import Everything, Handed
from cti_api.web.refusals import refused_with
from cti_api.web.sip_way import SIP, SipWay

router = APIRouter(prefix="/agents", tags=["agents"])
sockets = APIRouter()


class SoftphoneAccount(BaseModel):
    """What a page registers with. It keeps it in memory alone; the next page gets another."""

    user: str
    password: str
    stun: str | None
    """host:port of who tells the browser by which address it is seen; null: nobody is asked."""


@router.post("/{agent_id}/softphone")
async def new_account(agent_id: Slug, handed: Everything) -> SoftphoneAccount:
    """What the agent's page registers with as a telephone. What an earlier page had serves no more."""
    if handed.sip is None:
        raise Conflict("No browser reaches Asterisk here.")
    password = await handed.dialer.new_password(AgentId(agent_id), AgentPhone.BROWSER)
    return SoftphoneAccount(user=agent_id, password=password, stun=handed.sip.stun)


@sockets.websocket("/ws/sip")
async def sip(browser: WebSocket) -> None:
    """SIP over WebSocket (RFC 7118) for the seat of whoever signed in."""
    handed: Handed = browser.app.state.handed
    try:
        way, agent_id = await _way_of(browser, handed)
        with suppress(WebSocketDisconnect):
            await way.lead(agent_id, browser, browser.state.still_known)
    except VoceroError as error:
        await browser.send_denial_response(refused_with(error, "GET"))


async def _way_of(browser: WebSocket, handed: Handed) -> tuple[SipWay, AgentId]:
    """Raises `NotAllowed` and `Conflict` where none of theirs comes this way, `Unreachable` where none can now."""
    actor = known_of(browser).actor
    if actor is None or actor.agent_id is None:
        raise NotAllowed("Only who has a seat has a telephone there.")
    if SIP not in browser.scope["subprotocols"]:
        raise Conflict("This speaks SIP and nothing else: ask for the subprotocol sip.")
    agent = await handed.store.agents.get(AgentId(actor.agent_id))
    if agent.phone is not AgentPhone.BROWSER or handed.sip is None:
        raise Conflict(f"The telephone of {agent.id} is not the browser.")
    if not handed.dialer.system().link_up:
        # One that starts takes the connection long before it answers; a page that waits for it then waits for 32 s.
        raise Unreachable("Asterisk is not there, or not ready yet.")
    return handed.sip, agent.id
