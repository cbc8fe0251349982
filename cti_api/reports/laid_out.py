"""Answers about figures, laid out as tables. Pure: every number is one that the answers have, or what is left over of
their counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from cti_api.kpi import written
from cti_api.kpi.answer import Answer, Told, is_enough, judged
from cti_api.kpi.formula import Unit
from cti_api.kpi.indicators import INDICATORS, Indicator, Target
from cti_api.kpi.measures import Measure
from cti_api.kpi.words import JUDGED, MEASURES
from cti_api.reports.document import Cell, Column, Definition, Form, Shown, Table
from cti_api.reports.words import INTERVAL, NO_FACTS, NO_TARGET, OF_TIME, TOO_FEW, TOTAL, UNKNOWN, heading

FORMS: Final = {
    Unit.COUNT: Form.COUNT,
    Unit.SHARE: Form.SHARE,
    Unit.SECONDS: Form.SECONDS,
    Unit.POINTS: Form.POINTS,
    Unit.SCORE: Form.DECIMAL,
    Unit.RATIO: Form.DECIMAL,
}

_DIFFERENCES: Final = {Form.SHARE: Form.POINTS_MORE, Form.SECONDS: Form.SECONDS_MORE}

Answers = Mapping[str, Answer]

WIDEST_NAME: Final = 44
"""Characters: what is longer is cut."""


class Of(NamedTuple):
    """A column: an indicator, or one of the counts that stand behind it."""

    indicator: str
    measure: Measure | None = None

    @property
    def form(self) -> Form:
        if self.measure is None:
            return FORMS[INDICATORS[self.indicator].unit]
        return Form.SECONDS if self.measure in OF_TIME else Form.COUNT

    @property
    def heading(self) -> str:
        return INDICATORS[self.indicator].name_es if self.measure is None else heading(self.measure)


def ids_of(columns: Iterable[Of]) -> tuple[str, ...]:
    """What has to be asked for them."""
    return tuple(dict.fromkeys(column.indicator for column in columns))


def definitions(answers: Answers) -> tuple[Definition, ...]:
    """Of each indicator that was asked for, with the target that it was judged by."""
    return tuple(definition(each.indicator, each.target) for each in answers.values())


def definition(indicator: Indicator, target: Target | None) -> Definition:
    """The indicator in words, as the cover has it."""
    return Definition(
        name=indicator.name_es,
        formula=written.formula(indicator),
        target=_target(indicator, target),
        source=" · ".join(filter(None, (indicator.source_es, indicator.procedure))),
    )


def lacking_notes(answers: Answers) -> tuple[str, ...]:
    """A sentence for each indicator of which nobody has facts."""
    return tuple(lacking_note(each) for each in answers.values() if each.lacking)


def lacking_note(answer: Answer) -> str:
    """Why a figure is not there."""
    return f"{answer.indicator.name_es}: {written.no_facts(answer.lacking)}"


def _target(indicator: Indicator, target: Target | None) -> str:
    return NO_TARGET if target is None else written.target(target, indicator.unit)


def summary_table(answers: Answers, before: Answers | None = None, before_heading: str = "") -> Table:
    """A row for each indicator: the figure, its target, how it stands, and what it was in the time before."""
    rows = tuple(_summary_row(each, None if before is None else before[name]) for name, each in answers.items())
    columns = (
        Column(heading="Indicador", width=32),
        Column(heading="Valor", form=Form.DECIMAL, width=13),
        Column(heading="Meta", form=Form.NOTE, width=24),
        Column(heading="Estado", width=13),
        Column(heading=before_heading, form=Form.DECIMAL, width=13),
        Column(heading="Cambio", form=Form.MORE, width=11),
        *(Column(heading=each, form=Form.DECIMAL, width=12) for each in INTERVAL),
        Column(heading="De qué se compone", form=Form.NOTE, width=50),
    )
    if before is None:
        return Table(columns=columns[:4] + columns[6:], rows=tuple(row[:4] + row[6:] for row in rows))
    return Table(columns=columns, rows=rows)


def _summary_row(answer: Answer, before: Answer | None) -> tuple[Cell, ...]:
    form = FORMS[answer.indicator.unit]
    told, earlier = whole_of(answer), None if before is None else whole_of(before)
    target = _target(answer.indicator, answer.target)
    if told is None:
        return (answer.indicator.name_es, Shown(NO_FACTS, form), target, *(None,) * 6)
    was = None if earlier is None else earlier.value
    more = _DIFFERENCES.get(form, Form.MORE)
    change = None if told.value is None or was is None else told.value - was
    figure = _judged(answer, told, form)
    return (
        answer.indicator.name_es,
        figure,
        target,
        _stands(figure),
        Shown(was, form),
        Shown(change, more),
        *(Shown(bound, form) for bound in told.interval or (None, None)),
        ", ".join(
            _behind(measure, amount)
            for measure, amount in told.counts.items()
            if measure is not answer.indicator.formula.squares
        ),
    )


def group_table(
    name: str,
    columns: Sequence[Of],
    by: Answers,
    whole: Answers | None,
    *,
    label: Callable[[str], str] = str,
    groups: Sequence[str] | None = None,
    width: int = 22,
    rest: str = UNKNOWN,
    first: int = 0,
) -> Table:
    """A row for each group, the most of the column `first` on top, or in the order of `groups`; what belongs to none of
    them in a row of its own, `rest`; and a total, which is that of all together. Without `whole` neither."""
    found = {told.group: None for column in columns for told in by[column.indicator].figures}
    told_by = {each: {told.group: told for told in by[each].figures} for each in ids_of(columns)}
    leading, place = told_by[columns[first].indicator], columns[first]
    order = groups if groups is not None else sorted(found, key=lambda each: (_most(leading.get(each), place), each))
    rows = [
        (
            label(group),
            *(cell_of(column, by[column.indicator], told_by[column.indicator].get(group)) for column in columns),
        )
        for group in order
    ]
    total: tuple[Cell, ...] | None = None
    if whole is not None:
        left = {each: _left(whole[each], by[each]) for each in ids_of(columns)}
        if any(amount for told in left.values() if told is not None for amount in told.counts.values()):
            rows.append((rest, *(cell_of(each, whole[each.indicator], left[each.indicator]) for each in columns)))
        total = (TOTAL, *(cell_of(each, whole[each.indicator], whole_of(whole[each.indicator])) for each in columns))
    return Table(
        columns=(
            Column(heading=name, width=name_width((str(row[0]) for row in rows), width)),
            *(Column(heading=column.heading, form=column.form) for column in columns),
        ),
        rows=tuple(rows),
        total=total,
    )


def name_width(names: Iterable[str], least: int = 22) -> int:
    """Of the column in which they stand."""
    return min(max((least, *(len(each) + 2 for each in names))), WIDEST_NAME)


LEAST_LEFT: Final = 1e-6
"""What is less is how sums of seconds are rounded."""


def _left(whole: Answer, by: Answer) -> Told | None:
    """What belongs to none of the groups."""
    all_of_it = whole_of(whole)
    if all_of_it is None:
        return None
    counts = {
        measure: amount - sum(told.counts.get(measure, 0.0) for told in by.figures)
        for measure, amount in all_of_it.counts.items()
    }
    counts = {measure: amount if amount > LEAST_LEFT else 0.0 for measure, amount in counts.items()}
    return told_of(whole, "", counts)


def told_of(answer: Answer, group: str, counts: Mapping[Measure, float]) -> Told:
    """The same indicator of these counts, by its own formula and target."""
    value = answer.indicator.formula.value(counts)
    stands = None if answer.target is None or value is None else judged(value, answer.target)
    return Told(group=group, value=value, interval=None, counts=dict(counts), judged=stands)


def added_up(told: Iterable[Told], answer: Answer) -> list[Told]:
    """The same figure from the first group until each of them."""
    sums: dict[Measure, float] = {}
    found = []
    for each in told:
        for measure, amount in each.counts.items():
            sums[measure] = sums.get(measure, 0.0) + amount
        found.append(told_of(answer, each.group, sums))
    return found


def cell_of(column: Of, answer: Answer, told: Told | None) -> Cell:
    """A group's figure, coloured by its target; what nobody recorded is said to be missing."""
    if answer.lacking:
        return Shown(NO_FACTS, column.form)
    if told is None:
        return 0 if column.form is Form.COUNT else None
    if column.measure is not None:
        return told.counts.get(column.measure, 0.0)
    return _judged(answer, told, column.form)


