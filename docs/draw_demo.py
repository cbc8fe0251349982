"""Draws docs/demo.svg: the screen of a running `make demo`, as it is at this moment.

Start `make demo` in one terminal, wait until calls are going, then run this in another:
``.venv/bin/python docs/draw_demo.py``.
"""

import io
import re
from pathlib import Path

from rich.console import Console

from cti_api.clock import SystemClock
from vocero import screens
from vocero.client import Control
from vocero.demo import CAMPAIGN, FOLDER

PICTURE = Path(__file__).with_name("demo.svg")


def main() -> None:
    with Control(FOLDER / "vocero.sock") as control:
        status, agents = control.get(f"/campaigns/{CAMPAIGN}"), control.get("/agents")
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(screens.campaign_board(status, agents, SystemClock().now()))
    # Without the fonts that rich would have the reader's browser fetch from elsewhere.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="make demo"), flags=re.DOTALL))


if __name__ == "__main__":
    main()
