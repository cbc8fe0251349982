"""Every kind of event has a schema, and what the schema promises survives an erasure."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.model.events import EventKind
from cti_api.store.left import PAYLOAD_KEPT
from cti_api.streams.payloads import PAYLOADS
from cti_api.streams.schema import ENVELOPE, NULLABLE, event_schema
from tests.support.store import event
from tests.support.told import faults_of

OF_A_PERSON = [kind for kind, told in PAYLOADS.items() if "lead_id" in told.of or kind is EventKind.NUMBER_SUPPRESSED]


@pytest.mark.parametrize("kind", EventKind)
def test_a_kind_has_a_schema(kind: EventKind) -> None:
    assert kind in PAYLOADS, f"{kind} is not in cti_api/streams/payloads.py"
    assert kind.value in event_schema()["$defs"]


@pytest.mark.parametrize("kind", OF_A_PERSON)
def test_what_an_event_of_an_erased_person_loses_is_said(kind: EventKind) -> None:
    for name, field in PAYLOADS[kind].payload.items():
        assert (name in PAYLOAD_KEPT) or field.goes, f"{kind}: {name} goes with its person: say `personal`"


def test_an_event_that_is_not_as_its_schema_says_is_found() -> None:
    right = event(EventKind.CALL_ORIGINATED, seq=1, campaign_id="c", lead_id=1, attempt_id="a", payload={"trunk": "t"})
    assert faults_of(right) == []
    wrong = event(EventKind.CALL_ORIGINATED, seq=0, campaign_id="c", lead_id=1, payload={"trunk": 7, "to": "x"})
    assert sorted(faults_of(wrong)) == [
        "call.originated.attempt_id: None is no string",
        "call.originated.payload.to: is not in the schema",
        "call.originated.payload.trunk: 7 is no string",
        "call.originated.seq: 0 is less than 1",
    ]


def test_the_schema_speaks_of_every_field_of_the_envelope() -> None:
    for kind, schema in event_schema()["$defs"].items():
        assert list(schema["properties"]) == list(ENVELOPE) == schema["required"], kind
        of = PAYLOADS[EventKind(kind)].of
        assert set(of) <= set(NULLABLE)


def test_the_page_tells_of_every_kind_in_the_words_of_the_schema() -> None:
    page = (Path(__file__).parents[2] / "docs/events.md").read_text(encoding="utf-8")
    assert page.endswith("".join(f"| `{kind.value}` | {told.when} |\n" for kind, told in PAYLOADS.items()))
