"""Text as cells of a workbook or a CSV may hold it."""

from __future__ import annotations

import re
from typing import Final

LONGEST_TEXT: Final = 32_767
"""Of a cell, in units of UTF-16 (Excel's specification and limits)."""
_NO_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no XML document may hold (XML 1.0, 2.2), and the carriage return, which its readers make a line feed of."""


def cell_text(text: str) -> str:
    """The text, with a blank for every sign that a workbook cannot hold, and cut where a cell ends."""
    clean = _NO_XML.sub(" ", text)
    if len(clean) <= LONGEST_TEXT // 2:
        return clean
    return clean.encode("utf-16-le")[: LONGEST_TEXT * 2].decode("utf-16-le", "ignore")
