"""Writes the dashboards: ``python -m monitoring.dashboards [vocero.yaml]``.

With the settings of a company, indicators are coloured by its own targets; without, by those of the procedures.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from cti_api.settings import load_settings
from monitoring.dashboards.boards import boards
from monitoring.dashboards.render import as_json

FOLDER: Final = Path(__file__).parents[1] / "grafana" / "dashboards"


def main(settings: Path | None) -> None:
    """Raises `SettingsError` for settings that are wrong."""
    targets = {} if settings is None else load_settings(settings).kpi.own_targets
    for board in boards(targets):
        (FOLDER / f"{board.id.removeprefix('vocero-')}.json").write_text(as_json(board), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
