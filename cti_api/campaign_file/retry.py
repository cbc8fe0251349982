"""What follows each call, as the campaign file says it: ``retry`` and ``callbacks``. An account is docs/retries.md."""

from __future__ import annotations

from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Section
from cti_api.model.campaigns import CallbackPolicy, DayPart, RetryAction, RetryPolicy, RetryRule, WhenMissed
from cti_api.model.phone import PhoneKind

YEAR: Final = 366 * 86_400.0

MOST_DAYS_APART: Final = 90
"""Days; a plan of attempts that lie further apart is a slip of the finger."""


def retry(section: Section) -> RetryPolicy:
    """The section ``retry``."""
    parts = section.section("day_parts")
    rules = section.section("rules", required=True)
    policy = RetryPolicy(
        max_attempts=section.required("max_attempts", values.integer(1, 100), 1),
        min_gap_seconds=section.required("min_gap", values.duration(0.0, YEAR), 0.0),
        days_apart=section.optional("days_apart", values.integer(0, MOST_DAYS_APART), 0),
        day_parts=tuple(_day_part(parts, name) for name in parts.names()),
        per_day_part=section.optional("per_day_part", values.integer(1, 100), None),
        phones=section.texts("phones", values.one_of(PhoneKind)),
        rules={name: _rule(rules.section(name)) for name in rules.names()},
    )
    section.finish()
    return policy


def _day_part(parts: Section, name: str) -> DayPart:
    start, end = parts.required(name, values.window, (values.clock("00:00"), values.clock("24:00")))
    return DayPart(name=name, start=start, end=end)


def _rule(section: Section) -> RetryRule:
    again = section.optional("again_in", values.duration(0.0, YEAR), None)
    times = section.optional("times", values.integer(1, 20), None)
    if (again is None) is not (times is None):
        there, missing = ("again_in", "times") if times is None else ("times", "again_in")
        section.note(there, f"needs `{missing}` beside it, as in `again_in: 10 min, times: 2`")
    rule = RetryRule(
        action=section.required("action", values.one_of(RetryAction), RetryAction.CLOSE),
        after_seconds=section.optional("after", values.duration(0.0, YEAR), 0.0),
        factor=section.optional("factor", values.number(1.0, 10.0), 1.0),
        most=section.optional("most", values.integer(1, 100), None),
        next_day_part=section.optional("next_day_part", values.yes_no, False),
        personal=section.optional("personal", values.yes_no, False),
        again_seconds=again,
        again_most=times or 0,
        uses_attempt=section.optional("uses_attempt", values.yes_no, True),
    )
    section.finish()
    return rule


def callbacks(section: Section) -> CallbackPolicy:
    """The section ``callbacks``."""
    ours = CallbackPolicy()
    policy = CallbackPolicy(
        any_agent_after_seconds=section.optional(
            "any_agent_after", values.duration(0.0, YEAR), ours.any_agent_after_seconds
        ),
        missed_after_seconds=section.optional("missed_after", values.duration(60.0, YEAR), None),
        when_missed=section.optional("when_missed", values.one_of(WhenMissed), ours.when_missed),
    )
    if "when_missed" in section.names() and policy.missed_after_seconds is None:
        section.note("when_missed", "needs `missed_after`: how long after its time a callback is missed")
    section.finish()
    return policy
