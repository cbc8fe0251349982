"""The journal of a pacer: everything it was told and what it decided, so that a shift can be decided again.

A journal is ASCII text, a line for each thing, short enough to be kept: four bytes a second where nothing happens. Its
first line names the format, its version, and as JSON the policy, the seed and the configuration. Then, in the order in
which they came:

``i"Lead 7"``
    An id that is used below, as JSON: the next number is its short name, the one given back last, or a new one.
``eD5000 3 0``
    An event: the letter of its kind, microseconds since the event or tick before, the call or agent, its value.
``t f2 … T-3+4,120000,1 … d1 rrisk c90ab12cd``
    A tick: microseconds since the tick before, unless it is as long as configured; then what is not as it was at that:
    counts of the picture, lists as those who left and those who came (with the microsecond since when, and the place
    they have), the decision and a checksum of everything that is in it.
``k90ab12cd``
    Every thousand lines: the checksum of all lines so far.
``z90ab12cd``
    The end, with the checksum of all lines.

After a tick every name is given back that its picture does not need, so a journal needs no more memory at night than in
the morning.

All times are whole microseconds. `Recorder` hands its pacer what it writes down, so that what is decided again is
decided on the same numbers, to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Final, NamedTuple
from zlib import crc32

from dialer.pacing.interface import (
    BusyAgent,
    Decision,
    Event,
    EventKind,
    LiveCall,
    Pacer,
    PacingConfig,
    Snapshot,
)

FORMAT: Final = "vocero-pacing-journal"
VERSION: Final = 1
CHECK_EVERY: Final = 1000
"""Lines between two checksums."""
SAME: Final = 2
"""Microseconds by which rounding may move the instant since when somebody is where they are."""

SIGNS: Final = {kind: chr(ord("A") + place) for place, kind in enumerate(EventKind)}
COUNTS: Final = (("f", "free"), ("l", "lines_free"), ("n", "leads_left"), ("a", "answered"), ("b", "abandoned"))
LISTS: Final = (("T", "talking"), ("W", "wrapping"), ("R", "ringing"), ("M", "in_amd"), ("Q", "waiting"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Whose journal it is."""

    policy: str
    seed: int
    config: PacingConfig
    note: str = ""
    """Where it comes from, for a reader: a campaign and a day, or the world that was simulated."""

    def line(self) -> str:
        written = {"policy": self.policy, "seed": self.seed, "config": asdict(self.config), "note": self.note}
        return f"{FORMAT} {VERSION} {json.dumps(written, sort_keys=True)}"


class Member(NamedTuple):
    """Somebody in a list of the picture, in whole microseconds."""

    who: Hashable
    since: int
    leaving: bool


class Taken(NamedTuple):
    """A decision as it is written."""

    dial: int
    cancel: tuple[Hashable, ...]
    reason: str
    checksum: str
    """Of these and of the figures behind them (`digest`)."""


@dataclass(slots=True)
class Picture:
    """A snapshot, as both writer and reader keep it; times in whole microseconds."""

    now: int
    counts: list[int]
    lists: list[list[Member]]

    @classmethod
    def blank(cls) -> Picture:
        """Before the first tick."""
        return cls(0, [0] * len(COUNTS), [[] for _ in LISTS])

    def snapshot(self) -> Snapshot:
        """As a pacer sees it."""
        free, lines_free, leads_left, answered, abandoned = self.counts
        talking, wrapping = [
            [BusyAgent(each.who, seconds(self.now - each.since), each.leaving) for each in members]
            for members in self.lists[:2]
        ]
        ringing, in_amd, waiting = [
            [LiveCall(each.who, seconds(self.now - each.since)) for each in members] for members in self.lists[2:]
        ]
        now = seconds(self.now)
        return Snapshot(
            now, free, talking, wrapping, ringing, in_amd, waiting, lines_free, leads_left, answered, abandoned
        )


class Names:
    """Short names of ids: numbers, those given back taken first, the last of them before the others."""

    def __init__(self) -> None:
        self._number: dict[Hashable, int] = {}
        self._who: list[Hashable] = []
        self._back: list[int] = []

    def get(self, who: Hashable) -> int | None:
        return self._number.get(who)

    def who(self, number: int) -> Hashable:
        """Raises `KeyError` for a number that names nobody."""
        found = self._who[number] if 0 <= number < len(self._who) else None
        if found is None:
            raise KeyError(number)
        return found

    def give(self, who: Hashable) -> int:
        """Raises `ValueError` for one that has a name."""
        if who in self._number:
            raise ValueError(f"{who!r} has a name")
        if self._back:
            number = self._back.pop()
            self._who[number] = who
        else:
            number = len(self._who)
            self._who.append(who)
        self._number[who] = number
        return number

    def keep(self, needed: set[Hashable]) -> None:
        """Take back the names of all others."""
        for who in [each for each in self._number if each not in needed]:
            number = self._number.pop(who)
            self._who[number] = None
            self._back.append(number)


def micros(value: float) -> int:
    """Seconds as whole microseconds."""
    return round(value * 1e6)


def seconds(value: int) -> float:
    """Whole microseconds as seconds: the same number whoever computes it."""
    return value / 1e6


def picture_of(snap: Snapshot, last: Picture) -> Picture:
    """The picture in whole microseconds. Whoever is where they were in `last` keeps the instant since when."""
    now = micros(snap.now)
    lists = []
    for (_, name), were in zip(LISTS, last.lists, strict=True):
        known = {member.who: member.since for member in were}
        members = []
        for each in getattr(snap, name):
            since = now - micros(each[1])
            was = known.get(each[0], since)
            leaving = len(each) > 2 and bool(each[2])
            members.append(Member(each[0], was if abs(was - since) <= SAME else since, leaving))
        lists.append(members)
    return Picture(now, [getattr(snap, name) for _, name in COUNTS], lists)


