"""`vocero speech …`: how well callers are understood. It works on files alone; nothing has to run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cti_api.clock import Clock, SystemClock
from cti_api.errors import SettingsError
from cti_api.settings import FILE_NAME
from cti_api.speech_settings import SpeechSettings
from vocero.commands.campaign import AsJson
from vocero.door import Door, door_of

if TYPE_CHECKING:  # recognisers and their numbers: other commands spare them
    from audio.recognition_wire import Model
    from ivr.measuring.recordings import Recordings
    from ivr.measuring.report import Answer

NO_MODEL: Final = (
    "There is no model to recognise speech with: name its folder with --vosk or --whisper, or under speech: in "
    f"{FILE_NAME}; docs/speech.md says where to get one. Without any, callers answer by keys."
)


def commands() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True)
    group.callback()(lambda: None)  # with one command alone Typer would take the group's name for it
    group.command("measure")(measure)
    return group


def measure(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="With labels.json and the recordings: 8 kHz WAV, or raw .alaw or .ulaw.", file_okay=False),
    ],
    tree: Annotated[
        Path | None,
        typer.Option(help="Tree (YAML) whose questions were answered; a label may name its node.", dir_okay=False),
    ] = None,
    vosk: Annotated[Path | None, typer.Option(help="Folder of a Vosk model.", file_okay=False)] = None,
    vosk_rate: Annotated[int, typer.Option(help="Samples a second it is handed: 8000 or 16000.")] = 8000,
    vosk_dither: Annotated[float, typer.Option(help="White noise under the sound, of full scale: 0.001.")] = 0.0,
    whisper: Annotated[Path | None, typer.Option(help="Folder of a Whisper model.", file_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Play recordings to the recognisers that listen to callers: accuracy, confusions, and how long an answer takes."""
    from ivr.measuring.report import of_kinds
    from vocero.speech_screens import measured_row, measured_tables

    door = door_of(context)
    models = _models(door, vosk, vosk_rate, vosk_dither, whisper)
    clock = SystemClock()
    recordings = _recordings(door, folder, tree, clock)
    with door.progress("Listening") as move:
        answers = asyncio.run(_measured(recordings, models, clock, move))
    kinds = of_kinds(answers)
    if as_json:
        door.out.print_json(data=measured_row(models, kinds, answers))
        return
    for table in measured_tables(models, kinds):
        door.out.print(table)


def _recordings(door: Door, folder: Path, file: Path | None, clock: Clock) -> Recordings:
    """Dates are seen from today: on the tree's clock, where there is one."""
    from zoneinfo import ZoneInfo

    from ivr.measuring.recordings import read_folder
    from ivr.tree.question import questions_of
    from vocero.tree_files import tree_of

    if file is None:
        return read_folder(folder, clock.now().astimezone(door.zone()).date())
    tree = tree_of(file)
    today = clock.now().astimezone(ZoneInfo(tree.timezone)).date()
    return read_folder(folder, today, questions_of(tree, today))


def _models(door: Door, vosk: Path | None, rate: int, dither: float, whisper: Path | None) -> list[Model]:
    """Those named on the command line; without any, those of the settings, where there are some."""
    from vocero.speech_models import models_of

    if vosk is not None or whisper is not None:
        told = {"vosk": {"folder": vosk, "rate": rate, "dither": dither}, "whisper": {"folder": whisper}}
        speech = SpeechSettings.model_validate(told)
    elif door.settings_path().exists():
        speech = door.settings().speech
    else:
        speech = SpeechSettings()
    models = models_of(speech)
    if not models:
        raise SettingsError(NO_MODEL)
    return models


async def _measured(
    recordings: Recordings, models: list[Model], clock: Clock, move: Callable[[int, int], Any]
) -> list[Answer]:
    """Raises `SettingsError` where a model is not there: what was asked about is measured, or nothing is."""
    from contextlib import AsyncExitStack

    from audio.recognition import Recognition
    from ivr.hearing import Hearing
    from ivr.measuring.run import measured

    answers: list[Answer] = []
    async with AsyncExitStack() as stack:
        hearing = Hearing([await stack.enter_async_context(Recognition(model, clock)) for model in models])
        async for answer in measured(recordings, hearing, clock):
            answers.append(answer)
            move(len(answers), len(recordings.rows))
    return answers
