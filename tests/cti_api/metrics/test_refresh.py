"""The indicators' gauges say what the figures say, of what there is, and are silent about what is not known."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from cti_api.errors import StoreUnavailable
from cti_api.figures import Figures, Question
from cti_api.kpi.answer import Answer, answer
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.kpi.measures import Measure, Split
from cti_api.metrics.families import Families
from cti_api.metrics.indicators import MOST_NAMES, Period, Shown, metric_name, readings
from cti_api.metrics.observe import Observer
from cti_api.metrics.refresh import Refresh
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.ports import CampaignStatus
from cti_api.store.store import Store
from tests.support.dialer_port import QuietDialer
from tests.support.office import SetClock
from tests.support.store import CAMPAIGN, T0, event

BOGOTA = ZoneInfo("America/Bogota")


@pytest.fixture
def engine() -> str:
    """What is asked is asked of both engines where figures are tested."""
    return "sqlite"


async def called(store: Store, campaign: str, number: int, *, days_ago: int = 0, effective: bool = True) -> None:
    """One closed call."""
    when = T0 - timedelta(days=days_ago)
    await store.outbox.append(
        event(
            EventKind.ATTEMPT_CLOSED,
            when,
            campaign_id=campaign,
            lead_id=number,
            attempt_id=f"{number:032x}",
            payload={"result": "connected", "placed_at": when.isoformat(), "contact": True, "effective": effective},
        )
    )


class Panel:
    """The gauges, kept up with one store at `T0`, a Monday the 2nd."""

    def __init__(self, store: Store, targets: dict[str, Target] | None = None) -> None:
        self.registry, clock = CollectorRegistry(), SetClock(T0)
        self.store = store
        self.figures = Figures(store.kpi, BOGOTA, targets or {})
        observer = Observer(Families(self.registry))
        self.refresh = Refresh(store, QuietDialer(store, clock), observer, clock, self.figures)

    async def shown(self) -> dict[tuple[str, ...], float]:
        """Of the indicators, once everything is counted: (name, values of the labels in their order) → value."""
        while await self.store.outbox.number():
            pass
        while await self.store.kpi.ingest(BOGOTA) is not None:
            pass
        await self.refresh.counts()
        return {
            (sample.name.removeprefix("vocero_kpi_"), *sample.labels.values()): sample.value
            for family in self.registry.collect()
            for sample in family.samples
            if sample.name.startswith("vocero_kpi_")
        }


async def test_today_and_the_month_are_shown_of_all_and_of_each_campaign(store: Store) -> None:
    await called(store, CAMPAIGN, 1)
    await called(store, CAMPAIGN, 2, days_ago=1, effective=False)
    await called(store, CAMPAIGN, 3, days_ago=2, effective=False)  # of the month before
    shown = await Panel(store).shown()
    assert shown["effectiveness_ratio", "today", "all", ""] == 1
    assert shown["effectiveness_ratio", "month", "all", ""] == 0.5
    assert shown["effectiveness_ratio", "month", "campaign", CAMPAIGN] == 0.5
    assert shown["calls_made", "month", "campaign", CAMPAIGN] == 2
    assert not [key for key in shown if key[2:3] in (("queue",), ("survey",))]


async def test_every_series_is_what_the_figures_answer(store: Store) -> None:
    for number in range(6):
        await called(store, CAMPAIGN, number, days_ago=number % 2, effective=number % 3 == 0)
    panel = Panel(store)
    shown = await panel.shown()
    asked = Question(first=T0.date().replace(day=1), last=T0.date(), by=Split.CAMPAIGN)
    answers = await panel.figures.ask(Shown.CAMPAIGN.indicators, asked)
    values = {
        (metric_name(each.indicator).removeprefix("vocero_kpi_"), "month", "campaign", told.group): told.value
        for each in answers.values()
        for told in each.figures
        if told.value is not None
    }
    assert values
    assert values == {key: value for key, value in shown.items() if key[1:3] == ("month", "campaign")}


async def test_what_was_never_recorded_lacks_and_has_no_series(store: Store) -> None:
    await called(store, CAMPAIGN, 1)
    shown = await Panel(store).shown()
    assert (shown["lacking", "retention"], shown["lacking", "effectiveness"]) == (1, 0)
    assert not [key for key in shown if key[0] == "retention_ratio"]


async def test_while_everything_is_counted_anew_no_figure_is_shown(store: Store) -> None:
    await called(store, CAMPAIGN, 1)
    panel = Panel(store)
    assert ("effectiveness_ratio", "month", "all", "") in await panel.shown()
    await store.kpi.rebuild()
    assert not [key for key in await panel.shown() if key[1:]]
    while await store.kpi.empty(100):
        pass
    assert ("effectiveness_ratio", "month", "all", "") in await panel.shown()


async def test_targets_are_those_of_the_company_before_the_indicators_own(store: Store) -> None:
    shown = await Panel(store, {"effectiveness": Target(good=0.3, low=0.2)}).shown()
    assert (shown["target", "effectiveness", "good"], shown["target", "effectiveness", "low"]) == (0.3, 0.2)
    assert shown["target", "service_level", "good"] == 0.8
    assert ("target", "efficacy", "low") not in shown


async def test_a_campaign_that_there_is_no_more_has_no_series(store: Store) -> None:
    await called(store, "gone", 1)
    await called(store, CAMPAIGN, 2)
    shown = await Panel(store).shown()
    assert {key[3] for key in shown if key[2:3] == ("campaign",)} == {CAMPAIGN}
    assert shown["calls_made", "today", "all", ""] == 2


async def test_of_too_many_campaigns_those_at_work_and_the_newest_are_shown(store: Store) -> None:
    for number in range(MOST_NAMES + 5):
        name = CampaignId(f"c{number:02}")
        await store.campaigns.create(name, name, f"id: {name}\n", T0 + timedelta(minutes=number))
        await called(store, name, number)
    await store.campaigns.set_state(CampaignId("c00"), CampaignState.RUNNING, T0)
    shown = await Panel(store).shown()
    names = {key[3] for key in shown if key[2:3] == ("campaign",)}
    assert names == {"c00", *(f"c{number:02}" for number in range(6, MOST_NAMES + 5))}


@pytest.mark.parametrize("shown", Shown)
def test_nothing_is_asked_apart_that_cannot_be_told_apart(shown: Shown) -> None:
    assert shown.indicators
    assert all(
        shown.told_apart_by is None or shown.told_apart_by in INDICATORS[name].splits for name in shown.indicators
    )


def test_an_indicator_without_value_gives_no_series() -> None:
    seen = frozenset(Measure)
    none = answer(INDICATORS["effectiveness"], {"": {Measure.CALLS_MADE: 0}}, seen)
    one = answer(INDICATORS["calls_made"], {"": {Measure.CALLS_MADE: 4}}, seen)
    answers: dict[str, Answer] = {"effectiveness": none, "calls_made": one}
    assert [(each.indicator, each.value) for each in readings(answers, Period.TODAY, Shown.ALL)] == [("calls_made", 4)]


def test_every_indicator_has_a_name_of_its_own_that_ends_with_its_unit() -> None:
    names = {each.id: metric_name(each) for each in INDICATORS.values()}
    assert len({*names.values()}) == len(INDICATORS)
    assert names["effectiveness"] == "vocero_kpi_effectiveness_ratio"
    assert names["asa"] == "vocero_kpi_asa_seconds"
    assert names["nps"] == "vocero_kpi_nps_points"
    assert names["calls_made"] == "vocero_kpi_calls_made"


async def test_events_that_wait_for_their_number_and_for_being_counted_are_told(store: Store) -> None:
    panel = Panel(store)
    await called(store, CAMPAIGN, 1)
    await panel.refresh.stands()
    assert panel.registry.get_sample_value("vocero_outbox_unnumbered_events") == 1
    await store.outbox.number()
    await panel.refresh.stands()
    assert panel.registry.get_sample_value("vocero_outbox_unnumbered_events") == 0
    assert panel.registry.get_sample_value("vocero_kpi_lag_events") == 1
    await panel.shown()
    await panel.refresh.stands()
    assert panel.registry.get_sample_value("vocero_kpi_lag_events") == 0


class Failing(QuietDialer):
    """Its store is away when it is asked first, and it breaks when it is asked next."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, SetClock(T0))
        self.failures: list[Exception] = [StoreUnavailable("It is locked."), ValueError("a fault of ours")]
        self.answered = False
        self.asked_again = asyncio.Event()

    async def campaign_status(self, campaign_id: CampaignId, counted_within: float = 0.0) -> CampaignStatus:
        if self.failures:
            raise self.failures.pop(0)
        if self.answered:
            self.asked_again.set()
        self.answered = True
        return await super().campaign_status(campaign_id, counted_within)


async def test_neither_a_store_that_is_away_nor_a_fault_ends_the_looking(store: Store) -> None:
    await store.campaigns.set_state(CAMPAIGN, CampaignState.RUNNING, T0)
    registry, dialer = CollectorRegistry(), Failing(store)
    refresh = Refresh(
        store, dialer, Observer(Families(registry)), dialer.clock, pause=lambda _seconds: asyncio.sleep(0)
    )
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(refresh.run())
        await dialer.asked_again.wait()
        looking.cancel()
    assert registry.get_sample_value("vocero_store_errors_total") == 1
    assert registry.get_sample_value("vocero_calls_in_flight", {"campaign": CAMPAIGN}) is not None
