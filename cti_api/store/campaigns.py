"""Campaigns: their files, every version kept, their state, and what became of their leads and calls so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.calls import LIVE_ANSWERS, CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState
from cti_api.store import outbox
from cti_api.store.call_counts import Counted, count, in_flight
from cti_api.store.database import Database
from cti_api.store.schema import campaign_specs, campaigns, leads


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCampaign:
    """A campaign as the store keeps it: the file, not what is made of it."""

    id: CampaignId
    title: str
    state: CampaignState
    state_since: datetime
    spec_text: str
    """The campaign file as it was uploaded."""
    spec_version: int
    """1 for the first file, one more for each that replaced it."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCounts:
    """What became of a campaign's leads and calls."""

    leads_by_state: dict[LeadState, int]
    """States that no lead is in are left out."""
    attempts: int
    attempts_by_result: dict[CallResult, int]
    """Closed attempts only; results that never came are left out."""
    calls_in_flight: int
    """Attempts that may have a channel."""
    live_answers: int
    """People on the line."""
    abandoned: int
    """Those of them for whom no agent was free in time."""

    @property
    def leads(self) -> int:
        return sum(self.leads_by_state.values())


_OF: Final[sa.BindParameter[str]] = sa.bindparam("campaign")
_STORED: Final = sa.select(campaigns, campaign_specs.c.text).join_from(
    campaigns,
    campaign_specs,
    sa.and_(campaign_specs.c.campaign_id == campaigns.c.id, campaign_specs.c.version == campaigns.c.spec_version),
)
_GET: Final = _STORED.where(campaigns.c.id == _OF)
_LIST: Final = _STORED.order_by(campaigns.c.created_at, campaigns.c.id)
_FOR_UPDATE: Final = _GET.with_for_update(of=campaigns)
_LEADS_BY_STATE: Final = (
    sa.select(leads.c.state, sa.func.count()).where(leads.c.campaign_id == _OF).group_by(leads.c.state)
)
_LEADS_OF_EACH_STATE: Final[sa.CompoundSelect[Any]] = sa.union_all(
    *(
        sa.select(sa.literal_column(f"'{state}'"), sa.func.count()).where(
            leads.c.campaign_id == _OF, leads.c.state == sa.literal_column(f"'{state}'")
        )
        for state in LeadState
    )
)
"""The same for SQLite, which counts rows in half the time where it need not look at their state."""


class Campaigns:
    """Every campaign of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[CampaignId, Counted] = {}

    async def create(self, campaign_id: CampaignId, title: str, spec_text: str, at: datetime) -> StoredCampaign:
        """A new campaign, in state ``draft``. Raises `Conflict` where one of that name exists."""
        return await self._database.write(_create, campaign_id, title, spec_text, at)

    async def replace_spec(
        self,
        campaign_id: CampaignId,
        title: str,
        spec_text: str,
        at: datetime,
        *,
        only_in: Collection[CampaignState] | None = None,
    ) -> StoredCampaign:
        """A new version of its file; the same text again changes nothing.

        Raises `NotFound`, and `Conflict` where the campaign's state is not in `only_in`.
        """
        return await self._database.write(_replace_spec, campaign_id, title, spec_text, at, only_in)

    async def get(self, campaign_id: CampaignId) -> StoredCampaign:
        """Raises `NotFound`."""
        return await self._database.read(_get, campaign_id)

    async def all(self) -> list[StoredCampaign]:
        """All of them, the oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_LIST).all())
        return [_stored(row) for row in rows]

    async def spec_version(self, campaign_id: CampaignId, version: int) -> str:
        """The text of an earlier version of its file. Raises `NotFound`."""
        wanted = sa.select(campaign_specs.c.text).where(
            campaign_specs.c.campaign_id == campaign_id, campaign_specs.c.version == version
        )
        text = await self._database.read(lambda tx: tx.execute(wanted).scalar())
        if text is None:
            raise NotFound(f"Campaign {campaign_id} has no version {version} of its file.")
        return str(text)

    async def set_state(
        self,
        campaign_id: CampaignId,
        state: CampaignState,
        at: datetime,
        *events: Event,
        only_from: Collection[CampaignState] | None = None,
    ) -> None:
        """Move a campaign. Raises `NotFound`, and `Conflict` where its present state is not in `only_from`."""
        await self._database.write(_set_state, campaign_id, state, at, events, only_from)

    async def counts(self, campaign_id: CampaignId) -> CampaignCounts:
        """Where its leads stand and what its calls gave."""
        before = self._remembered.get(campaign_id, Counted())
        counts, self._remembered[campaign_id] = await self._database.read(_counts, campaign_id, before)
        return counts


