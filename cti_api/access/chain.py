"""The audit as a chain: each row holds a hash of itself and of the row before, so that none can be changed alone.

Whoever can write to the store can write the whole chain anew. Against that, its head is to be kept elsewhere now and
then (`vocero audit verify` prints it, and takes it back).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

BEGINNING: Final = ""
"""What the first row rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Somebody did something."""

    at: datetime
    who: str
    """``person:ana``, ``key:crm``, ``unix:vocero``."""
    address: str
    """Where from; empty: from this machine."""
    what: str
    """The operation: ``POST /api/v1/campaigns/{campaign_id}/start``."""
    target: str
    """On what: the parts of its path, ``campaign_id=marzo``."""
    said: str
    """What else there is to say; never anything of a person who is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A deed in its place."""

    seq: int
    """Counted from 1 without a gap."""
    deed: Deed
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the chain ends."""

    seq: int = 0
    digest: str = BEGINNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look through the chain found."""

    head: Head
    """As far as it holds together."""
    fault: str = ""
    """What is wrong right behind `head`; empty: nothing."""


def linked(head: Head, deed: Deed) -> Link:
    """The deed as the next link."""
    return Link(seq=head.seq + 1, deed=deed, digest=_digest(head, deed))


def follow(head: Head, links: Iterable[Link]) -> Checked:
    """Go on from `head` through the next links."""
    for link in links:
        if link.seq != head.seq + 1:
            return Checked(head=head, fault=f"row {head.seq + 1} is missing")
        if link.digest != _digest(head, link.deed):
            return Checked(head=head, fault=f"row {link.seq}, or its place, is not what it was")
        head = Head(seq=link.seq, digest=link.digest)
    return Checked(head=head)


def closed(found: Checked, kept: Head) -> Checked:
    """With the head that the store keeps beside the rows: one row less, or more, at the end is seen by it."""
    if found.fault or found.head == kept:
        return found
    return Checked(head=found.head, fault=f"the rows end at {found.head.seq}, the store says at {kept.seq}")


def _digest(head: Head, deed: Deed) -> str:
    at = deed.at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [head.digest, head.seq + 1, at, deed.who, deed.address, deed.what, deed.target, deed.said]
    return hashlib.sha256(json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
