"""A list's words for what a consent was given for."""

from __future__ import annotations

import pytest

from cti_api.law.consent_words import CHANNELS, as_law_reads, purposes_in
from cti_api.law.terms import Channel, Purpose
from cti_api.model import consents as told
from tests.support.law import LONG_AGO


@pytest.mark.parametrize(
    ("text", "purposes"),
    [
        ("Mercadeo", {Purpose.COMMERCIAL}),
        ("publicidad, encuestas", {Purpose.COMMERCIAL, Purpose.SURVEY}),
        ("asked_for", {Purpose.ASKED_FOR}),
        ("COBRANZA / cartera", {Purpose.COLLECTIONS}),
        ("", set()),
        ("lo que sea", set()),
        ("comercialización", set()),
    ],
)
def test_words_that_are_not_known_consent_to_nothing(text: str, purposes: set[Purpose]) -> None:
    assert purposes_in(text) == purposes


def test_every_channel_of_a_list_is_one_of_the_laws() -> None:
    assert set(CHANNELS) == set(told.Channel)
    assert set(CHANNELS.values()) == set(Channel)


def test_a_list_never_says_that_the_person_came_by_themselves() -> None:
    consent = as_law_reads(told.Consent(channel=told.Channel.SMS, at=LONG_AGO, evidence="f", purpose="servicio"))
    assert (consent.own_initiative, consent.revoked_at, consent.given_at) == (False, None, LONG_AGO)
