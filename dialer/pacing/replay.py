"""A journal read again, and decided again: the same pacer must decide the same, to the last bit.

A journal is a file somebody hands over, so nothing in it is believed before it is checked. A fault raises `InputError`
with the number of its line; what stood before it was sound.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, NoReturn
from zlib import crc32

from cti_api.errors import InputError
from dialer.pacing.interface import Decision, Event, EventKind, Pacer, PacingConfig, Snapshot
from dialer.pacing.journal import (
    COUNTS,
    FORMAT,
    LISTS,
    SIGNS,
    VERSION,
    Header,
    Member,
    Names,
    Picture,
    Taken,
    digest,
    micros,
    seconds,
)

LONGEST_LINE: Final = 1_000_000
MOST_NAMES: Final = 100_000
"""At one time; a picture has a few for each agent."""
MOST_IN_LIST: Final = 20_000

KINDS: Final = {sign: kind for kind, sign in SIGNS.items()}
BY_AGENT: Final = "@"
NUMBER: Final = r"-?\d{1,15}"
EVENT: Final = re.compile(rf"e([A-Z])({NUMBER}) (@?)(\d{{0,9}}) ({NUMBER})", re.ASCII)
TICK: Final = re.compile(rf"t({NUMBER}|)((?: \S+)*)", re.ASCII)
COUNT: Final = re.compile(rf"({'|'.join(sign for sign, _ in COUNTS)})({NUMBER})", re.ASCII)
CHANGE: Final = re.compile(r"([TWRMQ])(=?)((?:-\d{1,9})*)((?:\+\d{1,9},-?\d{1,18},\d{1,9},?)*)", re.ASCII)
COMING: Final = re.compile(r"\+(\d+),(-?\d+),(\d+)(,?)", re.ASCII)
CHECKSUM: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
PLACES: Final = {sign: place for place, (sign, _) in enumerate(COUNTS)} | {
    sign: place for place, (sign, _) in enumerate(LISTS)
}


@dataclass(frozen=True, slots=True)
class Told:
    """Something the pacer was told."""

    line: int
    event: Event


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture the pacer was shown, and what it decided."""

    line: int
    snap: Snapshot
    taken: Taken


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that did not come out as it was written."""

    line: int
    now: float
    """Seconds since the window began."""
    written: Taken
    again: Decision

    def __str__(self) -> str:
        one, other = self.written, self.again
        was = f"dial {one.dial}, hang up {len(one.cancel)}, {one.reason}"
        now = f"dial {other.dial}, hang up {len(other.cancel)}, {other.reason}"
        said = f"{was}; now {now}" if was != now else f"{was}; the figures behind it differ"
        return f"line {self.line}, {self.now:.1f} s: {said}"


class Journal:
    """A journal that is being read: its header at once, the rest as it is gone through, once."""

    def __init__(self, lines: Iterable[str]) -> None:
        """`lines` with their ends, as a text file gives them. Raises `InputError` where no journal begins."""
        self._lines = iter(lines)
        self._number = 0
        self._sum = self._sum_before = 0
        self._names = Names()
        self._at = Picture.blank()
        self._event_at = 0
        self._taken: Taken | None = None
        first = self._next()
        self.header = self._header("" if first is None else first)
        self._tick_length = micros(self.header.config.tick_s)

    def __iter__(self) -> Iterator[Told | Asked]:
        """What the pacer was told and asked, in order. Raises `InputError` at the first fault."""
        while (line := self._next()) is not None:
            sign = line[:1]
            if sign == "z":
                self._check(line, self._sum_before)
                if self._next() is not None:
                    self._fault("there is more after the end")
                return
            if sign == "i":
                self._name(line[1:])
            elif sign == "e":
                yield Told(self._number, self._event(line))
            elif sign == "t":
                yield self._tick(line)
            else:
                self._fault("a line begins with i, e, t, k or z")
        self._number += 1
        self._fault("the journal ends here without its last line: it was cut off, or is still being written")

    # ------------------------------------------------------------------ lines

    def _next(self) -> str | None:
        """The next line that is not a checksum; None at the end."""
        for raw in self._lines:
            self._number += 1
            if len(raw) > LONGEST_LINE:
                self._fault("the line is too long")
            if not raw.endswith("\n"):
                self._fault("the line is cut off")
            line = raw[:-1]
            if line.startswith("k"):
                self._check(line, self._sum)
                continue
            self._sum_before = self._sum
            self._sum = crc32(raw.encode("utf-8", "replace"), self._sum)
            return line
        return None

    def _check(self, line: str, checksum: int) -> None:
        if line[1:] != f"{checksum:08x}":
            self._fault("the checksum is not that of the lines before: the journal was changed or damaged")

    def _fault(self, why: str) -> NoReturn:
        raise InputError(f"Not a sound journal: line {self._number}: {why}")

    def _header(self, line: str) -> Header:
        form, _, rest = line.partition(" ")
        version, _, written = rest.partition(" ")
        if form != FORMAT:
            self._fault(f"a pacing journal begins with {FORMAT}")
        if version != str(VERSION):
            self._fault(f"its version is {version[:20]}, this program reads version {VERSION}")
        try:
            found = json.loads(written)
            config = found["config"]
            known: dict[str, Callable[[Any], Any]] = {
                each: type(value) for each, value in asdict(PacingConfig()).items()
            }
            if set(config) - set(known):
                self._fault(f"the configuration has {min(set(config) - set(known))}, unknown to this program")
            typed = {name: known[name](_plain(value, known[name])) for name, value in config.items()}
            policy, note = (str(_plain(found[name], str)) for name in ("policy", "note"))
            return Header(policy=policy, seed=_plain(found["seed"], int), config=PacingConfig(**typed), note=note)
        except (ValueError, KeyError, TypeError, RecursionError):
            self._fault("the header cannot be read")

    def _name(self, written: str) -> None:
        try:
            who = json.loads(written)
            if isinstance(who, bool) or not isinstance(who, str | int) or who == "":
                raise ValueError(who)
            if self._names.give(who) >= MOST_NAMES:
                self._fault("too many names at one time")
        except (ValueError, RecursionError):
            self._fault("an id is a string or a whole number, and is named once")

    def _who(self, number: str) -> Any:
        try:
            return self._names.who(int(number))
        except KeyError:
            self._fault(f"nobody is named {number}")

    def _event(self, line: str) -> Event:
        parts = EVENT.fullmatch(line)
        kind = KINDS.get(parts[1]) if parts else None
        if parts is None or kind is None:
            self._fault("an event cannot be read")
        self._event_at += int(parts[2])
        who = self._who(parts[4]) if parts[4] else None
        call, agent = (None, who) if parts[3] == BY_AGENT else (who, None)
        return Event(EventKind(kind), seconds(self._event_at), call, agent, seconds(int(parts[5])))

    def _tick(self, line: str) -> Asked:
        parts = TICK.fullmatch(line)
        if parts is None:
            self._fault("a tick cannot be read")
        at = self._at
        at.now += int(parts[1]) if parts[1] else self._tick_length
        decided: dict[str, str] = {}
        for part in parts[2].split():
            if count := COUNT.fullmatch(part):
                at.counts[PLACES[count[1]]] = int(count[2])
            elif change := CHANGE.fullmatch(part):
                self._change(at.lists[PLACES[change[1]]], change)
            elif part[0] in "dxrc":
                decided[part[0]] = part[1:]
            else:
                self._fault(f"a tick has {part[:20]!r}, which cannot be read")
        if decided or self._taken is None:
            self._taken = self._decision(decided)
        asked = Asked(self._number, at.snapshot(), self._taken)
        self._event_at = at.now
        self._names.keep({member.who for each in at.lists for member in each})
        return asked

    def _change(self, members: list[Member], change: re.Match[str]) -> None:
        if change[2]:
            members.clear()
        for number in filter(None, change[3].split("-")):
            who = self._who(number)
            place = next((place for place, each in enumerate(members) if each.who == who), None)
            if place is None:
                self._fault(f"{number} leaves a list without being in it")
            del members[place]
        for coming in COMING.finditer(change[4]):
            place = int(coming[3])
            if place > len(members) or len(members) >= MOST_IN_LIST:
                self._fault("somebody comes into a place that a list does not have")
            members.insert(place, Member(self._who(coming[1]), int(coming[2]), bool(coming[4])))

    def _decision(self, parts: dict[str, str]) -> Taken:
        reason = parts.get("r", "" if self._taken is None else self._taken.reason)
        if not re.fullmatch(NUMBER, parts.get("d", ""), re.ASCII) or not CHECKSUM.fullmatch(parts.get("c", "")):
            self._fault("a decision cannot be read")
        cancel = parts.get("x", "")
        if not re.fullmatch(r"(\d{1,9}(,\d{1,9})*)?", cancel, re.ASCII):
            self._fault("the calls to hang up cannot be read")
        calls = tuple(self._who(number) for number in filter(None, cancel.split(",")))
        return Taken(int(parts["d"]), calls, reason, parts["c"])


def _plain(value: Any, kind: Any) -> Any:
    """A value of that kind, a whole number for a fraction included. Raises `TypeError`."""
    if isinstance(value, bool) is not (kind is bool) or not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(value)
    return value


def differences(
    lines: Iterable[str], make_pacer: Callable[[Header], Pacer], tell: Callable[[int], None] = lambda _decisions: None
) -> Iterator[Difference]:
    """Decide a journal again: every decision that does not come out as written, in order.

    `make_pacer` makes the pacer the header names; it may raise. `tell` hears how many decisions were made again. Raises
    `InputError` where the journal is not sound, when all that stands before was gone through.
    """
    journal = Journal(lines)
    pacer = make_pacer(journal.header)
    decisions = 0
    for each in journal:
        if isinstance(each, Told):
            pacer.observe(each.event)
            continue
        again = pacer.decide(each.snap)
        decisions += 1
        if digest(again) != each.taken.checksum:
            yield Difference(each.line, each.snap.now, each.taken, again)
        tell(decisions)


def replay(lines: Iterable[str], make_pacer: Callable[[Header], Pacer]) -> list[Difference]:
    """All `differences` of a whole journal; none: every decision is the same. Raises `InputError` where it is not
    sound."""
    return list(differences(lines, make_pacer))
