"""A recogniser's process that does as it is bid: the first phrase of a grammar says what becomes of the utterance, and
a model's folder ``says/…`` what is heard whatever is said.

It speaks the same wire as `audio.recognition_child` and has no model.
"""

from __future__ import annotations

import json
import os
import sys
import time

from audio.recognise import Recognised, Scored
from audio.recognition_wire import Kind, Message, Messages, Model, grammar_of, recognised_bytes

ECHO, DIE, HANG, NONSENSE, FAIL, SLEEP = "echo", "die", "hang", "nonsense", "fail", "sleep"


def main() -> None:
    model = Model.from_json(sys.argv[1])
    tell = Teller()
    if model.folder.name == "refused":
        tell(Kind.REFUSED, 0, b"no model here")
        return
    if model.folder.name == "dies":
        os._exit(1)
    tell(Kind.READY, 0)
    grammars: dict[int, tuple[str, ...]] = {}
    sound: dict[int, bytes] = {}
    messages = Messages()
    while received := os.read(0, 65536):
        for message in messages.feed(received):
            number = message.number
            if message.kind is Kind.CHECK:
                words = grammar_of(message.payload).phrases
                tell(Kind.MISSING, number, json.dumps([word for word in words if word.startswith("x")]).encode())
            elif message.kind is Kind.OPEN:
                grammars[number], sound[number] = grammar_of(message.payload).phrases or (ECHO,), b""
            elif message.kind is Kind.FEED and number in sound:
                sound[number] += message.payload
                tell(Kind.PARTIAL, number, str(len(sound[number])).encode())
            elif message.kind is Kind.FINISH and number in sound:
                phrases = grammars.pop(number)
                says = model.folder.name if model.folder.parent.name == "says" else ""
                answer((says,) if says == DIE else phrases, number, sound.pop(number), says, tell)
            elif message.kind is Kind.DROP:
                sound.pop(number, None)


def answer(phrases: tuple[str, ...], number: int, sound: bytes, says: str, tell: Teller) -> None:
    match phrases[0]:
        case "die":
            os._exit(9)
        case "hang":
            time.sleep(3600)
        case "nonsense":
            os.write(1, b"\xff" * 64)
        case "fail":
            tell(Kind.FAILED, number, b"over and out")
        case "sleep":
            time.sleep(float(phrases[1]))
    scored = () if says else tuple(Scored(phrase=phrase, fit=0.5, share=0.5) for phrase in phrases)
    heard = Recognised(text=says or str(len(sound)), confidence=0.5, phrases=scored)
    tell(Kind.RESULT, number, recognised_bytes(heard))


class Teller:
    def __call__(self, kind: Kind, number: int, payload: bytes = b"") -> None:
        os.write(1, Message(kind, number, payload).to_bytes())


if __name__ == "__main__":
    main()
