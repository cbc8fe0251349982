"""The JSON Schema of a tree's file: for editors. What it cannot say (who leads where) `vocero ivr check` says."""

from __future__ import annotations

from typing import Any, Final

from ivr.tree.limits import MOST_KEYS_A_PROMPT, MOST_TRIES
from ivr.tree.nodes import Confirm
from ivr.tree.read_framed import ASKED
from ivr.tree.read_parts import LONGEST_LINE
from ivr.tree.steps import Via

Schema = dict[str, Any]

NODE: Final[Schema] = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$", "description": "A node's name."}
VARIABLE: Final[Schema] = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$", "description": "A variable's name."}
SLUG: Final[Schema] = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"}
TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 200}
SECONDS: Final[Schema] = {
    "type": ["string", "number"],
    "description": "Such as `90 s` or `5 min`; a number is seconds.",
}
YES_OR_NO: Final[Schema] = {"type": "boolean"}
PROMPT: Final[Schema] = {"$ref": "#/$defs/prompt"}
PROMPTS: Final[Schema] = {"anyOf": [PROMPT, {"type": "array", "items": PROMPT}]}
KEYS: Final[Schema] = {"type": ["string", "integer"], "description": "What is pressed: 0-9, * and #."}


def _texts(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "array", "items": of, "uniqueItems": True}]}


def _section(required: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


CHOICE: Final[dict[str, Schema]] = {"key": KEYS, "phrases": _texts(TEXT), "value": TEXT, "say": PROMPT}
BARGE_IN: Final = _section("", keys=YES_OR_NO, speech=YES_OR_NO)
QUESTION: Final[dict[str, Schema]] = {
    "read_choices": {"enum": ["at_once", "when_asked_again"]},
    "no_input": PROMPTS,
    "no_match": PROMPTS,
    "give_up": NODE,
    "confirm": {"enum": [each.value for each in Confirm]},
    "say_back": PROMPT,
    "tries": {"type": "integer", "minimum": 1, "maximum": MOST_TRIES},
    "wait": SECONDS,
    "longest": SECONDS,
    "barge_in": BARGE_IN,
}
QUEUE_WAYS: Final[dict[str, Schema]] = {"then": NODE, "waited": NODE, "nobody": NODE, "wants_call_back": NODE}

NODE_KINDS: Final[dict[str, Schema]] = {
    "say": _section("say then", say=PROMPT, then=NODE, barge_in=BARGE_IN),
    "menu": _section(
        "menu choices", menu=PROMPT, choices=_list(_section("then", **CHOICE, then=NODE)), into=VARIABLE, **QUESTION
    ),
    "ask": _section(
        "ask kind",
        ask=PROMPT,
        kind={"enum": [each.value for each in ASKED]},
        choices=_list(_section("", **CHOICE)),
        digits={"type": ["string", "integer"], "description": f"How many: 7 or 7-8, at most {MOST_KEYS_A_PROMPT}."},
        **{"from": {"type": "number"}, "to": {"type": "number"}},
        into=VARIABLE,
        then=NODE,
        yes=NODE,
        no=NODE,
        **QUESTION,
    ),
    "look_up": _section(
        "look_up found not_found failed",
        look_up=SLUG,
        **{"with": _texts(VARIABLE)},
        gives=_texts(VARIABLE),
        holding=PROMPT,
        found=NODE,
        not_found=NODE,
        failed=NODE,
    ),
    "branch": _section(
        "branch cases otherwise",
        branch=VARIABLE,
        cases={
            "type": "object",
            "additionalProperties": NODE,
            "description": "A value, or a comparison such as `> 0`.",
        },
        otherwise=NODE,
    ),
    "hours": _section(
        "hours open closed",
        hours={"type": "object", "additionalProperties": _texts(TEXT), "description": "`mon-fri: 08:00-18:00`"},
        open=NODE,
        closed=NODE,
        holiday=NODE,
    ),
    "directory": _section(
        "directory listed failed",
        directory=PROMPT,
        listed=_list(
            _section("name", name=TEXT, phrases=_texts(TEXT), key=KEYS, extension=KEYS, then=NODE),
        ),
        failed=NODE,
        ring=SECONDS,
        **QUESTION,
    ),
    "queue": _section("queue", queue=SLUG, say=PROMPT, most_wait=SECONDS, **QUEUE_WAYS),
    "transfer": _section(
        "transfer failed", transfer={"type": ["string", "integer"]}, say=PROMPT, ring=SECONDS, then=NODE, failed=NODE
    ),
    "survey": _section("survey then", survey=SLUG, **{"with": _texts(VARIABLE)}, then=NODE, failed=NODE),
    "record": _section(
        "record into then failed", record=PROMPT, into=VARIABLE, longest=SECONDS, then=NODE, failed=NODE
    ),
    "send": _section(
        "send then",
        send=SLUG,
        via={"enum": [each.value for each in Via]},
        to=VARIABLE,
        **{"with": _texts(VARIABLE)},
        then=NODE,
    ),
    "ticket": _section(
        "ticket then failed", ticket=SLUG, **{"with": _texts(VARIABLE)}, into=VARIABLE, then=NODE, failed=NODE
    ),
    "call_back": _section(
        "call_back booked declined",
        call_back=PROMPT,
        from_queue=SLUG,
        number=VARIABLE,
        booked=NODE,
        declined=NODE,
        **QUESTION,
    ),
    "go_to": _section("go_to", go_to=NODE),
    "sub_tree": _section(
        "sub_tree version then",
        sub_tree=SLUG,
        version={"type": "integer", "minimum": 1},
        gives=_texts(VARIABLE),
        then=NODE,
    ),
    "hang_up": _section("hang_up", hang_up=PROMPT),
}
"""By the entry that names the kind."""


def tree_schema() -> Schema:
    """The schema of the whole file."""
    top = _section(
        "tree title timezone start fallback nodes",
        tree=SLUG,
        title=TEXT,
        timezone={"type": "string", "examples": ["America/Bogota", "America/La_Paz"]},
        holidays={"type": "string", "pattern": "^[A-Z]{2}$"},
        closed_on=_texts({"type": "string", "format": "date"}),
        start=NODE,
        fallback=NODE,
        is_part=YES_OR_NO,
        variables={"type": "object", "propertyNames": VARIABLE},
        confidence=_section("", sure={"type": ["string", "number"]}, unsure={"type": ["string", "number"]}),
        words=_section("", no_input=PROMPTS, no_match=PROMPTS, confirm=PROMPT, sorry=PROMPT),
        everywhere=_list(_section("then", **CHOICE, then=NODE)),
        queues=_section("", **QUEUE_WAYS),
        nodes={
            "type": "object",
            "propertyNames": NODE,
            "additionalProperties": {"anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in NODE_KINDS]},
        },
    )
    line: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_LINE}
    recorded = _section("text", text=line, file={"type": "string", "description": "Its recording, beside this file."})
    one: Schema = {"anyOf": [line, recorded]}
    prompt: Schema = {
        "description": "What is said: a text with {variables}, or {text, file} where it is recorded, or several.",
        "anyOf": [*one["anyOf"], {"type": "array", "items": one, "minItems": 1}],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A tree that answers callers",
        **top,
        "$defs": {"prompt": prompt, **NODE_KINDS},
    }
