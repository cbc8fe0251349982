"""The policies a simulation can play, by name.

Those of the product have its abandonment governor behind them, as they do when it dials; the predictive pacer asks it
by itself, as only it knows what the rest of the window will pay for. What others do is played as they do it: every
such name ends in ``-like``, for it is made after a description, not the thing itself. A number may follow after a
colon: calls per free agent, or the highest dial level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from cti_api.errors import InputError
from dialer.pacing import predictive, progressive, ratio
from dialer.pacing.governor import govern
from dialer.pacing.interface import Decision, Event, Pacer, PacingConfig, Snapshot
from dialer.simulate.baselines.gnudialer_like import RATIO, GnudialerLike
from dialer.simulate.baselines.impact_like import ImpactLike
from dialer.simulate.baselines.issabel_like import IssabelLike
from dialer.simulate.baselines.omnidialer_like import OmnidialerLike
from dialer.simulate.baselines.uccx_like import MOST as MOST_LINES
from dialer.simulate.baselines.uccx_like import UccxLike
from dialer.simulate.baselines.vicidial_like import MOST as MOST_LEVEL
from dialer.simulate.baselines.vicidial_like import Method, VicidialLike

Maker = Callable[[PacingConfig, int, float], Pacer]


@dataclass(frozen=True, slots=True)
class Kind:
    """A policy that can be asked for."""

    what: str
    maker: Maker
    number: float | None = None
    """The usual one; None: it takes none."""
    governed: bool = False
    """The abandonment governor has to be put behind it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was asked for."""

    name: str
    """With its number, where it has one: ``ratio:1.5``."""
    kind: Kind
    number: float

    def configured(self, config: PacingConfig) -> PacingConfig:
        """The configuration with the policy's own number in it."""
        return config if self.kind.number is None else replace(config, calls_per_agent=self.number)

    def bare(self, config: PacingConfig, seed: int) -> Pacer:
        """Its pacer alone, as a journal has it; `config` as `configured` gives it, or as the journal says."""
        return self.kind.maker(config, seed, self.number)

    def behind(self, pacer: Pacer, cap: float) -> Pacer:
        """The pacer with all that stands behind it when it dials."""
        return Governed(pacer, cap) if self.kind.governed else pacer

    def make_pacer(self, config: PacingConfig, seed: int) -> Pacer:
        """Ready to play."""
        return self.behind(self.bare(self.configured(config), seed), config.cap)


class Governed:
    """A pacer with the abandonment governor behind it."""

    def __init__(self, pacer: Pacer, cap: float) -> None:
        self._pacer, self._cap = pacer, cap

    def observe(self, event: Event) -> None:
        self._pacer.observe(event)

    def decide(self, snap: Snapshot) -> Decision:
        return govern(self._pacer.decide(snap), snap, self._cap)


def _vicidial_like(method: Method, *, available_only: bool = False) -> Maker:
    return lambda config, _seed, most: VicidialLike(config, method, most=most, available_only=available_only)


POLICIES: Final[Mapping[str, Kind]] = {
    "predictive": Kind(
        "foresees answers and agents",
        lambda config, seed, _number: predictive.make_pacer(config, seed),
    ),
    "progressive": Kind(
        "one call per free agent",
        lambda config, seed, _number: progressive.make_pacer(config, seed),
        governed=True,
    ),
    "power": Kind(
        "a fixed ratio, behind the abandonment governor",
        lambda config, seed, _number: ratio.make_pacer(config, seed),
        2.0,
        governed=True,
    ),
    "ratio": Kind(
        "a fixed ratio of the free agents, whatever is abandoned",
        lambda config, seed, _number: ratio.make_pacer(config, seed),
        1.5,
    ),
    "wombat-like": Kind(
        "a boost factor on the free agents",
        lambda config, seed, _number: ratio.make_pacer(config, seed),
        1.3,
    ),
    "vicidial-like": Kind("adaptive dial level, method average", _vicidial_like(Method.AVERAGE), MOST_LEVEL),
    "vicidial-like-hard": Kind("adaptive dial level, method hard", _vicidial_like(Method.HARD), MOST_LEVEL),
    "vicidial-like-tapered": Kind("adaptive dial level, method tapered", _vicidial_like(Method.TAPERED), MOST_LEVEL),
    "vicidial-like-available": Kind(
        "adaptive dial level, method average, on free agents only",
        _vicidial_like(Method.AVERAGE, available_only=True),
        MOST_LEVEL,
    ),
    "omnidialer-like": Kind("moving averages", lambda config, _seed, _number: OmnidialerLike(config)),
    "issabel-like": Kind("free agents over the share of answers", lambda _config, _seed, _number: IssabelLike()),
    "gnudialer-like": Kind(
        "a ratio while an agent is free", lambda config, _seed, number: GnudialerLike(config, number), RATIO
    ),
    "impact-like": Kind(
        "the ratio that a small simulation finds", lambda config, seed, _number: ImpactLike(config, seed)
    ),
    "uccx-like": Kind(
        "lines per agent, corrected every hundred answers",
        lambda config, _seed, number: UccxLike(config, number),
        MOST_LINES,
    ),
}

MOST_NUMBER: Final = 100.0


def policy(written: str) -> Policy:
    """The policy that was asked for, such as ``progressive`` or ``ratio:1.5``. Raises `InputError` for another one."""
    name, colon, number = written.partition(":")
    kind = POLICIES.get(name)
    if kind is None:
        near = get_close_matches(name, POLICIES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(POLICIES)}"
        raise InputError(f"There is no policy {name!r}; {hint}")
    if not colon:
        return Policy(name, kind, kind.number or 1.0)
    if kind.number is None:
        raise InputError(f"{written}: {name} takes no number")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not 1.0 <= value <= MOST_NUMBER:
        raise InputError(f"{written}: write a number from 1 to {MOST_NUMBER:g} after the colon")
    return Policy(f"{name}:{value:g}", kind, value)
