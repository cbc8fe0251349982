"""Alembic runs this for each command: in the transaction that `cti_api.store.migrate` hands over.

To write a new change, hand over a connection the same way and call ``alembic.command.revision(autogenerate=True)``.
"""

from __future__ import annotations

from alembic import context

from cti_api.store.answer_days import answer_days
from cti_api.store.law_tables import law_changes
from cti_api.store.once_tables import disposition_keys
from cti_api.store.report_tables import report_runs
from cti_api.store.schema import metadata
from cti_api.store.stream_tables import deliveries
from cti_api.store.tree_tables import tree_versions

assert (
    law_changes.metadata
    is answer_days.metadata
    is tree_versions.metadata
    is deliveries.metadata
    is disposition_keys.metadata
    is report_runs.metadata
    is metadata
)  # tables of other files are among them once these are imported

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by making it anew; Alembic does so only when told.
    render_as_batch=True,
)
context.run_migrations()
