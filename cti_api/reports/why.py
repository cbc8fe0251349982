"""Asks why people were not reached, or reached in vain, of each of the greatest brands."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cti_api.figures import Question
from cti_api.kpi.answer import Answer
from cti_api.kpi.measures import Split
from cti_api.reports.document import Sheet
from cti_api.reports.laid_out import Answers, whole_of
from cti_api.reports.reasons import MOST_BRANDS, reason_sheet
from cti_api.reports.sources import Sources

REASONS: Final = ("no_contact", "no_success")


async def why_sheets(sources: Sources, here: Question, by_brand: Answer, no_success: tuple[str, str]) -> list[Sheet]:
    """`by_brand`: calls made; `no_success`: name and title of the sheet about those who were reached in vain."""
    ask = sources.figures.ask
    greatest = sorted(by_brand.figures, key=lambda told: (-(told.value or 0), told.group))[:MOST_BRANDS]
    whole = await ask(REASONS, here)
    by_reason = await ask(REASONS, replace(here, by=Split.REASON))
    of_brands: dict[str, Answers] = {
        told.group: await ask(REASONS, replace(here, by=Split.REASON, where=(Split.BRAND, told.group)))
        for told in greatest
    }
    about = (("Sin contacto", "Por qué no hubo contacto", "Llamadas"), (*no_success, "Contactos"))
    return [
        reason_sheet(
            *words,
            0.0 if (told := whole_of(whole[each])) is None else told.value or 0.0,
            by_reason[each],
            {brand: answers[each] for brand, answers in of_brands.items()},
        )
        for each, words in zip(REASONS, about, strict=True)
    ]
