"""Targets are of indicators that there are, and say one thing."""

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