def _judged(answer: Answer, told: Told, form: Form) -> Shown:
    """Coloured by its target, or grey where it is of so few things that it tells nothing of who did them."""
    if told.judged is None or is_enough(answer.indicator, told.counts):
        return Shown(told.value, form, told.judged)
    return Shown(told.value, form, faint=True)


def _stands(figure: Shown) -> Cell:
    """Beside its target, in a word."""
    if figure.faint:
        return Shown(TOO_FEW, Form.TEXT, faint=True)
    return None if figure.judged is None else Shown(JUDGED[figure.judged].es, Form.TEXT, figure.judged)


def whole_of(answer: Answer) -> Told | None:
    """Of all together; None where nobody has facts."""
    return next(iter(answer.figures), None)


def _most(told: Told | None, column: Of) -> float:
    if told is None:
        return 0.0
    value = told.value if column.measure is None else told.counts.get(column.measure)
    return -(value or 0.0)


def _behind(measure: Measure, amount: float) -> str:
    if measure not in OF_TIME:
        return f"{MEASURES[measure].es}: {written.count(amount)}"
    minutes, seconds = divmod(round(amount), 60)
    name = heading(measure)
    return f"{name[0].lower()}{name[1:]}: {minutes // 60}:{minutes % 60:02}:{seconds:02}"
