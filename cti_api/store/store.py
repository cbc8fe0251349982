"""The store as everything else sees it: one object, one attribute for each kind of thing it keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from cti_api.clock import Clock
from cti_api.store import migrate
from cti_api.store.agents import Agents
from cti_api.store.answer_days import AnswerDays
from cti_api.store.appointments import Appointments
from cti_api.store.attempt_pages import AttemptPages
from cti_api.store.attempts import Attempts
from cti_api.store.audit import Audit
from cti_api.store.calendars import Calendars
from cti_api.store.callbacks import Callbacks
from cti_api.store.campaigns import Campaigns
from cti_api.store.consents import Consents
from cti_api.store.control_form import ControlForm
from cti_api.store.database import BUSY_SECONDS, Database
from cti_api.store.deliveries import Deliveries
from cti_api.store.dispositions import Dispositions
from cti_api.store.erasures import Erasures
from cti_api.store.evidence import Evidence
from cti_api.store.factor_key import ENDING as FACTOR_ENDING
from cti_api.store.factor_key import FactorKey
from cti_api.store.follow_ups import FollowUps
from cti_api.store.front_desk import FrontDesk
from cti_api.store.kpi import Kpi
from cti_api.store.kpi_rows import KpiRows
from cti_api.store.lead_pages import LeadPages
from cti_api.store.leads import Leads
from cti_api.store.lease import Lease
from cti_api.store.lists import Lists
from cti_api.store.machine_keys import MachineKeys
from cti_api.store.messages import Messages
from cti_api.store.number_key import ENDING, NumberKey
from cti_api.store.on_record import Record
from cti_api.store.opening import file_of, open_database
from cti_api.store.outbox import Outbox
from cti_api.store.outside_facts import OutsideFacts
from cti_api.store.policies import Policies
from cti_api.store.queues import Queues
from cti_api.store.registries import Registries
from cti_api.store.replies import Replies
from cti_api.store.report_runs import ReportRuns
from cti_api.store.rounds import Rounds
from cti_api.store.sample import Sample
from cti_api.store.schema import outbox_head
from cti_api.store.second_factors import SecondFactors
from cti_api.store.sessions import Sessions
from cti_api.store.sittings import Sittings
from cti_api.store.suppression import Suppression
from cti_api.store.survey_cases import SurveyCases
from cti_api.store.survey_comments import SurveyComments
from cti_api.store.survey_results import SurveyResults
from cti_api.store.surveys import Surveys
from cti_api.store.tallied import Tallied
from cti_api.store.trees import Trees
from cti_api.store.users import Users


class Store:
    """Everything that is written down.

    Every method of its parts may raise `StoreUnavailable`; nothing was changed then (but see `Attempts.open`), and
    the same call works again once the store does. Whoever writes is answered when it is on disk, unless the method
    says otherwise.
    """

    def __init__(self, database: Database, key: NumberKey | None = None, factor_key: FactorKey | None = None) -> None:
        key = key or NumberKey(None)
        self._database = database
        self.campaigns = Campaigns(database)
        self.leads = Leads(database, key)
        self.callbacks = Callbacks(database)
        self.rounds = Rounds(database)
        self.lists = Lists(database)
        self.consents = Consents(database)
        self.attempts = Attempts(database)
        self.dispositions = Dispositions(database)
        self.attempt_pages = AttemptPages(database)
        self.lead_pages = LeadPages(database)
        self.tallied = Tallied(database)
        self.answer_days = AnswerDays(database)
        self.agents = Agents(database)
        self.suppression = Suppression(database, key)
        self.calendars = Calendars(database)
        self.appointments = Appointments(database, key)
        self.control_form = ControlForm(database)
        self.registries = Registries(database)
        self.policies = Policies(database)
        self.record = Record(database)
        self.sample = Sample(database)
        self.evidence = Evidence(database, key)
        self.erasures = Erasures(database, key)
        self.follow_ups = FollowUps(database, key)
        self.messages = Messages(database)
        self.replies = Replies(database, key)
        self.surveys = Surveys(database, key)
        self.sittings = Sittings(database)
        self.survey_comments = SurveyComments(database)
        self.survey_cases = SurveyCases(database)
        self.survey_results = SurveyResults(database)
        self.queues = Queues(database)
        self.front_desk = FrontDesk(database)
        self.outbox = Outbox(database)
        self.deliveries = Deliveries(database)
        self.kpi = Kpi(database)
        self.report_runs = ReportRuns(database)
        self.outside_facts = OutsideFacts(database)
        self.kpi_rows = KpiRows(database)
        self.trees = Trees(database)
        self.users = Users(database)
        self.sessions = Sessions(database)
        self.second_factors = SecondFactors(database, factor_key or FactorKey(None))
        self.machine_keys = MachineKeys(database)
        self.audit = Audit(database)
        self.lease = Lease(database)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        *,
        clock: Clock,
        busy_seconds: float = BUSY_SECONDS,
        upgrade: bool = False,
        erasure_key: Path | None = None,
        second_factor_key: Path | None = None,
    ) -> AsyncIterator[Self]:
        """The store at `url`: ``sqlite:///path/to/file`` or ``postgresql://user:password@host/name``.

        `busy_seconds`: how long a write waits for another program's lock. `upgrade`: bring the tables to this version
        first, as `cti_api.store.migrate.upgrade` does. `erasure_key`: the file of the key by which erased numbers are
        known (`cti_api.store.number_key`); without it that beside a SQLite store. `second_factor_key`: the same of
        second factors (`cti_api.store.factor_key`).

        Raises `SettingsError` for a URL, file or database that cannot be this store, or whose tables are not of this
        version (`cti_api.store.migrate.upgrade` makes them so); `StoreUnavailable` for a server that does not answer.
        """
        database = await open_database(url, clock, busy_seconds)
        store = cls(
            database,
            NumberKey(erasure_key or _beside(url, ENDING)),
            FactorKey(second_factor_key or _beside(url, FACTOR_ENDING)),
        )
        try:
            if upgrade:
                await migrate.upgrade_open(database)
            await database.read(migrate.check)
            yield store
        finally:
            await store.lease.release()
            await database.close()

    @property
    def writable(self) -> bool:
        """False from a write that failed, or that hangs for a second, until one succeeds, and while the right to dial
        that we had is lost. `probe` finds out about the former, `Lease.renew` about the latter."""
        return self._database.writable and not self.lease.lost

    async def scrub(self) -> bool:
        """What was deleted is in no file of the store any more; False where that could not be had at once."""
        return await self._database.scrub()

    async def probe(self) -> None:
        """Write something that changes nothing. Raises `StoreUnavailable` while the store cannot be written."""
        await self._database.write(lambda tx: tx.execute(_SAME_HEAD))


def _beside(url: str, ending: str) -> Path | None:
    file = file_of(url)
    return None if file is None else file.with_name(file.name + ending)


_SAME_HEAD = sa.update(outbox_head).values(seq=outbox_head.c.seq)
