"""What other systems told, as far as it has to be known again: that the same fact told twice counts once."""

from __future__ import annotations

import sqlalchemy as sa

from cti_api.store.columns import Instant
from cti_api.store.schema import metadata

outside_facts = sa.Table(
    "outside_facts",
    metadata,
    sa.Column("system", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(24), primary_key=True),
    # that system's own
    sa.Column("id", sa.String(120), primary_key=True),
    # of all that it said: what it says otherwise replaces it
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
)
"""Cases, contracts and results of appointments by their ids; what they said is in the outbox. `kind` is the fact's, of
all results of appointments ``appointment``."""
