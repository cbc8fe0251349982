"""A pacer's journal: decided again it is the same to the last bit, and nothing in it is believed unchecked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace as changed
from functools import cache
from math import exp
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import InputError
from dialer.pacing.interface import BusyAgent, Decision, Event, EventKind, LiveCall, PacingConfig, Reason, Snapshot
from dialer.pacing.journal import CHECK_EVERY, Header, Recorder
from dialer.pacing.replay import Asked, Journal, Told, replay
from dialer.simulate.play import config_of, play_with
from dialer.simulate.worlds import Lognormal, World

HEADER = Header(policy="moody", seed=7, config=PacingConfig(cap=0.02, half_hour=True), note="Überfall, mañana")


class Moody:
    """Decides by everything it is shown and told, so that nothing of it may be lost."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._mood = 0.0

    def observe(self, event: Event) -> None:
        self._mood = 0.9 * self._mood + event.value + exp(-abs(event.t) / 100) + len(event.kind)

    def decide(self, snap: Snapshot) -> Decision:
        agents = sum(agent.elapsed * (1.5 if agent.leaving else 1.0) for agent in (*snap.talking, *snap.wrapping))
        calls = sum(call.elapsed for call in (*snap.ringing, *snap.in_amd, *snap.waiting))
        late = [call.call_id for call in snap.ringing if call.elapsed > 20 and self._random.random() < 0.1]
        dial = snap.free + self._random.randrange(2) - len(snap.ringing)
        reason = self._random.choice(list(Reason))
        return Decision(dial, late, reason, self._mood + agents, calls / 3, snap.now / 7 if dial else None)


def moody(header: Header) -> Moody:
    return Moody(header.seed)


class Other(Moody):
    """Thinks as the other does, until it does not."""

    def __init__(self, seed: int, *, until: float, by: Callable[[Decision], Decision]) -> None:
        super().__init__(seed)
        self._until, self._by = until, by

    def decide(self, snap: Snapshot) -> Decision:
        decision = super().decide(snap)
        return decision if snap.now < self._until else self._by(decision)


@cache
def recorded(minutes: float = 30, agents: int = 4) -> str:
    """The journal of a simulated shift."""
    world = World(hours=minutes / 60, breaks=True, machine_rate=0.2, amd=2.5, talk=Lognormal(40.0, 1.0))
    written: list[str] = []
    recorder = Recorder(Moody(7), changed(HEADER, config=config_of(world, 0.02)), written.append)
    play_with(world, agents, 7, recorder, cap=0.02)
    recorder.end()
    return "".join(written)


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def test_a_shift_is_decided_again_and_every_decision_is_the_same() -> None:
    text = recorded()
    assert replay(lines_of(text), moody) == []
    asked = [each for each in Journal(lines_of(text)) if isinstance(each, Asked)]
    assert len(asked) == 30 * 60 * 2
    assert {len(each.taken.cancel) for each in asked} >= {0, 1}


def test_the_same_shift_is_written_in_the_same_bytes_and_in_few() -> None:
    once = recorded()
    recorded.cache_clear()
    assert recorded() == once
    assert len(once) < 40 * 30 * 60 * 2, "a decision that changes each time takes some 30 bytes"


def test_a_quiet_floor_takes_two_bytes_a_tick() -> None:
    written: list[str] = []
    recorder = Recorder(Still(), HEADER, written.append)
    for tick in range(1, 20):
        recorder.decide(picture(now=tick / 2))
    assert written[-1] == "t\n"


def test_whatever_differs_is_named_with_its_line_and_its_time() -> None:
    lines = lines_of(recorded())
    (first, *more) = replay(lines, lambda header: Other(7, until=60.0, by=lambda d: d._replace(dial=d.dial + 1)))
    assert first.now == 60.0
    assert lines[first.line - 1].startswith("t d")
    assert len(more) == 2 * (30 * 60 - 60)
    assert "s: dial" in str(first) and "; now dial" in str(first)
    hair = replay(lines, lambda header: Other(7, until=1799.9, by=lambda d: d._replace(expected_answers=0.1 + 0.2)))
    assert len(hair) == 1
    assert str(hair[0]).endswith("the figures behind it differ")


def test_the_header_comes_back_whole() -> None:
    written: list[str] = []
    Recorder(Still(), HEADER, written.append).end()
    assert Journal(written).header == HEADER


