"""Text as every database keeps it."""

from __future__ import annotations

from dataclasses import replace

from cti_api.model.leads import NewLead


def storable(row: NewLead) -> NewLead:
    """The row without what no database keeps (NUL, halves of surrogate pairs): replaced by U+FFFD, not dropped."""
    texts = (row.name, row.external_key, *row.fields, *row.fields.values())
    if all(map(_is_storable, texts)):
        return row
    return replace(
        row,
        name=_clean(row.name),
        fields={_clean(key): _clean(value) for key, value in row.fields.items()},
        external_key=_clean(row.external_key),
    )


def _is_storable(text: str) -> bool:
    return text.isprintable() or _clean(text) == text


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
