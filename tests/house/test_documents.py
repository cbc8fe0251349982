"""What README.md and docs/ tell people to type exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup

from vocero.cli import root_command
from vocero.commands.kpi import ByName

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "docker-compose.yml"]
ASIDE = re.compile(r"\s{2,}\S.*$|\s+#\s.*$|\s*(&&|\|\||[<|]).*$")
"""What stands beside a command: an explanation, or what is done with it."""


def commands() -> list[tuple[str, str]]:
    """Every line of a page that has a `vocero` command, from its name on."""
    found = []
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            typed = re.match(r"(?:    |#   )(?:.* )?vocero ((?:--settings|[a-z]+).*)$", line)
            parts = typed[1].split("&& vocero ") if typed and "--entrypoint" not in line else []
            found.extend((page.name, ASIDE.sub("", part)) for part in parts)
    return found


def make_targets() -> list[str]:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    return re.findall(r"(?:^    |`|&& )make (?:-C \S+ )?([a-z-]+)", text, re.MULTILINE)


@pytest.mark.parametrize(("page", "typed"), commands())
def test_a_command_and_its_options_exist(page: str, typed: str) -> None:
    here = root_command()
    words = [word for word in shlex.split(typed) if word != "…"]
    while words and isinstance(here, TyperGroup) and words[0] in here.commands:
        here = here.commands[words.pop(0)]
    if isinstance(here, ByName):
        here = here.commands["show"]  # what there are, or one of them by its name
    assert not isinstance(here, TyperGroup), f"{page}: vocero {typed}"
    options = {option for parameter in here.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options, f"{page}: vocero {typed}"


@pytest.mark.parametrize("target", make_targets())
def test_a_target_of_make_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
