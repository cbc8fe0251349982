"""``python -m tests.bench``: every measured figure with its goal.

Each ``bench_*.py`` of this folder has a function ``figures``, async or not, that gives its `Figure`s. Nothing is
asserted here: a figure that misses its goal says so, and the exit code is 1. Run it on a machine with nothing else to
do.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tests.bench.figure import Figure

HERE = Path(__file__).parent


def main() -> int:
    """Measure, print each figure as it comes, and keep all of them where ``--json`` says."""
    names = sorted(path.stem for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, and hold against the goals.")
    parser.add_argument("names", nargs="*", choices=[[], *names], metavar="name", help=f"any of: {', '.join(names)}")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    asked = parser.parse_args()
    taken: list[Figure] = []
    for name in asked.names or names:
        for figure in _measure(name):
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()
            taken.append(figure)
    if asked.json is not None:
        document = [asdict(figure) | {"ok": figure.ok} for figure in taken]
        asked.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(figure.ok is False for figure in taken))


def _measure(name: str) -> Iterable[Figure]:
    figures = importlib.import_module(f"tests.bench.{name}").figures()
    measured: Iterable[Figure] = asyncio.run(figures) if inspect.iscoroutine(figures) else figures
    return measured


if __name__ == "__main__":
    sys.exit(main())