def _create(tx: sa.Connection, campaign_id: CampaignId, title: str, text: str, at: datetime) -> StoredCampaign:
    tx.execute(
        sa.insert(campaigns).values(
            id=campaign_id, title=title, state=CampaignState.DRAFT, state_since=at, spec_version=1, created_at=at
        )
    )
    tx.execute(sa.insert(campaign_specs).values(campaign_id=campaign_id, version=1, text=text, created_at=at))
    return _get(tx, campaign_id)


def _replace_spec(
    tx: sa.Connection,
    campaign_id: CampaignId,
    title: str,
    text: str,
    at: datetime,
    only_in: Collection[CampaignState] | None,
) -> StoredCampaign:
    present = _get(tx, campaign_id, _FOR_UPDATE)
    if only_in is not None and present.state not in only_in:
        raise Conflict(f"Campaign {campaign_id} is {present.state}; its file cannot be replaced now.")
    if present.spec_text == text:
        return present
    version = present.spec_version + 1
    tx.execute(sa.insert(campaign_specs).values(campaign_id=campaign_id, version=version, text=text, created_at=at))
    tx.execute(sa.update(campaigns).where(campaigns.c.id == campaign_id).values(title=title, spec_version=version))
    return _get(tx, campaign_id)


def _get(tx: sa.Connection, campaign_id: CampaignId, statement: sa.Select[Any] = _GET) -> StoredCampaign:
    row = tx.execute(statement, {"campaign": campaign_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no campaign {campaign_id}.")
    return _stored(row)


def _set_state(
    tx: sa.Connection,
    campaign_id: CampaignId,
    state: CampaignState,
    at: datetime,
    events: Sequence[Event],
    only_from: Collection[CampaignState] | None,
) -> None:
    present = _get(tx, campaign_id, _FOR_UPDATE)
    if only_from is not None and present.state not in only_from:
        raise Conflict(f"Campaign {campaign_id} is {present.state}; it cannot become {state} from there.")
    tx.execute(sa.update(campaigns).where(campaigns.c.id == campaign_id).values(state=state, state_since=at))
    outbox.append(tx, events)


def _counts(tx: sa.Connection, campaign_id: CampaignId, before: Counted) -> tuple[CampaignCounts, Counted]:
    _get(tx, campaign_id)
    leads_by_state = _LEADS_OF_EACH_STATE if tx.dialect.name == "sqlite" else _LEADS_BY_STATE
    by_state = tx.execute(leads_by_state, {"campaign": campaign_id}).all()
    calls, remembered = count(tx, campaign_id, before)
    return CampaignCounts(
        leads_by_state={LeadState(state): number for state, number in by_state if number},
        attempts=calls.made,
        attempts_by_result=calls.closed,
        calls_in_flight=in_flight(tx, campaign_id),
        live_answers=sum(calls.over.get(result, 0) for result in LIVE_ANSWERS),
        abandoned=calls.over.get(CallResult.ABANDONED, 0),
    ), remembered


def _stored(row: sa.Row[Any]) -> StoredCampaign:
    return StoredCampaign(
        id=CampaignId(row.id),
        title=row.title,
        state=CampaignState(row.state),
        state_since=row.state_since,
        spec_text=row.text,
        spec_version=row.spec_version,
        created_at=row.created_at,
    )
