"""What a plan of attempts must be for anybody to keep it: contradictions, each with the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Final

from cti_api.campaign_file.checks import WAITS
from cti_api.campaign_file.findings import Finding
from cti_api.model.calls import GIVEN_BACK
from cti_api.model.campaigns import LAST_CALL_SECONDS, CampaignSpec, DailyHours, DayPart, RetryAction, RetryRule

_DAY_SECONDS: Final = 86_400


def check_plan(spec: CampaignSpec) -> Iterator[Finding]:
    """Everything of the plan that contradicts itself."""
    yield from _day_parts(spec)
    for name, rule in spec.retry.rules.items():
        yield from _again(spec, name, rule)
        if not rule.uses_attempt and rule.action is not RetryAction.DROP_PHONE:
            path = f"retry.rules.{name}"
            message = "false is only for `action: drop_phone`, which ends with the person's phones; others use one up"
            yield Finding(f"{path}.uses_attempt", message, (f"{path}.action",))


def _day_parts(spec: CampaignSpec) -> Iterator[Finding]:
    policy = spec.retry
    if policy.per_day_part is None:
        return
    path = "retry.per_day_part"
    if not policy.day_parts:
        yield Finding(path, "needs `retry.day_parts`", ("retry.day_parts",))
        return
    room = policy.per_day_part * len(policy.day_parts)
    if policy.max_attempts > room:
        each = "one" if policy.per_day_part == 1 else str(policy.per_day_part)
        names = ", ".join(part.name for part in policy.day_parts)
        message = (
            f"{policy.max_attempts} attempts do not fit with {each} in each part of the day: "
            f"{names} make room for {room}"
        )
        yield Finding(path, message, ("retry.day_parts", "retry.max_attempts"))
    for part in policy.day_parts:
        if not any(_can_begin(spec, part, day) for day in spec.hours.days):
            message = "no call can begin in it: it ends as, or before, the campaign's last call of every day begins"
            rests_on = ("hours", "ring", path)
            yield Finding(f"retry.day_parts.{part.name}", message, rests_on)


def _can_begin(spec: CampaignSpec, part: DayPart, day: DailyHours) -> bool:
    """Whether a call may begin in the part on that day: in its hours, and soon enough before their end."""
    last = _seconds(day.end, at_end=True)
    if day.end != time(0):  # midnight may go on the next day
        last -= int(spec.ring_seconds + LAST_CALL_SECONDS)
    return max(_seconds(part.start), _seconds(day.start)) < min(_seconds(part.end, at_end=True), last)


def _again(spec: CampaignSpec, name: str, rule: RetryRule) -> Iterator[Finding]:
    if rule.again_seconds is None:
        return
    path = f"retry.rules.{name}"
    if rule.action not in WAITS:
        message = f"has no meaning with `action: {rule.action}`: it comes before calling once more"
        yield Finding(f"{path}.again_in", message, (f"{path}.action",))
    if name in {result.value for result in GIVEN_BACK}:
        message = "has no meaning here: this result uses up no attempt anyway; write `after` and `most`"
        yield Finding(f"{path}.again_in", message)
    elif rule.again_seconds < spec.retry.min_gap_seconds:
        message = (
            f"is sooner than min_gap ({_minutes(spec.retry.min_gap_seconds)}) allows, so that it would never be kept"
        )
        yield Finding(f"{path}.again_in", message, ("retry.min_gap",))
    for entry, is_there in (("most", rule.most is not None), ("factor", rule.factor > 1.0)):
        if is_there:
            message = "does not go with `again_in`, which has its own `times`"
            yield Finding(f"{path}.{entry}", message, (f"{path}.again_in",))


def _minutes(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds / 60:g} min"


def _seconds(wall: time, *, at_end: bool = False) -> int:
    seconds = wall.hour * 3600 + wall.minute * 60 + wall.second
    return _DAY_SECONDS if at_end and not seconds else seconds
