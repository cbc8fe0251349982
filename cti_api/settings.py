"""One settings file, `vocero.yaml`, and the environment over it.

Read once, at the door; everything inside is handed the part it needs. A value comes from, strongest first:

1. a variable ``VOCERO_<SECTION>__<KEY>``, such as ``VOCERO_ASTERISK__AMI__SECRET`` (a list is written as JSON);
2. the file;
3. the default below.

A relative path in the file, and the store's default one, counts from the file's own folder: one file is one store and
one lease, in whatever folder a command is run.

A key or variable that is not known is refused, so that a slip of the pen never passes for a default. Secrets never
show in a text, a log line or a traceback (`pydantic.SecretStr`), and a file that holds one must be its owner's alone.
"""

from __future__ import annotations

import difflib
import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentMalformed

from cti_api.agent_settings import AgentSettings
from cti_api.border import Slug, in_words
from cti_api.browser_settings import BrowserSettings
from cti_api.console_settings import ConsoleSettings
from cti_api.errors import Fault, InputError, SettingsError
from cti_api.inbound_settings import InboundSettings, IvrSettings, TransferSettings, each_number_once
from cti_api.kpi_settings import KpiSettings
from cti_api.look_up_settings import LookUpSettings
from cti_api.message_settings import MessageSettings, PublicSettings
from cti_api.report_settings import ReportSettings
from cti_api.setting_values import Host, Port, Section, Timezone, none_when_empty
from cti_api.settings_mode import refuse_readable_secrets
from cti_api.settings_paths import DEFAULT_STORE, SQLITE, anchored
from cti_api.speech_settings import SpeechSettings
from cti_api.stream_settings import MqttSettings, StreamSettings
from cti_api.yaml_tree import Entries, FileKind, line_at, plain, read_tree

FILE_NAME = "vocero.yaml"
PREFIX = "VOCERO_"
NESTED = "__"
ELSEWHERE = frozenset({"VOCERO_SETTINGS", "VOCERO_SOCKET"})
"""Variables of ours that choose a file or socket on the command line and are no settings."""

SETTINGS_FILE = FileKind(
    noun="settings file", largest_bytes=1024 * 1024, looks_like="timezone: America/Bogota", may_be_empty=True
)
MAX_SOCKET_PATH_BYTES = 107
"""Linux keeps a Unix socket's address in 108 bytes, the closing NUL among them (unix(7))."""
MIN_SECRET_LENGTH = 16
"""An AMI secret opens the telephone line: long enough that nobody guesses it, short of the 24 that we generate."""


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"needs at least {MIN_SECRET_LENGTH} characters; make one with: openssl rand -hex 24")
    return secret


def _fits_a_socket(path: Path) -> Path:
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        raise ValueError(f"a socket's path has at most {MAX_SOCKET_PATH_BYTES} bytes; choose a shorter folder")
    return path


EVERY_ADDRESS = "0.0.0.0"

Network = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f.:]+/[0-9.]+$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,13}$")]


class LogFormat(StrEnum):
    TEXT = "text"
    """``key=value`` lines, for a terminal and the journal."""
    JSON = "json"
    """One JSON object a line, for a collector."""


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class StoreSettings(Section):
    url: SecretStr = SecretStr(DEFAULT_STORE)
    """``sqlite:///file`` or ``postgresql://user:password@host/name``; secret, for the password in it."""
    erasure_key: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """File of the key by which the numbers of erased people are known; empty: beside a SQLite store."""


class AmiSettings(Section):
    host: Host = "127.0.0.1"
    port: Port = 5038
    user: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "vocero"
    secret: Annotated[SecretStr, AfterValidator(_long_enough)]


class SipSettings(Section):
    """Where Asterisk meets trunks and softphones."""

    address: Host = "127.0.0.1"
    """Its own; 0.0.0.0: every address of the machine."""
    port: Port = 5060
    public_address: Host | None = None
    """Behind NAT: the address that carriers see."""
    local_networks: tuple[Network, ...] = ()
    """Behind NAT: networks that are reached without it, as address/mask."""
    rtp_first: Port = 10000
    rtp_last: Port = 19999
    """First and last UDP port of the calls' sound: two for each leg."""

    @field_validator("rtp_last")
    @classmethod
    def _after_the_first(cls, last: int, others: ValidationInfo) -> int:
        first = others.data.get("rtp_first")  # None where it is wrong itself
        if first is not None and last <= first:
            raise ValueError(f"must be more than rtp_first, {first}")
        return last