def test_a_picture_that_jumps_about_comes_back_in_its_order() -> None:
    pictures = [
        picture(now=1.0, ringing=[("a", 0.5), ("b", 0.25)], talking=[("ana", 3.0, False), ("bea", 2.0, False)]),
        picture(now=1.5, ringing=[("b", 0.75), ("a", 1.0)], talking=[("bea", 2.5, True), ("ana", 3.5, False)]),
        picture(now=2.0, ringing=[("c", 0.1), ("a", 1.5)], talking=[]),
        picture(now=2.5, ringing=[("a", 2.0), ("a", 2.0)], talking=[("ana", 0.1, False)]),
        picture(now=3.0, ringing=[("a", 2.5), ("a", 1.0)], talking=[("ana", 0.6, False)]),
        picture(now=3.5, ringing=[("a", 3.0)], talking=[("ana", 1.1, False)]),
    ]
    written: list[str] = []
    seen = Still()
    recorder = Recorder(seen, HEADER, written.append)
    for each in pictures:
        recorder.decide(each)
    recorder.end()
    again = [each.snap for each in Journal("".join(written).splitlines(keepends=True)) if isinstance(each, Asked)]
    assert again == seen.shown
    in_order = ["".join(str(call.call_id) for call in each.ringing) for each in again]
    assert in_order == ["ab", "ba", "ca", "aa", "aa", "a"]


floats = st.floats(-1e6, 1e6, allow_nan=False)
ids = st.one_of(st.integers(-5, 20), st.text(min_size=1, max_size=4))
calls = st.lists(st.tuples(ids, st.floats(0, 500)), max_size=4)
agents = st.lists(st.tuples(ids, st.floats(0, 500), st.booleans()), max_size=4)
events = st.builds(Event, st.sampled_from(EventKind), floats, st.none() | ids, st.none(), floats) | st.builds(
    Event, st.sampled_from(EventKind), floats, st.none(), ids, floats
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(events, max_size=3), floats, agents, agents, calls, calls, calls), max_size=6))
def test_what_is_told_and_shown_comes_back_whatever_it_is(
    steps: list[tuple[list[Event], float, *tuple[list, ...]]],
) -> None:  # type: ignore[type-arg]
    written: list[str] = []
    seen = Still()
    recorder = Recorder(seen, HEADER, written.append)
    for told, now, talking, wrapping, ringing, in_amd, waiting in steps:
        for event in told:
            recorder.observe(event)
        recorder.decide(
            Snapshot(
                now, 1,
                [BusyAgent(*each) for each in talking], [BusyAgent(*each) for each in wrapping],
                [LiveCall(*each) for each in ringing], [LiveCall(*each) for each in in_amd],
                [LiveCall(*each) for each in waiting], -2, 3, 4, 5,
            )
        )  # fmt: skip
    recorder.end()
    read = list(Journal("".join(written).splitlines(keepends=True)))
    assert [each.event for each in read if isinstance(each, Told)] == seen.told
    assert [each.snap for each in read if isinstance(each, Asked)] == seen.shown


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_journal_has_one_fault_with_its_line(data: st.DataObject) -> None:
    """Whatever is done to one line: it is told, or it was no damage to what the journal says."""
    lines = lines_of(recorded(2))
    nth = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[nth]) - 1))
    sign = data.draw(st.sampled_from('0179-+ abztTeEi"{}[]\n,.\x00é'))
    damaged = lines[nth][:place] + sign + lines[nth][place + 1 :]
    text = "".join([*lines[:nth], damaged, *lines[nth + 1 :]])
    if text == "".join(lines):
        return
    with pytest.raises(InputError, match=r"^Not a sound journal: line \d+: "):
        replay(lines_of(text), moody)


