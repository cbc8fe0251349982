"""Whether another version of a rule allows more than the one before.

A rule only objects, so a version tightens where it objects to all that the one before objected to. That is asked entry
by entry; where an entry can be read either way, or one entry gives what another takes, the answer is that it loosens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import IntEnum
from typing import Any, Final

from cti_api.law.rules import (
    AbandonmentLimit,
    AfterAbandoned,
    CallerPrefix,
    ConsentNeeded,
    Gap,
    Limit,
    MinimumRing,
    OneChannel,
    Opening,
    Registry,
    RespectOptOut,
    Rule,
    Window,
)
from cti_api.law.terms import Period, Scope

DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
LONGEST_RING: Final = timedelta(minutes=2)
"""As in a campaign file."""


class Effect(IntEnum):
    """What a change does; of several, the greatest is what they do together."""

    SAME = 0
    TIGHTENS = 1
    LOOSENS = 2


def together(effects: Iterable[Effect]) -> Effect:
    return max(effects, default=Effect.SAME)


def effect_of(before: Rule | None, after: Rule | None) -> Effect:
    """What it does that `after` stands in the place of `before`; None: there is, or was, no such rule."""
    was, will = before if before and before.in_force else None, after if after and after.in_force else None
    if will is None:
        return Effect.SAME if was is None else Effect.LOOSENS
    if was is None:
        return Effect.TIGHTENS
    if type(was) is not type(will):
        return Effect.LOOSENS
    return together([
        _wider(was.purposes, will.purposes),
        _wider(was.channels, will.channels),
        *_JUDGES[type(was)](was, will),
    ])  # fmt: skip


def _wider(was: frozenset[Any], will: frozenset[Any]) -> Effect:
    """A rule that is asked of more forbids more."""
    return Effect.SAME if was == will else Effect.TIGHTENS if was < will else Effect.LOOSENS


def _less(was: Any, will: Any) -> Effect:
    return Effect.SAME if was == will else Effect.TIGHTENS if will < was else Effect.LOOSENS


def _more(was: Any, will: Any) -> Effect:
    return _less(will, was)


def _unchanged(was: object, will: object) -> Effect:
    """An entry of which nobody can say which value is the stricter."""
    return Effect.SAME if was == will else Effect.LOOSENS


def _among(was: Scope, will: Scope) -> Effect:
    """All numbers and channels of a person are more than one of them; a number and a channel cannot be compared."""
    return Effect.TIGHTENS if was is not will and will is Scope.PERSON else _unchanged(was, will)


def _per(was: Period, will: Period) -> Effect:
    """A week has all of its days' contacts."""
    return Effect.TIGHTENS if (was, will) == (Period.DAY, Period.WEEK) else _unchanged(was, will)


def _window(was: Window, will: Window) -> Iterable[Effect]:
    yield _hours(was, will)
    yield _more(was.closed_on_holidays, will.closed_on_holidays)
    if was.margin != will.margin:
        # A contact has to begin and to end within hours: where a break is shorter than the margin, a longer one may
        # lead past the break.
        leaps_no_break = _shortest_break(will) > will.margin + LONGEST_RING
        yield Effect.TIGHTENS if will.margin > was.margin and leaps_no_break else Effect.LOOSENS


def _hours(was: Window, will: Window) -> Effect:
    if was.days == will.days:
        return Effect.SAME
    if will.days is Opening.ALWAYS:  # also where it was every hour of the week: that asked for a known clock
        return Effect.LOOSENS
    before, after = open_minutes(was), open_minutes(will)
    return Effect.SAME if before == after else Effect.TIGHTENS if after < before else Effect.LOOSENS


def open_minutes(window: Window) -> frozenset[int]:
    """The minutes of the week, from Monday 00:00 on, in which it is open."""
    if isinstance(window.days, Opening):
        return frozenset(range(WEEK_MINUTES if window.days is Opening.ALWAYS else 0))
    found: set[int] = set()
    for weekday, windows in window.days.items():
        for start, end in windows:
            first = start.hour * 60 + start.minute
            last = end.hour * 60 + end.minute or DAY_MINUTES
            found.update(range(weekday * DAY_MINUTES + first, weekday * DAY_MINUTES + last))
    return frozenset(found)


def _shortest_break(window: Window) -> timedelta:
    """The shortest time of a week between two openings."""
    is_open = open_minutes(window)
    if not 0 < len(is_open) < WEEK_MINUTES:
        return timedelta(days=7)
    begins = [
        minute for minute in range(WEEK_MINUTES) if minute in is_open and (minute - 1) % WEEK_MINUTES not in is_open
    ]
    lengths = []
    for begin in begins:
        length = 1
        while (begin - 1 - length) % WEEK_MINUTES not in is_open:
            length += 1
        lengths.append(length)
    return timedelta(minutes=min(lengths))


def _limit(was: Limit, will: Limit) -> Iterable[Effect]:
    yield _unchanged(was.counts, will.counts)
    yield _less(was.at_most, will.at_most)
    yield _per(was.per, will.per)
    yield _among(was.among, will.among)


def _one_channel(was: OneChannel, will: OneChannel) -> Iterable[Effect]:
    yield _less(was.at_most, will.at_most)
    yield _per(was.per, will.per)


def _gap(was: Gap, will: Gap) -> Iterable[Effect]:
    yield _unchanged(was.counts, will.counts)
    yield _more(was.at_least, will.at_least)
    yield _among(was.among, will.among)


def _registry(was: Registry, will: Registry) -> Iterable[Effect]:
    yield _unchanged(was.registry, will.registry)
    yield _less(was.oldest, will.oldest)
    yield _less(was.oldest_at_start, will.oldest_at_start)
    yield _less(was.later_consent_counts, will.later_consent_counts)


def _consent(was: ConsentNeeded, will: ConsentNeeded) -> Iterable[Effect]:
    yield _more(was.for_channel, will.for_channel)
    yield _more(was.own_initiative, will.own_initiative)


def _caller_prefix(was: CallerPrefix, will: CallerPrefix) -> Iterable[Effect]:
    if set(was.prefixes) != set(will.prefixes):
        narrower = all(prefix.startswith(was.prefixes) for prefix in will.prefixes)
        yield Effect.TIGHTENS if narrower else Effect.LOOSENS


def _abandonment(was: AbandonmentLimit, will: AbandonmentLimit) -> Iterable[Effect]:
    yield _less(was.at_most, will.at_most)
    yield _unchanged(was.over, will.over)
    yield _less(was.agent_within, will.agent_within)


_JUDGES: Final[dict[type[Rule], Callable[[Any, Any], Iterable[Effect]]]] = {
    Window: _window,
    Limit: _limit,
    OneChannel: _one_channel,
    Gap: _gap,
    Registry: _registry,
    ConsentNeeded: _consent,
    RespectOptOut: lambda _was, _will: (),
    CallerPrefix: _caller_prefix,
    MinimumRing: lambda was, will: [_more(was.at_least, will.at_least)],
    AbandonmentLimit: _abandonment,
    AfterAbandoned: lambda was, will: [_more(was.wait, will.wait)],
}