class AsteriskSettings(Section):
    """Where Asterisk is, and the files it shares with us; the defaults are those of an Asterisk from a package.

    `vocero init` writes Asterisk's ``rendered.conf`` from this section and the trunks; `vocero doctor` compares.
    """

    ami: AmiSettings
    sip: SipSettings = SipSettings()
    browsers: BrowserSettings = BrowserSettings()
    allowed_prefixes: tuple[Prefix, ...] = ("57",)
    """Beginnings of numbers that Asterisk dials, without plus sign, whatever a campaign allows."""
    recordings: Path = Path("/var/spool/asterisk/monitor/vocero")
    """Folder in which MixMonitor writes ``<attempt>.wav``."""
    cel_journal: Path = Path("/var/log/asterisk/cel-custom/vocero.csv")
    """Asterisk's own journal of channels: what settles calls that ended while we were not looking."""
    sounds: Path = Path("/var/lib/asterisk/sounds/vocero")
    """Folder in which each campaign that has messages of its own has a folder (`cti_api.sounds`)."""
    sip_accounts: Path = Path("/var/lib/asterisk/vocero-sip.sqlite3")
    """Where the agents' SIP accounts are kept for Asterisk to read."""

    @property
    def media_address(self) -> str:
        """Where sound is sent from and received at; empty: at every address of the machine."""
        anywhere = self.sip.address == EVERY_ADDRESS or self.sip.public_address is not None
        return "" if anywhere else self.sip.address


class TrunkSettings(Section):
    """One line to the public network. Its limits hold for all campaigns together, and in the dialplan too."""

    name: Slug
    """Equal to its PJSIP endpoint's name."""
    channels: Annotated[int, Field(ge=1, le=2000)]
    calls_per_hour: Annotated[int, Field(ge=1, le=100_000)]
    calls_per_second: Annotated[float, Field(gt=0, le=100)] = 2.0
    dial_strip: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,12}$")] = ""
    """Taken away from the beginning of an E.164 number (without plus sign), such as ``57``."""
    dial_prefix: Annotated[str, StringConstraints(pattern=r"^[+0-9*]{0,12}$")] = ""
    """Put before it then, such as ``+57`` or ``9``. Without both the carrier gets E.164 without plus sign."""


def _each_once(trunks: tuple[TrunkSettings, ...]) -> tuple[TrunkSettings, ...]:
    names = [trunk.name for trunk in trunks]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two trunks are called {name}: give each a name of its own")
    return trunks


class ApiSettings(Section):
    socket: Annotated[Path, AfterValidator(_fits_a_socket)] = Path("/run/vocero/vocero.sock")
    """Unix socket of the control API; only this user may open it."""
    metrics_host: Host = "127.0.0.1"
    metrics_port: Port | None = 9464
    """TCP port of ``/metrics``, ``/healthz`` and ``/readyz``; null: not served over TCP."""


class LimitSettings(Section):
    """What the whole system never exceeds, whatever campaigns and trunks allow."""

    channels: Annotated[int, Field(ge=1, le=2000)] = 100
    calls_per_second: Annotated[float, Field(gt=0, le=100)] = 10.0
    upload_megabytes: Annotated[int, Field(ge=1, le=2000)] = 200
    """Largest list that can be imported at once."""


class LawSettings(Section):
    """Which rules of law hold (docs/law.md)."""

    folder: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """Folder of packs of rules that takes the place of the shipped ones as a whole, for the first start; later changes
    of its files come in by `vocero policy apply`. Empty: the shipped ones."""


class LogSettings(Section):
    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.TEXT
    pacing: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """Folder for what each pacer is told and decides (docs/pacing.md), 30 files of 64 MiB at most; empty: none."""


