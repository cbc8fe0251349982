"""Reports: which there are, any of them now, and what was sent of them by mail."""

from __future__ import annotations

import asyncio
import io
import uuid
import zipfile
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cti_api.border import Slug
from cti_api.errors import Conflict
from cti_api.message_settings import Address
from cti_api.model.ids import CampaignId
from cti_api.model.surveys import SurveyId
from cti_api.reports.build import BuiltReport
from cti_api.reports.desk import Desk
from cti_api.reports.kinds import REPORTS, Subject, checked, report_kind
from cti_api.reports.periods import read_period
from cti_api.reports.run import Occasion, Run, RunId, RunState
from cti_api.reports.schedule import next_due
from cti_api.setting_values import none_when_empty
from cti_api.store.report_runs import ToPlan
from cti_api.web import paging
from cti_api.web.access import user_of
from cti_api.web.handed import Everything, Handed
from cti_api.web.media import gives

router = APIRouter(prefix="/reports", tags=["reports"])

MOST: Final = 1000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP: Final = "application/zip"

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
PeriodText = Annotated[str, Query(max_length=40)]
"""A month (``2026-11``), a week (``2026-W48``) or days (``2026-11-01/2026-11-15``); empty: the latest that is over."""
Of = Annotated[Slug | None, BeforeValidator(none_when_empty), Query()]
"""The campaign or survey."""


class ReportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    """Each sheet, together in a ZIP file."""


class KindTold(BaseModel):
    """A kind of report."""

    name: str
    title: str
    """Spanish."""
    periods: tuple[str, ...]
    """Which it takes, the usual one first: `month`, `week`, `days`, or `whole`, everything until now."""
    subject: str
    """What it is of: `campaign`, `survey`, or empty for the whole company."""
    must_have_subject: bool
    """False: without one it is of all."""
    sheets: tuple[str, ...]


class ScheduledTold(BaseModel):
    """A report of the settings."""

    name: str
    kind: str
    of: str
    to: tuple[str, ...]
    next_at: datetime | None
    """When it is due next; null: at a campaign's end."""


class RunTold(BaseModel):
    """A report on its way to one reader, or what became of it."""

    id: str
    report: str
    """Its name in the settings; empty: somebody asked for it."""
    kind: str
    of: str
    period: str
    """In Spanish words."""
    first: date
    last: date
    due_at: datetime
    to: str
    state: RunState
    """`in_doubt`: it went, and no answer came; look for `message_id` at the reader's, then send it again, or not."""
    state_since: datetime
    next_at: datetime | None
    """When it is tried, or tried again; null: not any more."""
    tries: int
    """How often it was tried in vain."""
    again: int
    """0 as planned; from 1 on, sent once more because somebody said so."""
    asked_by: str
    reason: str
    message_id: str
    created_at: datetime