def digest(decision: Decision) -> str:
    """A checksum of everything in a decision, to the last bit of its figures."""
    return f"{crc32(repr((*decision[:1], tuple(decision.cancel), *decision[2:])).encode()):08x}"


def exact_event(event: Event) -> Event:
    """The event in whole microseconds."""
    return event._replace(t=seconds(micros(event.t)), value=seconds(micros(event.value)))


class Writer:
    """Makes the lines of a journal; each call gives those that are new, with their line ends.

    Ids are strings or whole numbers, and not empty; anything else raises `TypeError`.
    """

    def __init__(self, header: Header) -> None:
        self._header = header
        self._tick = micros(header.config.tick_s)
        self._names = Names()
        self._last = self._seen = Picture.blank()
        self._taken: Taken | None = None
        self._event_at = 0
        self._lines = 0
        self._sum = 0

    def begin(self) -> str:
        """The first line; before all others."""
        return self._out([self._header.line()])

    def event(self, event: Event) -> str:
        """What the pacer is told."""
        lines: list[str] = []
        who = event.call_id if event.call_id is not None else event.agent_id
        by = "" if event.call_id is not None or event.agent_id is None else "@"
        name = "" if who is None else str(self._name(who, lines))
        at = micros(event.t)
        lines.append(f"e{SIGNS[event.kind]}{at - self._event_at} {by}{name} {micros(event.value)}")
        self._event_at = at
        return self._out(lines)

    def look(self, snap: Snapshot) -> Snapshot:
        """The picture as it will be written, on which the pacer is to decide."""
        self._seen = picture_of(snap, self._last)
        return self._seen.snapshot()

    def decided(self, decision: Decision) -> str:
        """What the pacer decided on the picture it was last shown by `look`."""
        lines: list[str] = []
        seen, last = self._seen, self._last
        passed = seen.now - last.now
        parts = ["t" if passed == self._tick else f"t{passed}"]
        for (sign, _), value, was in zip(COUNTS, seen.counts, last.counts, strict=True):
            if value != was:
                parts.append(f"{sign}{value}")
        for (sign, _), members, were in zip(LISTS, seen.lists, last.lists, strict=True):
            if members != were:
                parts.append(sign + self._change(were, members, lines))
        taken = Taken(decision.dial, tuple(decision.cancel), decision.reason, digest(decision))
        if taken != self._taken:
            parts.append(f"d{taken.dial}")
            if taken.cancel:
                parts.append("x" + ",".join(str(self._name(who, lines)) for who in taken.cancel))
            if self._taken is None or taken.reason != self._taken.reason:
                parts.append(f"r{taken.reason}")
            parts.append(f"c{taken.checksum}")
        lines.append(" ".join(parts))
        self._last, self._taken, self._event_at = seen, taken, seen.now
        self._names.keep({member.who for each in seen.lists for member in each})
        return self._out(lines)

    def end(self) -> str:
        """The last line."""
        return f"z{self._sum:08x}\n"

    def _name(self, who: Hashable, lines: list[str]) -> int:
        known = self._names.get(who)
        if known is not None:
            return known
        if isinstance(who, bool) or not isinstance(who, str | int) or who == "":
            raise TypeError(f"{who!r} cannot be written in a journal: ids are strings or whole numbers")
        lines.append("i" + json.dumps(who))
        return self._names.give(who)

    def _change(self, were: Sequence[Member], members: Sequence[Member], lines: list[str]) -> str:
        """From the list as it was to the list as it is: who leaves, then who comes, in what place."""
        old, new = set(were), set(members)
        stays = [each for each in were if each in new]
        twice = any(len({each.who for each in some}) < len(some) for some in (were, members))
        if twice or stays != [each for each in members if each in old]:
            stays, old = [], set()
        parts = [] if stays or not were else ["="]
        if stays:
            parts += [f"-{self._name(each.who, lines)}" for each in were if each not in new]
        for place, each in enumerate(members):
            if each not in old:
                leaving = "," if each.leaving else ""
                parts.append(f"+{self._name(each.who, lines)},{each.since},{place}{leaving}")
        return "".join(parts)

    def _out(self, lines: list[str]) -> str:
        text: list[str] = []
        for line in lines:
            text.append(line)
            self._sum = crc32(line.encode() + b"\n", self._sum)
            self._lines += 1
            if self._lines % CHECK_EVERY == 0:
                text.append(f"k{self._sum:08x}")
        return "\n".join(text) + "\n" if text else ""


class Recorder:
    """A pacer around another that writes down what that is told and what it decides.

    It goes around the pacer alone: the governor and the limits behind it remember nothing, they follow from what is
    written. The header's policy is the name by which ``vocero simulate --replay`` makes the pacer again; a campaign's
    is its mode (``predictive``, ``progressive``, ``power``), with the campaign's configuration and seed.
    """

    def __init__(self, pacer: Pacer, header: Header, write: Callable[[str], None]) -> None:
        """`write` takes the next piece of the journal: whole lines, with their ends."""
        self._pacer, self._write = pacer, write
        self._writer = Writer(header)
        write(self._writer.begin())

    def observe(self, event: Event) -> None:
        """Tell the pacer, and write."""
        self._write(self._writer.event(event))
        self._pacer.observe(exact_event(event))

    def decide(self, snap: Snapshot) -> Decision:
        """Ask the pacer, and write."""
        decision = self._pacer.decide(self._writer.look(snap))
        self._write(self._writer.decided(decision))
        return decision

    def end(self) -> None:
        """Write the last line: the journal is whole."""
        self._write(self._writer.end())