@pytest.mark.parametrize("kept", [0, 1, 40, 300])
def test_a_journal_that_was_cut_off_says_where(kept: int) -> None:
    lines = lines_of(recorded(2))
    cut = "".join(lines)[: sum(map(len, lines[:kept])) + 3]
    with pytest.raises(InputError, match=rf"line {kept + 1}: (the line is cut off|a pacing journal)"):
        replay(lines_of(cut), moody)
    if kept:
        with pytest.raises(InputError, match=rf"line {kept + 1}: the journal ends here without its last line"):
            replay(lines[:kept], moody)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 0: a pacing journal begins with"),
        ("something else\n", "line 1: a pacing journal begins with"),
        ("vocero-pacing-journal 2 {}\n", "its version is 2, this program reads version 1"),
        ("vocero-pacing-journal 1 {}\n", "the header cannot be read"),
        (f"vocero-pacing-journal 1 {'[' * 100_000}\n", "the header cannot be read"),
        ("vocero-pacing-journal 1 " + '{"config": {"capp": 1}}' + "\n", "has capp, unknown to this program"),
        ("{header}t500000 f1 d1 rrisk c00000000\nx\n", "line 3: a line begins with i, e, t, k or z"),
        ("{header}t500000 f1\n", "line 2: a decision cannot be read"),
        ("{header}t500000 R+5,0,0 d1 c00000000\n", "nobody is named 5"),
        ("{header}i1\nt500000 R+0,0,3 d1 c00000000\n", "into a place that a list does not have"),
        ("{header}i1\nt500000 R-0 d1 c00000000\n", "leaves a list without being in it"),
        ("{header}i1\ni1\n", "is named once"),
        ("{header}i" + '""' + "\n", "an id is a string or a whole number"),
        ("{header}itrue\n", "an id is a string or a whole number"),
        ("{header}eZ0 0 0\n", "an event cannot be read"),
        ("{header}eA99999999999999999999 0 0\n", "an event cannot be read"),
        ("{header}t500000 f٣ d1 c00000000\n", "which cannot be read"),
        ("{header}z00000000\n", "the checksum is not that of the lines before"),
        ("{header}k00000000\n", "the checksum is not that of the lines before"),
        ("{header}t" + "0" * 1_000_001 + "\n", "the line is too long"),
    ],
)
def test_whatever_a_stranger_writes_has_its_fault_named(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        replay(lines_of(text.replace("{header}", HEADER.line() + "\n")), lambda header: Still())
    assert told in str(refused.value)


def test_the_configuration_is_of_the_right_kinds() -> None:
    for name, value in (("cap", "3"), ("cap", True), ("rolling", 1), ("seed", 1.5), ("policy", 3)):
        written = json.loads(HEADER.line().split(" ", 2)[2])
        (written["config"] if name in written["config"] else written)[name] = value
        with pytest.raises(InputError, match="the header cannot be read"):
            Journal([f"vocero-pacing-journal 1 {json.dumps(written)}\n"])
    whole = json.loads(HEADER.line().split(" ", 2)[2])
    whole["config"] = {"cap": 1}
    assert Journal([f"vocero-pacing-journal 1 {json.dumps(whole)}\n"]).header.config == PacingConfig(cap=1.0)


def test_an_id_that_cannot_be_written_is_refused_at_once() -> None:
    recorder = Recorder(Still(), HEADER, [].append)
    with pytest.raises(TypeError, match="ids are strings or whole numbers"):
        recorder.observe(Event(EventKind.DIALED, 1.0, (1, 2), None, 0.0))


def test_names_do_not_pile_up_over_a_long_shift() -> None:
    numbers = [line for line in recorded(30).splitlines() if line.startswith("t") and " R" in line]
    highest = max(int(part.split(",")[0]) for line in numbers for part in line.replace("+", " ").split() if "," in part)
    assert sum(line.startswith("i") for line in recorded(30).splitlines()) > 300
    assert highest < 60
    assert sum(line.startswith("k") for line in recorded(30).splitlines()) == len(recorded(30).splitlines()) // (
        CHECK_EVERY + 1
    )


class Still:
    """Places no call, and remembers what it was shown and told."""

    def __init__(self) -> None:
        self.shown: list[Snapshot] = []
        self.told: list[Event] = []

    def observe(self, event: Event) -> None:
        self.told.append(event)

    def decide(self, snap: Snapshot) -> Decision:
        self.shown.append(snap)
        return Decision()


def picture(
    *, now: float, ringing: Sequence[tuple[str, float]] = (), talking: Sequence[tuple[str, float, bool]] = ()
) -> Snapshot:
    return Snapshot(
        now, 1, [BusyAgent(*each) for each in talking], [], [LiveCall(*each) for each in ringing], [], [], 8, 100, 5, 0
    )
