"""The few figures of a campaign that may be another while it runs, written into its file; the rest of it stays as
somebody wrote it, remarks and all."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from cti_api.campaign_file.abandonment import FLAT
from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, Fault, InputError
from cti_api.model.campaigns import CampaignSpec, PacingMode

PACED: Final = frozenset({PacingMode.PROGRESSIVE, PacingMode.POWER, PacingMode.PREDICTIVE})
"""Modes in which a pacer places the calls of agents: between them a campaign may change while it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is to be another; None: stays."""

    mode: PacingMode | None = None
    calls_per_agent: float | None = None
    """Of `PacingMode.POWER`, 1 to 10."""
    abandonment_limit: float | None = None
    """0..0.1 of the live answers."""
    max_channels: int | None = None
    calls_per_second: float | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) is not None for each in fields(self))

    def __str__(self) -> str:
        return ", ".join(
            f"{each.name}: {value}" for each in fields(self) if (value := getattr(self, each.name)) is not None
        )


def with_limits(text: str, limits: Limits) -> tuple[str, CampaignSpec]:
    """A campaign's file with these limits, and what it says then.

    Raises `InputError` where they cannot be, or are not of such a campaign; `Conflict` for a file that is written in a
    way in which only a person can change them.
    """
    before = parse_campaign(text)
    if before.mode not in PACED or limits.mode not in (None, *PACED):
        raise InputError(
            "These limits are of campaigns that a pacer dials for agents.",
            [Fault("mode", f"must be one of {', '.join(sorted(PACED))}")],
        )
    wanted = _limited(before, limits)
    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width = True, 4096
    tree = yaml.load(text)
    for name in ("calls_per_agent", "max_channels", "calls_per_second"):
        if (value := getattr(limits, name)) is not None:
            tree[name] = value
    if limits.mode is not None:
        tree["mode"] = limits.mode.value
    if limits.abandonment_limit is not None:
        _promise(tree, f"{limits.abandonment_limit * 100:.10g} %")
    written = io.StringIO()
    yaml.dump(tree, written)
    after = parse_campaign(written.getvalue())
    if after != wanted:
        raise Conflict("The campaign's file is written in a way that this cannot change: replace the file.")
    return written.getvalue(), after


def _limited(spec: CampaignSpec, limits: Limits) -> CampaignSpec:
    told: dict[str, Any] = {
        name: value
        for name in ("mode", "calls_per_agent", "max_channels", "calls_per_second")
        if (value := getattr(limits, name)) is not None
    }
    if limits.abandonment_limit is not None:
        told["abandonment"] = replace(spec.abandonment, limit=limits.abandonment_limit)
    return replace(spec, **told)


def _promise(tree: CommentedMap, limit: str) -> None:
    """Where the file says it, or would."""
    section = tree.get("abandonment")
    if isinstance(section, CommentedMap) and FLAT["limit"] not in tree:
        section["limit"] = limit
    elif isinstance(section, CommentedMap) or FLAT["limit"] in tree or FLAT["hold"] in tree:
        tree[FLAT["limit"]] = limit
    else:
        tree["abandonment"] = CommentedMap(limit=limit)
