"""What whoever looks at a page may do: by the same table that the API goes by, so that no button is in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cti_api.access.actors import Role
from cti_api.access.matrix import MATRIX

_ROLES: Final = {f"{rule.method} {rule.path.removeprefix('/api/v1')}": rule.roles for rule in MATRIX}

May = Callable[[str], bool]
"""Whether they may ask for ``POST /campaigns/{campaign_id}/start``; one that is not served nobody may."""


def allowed(role: Role | None) -> May:
    """Of that role."""
    return lambda operation: role is not None and role in _ROLES.get(operation, frozenset())


def allowed_of(role: Role | None, operations: Iterable[str]) -> list[str]:
    """Those of them that they may, for a page's own code."""
    may = allowed(role)
    return [each for each in operations if may(each)]