class Settings(BaseSettings):
    """Everything that can be set. Frozen; made by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True, validate_default=True
    )

    timezone: Timezone = "America/Bogota"
    """The company's own: for reports and screens. When a person may be called is the campaign's affair."""
    store: StoreSettings = StoreSettings()
    asterisk: AsteriskSettings
    trunks: Annotated[tuple[TrunkSettings, ...], AfterValidator(_each_once)] = ()
    ivr: IvrSettings = IvrSettings()
    inbound: Annotated[tuple[InboundSettings, ...], AfterValidator(each_number_once)] = ()
    transfers: TransferSettings = TransferSettings()
    api: ApiSettings = ApiSettings()
    console: ConsoleSettings = ConsoleSettings()
    agents: AgentSettings = AgentSettings()
    limits: LimitSettings = LimitSettings()
    law: LawSettings = LawSettings()
    public: PublicSettings = PublicSettings()
    messages: MessageSettings = MessageSettings()
    mqtt: MqttSettings = MqttSettings()
    streams: StreamSettings = StreamSettings()
    kpi: KpiSettings = KpiSettings()
    reports: ReportSettings = ReportSettings()
    speech: SpeechSettings = SpeechSettings()
    look_ups: Annotated[dict[Slug, LookUpSettings], Field(max_length=100)] = Field(default_factory=dict)
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _transfers_have_a_trunk(self) -> Self:
        outside = self.transfers.outside
        if outside is not None and outside.trunk not in {trunk.name for trunk in self.trunks}:
            raise ValueError(f"transfers go out by trunk {outside.trunk}, which `trunks` does not have")
        return self

    @model_validator(mode="after")
    def _reports_have_a_mail_server(self) -> Self:
        if self.reports.scheduled and self.messages.email is None:
            raise ValueError("reports.scheduled are sent by mail: say by which server, in messages.email")
        return self

    @model_validator(mode="after")
    def _second_factors_have_a_key(self) -> Self:
        self.console.refuse_no_key(on_a_server=not self.store.url.get_secret_value().startswith(SQLITE))
        return self

    @property
    def answers_callers(self) -> bool:
        """Whether anything may be brought to the IVR: a number that is answered, or a section ``ivr``."""
        return bool(self.inbound) or "ivr" in self.model_fields_set

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what `load_settings` read from the file."""
        return (env_settings, init_settings)


def load_settings(path: Path) -> Settings:
    """The settings of the file at `path`, with the environment over them.

    Raises `SettingsError` whose text names every fault in one line each, with the line of the file, and what to write
    instead.
    """
    tree = _read(path)
    document = cast("dict[str, Any]", plain(tree))
    refuse_readable_secrets(path, document)
    _refuse_unknown_variables()
    try:
        return Settings(**anchored(document, path.parent.absolute()))
    except EnvironmentMalformed as error:
        raise SettingsError(f"{error}: write a list or a section as JSON") from error
    except ValidationError as error:
        # hide_input is not enough: the input of a neighbouring fault may be the secret itself
        faults = [_sentence(path, tree, fault) for fault in error.errors(include_url=False, include_input=False)]
        raise SettingsError("\n".join(faults)) from None


def _read(path: Path) -> Entries:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(
            f"There is no settings file {path}: make it with `vocero init`, or name another with --settings"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): check its owner and mode") from None
    faults: list[Fault] = []
    try:
        tree = read_tree(raw.decode("utf-8"), SETTINGS_FILE, faults)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
    except InputError as error:
        faults = list(error.faults)
    if faults:
        raise SettingsError("\n".join(_unread(path, fault) for fault in faults))
    return tree


_QUOTED = re.compile(r"'[^']{2,}'")
"""What YAML's reader repeats of the file, which may be a part of a secret."""


def _unread(path: Path, fault: Fault) -> str:
    line = f" line {fault.line}" if fault.line else ""
    entry = f" {fault.path}:" if fault.path else ""
    return f"{path}{line}:{entry} {_QUOTED.sub('…', fault.message)}"


def _refuse_unknown_variables() -> None:
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in ELSEWHERE:
            continue
        section = name.removeprefix(PREFIX).split(NESTED)[0].lower()
        if section not in Settings.model_fields:
            raise SettingsError(f"{name}: no such setting{_meant(section, Settings)}; unset it")


def _sentence(path: Path, tree: Entries, fault: ErrorDetails) -> str:
    keys = fault["loc"]
    dotted = ".".join(map(str, keys))
    variable = PREFIX + NESTED.join(map(str, keys)).upper()
    where = variable if variable in os.environ else f"{path}{_line(tree, keys)}: {dotted}"
    return f"{where}: {_what(fault)}"


def _what(fault: ErrorDetails) -> str:
    match fault["type"]:
        case "missing":
            return "is not set and has no default"
        case "extra_forbidden":
            return f"no such setting{_meant(str(fault['loc'][-1]), _model_at(fault['loc'][:-1]))}"
        case _:
            return in_words(fault)


def _model_at(keys: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that lies under these keys of the settings, to say which names it knows."""
    model: type[BaseModel] | None = Settings
    for key in keys:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key) if model else None
        inner = field.annotation if field else None
        inner = next(iter(getattr(inner, "__args__", ())), inner)
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return model


def _meant(name: str, model: type[BaseModel] | None) -> str:
    close = difflib.get_close_matches(name, model.model_fields, n=1) if model else []
    return f", did you mean {close[0]!r}?" if close else ""


def _line(tree: Entries, keys: tuple[int | str, ...]) -> str:
    """`` line N`` of the deepest of `keys` that stands in the file; empty when none does."""
    line = line_at(tree, keys)
    return "" if line is None else f" line {line}"
