"""What was measured of speech, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.table import Table
from rich.text import Text

from audio.recognition_wire import Model
from ivr.measuring.report import Answer, OfKind
from vocero.harmless import harmless

SHOWN_CONFUSIONS = 10


def measured_row(models: Sequence[Model], kinds: Sequence[OfKind], answers: Sequence[Answer]) -> dict[str, Any]:
    """Everything, each single answer too."""
    return {
        "models": [asdict(model) | {"folder": str(model.folder)} for model in models],
        "kinds": [
            asdict(kind) | {"confused": [{"expected": e, "got": got, "count": n} for e, got, n in kind.confused]}
            for kind in kinds
        ],
        "answers": [
            asdict(each) | {"expected": _plain(each.expected), "value": _plain(each.value), "right": each.right}
            for each in answers
        ],
    }


def measured_tables(models: Sequence[Model], kinds: Sequence[OfKind]) -> Iterator[Table | Text]:
    names = " and ".join(f"{model.recogniser} ({model.folder.name})" for model in models)
    yield Text(f"Understood by {harmless(names)}", style="bold")
    table = Table()
    for name in ("question", "n", "right", "re-asked", "acted", "wrongly", "again", "median", "p95", "longest"):
        table.add_column(name, justify="left" if name == "question" else "right", no_wrap=True)
    for kind in kinds:
        shares = [kind.right, kind.right_after_one_more, kind.without_confirmation]
        shares += [kind.wrong_without_confirmation, kind.asked_again]
        told = [""] * len(shares) if kind.word_errors is not None else map(_percent, shares)
        seconds = (kind.seconds_median, kind.seconds_p95, kind.seconds_most)
        table.add_row(_question(kind), str(kind.count), *told, *(f"{1000 * each:,.0f} ms" for each in seconds))
    yield table
    yield Text(
        "right: at once; re-asked: right after being asked once more; acted: without a confirmation, and wrongly so"
    )
    for kind in kinds:
        if kind.word_errors is not None:
            yield Text(f"{_question(kind)}: {_percent(kind.word_errors)} of words wrong")
    for kind in kinds:
        if kind.confused:
            yield Text(f"{_question(kind)}: taken for something else (?: asked again)", style="bold")
            table = Table()
            for name in ("said", "taken for", "times"):
                table.add_column(name)
            for expected, got, count in kind.confused[:SHOWN_CONFUSIONS]:
                table.add_row(Text(harmless(expected)), Text(harmless(got)), str(count))
            yield table


def _question(kind: OfKind) -> str:
    return harmless(f"{kind.node} ({kind.kind})") if kind.node else kind.kind.value


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
