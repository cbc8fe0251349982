"""Figures in words: everything has a name in both languages, and numbers look as people write them."""

import pytest

from cti_api.kpi import written
from cti_api.kpi.answer import Judged
from cti_api.kpi.formula import Unit
from cti_api.kpi.indicators import INDICATORS, Target
from cti_api.kpi.measures import KNOWN_BY, Measure, Split
from cti_api.kpi.words import JUDGED, MEASURES, SPLITS, UNITS, Language


@pytest.mark.parametrize(
    ("words", "of"), [(MEASURES, Measure), (SPLITS, Split), (JUDGED, Judged), (UNITS, Unit)],
    ids=["measures", "splits", "judgements", "units"],
)  # fmt: skip
def test_everything_has_words_of_its_own(words, of):
    assert set(words) == set(of)
    for language in Language:
        said = [each.in_(language) for each in words.values()]
        assert all(said)
        assert len(said) == len(set(said))


def test_what_makes_a_measure_known_are_measures_that_are_known_by_themselves():
    assert all(KNOWN_BY.get(root, {root}) >= {root} for roots in KNOWN_BY.values() for root in roots)


@pytest.mark.parametrize(
    ("name", "es", "en"),
    [
        ("effectiveness", "llamadas efectivas / llamadas realizadas", "effective calls / calls made"),
        (
            "nps",
            "100 × (promotores (9 y 10) − detractores (0 a 6)) / respuestas de recomendación",
            "100 × (promoters (9 and 10) − detractors (0 to 6)) / recommendation answers",
        ),
        (
            "kept_rate",
            "citas cumplidas / (citas cumplidas + citas incumplidas)",
            "appointments kept / (appointments kept + appointments missed)",
        ),
    ],
)
def test_a_formula_reads_well_in_both_languages(name, es, en):
    assert written.formula(INDICATORS[name]) == es
    assert written.formula(INDICATORS[name], Language.EN) == en


@pytest.mark.parametrize(
    ("value", "unit", "es", "en"),
    [
        (0.92449, Unit.SHARE, "92,4 %", "92.4 %"),
        (12345.0, Unit.COUNT, "12.345", "12,345"),
        (None, Unit.SHARE, "–", "–"),
        (41.6, Unit.SECONDS, "42 s", "42 s"),
        (200.0, Unit.SECONDS, "3 min 20 s", "3 min 20 s"),
        (3600.0, Unit.SECONDS, "1 h", "1 h"),
        (183_600.0, Unit.SECONDS, "2 d 3 h", "2 d 3 h"),
        (59.7, Unit.SECONDS, "1 min", "1 min"),
        (42.3, Unit.POINTS, "+42", "+42"),
        (-7.6, Unit.POINTS, "−8", "−8"),
        (-0.2, Unit.POINTS, "0", "0"),
        (5.444, Unit.SCORE, "5,44", "5.44"),
        (2.5, Unit.RATIO, "2,50", "2.50"),
    ],
)
def test_a_value_looks_as_people_write_it(value, unit, es, en):
    assert written.amount(value, unit) == es
    assert written.amount(value, unit, Language.EN) == en


@pytest.mark.parametrize(
    ("by", "group", "said"),
    [
        (Split.HOUR, "9", "09:00–09:59"),
        (Split.DAY, "2026-03-02", "02/03/2026"),
        (Split.MONTH, "2026-11", "noviembre 2026"),
        (Split.REASON, "no_answer", "No contesta"),
        (Split.REASON, "Lo hará en casa", "Lo hará en casa"),
        (Split.REASON, "technical", "falla del teléfono"),
        (Split.BRAND, "Kia", "Kia"),
        (Split.AGENT, "", "(sin indicar)"),
        (None, "", ""),
    ],
)
def test_a_group_has_a_name_that_people_know(by, group, said):
    assert written.group(by, group) == said


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target(good=0.9), "bueno desde 90 %, malo por debajo de 90 %"),
        (Target(good=0.8, low=0.7), "bueno desde 80 %, malo por debajo de 70 %"),
        (Target(good=0.03, higher_is_better=False), "bueno hasta 3 %, malo por encima de 3 %"),
    ],
)
def test_a_target_says_where_good_ends_and_low_begins(target, said):
    assert written.target(target, Unit.SHARE) == said


def test_what_is_lacking_is_said_by_name():
    said = written.no_facts((Measure.CONTRACTS_RENEWED, Measure.CONTRACTS_DUE))
    assert said == "Sin datos: falta registrar contratos renovados, contratos por renovar."


def test_every_indicator_says_where_it_comes_from():
    for each in INDICATORS.values():
        assert written.name(each) != "" != written.name(each, Language.EN)
        assert written.source(each) != "" != written.source(each, Language.EN)
