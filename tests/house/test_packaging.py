"""What an installed Vocero holds."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    """The versions of a lock file."""
    lines = (ROOT / name).read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", line) for line in lines)
    return {re.sub(r"[._]", "-", pin[1]).lower(): pin[2] for pin in found if pin}


def names(requirements: list[str]) -> set[str]:
    return {re.sub(r"[._]", "-", re.match(r"[A-Za-z0-9._-]+", line)[0]).lower() for line in requirements}


def test_each_lock_names_every_dependency_with_hashes_and_no_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runs = names(project["dependencies"] + project["optional-dependencies"]["build"])
    tests = names(project["optional-dependencies"]["dev"])
    for lock, wanted in (("requirements.lock", runs), ("requirements-dev.lock", runs | tests)):
        text = (ROOT / lock).read_text()
        assert wanted <= pins(lock).keys(), f"{lock} lacks something: run `make lock`"
        assert "://" not in text
        assert text.count("--hash=") >= len(pins(lock))


def test_what_runs_is_what_is_tested_and_has_no_test_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runs, tested = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runs.items() <= tested.items()
    assert not names(project["optional-dependencies"]["dev"]) & runs.keys()


def test_each_package_can_be_imported_alone():
    for package in ("cti_api.ports", "dialer.engine.engine", "vocero.cli"):
        code = f"import {package}"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)


def test_the_dialer_does_not_need_what_only_the_ivr_needs():
    code = (
        "import sys, dialer.engine.engine as _; print([m for m in ('vosk', 'pydub', 'panoramisk') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_no_file_of_one_machine_is_in_the_repository():
    """A tracked link `.venv` once put another checkout's in the place of everybody's own."""
    tracked = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    links = [line.split("\t")[1] for line in tracked.splitlines() if line.startswith("120000")]
    listed = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    ignored = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (links, ignored) == ([], "")
