"""docker-compose.yml and its images: whole, and at one with `vocero init --containers`. Nothing is built here;
`tests/containers.sh` follows the Dockerfiles without an engine.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from ruamel.yaml import YAML

from cti_api.settings import ApiSettings
from vocero.cli import EXIT_INPUT
from vocero.first_start import OF_THE_CONTAINERS, STORE_OF_THE_CONTAINER

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = {"asterisk": ROOT / "asterisk", "vocero": ROOT}


def dockerfile(service: str) -> str:
    """Its steps, each on one line."""
    return (BUILT[service] / "Dockerfile").read_text().replace("\\\n", " ")


def mounts(service: str) -> dict[str, str]:
    """What is mounted where: place in the container → volume or file."""
    return {place.split(":")[1]: place.split(":")[0] for place in SERVICES[service].get("volumes", [])}


def compose_takes_it(env_file: Path, **environment: str) -> tuple[int, str]:
    env_file.touch()
    done = subprocess.run(
        ["docker-compose", "-f", "docker-compose.yml", "--env-file", str(env_file), "config", "-q"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip
    return done.returncode, done.stderr


def test_debians_docker_compose_takes_the_file(tmp_path: Path) -> None:
    assert compose_takes_it(tmp_path / ".env", GRAFANA_PASSWORD="only-for-the-tests-41") == (0, "")


def test_grafana_is_open_to_nobody_without_a_password_of_its_own(tmp_path: Path) -> None:
    code, told = compose_takes_it(tmp_path / ".env")
    assert code != 0
    assert "GRAFANA_PASSWORD" in told
    environment = SERVICES["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == environment["GF_USERS_ALLOW_SIGN_UP"] == "false"


def test_everything_of_the_system_is_there() -> None:
    assert set(SERVICES) == {"asterisk", "vocero", "mosquitto", "prometheus", "grafana"}


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_is_made_of_exists(service: str) -> None:
    if build := SERVICES[service].get("build"):
        assert (ROOT / build).resolve() == BUILT[service].resolve()
    else:
        assert re.search(r":[a-z]*\d", SERVICES[service]["image"]), "an image has a version"
    for source in mounts(service).values():
        if source.startswith("."):
            assert (ROOT / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("service", BUILT)
def test_what_a_dockerfile_copies_exists_and_is_let_into_the_build(service: str) -> None:
    ignored = ROOT / ".dockerignore"
    allowed = {line[1:] for line in ignored.read_text().splitlines() if line.startswith("!")}
    for sources in re.findall(r"^COPY (.+) \S+$", dockerfile(service), re.MULTILINE):
        for source in sources.split():
            assert list(BUILT[service].glob(source)), source
            assert service == "asterisk" or source in allowed, f"{source} is not in .dockerignore"


def test_both_are_one_user_who_owns_every_folder_they_write_to() -> None:
    for service, user in (("asterisk", "asterisk"), ("vocero", "vocero")):
        text = dockerfile(service)
        assert re.search(r"(usermod|useradd) --uid 1000\b", text)
        assert f"\nUSER {user}\n" in text
        for place in mounts(service):
            assert re.search(rf"(install -d -o|chown -R) {user}[^&]* {place}\b", text), (service, place)


def test_what_init_writes_for_containers_lies_in_their_volumes() -> None:
    for place in OF_THE_CONTAINERS.values():
        assert volume_of("asterisk", place) == volume_of("vocero", place) == "calls"
    assert volume_of("vocero", STORE_OF_THE_CONTAINER.removeprefix("sqlite:///")) == "store"
    (settings,) = re.findall(r"^ENV VOCERO_SETTINGS=(\S+)$", dockerfile("vocero"), re.MULTILINE)
    assert volume_of("vocero", settings) == "site"
    assert f"init {PurePosixPath(settings).parent} --containers" in (ROOT / "docker-compose.yml").read_text()


def volume_of(service: str, place: str) -> str:
    """The volume that `place` is in."""
    (volume,) = {mounts(service)[str(p)] for p in PurePosixPath(place).parents if str(p) in mounts(service)}
    return volume


def test_asterisk_finds_its_site_and_writes_its_journal_in_the_volumes() -> None:
    text = dockerfile("asterisk")
    for name in ("rendered.conf", "trunks.conf"):
        assert f"/etc/vocero/{name}" in text
    journal = PurePosixPath(OF_THE_CONTAINERS["cel_journal"]).parent
    assert f"ln -s {journal} /var/log/asterisk/cel-custom" in text
    assert "grep '^Asterisk 22" in text


def test_prometheus_asks_where_vocero_answers() -> None:
    scraped = YAML(typ="safe").load((ROOT / "monitoring/prometheus.yml").read_text())["scrape_configs"]
    (targets,) = [job["static_configs"][0]["targets"] for job in scraped if job["job_name"] == "vocero"]
    api = ApiSettings()
    assert targets == [f"{api.metrics_host}:{api.metrics_port}"]


def test_prometheus_has_the_rules_beside_its_settings() -> None:
    (place,) = [place for place in mounts("prometheus") if place.endswith("prometheus.yml")]
    settings = YAML(typ="safe").load((ROOT / "monitoring/prometheus.yml").read_text())
    for pattern in settings["rule_files"]:
        assert mounts("prometheus")[str(PurePosixPath(place).parent / PurePosixPath(pattern).parent)]
        assert list((ROOT / "monitoring").glob(pattern))


def test_grafana_has_prometheus_as_its_source() -> None:
    (file,) = (ROOT / "monitoring/grafana/provisioning/datasources").glob("*.yml")
    (source,) = YAML(typ="safe").load(file.read_text())["datasources"]
    listening = re.search(r"--web.listen-address=(\S+)", SERVICES["prometheus"]["command"])
    assert listening
    assert (source["type"], source["url"]) == ("prometheus", f"http://{listening[1]}")


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_open_to_other_machines(service: str) -> None:
    host = SERVICES[service].get("network_mode") == "host"
    ports = SERVICES[service].get("ports", [])
    assert host or all(port.startswith("127.0.0.1:") for port in ports)
    if service == "grafana":
        assert SERVICES[service]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


def test_the_health_of_vocero_is_asked_where_it_answers() -> None:
    api = ApiSettings()
    assert f"http://{api.metrics_host}:{api.metrics_port}/readyz" in str(SERVICES["vocero"]["healthcheck"]["test"])
    assert "healthcheck" in SERVICES["asterisk"]


def test_the_service_does_not_try_again_with_wrong_settings() -> None:
    unit = (ROOT / "docs" / "vocero.service").read_text()
    assert f"RestartPreventExitStatus={EXIT_INPUT}\n" in unit
    assert "WorkingDirectory=" in unit
