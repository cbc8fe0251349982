"""Telephone numbers in an answer, for those who are not to see them whole.

What looks like a number is masked wherever it stands: in fields of ours, in a lead's own fields, in a sentence. So a
document number of as many digits goes as well; in doubt less is shown. Days, hours and our ids stay.
"""

from __future__ import annotations

import json
import re
from typing import Final

_INSTANT: Final = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_NUMBER: Final = re.compile(
    rf"(?P<kept>(?<![\w+-]){_INSTANT}(?![\w-]))"
    r"|(?P<number>(?:\+|(?<![A-Za-z0-9_]))\d(?:[ ().-]{0,2}\d){6,14}(?![A-Za-z0-9_]))"
)
"""7 digits (the shortest local number) to 15 (ITU-T E.164), with the signs that people put between them."""
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_DIGIT: Final = re.compile(r"\d")
SHOWN: Final = 3
"""Last digits that stay, so that people can tell two calls apart."""


def mask_text(text: str) -> str:
    """`text` with all but the last digits of every number as dots."""
    return _NUMBER.sub(_masked, text)


def mask_json(text: str) -> str:
    """A JSON document, or whole lines of one, with the numbers in its strings masked; its own numbers stay."""
    return _STRING.sub(_masked_string, text)


def _masked(found: re.Match[str]) -> str:
    if found["kept"] is not None:
        return found["kept"]
    number = found["number"]
    hidden = len(_DIGIT.findall(number)) - SHOWN
    return _DIGIT.sub("•", number, count=hidden)


def _masked_string(found: re.Match[str]) -> str:
    written = found[0]
    if not _DIGIT.search(written):
        return written
    text = json.loads(written)
    masked = mask_text(text)
    return written if masked == text else json.dumps(masked, ensure_ascii=False)
