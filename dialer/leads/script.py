"""The guion with the person's own data in it."""

from __future__ import annotations

import re
from typing import Final

from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]{1,100})\}")

_GOES_ON: Final = re.compile(r"(?m)^(.{60,}\S) *\n(?=[a-záéíóúñü({])")
"""A long line that goes on in the next with a small letter or a field: it was broken to fit into the file, not for
whoever reads it out. The lines of a list are shorter, or begin with a sign or a capital."""


def fill_script(spec: CampaignSpec, lead: Lead) -> str:
    """The campaign's guion for this person: each ``{column}`` becomes what the list says there.

    A column the list has nothing in is shown as such, in Spanish, so that an agent never reads out a gap. Lines that
    were broken to fit into the file are whole again.
    """
    known = {**lead.fields, spec.columns.name: lead.contact.name}

    def value(found: re.Match[str]) -> str:
        column = found.group(1).strip()
        return known.get(column, "").strip() or f"[{column}: sin dato]"

    return _PLACEHOLDER.sub(value, _whole(spec.script))


def _whole(script: str) -> str:
    joined = _GOES_ON.sub(r"\1 ", script)
    return joined if joined == script else _whole(joined)
