"""`vocero policy diff|apply|approve …` as two people use it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.law.shipped import shipped_written
from cti_api.store.law_at_start import take_up_law
from cti_api.store.store import Store
from tests.support.control_server import ControlServer
from tests.support.laws import LATER, SATURDAY_LONGER, SATURDAY_SHORTER, text_with
from tests.support.shell import Shell


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which the shipped packs are in force."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("store"))

    async def first_start() -> None:
        clock = SystemClock()
        async with Store.open(f"sqlite:///{path}", clock=clock) as store:
            await take_up_law(store.policies, shipped_written(), clock.now(), shipped=True)

    asyncio.run(first_start())
    return Path(path)


@pytest.fixture
def shell(server: ControlServer, alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    Path("longer.yaml").write_text(text_with("co", LATER, SATURDAY_LONGER), encoding="utf-8")
    Path("shorter.yaml").write_text(text_with("co", LATER, SATURDAY_SHORTER), encoding="utf-8")
    return alone


def test_a_supervisor_reads_what_a_change_would_do(shell: Shell) -> None:
    told = shell("policy", "diff", "longer.yaml").out
    assert "sábados: 08:00–15:00 → 08:00–18:00" in told
    assert "Afloja las reglas: hace falta la aprobación de una segunda persona." in told
    assert "Solo restringe" in shell("policy", "diff", "shorter.yaml").out
    assert shell("policy", "diff", "longer.yaml", "--json").json["effect"] == "loosens"


def test_two_people_loosen_the_law(shell: Shell, server: ControlServer) -> None:
    said = shell("policy", "apply", "longer.yaml", "--by", "Ana").out
    assert "waits as change 2 for a second person" in said
    assert "sábados" in shell("policy", "pending").out
    assert "another person" in shell("policy", "approve", "2", "--by", "ana", expect=1).err
    assert server.dialer.law == ()
    assert "In force from the next decision on: co 2026-12-01" in shell("policy", "approve", "2", "--by", "Luis").out
    assert Path("longer.yaml").read_text(encoding="utf-8") in server.dialer.law
    assert "Nothing waits" in shell("policy", "pending").err
    told = shell("policy", "log", "--json").json[-1]
    assert (told["by"], told["second"], told["state"]) == ("Ana", "Luis", "applied")


def test_old_decisions_stay_explained(shell: Shell) -> None:
    shell("policy", "apply", "shorter.yaml", "--by", "Ana")
    rule = ("--rule", "co-2300-art3-hours")
    assert "sábados: 08:00–15:00" in shell("policy", "show", "co", "--version", "2026-11-25", *rule).out
    assert "sábados: 08:00–12:00" in shell("policy", "show", "co", *rule).out
    assert shell("policy", "show", "co", "--text").out == Path("shorter.yaml").read_text(encoding="utf-8")
    everything = shell("policy", "show", "co").out
    assert "2026-12-01: desde el" in everything
    assert "no rule co-none" in shell("policy", "show", "co", "--rule", "co-none", expect=2).err
    assert "co" in shell("policy", "list").out


def test_a_file_with_faults_is_refused_before_it_is_sent(shell: Shell) -> None:
    Path("wrong.yaml").write_text(text_with("co", ("purposes: commercial", "purposes: sales")), encoding="utf-8")
    for command in (("diff", "wrong.yaml"), ("apply", "wrong.yaml", "--by", "Ana")):
        assert "must be one of" in shell("policy", *command, expect=2).err


def test_a_change_may_be_withdrawn(shell: Shell) -> None:
    shell("policy", "apply", "longer.yaml", "--by", "Ana")
    assert "withdrawn" in shell("policy", "withdraw", "2", "--by", "Ana").out
    assert "already" in shell("policy", "approve", "2", "--by", "Luis", expect=1).err
