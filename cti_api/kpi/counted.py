"""What an attempt has to say of itself to be counted: the whole of it (`cti_api.model.calls.Attempt`), or what a long
report reads of it (`cti_api.store.tallied`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.ids import AgentId, LeadId


class CountedCall(Protocol):
    """An attempt; what its names mean is said there."""

    @property
    def state(self) -> AttemptState: ...

    @property
    def result(self) -> CallResult | None: ...

    @property
    def lead_id(self) -> LeadId: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def agent_id(self) -> AgentId | None: ...

    @property
    def answered_at(self) -> datetime | None: ...

    @property
    def connected_at(self) -> datetime | None: ...

    @property
    def talk_seconds(self) -> float: ...

    @property
    def disposition(self) -> str: ...

    @property
    def disposition_fields(self) -> Mapping[str, str]: ...