class SendTo(BaseModel):
    """What is sent, and to whom."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=50)]
    of: Slug | None = None
    """The campaign or survey."""
    period: Annotated[str, Field(max_length=40)] = ""
    """As the download takes it."""


@router.get("")
async def kinds() -> list[KindTold]:
    """Which reports there are."""
    return [
        KindTold(
            name=each.name,
            title=each.title,
            periods=tuple(each.periods),
            subject=each.subject.value,
            must_have_subject=each.must_have_subject,
            sheets=each.sheets,
        )
        for each in REPORTS.values()
    ]


@router.get("/schedule")
async def schedule(handed: Everything) -> list[ScheduledTold]:
    """What is sent by itself, as the settings say."""
    return scheduled_told(_desk(handed), handed.clock.now())


def scheduled_told(desk: Desk, now: datetime) -> list[ScheduledTold]:
    """What is sent by itself, and when next."""
    return [
        ScheduledTold(
            name=each.name,
            kind=each.kind,
            of=each.of or "",
            to=each.to,
            next_at=next_due(each.rule, desk.zone, now).at if each.rule is not None else None,
        )
        for each in desk.settings.scheduled
    ]


@router.get("/runs")
async def runs(
    handed: Everything,
    request: Request,
    response: Response,
    state: Annotated[tuple[RunState, ...], Query()] = (),
    report: Slug | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> list[RunTold]:
    """What was sent, when and to whom, and what was not; the newest first. Without `state`, of every state."""
    mark = paging.mark_of(after, (datetime, str))
    found = await handed.store.report_runs.list(states=state, report=report, before=mark, most=limit + 1)
    shown = paging.with_next(request, response, found, limit, lambda run: (run.created_at, run.id))
    return [told(run) for run in shown]


@router.post("/runs/{run_id}/again")
async def again(run_id: Id, handed: Everything, request: Request) -> RunTold:
    """Send one again that is over. Whoever asks knows whether it may have arrived: its `reason` says so."""
    desk = _with_mail(handed)
    run = await handed.store.report_runs.again(RunId(run_id), user_of(request), handed.clock.now())
    desk.wake.set()
    return told(run)


@router.post("/runs/{run_id}/close")
async def close(run_id: Id, handed: Everything, request: Request) -> RunTold:
    """Somebody saw to it: it did arrive, or it is not wanted any more."""
    return told(await handed.store.report_runs.close(RunId(run_id), user_of(request), handed.clock.now()))


@router.get("/{kind}", response_class=Response, responses=gives(XLSX, ZIP, words="The report"))
async def download(
    kind: Slug,
    handed: Everything,
    period: PeriodText = "",
    of: Of = None,
    format: ReportFormat = ReportFormat.XLSX,  # noqa: A002 - the query's own name
) -> Response:
    """A report as it stands now: a workbook, or its sheets as CSV in a ZIP file. It is made while you wait."""
    built = await _desk(handed).making.make(kind, read_period(period) if period else None, of or "")
    if format is ReportFormat.XLSX:
        return _file(built.xlsx, XLSX, built.file_name)
    return _file(await asyncio.to_thread(zipped, built), ZIP, f"{built.file_name.removesuffix('.xlsx')}.zip")


@router.post("/{kind}/send")
async def send(kind: Slug, wanted: SendTo, handed: Everything, request: Request) -> list[RunTold]:
    """Send a report by mail, once, beside whatever the schedule sends."""
    desk, now = _with_mail(handed), handed.clock.now()
    asked = read_period(wanted.period) if wanted.period else None
    period = checked(report_kind(kind), asked, wanted.of or "", now.astimezone(desk.zone).date())
    await _look_up(handed, report_kind(kind).subject, wanted.of)
    occasion = Occasion(
        report="", kind=kind, of=wanted.of or "", period=period, due_at=now, key=f"asked {uuid.uuid4().hex}"
    )
    to = tuple(dict.fromkeys(wanted.to))
    planned = await handed.store.report_runs.plan([ToPlan(occasion=occasion, to=to)], now, now, user_of(request))
    desk.wake.set()
    return [told(await handed.store.report_runs.get(run_id)) for run_id in planned]


async def _look_up(handed: Handed, subject: Subject, of: str | None) -> None:
    """Raise `NotFound` for a campaign or survey that there is not."""
    if of and subject is Subject.CAMPAIGN:
        await handed.store.campaigns.get(CampaignId(of))
    elif of and subject is Subject.SURVEY:
        await handed.store.surveys.get(SurveyId(of))


def told(run: Run) -> RunTold:
    of = run.occasion
    return RunTold(
        id=run.id,
        report=of.report,
        kind=of.kind,
        of=of.of,
        period=of.period.words,
        first=of.period.first,
        last=of.period.last,
        due_at=of.due_at,
        to=run.recipient,
        state=run.state,
        state_since=run.state_since,
        next_at=run.next_at if run.state is RunState.PLANNED else None,
        tries=run.tries,
        again=run.again,
        asked_by=run.asked_by,
        reason=run.reason,
        message_id=run.message_id,
        created_at=run.created_at,
    )


def zipped(built: BuiltReport) -> bytes:
    """The report's sheets as CSV, in one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet, text in built.csv.items():
            archive.writestr(built.csv_file_name(sheet), text)
    return file.getvalue()


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _desk(handed: Handed) -> Desk:
    if handed.reports is None:
        raise Conflict("No reports are made here: ask the Vocero that counts the figures.")
    return handed.reports


def _with_mail(handed: Handed) -> Desk:
    desk = _desk(handed)
    if not desk.sends:
        raise Conflict("There is no mail server to send it by: set messages.email in the settings, and start again.")
    return desk
