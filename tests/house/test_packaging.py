"""What an installed Vocero holds."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_lock_names_every_dependency_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    locked = {re.sub(r"[._]", "-", line.split("==")[0].split("[")[0]) for line in lock.splitlines() if "==" in line}
    for requirement in wanted:
        name = requirement.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip().lower().replace(".", "-")
        assert name in locked, f"{name} is not in requirements.lock: run `make lock`"
    assert "://" not in lock
    assert lock.count("--hash=") >= len(locked)


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
