"""Targets are of indicators that there are, and say one thing."""

from datetime import time

import pytest
from pydantic import ValidationError

from cti_api.kpi.indicators import Target
from cti_api.kpi_settings import KpiSettings


def test_a_target_of_the_company_comes_before_the_procedures() -> None:
    settings = KpiSettings.model_validate({"targets": {"csat": {"good": 0.85, "low": 0.7}}})
    assert settings.own_targets == {"csat": Target(good=0.85, low=0.7)}


def test_of_a_time_less_is_better_without_being_told() -> None:
    settings = KpiSettings.model_validate({"targets": {"asa": {"good": 20, "low": 30}}})
    assert settings.own_targets == {"asa": Target(good=20, low=30, higher_is_better=False)}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"satisfaccion": {"good": 0.9}}, "there is no indicator"),
        ({"csat": {"good": 0.7, "low": 0.9}}, "is better than `good`"),
        ({"asa": {"good": 20, "low": 10}}, "is better than `good`"),
    ],
)
def test_a_target_that_means_nothing_is_refused(target: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KpiSettings.model_validate({"targets": target})


def test_business_hours_are_the_company_s_promise_about_cases() -> None:
    days = {"mon-fri": ["14:00-18:00", "08:00-12:00"], "sat": ["08:00-24:00"]}
    settings = KpiSettings.model_validate({"in_time_hours": 8, "business_hours": {"days": days, "holidays": "CO"}})
    promise = settings.promise("America/Bogota")
    assert promise.office is not None
    assert (promise.within_seconds, promise.timezone, promise.office.holidays) == (28_800.0, "America/Bogota", "CO")
    assert promise.office.days[:2] == ((0, time(8), time(12)), (0, time(14), time(18)))
    assert promise.office.days[-1] == (5, time(8), time(0))
    assert KpiSettings().promise("America/Bogota").office is None


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"days": {}}, "at least 1"),
        ({"days": {"mon": []}}, "there is no window"),
        ({"days": {"lunes": ["08:00-12:00"]}}, "sat"),
        ({"days": {"mon": ["12:00-08:00"]}}, "must end after it begins"),
        ({"days": {"mon": ["08:00-12:00", "11:00-13:00"]}}, "overlap at 11:00"),
        ({"days": {"mon-fri": ["20:00-24:00"], "mon": ["21:00-22:00"]}}, "overlap at 21:00"),
        ({"days": {"mon": ["08:00-12:00"]}, "holidays": "XX"}, "no country"),
    ],
)
def test_business_hours_that_mean_nothing_are_refused(hours: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KpiSettings.model_validate({"business_hours": hours})
