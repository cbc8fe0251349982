"""Passwords, sessions, masks and the chain of the audit: the thinking of who may do what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.access.actors import Actor, Role, Scope, Through
from cti_api.access.chain import Deed, Head, Link, closed, follow, linked
from cti_api.access.masking import mask_json, mask_text
from cti_api.access.matrix import MATRIX
from cti_api.access.passwords import weakness
from cti_api.access.rules import SAFE_METHODS
from cti_api.access.sessions import IDLE, LONGEST, Ended, Session, csrf_of, is_csrf

T0 = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


# ------------------------------------------------------------------ the table


def may(role: Role) -> set[str]:
    person = Actor(through=Through.SESSION, name="x", role=role, agent_id="x")
    return {
        f"{rule.method} {rule.path}"
        for rule in MATRIX
        if not rule.is_open and not rule.refusal(person, {rule.own: "x"} if rule.own else {})
    }


def test_an_operation_stands_in_the_table_once() -> None:
    known = [(rule.method, rule.path) for rule in MATRIX]
    assert len(known) == len(set(known))


def test_an_auditor_changes_nothing_but_their_own_session_and_password() -> None:
    asks = {"POST /api/v1/leads/search", "POST /api/v1/policy/diff", "POST /api/v1/leads/why", "POST /api/v1/evidence"}
    own = {"DELETE /api/v1/session", "PUT /api/v1/me/password"}
    assert {each for each in may(Role.AUDITOR) if not each.startswith(("GET ", "HEAD "))} == asks | own


def test_an_agent_reaches_their_seat_the_calendars_and_themselves_and_nothing_else() -> None:
    own = ("/agents/{agent_id}", "/calendars", "/me", "/session")
    besides = {"/", "/agente", "/ws/sip", "/pause-reasons", "/transfers", "/dispositions"}
    for operation in may(Role.AGENT):
        path = operation.split()[1].removeprefix("/api/v1")
        assert path in besides or path.startswith(own), operation
    assert "POST /api/v1/agents/{agent_id}/password" not in may(Role.AGENT)


def test_an_agent_is_refused_at_every_seat_that_is_not_theirs() -> None:
    for agent_id in ("ana", None):
        agent = Actor(through=Through.SESSION, name="ana", role=Role.AGENT, agent_id=agent_id)
        seats = [rule for rule in MATRIX if rule.own and Role.AGENT in rule.roles]
        assert len(seats) > 10
        assert all(rule.refusal(agent, {rule.own: "luis"}) for rule in seats)


def test_users_keys_the_law_and_erasures_are_changed_by_admins_alone() -> None:
    mine = ("/api/v1/users", "/api/v1/keys", "/api/v1/policy/changes", "/api/v1/privacy", "/api/v1/trees")
    found = [rule for rule in MATRIX if rule.path.startswith(mine) and rule.method != "GET"]
    assert len(found) == 14
    for rule in found:
        assert rule.roles == {Role.ADMIN}
        assert rule.scope is None


def test_whatever_may_change_something_is_written_down() -> None:
    unwritten = {f"{r.method} {r.path}" for r in MATRIX if r.method not in SAFE_METHODS and not r.audited}
    assert unwritten == {
        "POST /api/v1/campaigns/{campaign_id}/leads/preview",
        "POST /api/v1/campaigns/{campaign_id}/what-if",
        "WEBSOCKET /ws/sip",  # what is said over it is the telephone's
        "POST /api/v1/policy/diff",
        "POST /api/v1/leads/search",
        "POST /api/v1/leads/why",
        "POST /api/v1/registries/copies/{copy_id}/entries",
        "POST /api/v1/registries/lines",
    }
    voices = [rule for rule in MATRIX if rule.path.endswith(("recording", "{question}")) and rule.method == "GET"]
    assert all(rule.audited for rule in voices)


def test_a_key_opens_what_its_scopes_say_whatever_else_it_is() -> None:
    key = Actor(through=Through.KEY, name="crm", scopes=frozenset({Scope.LEADS}))
    opened = {rule.path for rule in MATRIX if not rule.is_open and not rule.refusal(key, {})}
    assert opened == {
        "/api/v1/campaigns/{campaign_id}/leads",
        "/api/v1/campaigns/{campaign_id}/leads/preview",
        "/api/v1/suppressions",
        "/api/v1/suppressions/numbers",
    }


# ------------------------------------------------------------------ passwords


@pytest.mark.parametrize(
    "password",
    ["corta", "x" * 129, "aaaaaaaaaaaaaaaa", "abababababababab", "contraseña2026!", "Password12345!", "qwertyuiop1234",
     "12345678901234", "vocero-vocero-1", "anadiaz.anadiaz", "AnaDiaz2026AnaDiaz", "Colombia2026!!", "1q2w3e4r5t6y7u",
     "supervisor1234", "contra\x00seña larga de veras", "medio \ud800 signo de algo"],
)  # fmt: skip
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    assert weakness(password, ("anadiaz", "Ana Díaz"))


@pytest.mark.parametrize(
    "password",
    [
        "cuatro palabras bien sueltas",
        "caballo-grapa-bateria",
        "Ñandú? 7 veces sí",
        "x9#kQ2!vbT7z",
        "密" * 3 + "паролькакой-то",
    ],
)
def test_a_long_one_is_taken_whatever_signs_it_has(password: str) -> None:
    assert not weakness(password, ("anadiaz", "Ana Díaz"))


# ------------------------------------------------------------------ sessions


def session(role: Role, **facts: object) -> Session:
    return replace(
        Session(digest="", user_id="ana", name="Ana", role=role, agent_id=None, made_at=T0, seen_at=T0, disabled=False),
        **facts,
    )


@pytest.mark.parametrize("role", Role)
def test_a_session_ends_idle_and_in_any_case(role: Role) -> None:
    second = timedelta(seconds=1)
    assert session(role).ended(T0 + IDLE[role] - second) is None
    assert session(role).ended(T0 + IDLE[role]) in (Ended.IDLE, Ended.LONG)
    seen = session(role, seen_at=T0 + LONGEST - second)
    assert seen.ended(T0 + LONGEST - second) is None
    assert seen.ended(T0 + LONGEST) is Ended.LONG
    assert session(role, disabled=True).ended(T0) is Ended.DISABLED


def test_a_session_from_the_future_is_none() -> None:
    """A clock that was wrong for a day gives nobody a day more."""
    assert session(Role.ADMIN, made_at=T0 + timedelta(days=1)).ended(T0) is Ended.LONG


def test_the_token_for_changes_is_that_of_its_own_cookie() -> None:
    assert is_csrf("a", csrf_of("a"))
    for told in ("", "a", csrf_of("b"), csrf_of("a")[:-1], "ñ", "\udc80"[:0]):
        assert not is_csrf("a", told)


# ------------------------------------------------------------------ masks


def test_numbers_are_masked_wherever_they_stand_and_times_and_ids_stay() -> None:
    kept = [
        "2026-11-25T08:00:00.123456+00:00", "2026-11-25 08:00", "4f0c12345678901234a", "placa ABC123", "cita 14:30",
        "123456", "0" * 16,
    ]  # fmt: skip
    for text in kept:
        assert mask_text(text) == text
    gone = {
        "+573001234567": "+•••••••••567",
        "llame al 300 123 4567 hoy": "llame al ••• ••• •567 hoy",
        "(601) 555-0100": "(•••) •••-•100",
        "3001234567,3009876543": "•••••••567,•••••••543",
        "tel:+57-300-123-4567;x": "tel:+••-•••-•••-•567;x",
    }
    for text, masked in gone.items():
        assert mask_text(text) == masked


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.from_regex(r"\+57[0-9]{10}", fullmatch=True),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=10,
    )
)
def test_a_masked_document_is_the_same_but_for_its_numbers(document: object) -> None:
    def masked(value: object) -> object:
        match value:
            case str():
                return mask_text(value)
            case list():
                return [masked(each) for each in value]
            case dict():
                return {mask_text(name): masked(each) for name, each in value.items()}
        return value

    for ensure_ascii in (True, False):
        assert json.loads(mask_json(json.dumps(document, ensure_ascii=ensure_ascii))) == masked(document)


# ------------------------------------------------------------------ the chain


def chain(length: int) -> tuple[list[Link], Head]:
    links, head = [], Head()
    for n in range(length):
        deed = Deed(
            at=T0 + timedelta(seconds=n), who="person:ana", address="", what="POST /x", target=f"n={n}", said=""
        )
        links.append(linked(head, deed))
        head = Head(seq=links[-1].seq, digest=links[-1].digest)
    return links, head


def test_a_thousand_rows_changed_one_at_a_time_are_a_thousand_found() -> None:
    links, head = chain(100)
    assert not closed(follow(Head(), links), head).fault
    found = 0
    for place, link in enumerate(links):
        others = [
            replace(link, deed=replace(link.deed, **{field: value}))
            for field, value in [
                ("at", link.deed.at + timedelta(microseconds=1)), ("who", "person:luis"), ("address", "::1"),
                ("what", "GET /x"), ("target", ""), ("said", "x"),
            ]
        ]  # fmt: skip
        others += [replace(link, digest="0" * 64), replace(link, seq=link.seq + 1)]
        for other in others:
            found += bool(closed(follow(Head(), [*links[:place], other, *links[place + 1 :]]), head).fault)
        found += bool(closed(follow(Head(), links[:place] + links[place + 1 :]), head).fault)
        found += bool(closed(follow(Head(), [*links[: place + 1], link, *links[place + 1 :]]), head).fault)
    assert found == 1000


def test_what_moves_from_one_field_into_the_next_is_another_row() -> None:
    deed = Deed(at=T0, who="a", address="b", what="c", target="d", said="e")
    assert linked(Head(), deed).digest != linked(Head(), replace(deed, who="ab", address="")).digest
