"""The floor plan of README.md, as data, held against every import.

Floor 0 model · 1 thinking · 2 doing · 3 engines · 4 doors. A module may use its own floor and those below. Thinking is
pure: it neither waits, nor reads the clock, nor opens anything.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("cti_api", "dialer", "ivr", "audio", "vocero", "monitoring")

FLOORS = {
    "cti_api.model": 0,
    "cti_api.errors": 0,
    "cti_api.clock": 0,
    "cti_api.ports": 0,
    "cti_api.ivr_ports": 0,
    "cti_api.news": 0,
    "cti_api.live_ports": 0,
    "cti_api.access": 1,
    "cti_api.access.hashing": 2,
    "cti_api.access.tokens": 2,
    "cti_api.appointments": 1,
    "cti_api.campaign_file": 1,
    "cti_api.survey_file": 1,
    "cti_api.lead_file": 1,
    "cti_api.queue_file": 1,
    "cti_api.numbers": 1,
    "cti_api.yaml_tree": 1,
    "cti_api.kpi": 1,
    "cti_api.evidence": 1,
    "cti_api.erasing": 2,
    "cti_api.journal_mask": 2,
    "cti_api.law": 1,
    "cti_api.law.terms": 0,
    "cti_api.law.shipped": 2,
    "cti_api.law.on_disk": 2,
    "cti_api.wall_clock": 1,
    "cti_api.recycling": 1,
    "dialer.telephony": 1,
    "dialer.live": 1,
    "dialer.truth": 1,
    "dialer.calls": 1,
    "dialer.agents": 1,
    "dialer.leads": 1,
    "dialer.pacing": 1,
    "dialer.simulate": 1,
    "dialer.trunks": 1,
    "dialer.ami.wire": 1,
    "dialer.ami.actions": 1,
    "dialer.ami.extensions": 1,
    "dialer.ami.callers": 1,
    "dialer.ami.translate": 1,
    "dialer.ami": 2,
    "cti_api.border": 2,
    "cti_api.agent_settings": 2,
    "cti_api.browser_settings": 2,
    "cti_api.settings": 2,
    "cti_api.setting_values": 2,
    "cti_api.settings_mode": 2,
    "cti_api.settings_paths": 2,
    "cti_api.console_settings": 2,
    "cti_api.inbound_settings": 2,
    "cti_api.speech_settings": 2,
    "cti_api.look_up_settings": 2,
    "cti_api.kpi_settings": 2,
    "cti_api.message_settings": 2,
    "cti_api.kept_secret": 2,
    "cti_api.links": 2,
    "cti_api.list_reader": 2,
    "cti_api.logs": 2,
    "cti_api.side_by_side": 2,
    "cti_api.sip_accounts": 2,
    "cti_api.sounds": 2,
    "cti_api.store": 2,
    "cti_api.relay": 3,
    "cti_api.survey_deadlines": 3,
    "cti_api.counting": 3,
    "cti_api.figures": 3,
    "cti_api.kpi_goals": 3,
    "cti_api.metrics": 2,
    "cti_api.metrics.indicators": 1,
    "cti_api.metrics.refresh": 3,
    "cti_api.reports": 3,
    "cti_api.reports.cell_text": 1,
    "cti_api.reports.control_sheet": 2,
    "cti_api.reports.cover_sheet": 2,
    "cti_api.reports.csv_sheets": 1,
    "cti_api.reports.document": 1,
    "cti_api.reports.drawn": 2,
    "cti_api.reports.kinds": 1,
    "cti_api.reports.laid_out": 1,
    "cti_api.reports.looks": 2,
    "cti_api.reports.periods": 1,
    "cti_api.reports.reasons": 1,
    "cti_api.reports.survey_sheet": 2,
    "cti_api.reports.survey_tables": 1,
    "cti_api.reports.words": 1,
    "cti_api.reports.xlsx": 2,
    "cti_api.reports.mail_words": 1,
    "cti_api.reports.run": 1,
    "cti_api.reports.schedule": 1,
    "cti_api.report_settings": 2,
    "cti_api.web.csv_text": 1,
    "cti_api.messages": 3,
    "cti_api.messages.answer": 1,
    "cti_api.messages.content": 1,
    "cti_api.messages.hooks": 1,
    "cti_api.messages.lawful": 1,
    "cti_api.messages.machine": 1,
    "cti_api.messages.no_words": 1,
    "cti_api.streams": 3,
    "cti_api.streams.asked": 1,
    "cti_api.streams.fields": 1,
    "cti_api.streams.payloads": 1,
    "cti_api.streams.schema": 1,
    "cti_api.streams.topics": 1,
    "cti_api.streams.wire": 1,
    "cti_api.streams.presence": 1,
    "cti_api.streams.addresses": 1,
    "cti_api.streams.pauses": 1,
    "cti_api.streams.queue_log": 1,
    "cti_api.what_if": 1,
    "cti_api.board": 1,
    "cti_api.board.gather": 3,
    "cti_api.board.stream": 3,
    "cti_api.stream_settings": 2,
    "cti_api.web": 3,
    "cti_api.console": 3,
    "cti_api.console.sentences": 2,
    "cti_api.console.words": 2,
    "dialer.engine": 3,
    "dialer.queues": 1,
    "audio": 2,
    "audio.pcm": 1,
    "audio.alike": 1,
    "audio.aloud": 1,
    "audio.g711": 1,
    "audio.recognise": 1,
    "audio.recognition_wire": 1,
    "audio.wire": 1,
    "audio.pace": 1,
    "audio.spoken": 1,
    "audio.endpoint": 1,
    "ivr.tree": 1,
    "ivr.survey": 1,
    "ivr.understanding": 1,
    "ivr.look_ups": 2,
    "ivr.look_ups.spec": 1,
    "ivr.look_ups.request": 1,
    "ivr.look_ups.answer": 1,
    "ivr.look_ups.breaker": 1,
    "ivr.call": 3,
    "ivr.call.asking": 1,
    "ivr.prompts_ahead": 3,
    "ivr.prompt_sessions": 1,
    "ivr.agi": 2,
    "ivr.agi.wire": 1,
    "ivr.agi.verbs": 1,
    "ivr": 2,
    "vocero": 4,
    "monitoring": 2,
}
"""By the longest name that fits. A module that fits none fails the test: where it lives is part of writing it."""

MAY_USE = {
    "cti_api": {"cti_api"},
    "dialer": {"dialer", "cti_api"},
    "ivr": {"ivr", "cti_api", "audio"},
    "audio": {"audio", "cti_api"},
    "vocero": {"vocero", "cti_api", "dialer", "ivr", "audio"},
    "monitoring": {"monitoring", "cti_api"},
}
AUDIO_MAY_USE_OF_CTI_API = ("cti_api.errors", "cti_api.clock")

IMPURE = {
    "asyncio", "socket", "threading", "multiprocessing", "subprocess", "time", "os", "logging", "signal", "select",
    "shutil", "tempfile", "sqlite3", "urllib", "http", "ssl",
}  # fmt: skip
READS_THE_CLOCK = {"cti_api.clock"}
"""Where the machine's clock enters; everything else is handed a `Clock`."""
OF_RANDOM = {"Random"}
PURE_PACKAGES = {
    "phonenumbers", "holidays", "ruamel", "numpy", "charset_normalizer", "python_calamine", "icalendar", "jinja2",
    "num2words",
}  # fmt: skip
"""Installed packages that a thought may need: they only compute, over what they are handed."""

MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> int | None:
    fits = [known for known in FLOORS if module == known or module.startswith(known + ".")]
    return FLOORS[max(fits, key=len)] if fits else None


def imports_of(path: Path) -> set[tuple[str, str]]:
    """(module, name) of each import that runs; those under ``if TYPE_CHECKING`` count too: a type is a dependency."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_module_stands_on_its_floor(path):
    module = name_of(path)
    if path.name == "__init__.py" and not imports_of(path):
        return
    floor = floor_of(module)
    assert floor is not None, f"{module} has no floor: add it to FLOORS"
    home = module.split(".", maxsplit=1)[0]
    for imported, name in imports_of(path):
        package = imported.split(".", maxsplit=1)[0]
        if package in PACKAGES:
            assert package in MAY_USE[home], f"{module} may not use {imported}"
            if home == "audio" and package == "cti_api":
                assert imported in AUDIO_MAY_USE_OF_CTI_API, f"{module} may not use {imported}"
            whole = f"{imported}.{name}"
            used = floor_of(whole if floor_of(whole) is not None else imported)
            assert used is None or used <= floor, f"{module} (floor {floor}) uses {imported} (floor {used})"
        elif floor <= 1 and module not in READS_THE_CLOCK:
            assert package not in IMPURE, f"{module} thinks: it may not import {imported}"
            assert package != "random" or name in OF_RANDOM, f"{module} thinks: of random only Random"
            standard = package in __import__("sys").stdlib_module_names
            pure = standard if floor == 0 else standard or package in PURE_PACKAGES
            assert pure, f"{module} (floor {floor}) may not use the package {package}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_file_outgrows_one_idea(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=name_of)
def test_a_package_begins_with_one_docstring_and_nothing_else(path):
    body = ast.parse(path.read_text()).body
    assert len(body) == 1
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_no_python_file_is_in_the_folder_asterisk():
    """The package pyst2 installs an import package of that name."""
    assert not list((ROOT / "asterisk").rglob("*.py"))
