"""A pack's file: every fault with its line and path, and nothing invented in those that are shipped."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from cti_api.errors import InputError
from cti_api.law import shipped
from cti_api.law.pack_file import MOST_RULES, PACK_FILE, parse_pack
from cti_api.law.rules import Opening, Reach, Registry, Window
from cti_api.law.terms import Certainty, Channel, Purpose
from tests.support.law import PACKS

FOLDER = Path(shipped.__file__).parent / "packs"

SMALL = """\
pack: casa
title: Casa
version: 2026-11-25
review_before: 2027-05-01
regions: [EC]
zones: [America/Guayaquil]
holidays: {calendar: EC, years: 2020-2030}
rules:
  hours:
    type: window
    purposes: any
    channels: any
    days:
      mon-fri: [08:00-12:00, 14:00-24:00]
      sat: 09:00-12:00
    holidays: closed
    source: una prueba
    seen: 2026-11-01
    certainty: prudence
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        parse_pack(text)
    return [str(fault) for fault in refused.value.faults]


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def test_a_small_pack_is_read() -> None:
    pack = parse_pack(SMALL)
    (rule,) = pack.rules
    assert (pack.name, pack.regions, pack.version) == ("casa", {"EC"}, date(2026, 11, 25))
    assert isinstance(rule, Window)
    assert isinstance(rule.days, dict)
    assert rule.days[4] == ((time(8), time(12)), (time(14), time(0)))
    assert rule.days[5] == ((time(9), time(12)),)
    assert 6 not in rule.days
    assert (rule.purposes, rule.channels) == (frozenset(Purpose), frozenset(Channel))
    assert rule.margin == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("pack: casa", "pack: Casa Grande", "line 1, pack: must be lower-case"),
        ("title: Casa\n", "", "title: is missing"),
        ("version: 2026-11-25", "version: 2026-02-30", "line 3, version: must be a day"),
        ("version: 2026-11-25", "version: yesterday", "line 3, version: must be a day"),
        ("2027-05-01", "2026-05-01", "line 4, review_before: must be after `version`"),
        ("regions: [EC]", "regions: [Ecuador]", "line 5, regions[0]: must be a country's two letters"),
        ("regions: [EC]", "regions: [EC, unknown]", "line 5, regions: must be countries, or one of"),
        ("zones: [America/Guayaquil]\n", "", "zones: must name the time zones"),
        ("America/Guayaquil", "America/Guayakil", "line 6, zones[0]: must be a time zone"),
        ("calendar: EC", "calendar: QQ", "line 7, holidays.calendar: must be a country"),
        ("2020-2030", "2030-2020", "line 7, holidays.years: must be the first and the last year"),
        ("2020-2030", "2020-2999", "line 7, holidays.years: must be from"),
        ("years: 2020-2030", "years: 2020-2030, added: {2031-01-02: x}", "is in none of the pack's years"),
        ("years: 2020-2030", "years: 2020-2030, added: {mañana: x}", "must be a day such as"),
        ("years: 2020-2030", "years: 2020-2030, confirmed: {2026-01-02: yes}", "must be holiday or working_day"),
        ("holidays: {calendar: EC, years: 2020-2030}\n", "", "rules.hours.holidays: needs the pack's `holidays`"),
        ("type: window", "type: windows", "line 10, rules.hours.type: must be one of window, limit"),
        ("purposes: any", "purposes: [sales]", "line 11, rules.hours.purposes[0]: must be one of collections"),
        ("purposes: any", "purposes: [survey]", "line 8, rules: no rule of `type: window` says when `collections`"),
        ("purposes: any", "purposes: [any, survey]", "rules.hours.purposes: must be `any` alone"),
        ("channels: any", "channels: [voice, sms]", "may use whatsapp, email"),
        ("channels: any", "channels: any\n    in_force: false", "no rule of `type: window` says"),
        ("mon-fri:", "monday:", "rules.hours.days.monday: must be a day or a range of days"),
        ("14:00-24:00", "11:00-24:00", "rules.hours.days: two windows of one day overlap, at 11:00"),
        ("09:00-12:00\n", "09:00-09:01\n", "rules.hours.days: the window from 09:00 is shorter than its margin"),
        ("08:00-12:00", "12:00-08:00", "rules.hours.days.mon-fri[0]: must end after it begins"),
        ("08:00-12:00", "08:00-12:00:30", "rules.hours.days.mon-fri[0]: must be to the minute"),
        ("    days:\n", "    open: always\n    days:\n", "rules.hours.days: must be there, or `open: always`"),
        ("    holidays: closed\n", "", "line 9, rules.hours.holidays: is missing"),
        ("    holidays: closed\n", "    holidays: no\n", "rules.hours.holidays: must be open or closed"),
        ("    source: una prueba\n", "", "line 9, rules.hours.source: is missing"),
        ("seen: 2026-11-01", "seen: 2026-12-01", "rules.hours.seen: must not be after the pack's `version`"),
        ("certainty: prudence", "certainty: maybe", "rules.hours.certainty: must be one of sure, lawyer, prudence"),
        ("certainty: prudence", "certainty: prudence\n    margin: 10 s", "rules.hours.margin: must be from 1 min"),
        ("certainty: prudence", "certainty: prudence\n    at_most: 3", "rules.hours.at_most: there is no such entry"),
        ("  hours:", "  Hours of call:", "must be lower-case letters"),
        ("regions: [EC]", "regions: everywhere", "zones: are those of the country's pack"),
    ],
)
def test_a_fault_is_told_with_its_line_and_path(old: str, new: str, told: str) -> None:
    assert any(told in fault for fault in faults(changed(old, new))), faults(changed(old, new))


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    wrong = changed("pack: casa", "pack: ''").replace("type: window", "type: x").replace("2020-2030", "2020")
    assert [fault.split(",")[0] for fault in faults(wrong)[:3]] == ["line 1", "line 7", "line 10"]


