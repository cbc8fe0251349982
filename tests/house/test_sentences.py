"""Whatever the API says is wrong with what people write, pages say in Spanish: each sentence has another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_api.console.sentences import said, said_too, sentences
from cti_api.errors import Fault, InputError
from cti_api.web.problems import problem_of

SPOKEN = (
    "cti_api/campaign_file/*.py",
    "cti_api/survey_file/*.py",
    "cti_api/lead_file/*.py",
    "cti_api/queue_file.py",
    "cti_api/yaml_tree.py",
    "cti_api/appointments/weekly.py",
    "cti_api/law/registry_file.py",
    "cti_api/messages/content.py",
    "cti_api/numbers/phones.py",
    "cti_api/numbers/prefixes.py",
    "cti_api/numbers/several.py",
    "cti_api/web/campaigns.py",
    "cti_api/web/imports.py",
    "cti_api/web/queues.py",
    "cti_api/web/registries.py",
    "cti_api/web/surveys.py",
    "cti_api/web/why.py",
    "cti_api/web/trees.py",
    "dialer/leads/gate.py",
    "ivr/tree/check*.py",
    "ivr/tree/published.py",
    "ivr/tree/read*.py",
)
"""Where every sentence is for people who write files, lists and forms."""
ALSO = (
    "cti_api/access/passwords.py",
    "cti_api/border.py",
    "cti_api/store/machine_keys.py",
    "cti_api/store/messages.py",
    "cti_api/store/users.py",
    "cti_api/web/appointments.py",
    "cti_api/web/campaign_limits.py",
    "cti_api/web/refusals.py",
    "cti_api/web/sign_in.py",
    "dialer/leads/law.py",
    "ivr/tree/prompts.py",
)
"""Where some are."""
SAYS = frozenset({
    "ValueError", "NotAllowed", "fault", "note", "Fault", "Finding", "Refusal", "InputError", "Conflict", "NotFound",
    "RejectedRow", "_reject", "BadRecord", "_fault", "_unreadable", "_Unreadable", "_refused", "_condition",
    "DialDecision", "PrefixVerdict", "RefusedLine", "RefusedPhone", "Unsendable", "make_problem", "append",
})  # fmt: skip
"""Calls whose texts are sentences."""
KEEPS = frozenset({
    "message", "reason", "hint", "what", "why", "who", "when", "until", "second", "found", "told", "unknown", "refused",
    "obstacles", "which", "QUOTES", "REASONS", "NO_DATE", "ERASED_PERSON", "_NOT_DIALING", "NEVER",
})  # fmt: skip
"""Names that a sentence is kept under on its way."""


def _texts(node: ast.AST | None) -> Iterator[str]:
    """The sentences that an expression may be, each with `{}` where its values stand; and those within its values."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            whole = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            yield re.sub(r"(\{\})+", "{}", whole)
            for part in parts:
                if isinstance(part, ast.FormattedValue) and not isinstance(part.value, ast.Constant):
                    yield from _texts(part.value)
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(one), *_texts(other))
        case ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.Dict(values=several) | ast.List(elts=several):
            for each in several:
                yield from _texts(each)
        case ast.ListComp(elt=each) | ast.GeneratorExp(elt=each):
            yield from _texts(each)
        case _:
            return


def _said_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SAYS:
                for given_to_it in (*node.args, *(each.value for each in node.keywords)):
                    yield from _texts(given_to_it)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if name in KEEPS:
                yield from _texts(node.value)
            case ast.AugAssign(target=ast.Name(id=name)) if name in KEEPS:
                yield from _texts(node.value)
            case ast.Assign(targets=[ast.Tuple(elts=names)]) if any(getattr(n, "id", "") in KEEPS for n in names):
                yield from _texts(node.value)
            case ast.Return(value=value):
                yield from _texts(value)
            case _:
                continue


def _of(patterns: tuple[str, ...]) -> dict[str, str]:
    """What is a sentence, or part of one: words with blanks between them; and where it is said."""
    found = {
        text: str(path)
        for pattern in patterns
        for path in sorted(Path().glob(pattern))
        for text in _said_in(path)
        if re.search(r"[a-z]{2}", text.replace("{}", "")) and " " in text.strip()
    }
    assert len(found) > 5
    return found


def test_every_sentence_about_what_people_write_has_its_spanish() -> None:
    missing = {text: where for text, where in _of(SPOKEN).items() if text not in sentences()}
    assert missing == {}


def test_no_spanish_stands_there_for_a_sentence_that_nobody_says() -> None:
    there = "\n".join(text for text in (*_of(SPOKEN), *_of(ALSO)))
    assert [text for text in sentences() if text not in there and " " in text.replace("{}", "").strip()] == []


def test_every_value_of_a_sentence_is_in_it_or_left_out_on_purpose() -> None:
    for text, other in sentences().items():
        places = {int(each) for each in re.findall(r"\{([0-9])\}", other)}
        assert places <= set(range(text.count("{}"))), text
        assert "{}" not in other, text


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("must be a whole number from 1 to 9", "debe ser un número entero de 1 a 9"),
        ("must be from 3 % to 10 %; 5 % is written `5 %`", "debe estar entre 3 % y 10 %; 5 % se escribe `5 %`"),
        ("there is no such entry; did you mean `mode`?", "no existe esa entrada; ¿quiso decir `mode`?"),
        ("`12-x`: this is not a telephone number", "`12-x`: esto no es un teléfono"),
        (
            "its key is in the campaign already: line 3 of an earlier list",
            "su clave ya está en la campaña: línea 3 de una lista anterior",
        ),
        ("HTTP 400: no", ""),
        ("", ""),
    ],
)
def test_a_sentence_comes_with_its_values_and_those_that_are_sentences_too(english: str, spanish: str) -> None:
    assert said(english) == spanish


@given(st.text(max_size=300))
def test_whatever_somebody_wrote_is_looked_at_and_never_fails(written: str) -> None:
    said(written)
    assert said(f"is missing: {written} needs it").startswith("falta: ")


def test_a_problem_says_both() -> None:
    fault = Fault("mode", "must be one of manual, preview", 4)
    body = said_too(problem_of(InputError("The campaign file has faults; nothing was changed.", [fault])).body)
    assert body["said"] == "El archivo de la campaña tiene fallas; no se cambió nada."
    assert body["faults"][0]["said"] == "debe ser uno de estos: manual, preview"
    assert body["faults"][0]["message"] == "must be one of manual, preview"
