"""The survey file as a JSON Schema, for editors that complete and underline; what must fit together is told by
`cti_api.survey_file.parse` alone."""

from __future__ import annotations

from typing import Any, Final

from cti_api.campaign_file.values import DAYS
from cti_api.model.surveys import Action, Figure, QuestionKind
from cti_api.survey_file.checks import MOST_QUESTIONS, MOST_TRIGGERS
from cti_api.survey_file.parse import LONGEST_WORDING

_SLUG: Final = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"}
_CODE: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,39}$"}
_SAID: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_WORDING}
_LINE: Final = {"type": "string", "minLength": 1, "maxLength": 200}
_TIME: Final = {"type": ["string", "number"], "description": "90 s, 10 min, 2 h, 5 d; a bare number is seconds"}
_YES_NO: Final = {"type": "boolean"}
_SCORE: Final = {"type": "number", "minimum": 0, "maximum": 10}
_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_CONDITION: Final = {"type": "string", "description": "satisfaccion <= 2 and motivo = demora|trato"}


def _one_or_more(each: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [each, {"type": "array", "items": each, "minItems": 1}]}


def _section(required: tuple[str, ...], **entries: Any) -> dict[str, Any]:
    named = {name.removesuffix("_"): entry for name, entry in entries.items()}
    return {"type": "object", "properties": named, "required": list(required), "additionalProperties": False}


CHOICE: Final = _section(
    ("value", "key"),
    value=_CODE,
    label=_SAID,
    phrases=_one_or_more(_LINE),
    key={"type": ["string", "integer"], "pattern": "^[0-9]$", "minimum": 0, "maximum": 9},
)
QUESTION: Final = _section(
    ("id", "kind", "ask"),
    id=_CODE,
    kind={"enum": [kind.value for kind in QuestionKind]},
    title=_LINE,
    ask=_SAID,
    no_input=_one_or_more(_SAID),
    no_match=_one_or_more(_SAID),
    only_if=_CONDITION,
    may_skip=_YES_NO,
    refuses=_CODE,
    from_=_SCORE,
    to=_SCORE,
    step={"enum": [0.5, 1]},
    figure={"enum": [figure.value for figure in Figure]},
    satisfied_from=_SCORE,
    choices={"type": "array", "items": CHOICE, "minItems": 2},
    seconds=_TIME,
)
TRIGGER: Final = _section(
    ("name", "when", "action"),
    name=_CODE,
    when=_CONDITION,
    action={"enum": [action.value for action in Action]},
    owner=_LINE,
    due=_TIME,
    in_office_hours=_YES_NO,
    queue=_SLUG,
    ask=_SAID,
    say=_SAID,
    ends=_YES_NO,
)
LIMITS: Final = _section(
    (),
    comment=_TIME,
    tries={"type": "integer", "minimum": 1, "maximum": 5},
    answer=_TIME,
    whole=_TIME,
)
CONFIDENCE: Final = _section((), accept=_SHARE, confirm=_SHARE)
_DAYS: Final = "|".join(DAYS)
SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Vocero survey",
} | _section(
    ("id", "title", "timezone", "greeting", "questions"),
    id=_SLUG,
    title=_LINE,
    timezone={"type": "string", "description": "IANA name, such as America/Bogota"},
    within=_TIME,
    greeting=_SAID,
    thanks=_SAID,
    refused=_SAID,
    given_up=_SAID,
    confirm={**_SAID, "pattern": "\\{answer\\}"},
    skipped=_SAID,
    questions={"type": "array", "items": QUESTION, "minItems": 1, "maxItems": MOST_QUESTIONS},
    follow={"type": "array", "items": TRIGGER, "maxItems": MOST_TRIGGERS},
    limits=LIMITS,
    confidence=CONFIDENCE,
    office_hours={
        "type": "object",
        "patternProperties": {f"^({_DAYS})(-({_DAYS}))?$": _one_or_more({"type": "string"})},
        "additionalProperties": False,
    },
    holidays={"type": "string", "pattern": "^[A-Z]{2}$"},
    days_off=_one_or_more({"type": "string", "format": "date"}),
)
