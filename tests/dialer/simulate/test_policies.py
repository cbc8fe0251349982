"""The policies that can be compared, and that those made after others do what was recorded of them."""

from __future__ import annotations

import pytest

from cti_api.errors import InputError
from dialer.pacing.interface import Decision, Event, PacingConfig, Snapshot
from dialer.simulate.play import play
from dialer.simulate.policies import POLICIES, Governed, policy
from dialer.simulate.worlds import NAMED, World

RECORDED = [
    ("vicidial-like", "flat", 3, 100, (1241, 367, 12, 355)),
    ("vicidial-like-hard", "low", 5, 101, (3615, 537, 19, 518)),
    ("vicidial-like-tapered", "flat", 3, 100, (3009, 919, 501, 418)),
    ("vicidial-like-available:1.5", "low", 5, 101, (4194, 613, 4, 609)),
    ("omnidialer-like", "low", 5, 101, (4007, 595, 58, 537)),
    ("gnudialer-like", "flat", 3, 100, (1631, 481, 57, 424)),
]
"""Policy, world, agents, seed: dialled, answered, abandoned, connected. Recorded from another implementation, written
apart and before this one from the same descriptions, in its own simulator."""


@pytest.mark.parametrize(("name", "world", "agents", "seed", "counts"), RECORDED)
def test_a_policy_made_after_another_does_what_was_recorded(
    name: str, world: str, agents: int, seed: int, counts: tuple[int, ...]
) -> None:
    shift = play(NAMED[world], agents, seed, policy(name).make_pacer)
    assert (shift.dialed, shift.answered, shift.abandoned, shift.connected) == counts


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_plays_the_same_shift_twice_and_asks_for_nothing_forbidden(name: str) -> None:
    brief = World(hours=0.5, answer_rate=0.4, machine_rate=0.1, amd=2.5)
    first = play(brief, 4, 3, policy(name).make_pacer)
    assert first == play(brief, 4, 3, policy(name).make_pacer)
    assert first.dialed > 20
    assert first.refused == 0


@pytest.mark.parametrize("name", ["predictive", "progressive", "power:8"])
def test_the_products_own_policies_keep_the_limit(name: str) -> None:
    shift = play(World(hours=3.0), 5, 11, policy(name).make_pacer)
    assert not shift.breaks(0.03)


def test_the_governor_stands_behind_them() -> None:
    class Greedy:
        def observe(self, event: Event) -> None:
            pass

        def decide(self, snap: Snapshot) -> Decision:
            return Decision(50)

    snap = Snapshot(0.0, 2, [], [], [], [], [], 100, 100, 0, 0)
    assert Governed(Greedy(), 0.03).decide(snap).dial == 2


def test_a_number_after_the_colon_changes_the_policy() -> None:
    config, snap = PacingConfig(), Snapshot(0.0, 4, [], [], [], [], [], 100, 100, 0, 0)
    assert [policy(name).make_pacer(config, 1).decide(snap).dial for name in ("ratio", "ratio:2", "ratio:2.5")] == [
        6, 8, 10
    ]  # fmt: skip
    assert policy("ratio:2.50").name == "ratio:2.5"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("progresive", "did you mean progressive?"),
        ("zzz", "there are: predictive, progressive"),
        ("progressive:2", "takes no number"),
        ("ratio:0.5", "from 1 to 100"),
        ("ratio:nan", "from 1 to 100"),
        ("ratio:", "from 1 to 100"),
    ],
)
def test_a_policy_that_does_not_exist_is_refused_with_what_to_write(written: str, told: str) -> None:
    with pytest.raises(InputError, match=told.replace("?", r"\?")):
        policy(written)


def test_whatever_is_made_after_another_dialer_says_so() -> None:
    own = {"predictive", "progressive", "power", "ratio"}
    assert all("-like" in name for name in POLICIES if name not in own)
