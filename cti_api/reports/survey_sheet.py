"""A survey's results as Excel, from what the API answered: participation, figures, answers."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from cti_api.reports.document import Cover, Document
from cti_api.reports.kinds import REPORTS
from cti_api.reports.survey_tables import Results, answers_sheet, figures_sheet, people_sheet
from cti_api.reports.words import COVER_WORDS
from cti_api.reports.xlsx import write_xlsx


def write_survey(file: BinaryIO, results: Results, made_at: datetime, zone: str, period_words: str = "") -> None:
    """`made_at`: on the clock of `zone`, without a zone. All that people wrote is text, never a formula."""
    title = results["survey"]["title"]
    cover = Cover(
        title=f"{REPORTS['survey'].title}: {title}",
        period_words=period_words,
        company="",
        about=((COVER_WORDS["survey"], title),),
        made_at=made_at.replace(tzinfo=None),
        zone=zone,
        definitions=(),
    )
    sheets = (people_sheet(results), figures_sheet(results), answers_sheet(results))
    file.write(write_xlsx(Document(name="survey", file_stem="", cover=cover, sheets=sheets)))