RULE = "    purposes: any\n    channels: any\n    source: x\n    seen: 2026-11-01\n    certainty: lawyer\n"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("type: limit\n    counts: calls\n    at_most: 1\n    per: day\n    among: person", "counts: must be one of"),
        (
            "type: limit\n    counts: attempts\n    at_most: 0\n    per: day\n    among: person",
            "at_most: must be a whole",
        ),
        ("type: limit\n    counts: attempts\n    at_most: 1\n    per: month\n    among: person", "per: must be one of"),
        ("type: channels\n    at_most: 9\n    per: week", "at_most: must be a whole number from 1 to 4"),
        (
            "type: gap\n    counts: attempts\n    at_least: soon\n    among: person",
            "at_least: must be a length of time",
        ),
        ("type: registry\n    registry: RNE\n    oldest: 1 s\n    oldest_at_start: 1 d", "oldest: must be from 1 min"),
        ("type: consent\n    for_channel: yes\n    own_initiative: false", "for_channel: must be true or false"),
        ("type: caller_prefix\n    prefixes: []", "prefixes: must have at least one entry"),
        ("type: caller_prefix\n    prefixes: ['600']", "prefixes[0]: must be a plus sign and digits"),
        ("type: min_ring\n    at_least: 1 h", "at_least: must be from 1 s to 2 min"),
        ("type: abandonment\n    at_most: 30 %\n    over: 30 d\n    agent_within: 2 s", "at_most: must be from 0 % to"),
        ("type: after_abandoned", "wait: is missing"),
        ("type: opt_out\n    wait: 1 h", "wait: there is no such entry"),
    ],
)
def test_each_type_of_rule_has_its_own_entries(rule: str, told: str) -> None:
    assert any(f"rules.one.{told}" in fault for fault in faults(f"{SMALL}  one:\n    {rule}\n{RULE}"))


def test_a_hostile_file_costs_little() -> None:
    assert "is larger than" in faults("x" * (PACK_FILE.largest_bytes + 1))[0]
    assert "second time" in faults(SMALL + SMALL.split("rules:\n")[1])[0]
    assert any("alias" in fault for fault in faults(changed("pack: casa", "pack: &a casa\nother: *a")))
    many = "".join(f"  r{n}:\n    type: opt_out\n{RULE}" for n in range(MOST_RULES + 1))
    assert any(f"at most {MOST_RULES} rules" in fault for fault in faults(SMALL + many))
    assert "not YAML" in faults("pack: [")[0]
    assert "list of names" in faults("- 1")[0]
    assert faults("{}")


def test_the_shipped_packs_are_all_there_is_in_the_folder() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*")) == sorted(shipped.SHIPPED)
    assert [pack.name for pack in PACKS] == list(shipped.SHIPPED)
    assert [pack.regions for pack in PACKS] == [{"CO"}, {"PE"}, {"BO"}, Reach.UNKNOWN]


def test_every_rule_names_its_pack_its_source_and_its_day() -> None:
    for pack in PACKS:
        assert len({rule.id for rule in pack.rules}) == len(pack.rules)
        for rule in pack.rules:
            assert rule.id.startswith(f"{pack.name}-")
            assert rule.source
            assert date(2026, 1, 1) <= rule.seen <= pack.version


def test_what_is_called_sure_names_a_law_and_what_is_prudence_does_not_pretend() -> None:
    for pack in PACKS:
        for rule in pack.rules:
            if rule.certainty is Certainty.SURE:
                assert any(word in rule.source for word in ("Ley", "Circular")), rule
            if not rule.in_force:
                assert rule.certainty is Certainty.LAWYER


def test_only_what_a_person_wishes_opens_colombia_at_any_hour() -> None:
    always = [(pack.name, rule.purposes) for pack in PACKS for rule in pack.rules if _is(rule, Opening.ALWAYS)]
    assert always == [("co", {Purpose.ASKED_FOR})]
    never = [pack.name for pack in PACKS for rule in pack.rules if _is(rule, Opening.NEVER)]
    assert never == ["strict"]


def _is(rule: object, opening: Opening) -> bool:
    return isinstance(rule, Window) and rule.days is opening


def test_the_rne_is_consulted_for_advertising_only() -> None:
    (rne,) = [rule for pack in PACKS for rule in pack.rules if isinstance(rule, Registry)]
    assert (rne.registry, rne.purposes, rne.oldest) == ("RNE", {Purpose.COMMERCIAL}, timedelta(hours=24))
