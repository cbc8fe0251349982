"""What every report has: a cover, a title with what it is of, and a file's name."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.model.ids import CampaignId
from cti_api.queue_file import parse_queue
from cti_api.reports.document import Cover, Definition, Document, Sheet
from cti_api.reports.kinds import report_kind
from cti_api.reports.periods import Period, PeriodKind
from cti_api.reports.sources import Sources
from cti_api.reports.words import CAMPAIGN_STATES, COVER_WORDS

LONGEST_NAME = 120
"""Of a file, in characters, without its ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a report is of, as the cover says it."""

    title: str = ""
    """Stands behind the report's own."""
    facts: tuple[tuple[str, str], ...] = ()


async def campaign_about(sources: Sources, of: str) -> About:
    """A campaign's title, goal and state; of none: that it is of all. Raises `NotFound`."""
    if not of:
        return About(facts=((COVER_WORDS["campaign"], COVER_WORDS["of_all"]),))
    stored = await sources.store.campaigns.get(CampaignId(of))
    spec = parse_campaign(stored.spec_text)
    facts = [(COVER_WORDS["campaign"], stored.title), (COVER_WORDS["state"], CAMPAIGN_STATES[stored.state])]
    if spec.brief:
        facts.insert(1, (COVER_WORDS["brief"], " ".join(spec.brief.split())))
    return About(title=stored.title, facts=tuple(facts))


async def agent_names(sources: Sources) -> dict[str, str]:
    """By their ids."""
    return {agent.id: agent.name for agent in await sources.store.agents.all()}


async def queue_titles(sources: Sources) -> dict[str, str]:
    """By their ids; of a queue whose file cannot be read any more nothing."""
    titles: dict[str, str] = {}
    for stored in await sources.store.queues.all():
        with contextlib.suppress(InputError):
            titles[stored.id] = parse_queue(stored.spec_text).title
    return titles


def framed(
    sources: Sources,
    name: str,
    period: Period,
    now: datetime,
    about: About,
    definitions: Sequence[Definition],
    sheets: Sequence[Sheet],
    *,
    of: str = "",
) -> Document:
    """The document of that kind of report."""
    zone = sources.figures.zone
    local = now.astimezone(zone).replace(tzinfo=None)
    kind = report_kind(name)
    facts = list(about.facts)
    if period.kind is not PeriodKind.WHOLE and local.date() <= period.last:
        facts.append((COVER_WORDS["until"], f"{local:%d/%m/%Y %H:%M}"))
    cover = Cover(
        title=f"{kind.title}: {about.title}" if about.title else kind.title,
        period_words=period.words,
        company=sources.company,
        about=tuple(facts),
        made_at=local,
        zone=str(zone),
        definitions=tuple(definitions),
    )
    when = period.written.replace("/", "_") or f"{period.last}"
    stem = "-".join(filter(None, (plain_name(kind.title), plain_name(of), when)))
    return Document(name=name, file_stem=stem, cover=cover, sheets=tuple(sheets))


def plain_name(text: str) -> str:
    """Lower-case ASCII with hyphens, as a file may be called anywhere."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(sign if sign.isalnum() else " " for sign in plain).split())[:LONGEST_NAME]
