"""The guion with the person's own data in it."""

from __future__ import annotations

import re
from typing import Final

from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]{1,100})\}")


def fill_script(spec: CampaignSpec, lead: Lead) -> str:
    """The campaign's guion for this person: each ``{column}`` becomes what the list says there.

    A column the list has nothing in is shown as such, in Spanish, so that an agent never reads out a gap.
    """
    known = {**lead.fields, spec.columns.name: lead.contact.name}

    def value(found: re.Match[str]) -> str:
        column = found.group(1).strip()
        return known.get(column, "").strip() or f"[{column}: sin dato]"

    return _PLACEHOLDER.sub(value, spec.script)
