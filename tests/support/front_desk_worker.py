"""The front desk as a process of its own, as `vocero up` runs it: ``FOLDER AGI SOUND MODELS PHRASES``.

It answers with FOLDER/tree.yaml, the first choice of whose menu may be said in the words PHRASES (those of a model that
hears another language than trees are written in). When a line comes in it begins to measure itself, and at the next it
writes what it found as JSON: how late its event loop came to its turns, in milliseconds, and of how many cores it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from audio.hearing import Ears
from audio.recognition_wire import Model
from audio.server import AudioServer
from audio.speaker import Speaker
from audio.synthesis import EspeakNg
from cti_api.clock import SystemClock
from cti_api.store.store import Store
from cti_api.store.trees import Trees
from ivr.call.front_door import FrontDoor
from ivr.call.handler import CallHandler, Means
from ivr.call.store_desk import StoreDesk
from ivr.call.trees import TreesInForce
from ivr.hearing import hearing
from ivr.look_ups.look_ups import LookUps
from ivr.prompts import Sounds
from ivr.tree.nodes import Menu, Node, Tree
from ivr.tree.published import PublishedTrees
from tests.support.agi_handlers import serving
from tests.support.front_desk import Queues
from vocero.lab.ports import LOOPBACK
from vocero.promptness import be_prompt

CLOCK = SystemClock()
LOOK_SECONDS = 0.01


class InOtherWords(TreesInForce):
    """The first choice of each menu, to be said in these words."""

    def __init__(self, trees: Trees, phrases: tuple[str, ...]) -> None:
        super().__init__(trees)
        self._phrases = phrases

    async def tree(self, name: str) -> Tree:
        tree = await super().tree(name)
        return replace(tree, nodes={key: self._said(node) for key, node in tree.nodes.items()})

    def _said(self, node: Node) -> Node:
        if not isinstance(node, Menu) or not self._phrases:
            return node
        first, *others = node.question.choices
        choices = (replace(first, phrases=self._phrases), *others)
        return replace(node, question=replace(node.question, choices=choices))


async def lag(lags: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(LOOK_SECONDS)
        lags.append((loop.time() - before - LOOK_SECONDS) * 1000)


async def serve(folder: Path, ports: tuple[int, int], models: tuple[Model, ...], phrases: tuple[str, ...]) -> None:
    for name in ("recordings", "shared"):
        (folder / name).mkdir()
    async with (
        Store.open(f"sqlite:///{folder / 'vocero.db'}", clock=CLOCK, upgrade=True) as store,
        AudioServer(LOOPBACK, ports[1], CLOCK) as sound,
        Ears() as ears,
        hearing(models, CLOCK) as heard,
    ):
        text = (folder / "tree.yaml").read_text(encoding="utf-8")
        tree, title = PublishedTrees().checked(text, {})
        await store.trees.publish(tree, title, text, "ana", CLOCK.now())
        recordings = folder / "recordings"
        door = FrontDoor(
            trees=InOtherWords(store.trees, phrases),
            desk=StoreDesk(store=store, call_backs=Queues(), recordings=recordings, clock=CLOCK, region="CO"),
            look_ups=LookUps((), CLOCK),
            record=store.front_desk,
            recordings=recordings,
            region="CO",
            clock=CLOCK,
        )
        means = Means(
            sound=sound,
            sound_host=LOOPBACK,
            sound_port=sound.port,
            ears=ears,
            hearing=heard,
            sounds=Sounds(folder / "prompts", Speaker(EspeakNg())),
            shared=folder / "shared",
            clock=CLOCK,
        )
        async with serving(CallHandler(means, door, door), ports[0]):
            be_prompt()
            await measured()


async def measured() -> None:
    """Between two lines that come in."""
    lags: list[float] = []
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    began, used = time.perf_counter(), time.process_time()
    measuring = asyncio.create_task(lag(lags))
    await asyncio.to_thread(sys.stdin.readline)
    measuring.cancel()
    cores = (time.process_time() - used) / (time.perf_counter() - began)
    say(json.dumps({"lags": lags, "cores": cores}))
    await asyncio.to_thread(sys.stdin.read)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    folder, agi, sound, models, phrases = sys.argv[1:]
    found = tuple(Model.from_json(each) for each in json.loads(models))
    asyncio.run(serve(Path(folder), (int(agi), int(sound)), found, tuple(json.loads(phrases))))


if __name__ == "__main__":
    main()
