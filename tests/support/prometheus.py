"""A real Prometheus of the tests' own, on loopback, with the rules that are shipped, beside a running Vocero.

with Prometheus(folder, scraped="127.0.0.1:9464") as prometheus:
    prometheus.range_of("vocero_agents", seconds=300)      # every series, with its samples
"""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from ruamel.yaml import YAML

from tests.support.free_port import free_port

SHIPPED = Path(__file__).parents[2] / "monitoring" / "prometheus.yml"
MISSING = "Prometheus is not installed: the dashboards are asked of it. Install it with: apt-get install prometheus"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
EVERY_SECONDS = 1
"""Between two scrapes: a demo is short."""

Sample = tuple[float, float]
"""Unix time, value."""


class Series:
    """One answer: its labels, and what it was when; NaN is left out, as a panel shows nothing for it."""

    def __init__(self, labels: Mapping[str, str], samples: list[Sample]) -> None:
        self.labels = dict(labels)
        self.samples = [(at, value) for at, value in samples if not math.isnan(value)]


class Prometheus:
    """``with`` starts it and ends it."""

    def __init__(self, folder: Path, *, scraped: str) -> None:
        program = shutil.which("prometheus")
        if program is None:
            pytest.fail(MISSING, pytrace=False)
        self._program, self._folder, self._port = program, folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        yaml = YAML(typ="safe", pure=True)
        settings = yaml.load(SHIPPED)
        settings["global"]["scrape_interval"] = settings["global"]["evaluation_interval"] = f"{EVERY_SECONDS}s"
        settings["global"]["scrape_timeout"] = f"{EVERY_SECONDS}s"
        settings["rule_files"] = [str(SHIPPED.parent / each) for each in settings.get("rule_files", [])]
        settings.pop("alerting", None)
        for job in settings["scrape_configs"]:
            job["static_configs"] = [{"targets": [scraped]}]
        with (folder / "prometheus.yml").open("w") as file:
            yaml.dump(settings, file)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", "--", self._program),
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'series'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stderr=log,
            )
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=30.0)
        end = time.monotonic() + START_SECONDS
        while not self._ready():
            if time.monotonic() > end or self._process.poll() is not None:
                pytest.fail(f"Prometheus did not start:\n{(self._folder / 'log').read_text()}", pytrace=False)
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        assert self._process is not None
        self._process.terminate()
        self._process.wait(STOP_SECONDS)

    def now(self, question: str, at: float | None = None) -> list[Series]:
        """What it answers for one moment. Raises `AssertionError` with its words for a question it does not
        understand."""
        found = self._asked("query", {"query": question} | ({} if at is None else {"time": at}))
        if found["resultType"] == "scalar":
            return [Series({}, [_sample(found["result"])])]
        return [Series(each["metric"], [_sample(each["value"])]) for each in found["result"]]

    def range_of(self, question: str, *, seconds: float, step: float = EVERY_SECONDS, end: float = 0.0) -> list[Series]:
        """The same for every moment of the last so many seconds, until `end` (Unix time; 0: now)."""
        end = end or time.time()
        asked = {"query": question, "start": end - seconds, "end": end, "step": step}
        found = self._asked("query_range", asked)["result"]
        return [Series(each["metric"], [_sample(sample) for sample in each["values"]]) for each in found]

    def label_values(self, selector: str, label: str) -> list[str]:
        """The values that a label has in the series that a selector finds."""
        answer = self._http.get(f"/api/v1/label/{label}/values", params={"match[]": selector})
        return [str(each) for each in answer.json()["data"]]

    def _asked(self, what: str, params: Mapping[str, Any]) -> Any:
        answer = self._http.post(f"/api/v1/query{what.removeprefix('query')}", data=dict(params)).json()
        assert answer["status"] == "success", f"{params['query']}: {answer.get('error')}"
        return answer["data"]

    def _ready(self) -> bool:
        try:
            return self._http.get("/-/ready").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def _sample(read: Any) -> Sample:
    return float(read[0]), float(read[1])
