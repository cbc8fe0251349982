"""Real SIP callers on loopback, and what Asterisk's own journal says became of them."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cti_api.model.phone import PhoneNumber
from vocero.lab.ports import LOOPBACK
from vocero.lab.rig import Rig

SCENARIOS = Path(__file__).with_name("scenarios")


async def call_in(
    rig: Rig,
    callers: Sequence[PhoneNumber],
    *,
    per_second: float,
    stay: tuple[float, float],
    scenario: str = "callers",
) -> None:
    """These people call, and hang up after between so many seconds; ``key_callers`` press 1 then, and are hung up.

    Returns when the last call is over. Each must go by the book: SIPp fails otherwise.
    """
    count = len(callers)
    folder = rig.folder / "callers"
    folder.mkdir()
    text = (SCENARIOS / f"{scenario}.xml").read_text()
    for mark, seconds in zip(("@LEAST_MS@", "@MOST_MS@"), stay, strict=True):
        text = text.replace(mark, str(round(seconds * 1000)))
    (folder / "callers.xml").write_text(text)
    (folder / "people.csv").write_text("SEQUENTIAL\n" + "".join(f"{one.e164}\n" for one in callers))
    command = ["sipp", "-sf", "callers.xml", "-inf", "people.csv", "-i", LOOPBACK, "-p", str(rig.port_of_callers)]
    command += ["-mi", LOOPBACK, "-mp", str(rig.ports.trunk_media(9)), "-nostdin", "-l", str(count), "-m", str(count)]
    command += [
        "-trace_err",
        "-error_file",
        "errors.log",
        "-r",
        str(round(per_second * 10)),
        "-rp",
        "10000",
        f"{LOOPBACK}:{rig.asterisk.sip_port}",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60 + count / per_second + stay[1]):
        _, said = await process.communicate()
    errors = folder / "errors.log"
    told = errors.read_text(errors="replace") if errors.exists() else said.decode(errors="replace")
    assert process.returncode == 0, told[:4000]


@dataclass
class Seen:
    """One caller in the journal; seconds since 1970."""

    queued: float
    joined: float | None = None
    ended: float | None = None

    @property
    def waited(self) -> float:
        over = self.joined or self.ended
        assert over is not None
        return over - self.queued


def callers_in_journal(journal: Path) -> dict[str, Seen]:
    """Every caller by the id of their channel, in the order of their coming, read without a line of the product."""
    seen: dict[str, Seen] = {}
    with journal.open(newline="") as file:
        for row in csv.reader(file):
            kind, at, channel = row[0], float(row[1]), row[2]
            if kind == "VOCERO_QUEUED":
                seen[channel] = Seen(queued=at)
            elif (caller := seen.get(channel)) is not None:
                if kind == "BRIDGE_ENTER":
                    caller.joined = caller.joined or at
                elif kind == "HANGUP":
                    caller.ended = at
    return seen


def overtaken(seen: dict[str, Seen], slack: float) -> list[tuple[str, str]]:
    """Pairs in which the later of two callers was joined while the earlier one waited on; `slack` seconds are what an
    event may be late."""
    order = sorted(seen.items(), key=lambda pair: pair[1].queued)
    return [
        (first, second)
        for place, (first, early) in enumerate(order)
        for second, late in order[place + 1 :]
        if late.joined is not None
        and late.queued - early.queued > slack
        and (early.joined or early.ended or late.joined) - late.joined > slack
    ]
