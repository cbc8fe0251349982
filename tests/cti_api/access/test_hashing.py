"""Hashes of passwords: what is kept, what a name costs that nobody has, and how many are made at once."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError

from cti_api.access.hashing import _NOBODYS, MEMORY_KIB, MOST_WAITING, Hashes
from cti_api.errors import TooOften


async def test_a_hash_fits_its_password_however_its_accents_are_typed_and_no_other() -> None:
    hashes = Hashes()
    kept = await hashes.make("contrase\u00f1a de familia")
    assert await hashes.fits("contrasen\u0303a de familia", kept)
    assert not await hashes.fits("contrasena de familia", kept)
    assert not hashes.is_old(kept)
    parameters = extract_parameters(kept)
    assert (parameters.memory_cost, parameters.type.name) == (MEMORY_KIB, "ID")
    assert MEMORY_KIB >= 46 * 1024


async def test_a_name_that_nobody_has_costs_what_any_other_costs() -> None:
    hashes = Hashes()
    assert extract_parameters(_NOBODYS) == extract_parameters(await hashes.make("cualquiera de ellas"))
    with pytest.raises(VerifyMismatchError):  # it is compared to the end, and not thrown out as no hash
        hashes._hasher.verify(_NOBODYS, "x")
    assert not await hashes.fits("x", None)


async def test_who_comes_when_too_many_wait_is_asked_to_come_again() -> None:
    hashes = Hashes()
    answers = await asyncio.gather(
        *(hashes.fits("x", "$argon2id$broken") for _ in range(MOST_WAITING + 5)), return_exceptions=True
    )
    assert sum(isinstance(answer, TooOften) for answer in answers) == 5
    assert sum(answer is False for answer in answers) == MOST_WAITING
