"""`vocero init`: the settings file, and everything that Asterisk has to be told so that both sides agree.

The settings are the truth. They are made once, with a secret of their own; run again, Asterisk's ``rendered.conf`` is
written anew from what they say, and the secret stays.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml import YAML

from cti_api.border import in_words
from cti_api.errors import Conflict, InputError, SettingsError
from cti_api.inbound_settings import TransferSettings
from cti_api.model.ids import AgentId, TrunkId
from cti_api.settings import EVERY_ADDRESS, FILE_NAME, AsteriskSettings, Settings, TrunkSettings, load_settings
from cti_api.sip_accounts import SipAccounts
from vocero.asterisk_site import (
    FORM,
    PREFIX,
    RENDERED,
    SHIPPED,
    AsteriskSite,
    InboundNumber,
    OutsideNumber,
    TrunkCap,
    is_ip,
    is_loopback,
    rendered_conf,
)

EXAMPLE: Final = SHIPPED.parent / "examples" / FILE_NAME
"""Every setting with a line of explanation; a first start fills it in."""

TRUNKS: Final = "trunks.conf"
CONSOLE_PORT: Final = 8480
"""Of nobody known (IANA's registry of ports)."""
SECRET_BYTES: Final = 24
"""Random bytes in the AMI secret: 32 letters."""

SHIPPED_SOUNDS: Final = "_shipped"
"""Their folder among the campaigns' own; no campaign can have this name."""

OF_THE_CONTAINERS: Final = {
    "recordings": "/var/lib/vocero-calls/recordings",
    "cel_journal": "/var/lib/vocero-calls/cel-custom/vocero.csv",
    "sounds": "/var/lib/vocero-calls/sounds",
    "sip_accounts": "/var/lib/vocero-calls/sip-accounts.sqlite3",
}
"""Section ``asterisk`` where both run in containers: what they share is one volume (docker-compose.yml)."""
STORE_OF_THE_CONTAINER: Final = "sqlite:////var/lib/vocero/vocero.db"


TRUNK_FORM: Final = """
;[{name}](vocero-trunk)
;aors = {name}
;
;[{name}]
;type = aor
;contact = sip:ADDRESS-OF-THE-CARRIER:5060
;qualify_frequency = 30
;
;[{name}]
;type = identify
;endpoint = {name}
;match = ADDRESS-OF-THE-CARRIER
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a first start is told. Afterwards it stands in the settings file, and is changed there."""

    trunks: tuple[TrunkSettings, ...] = ()
    prefixes: tuple[str, ...] = ()
    sip_address: str | None = None
    public_address: str | None = None
    local_networks: tuple[str, ...] = ()
    containers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a first start did."""

    settings: Settings
    new_settings: bool
    rendered: tuple[Path, ...]
    trunks_file: Path
    set_aside: tuple[Path, ...]
    """Configuration that was there before and was another, under its new names."""


def trunk_wish(text: str) -> TrunkSettings:
    """``claro``, ``claro:30`` or ``claro:30:2000``: name, channels, calls an hour. Raises `InputError`."""
    name, *numbers = text.split(":")
    limits = dict(zip(("channels", "calls_per_hour"), numbers, strict=False))
    try:
        if len(numbers) > len(limits):
            raise ValueError
        return TrunkSettings.model_validate({"name": name, "channels": 30, "calls_per_hour": 2000} | limits)
    except ValueError as error:
        what = in_words(error.errors()[0]) if isinstance(error, ValidationError) else "too many parts"
        raise InputError(
            f"Trunk {text!r} ({what}): write NAME:CHANNELS:CALLS_PER_HOUR, such as claro:30:2000"
        ) from None


def prefix_wish(text: str) -> str:
    """``57`` or ``+57`` as ``57``. Raises `InputError`."""
    prefix = text.removeprefix("+")
    if not PREFIX.match(prefix):
        raise InputError(f"{text!r} cannot be how a number begins: write its country's digits, such as 57")
    return prefix


def first_start(folder: Path, wishes: Wishes, *, asterisk_etc: Path | None, force: bool) -> Made:
    """Make, or keep, the settings in `folder`; write what Asterisk needs there and, if given, in `asterisk_etc`.

    Raises `Conflict` where settings are there and other ones are wished for without `force`, `InputError` and
    `SettingsError`.
    """
    folder, settings_file = folder.absolute(), folder.absolute() / FILE_NAME
    if asterisk_etc is not None and not asterisk_etc.is_dir():
        raise InputError(f"{asterisk_etc} is no folder: name that of Asterisk's configuration, such as /etc/asterisk")
    with _explained():
        _make_folders([folder], asterisk_etc)
        with as_owner_of(asterisk_etc):
            is_new = force or not settings_file.exists()
            if is_new:
                _write_settings(settings_file, wishes)
            elif wishes != Wishes():
                raise Conflict(
                    f"{settings_file} is there already. Change it there and run `vocero init {folder}` alone, which "
                    "tells Asterisk; or begin anew with --force, with a new secret"
                )
            settings = load_settings(settings_file)
        _make_folders(_shared_folders(settings), asterisk_etc)
        with as_owner_of(asterisk_etc):
            shutil.copytree(SHIPPED / "sounds", settings.asterisk.sounds / SHIPPED_SOUNDS, dirs_exist_ok=True)
            SipAccounts(settings.asterisk.sip_accounts).prepare()
            text = rendered_conf(FORM.read_text(encoding="utf-8"), _site(settings))
            places = [folder] if asterisk_etc is None else [folder, asterisk_etc.absolute()]
            rendered = tuple(_write_secret(place / RENDERED, text) for place in places)
            set_aside = () if asterisk_etc is None else tuple(_copy_configuration(asterisk_etc.absolute()))
            trunks_file = places[-1] / TRUNKS
            if not trunks_file.exists():
                trunks_file.write_text(_trunks_form(settings), encoding="utf-8")
    return Made(settings=settings, new_settings=is_new, rendered=rendered, trunks_file=trunks_file, set_aside=set_aside)


@contextmanager
def as_owner_of(asterisk_etc: Path | None) -> Iterator[None]:
    """As root: act as the owner of Asterisk's folder, who is to run Vocero too. What is made is theirs, and nothing
    that they left lying about leads root astray. Anybody else is who they are.

    Raises `SettingsError` where that user could not read Vocero itself.
    """
    if asterisk_etc is None or os.geteuid() != 0:
        yield
        return
    owner, group, groups = asterisk_etc.stat(), os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        if not os.access(FORM, os.R_OK, effective_ids=True):
            raise SettingsError(
                f"{SHIPPED.parent} is closed to the owner of {asterisk_etc}, as whom Vocero is to run: "
                "install it where they can read it, such as /opt/vocero"
            )
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


# ------------------------------------------------------------------ our side


def _write_settings(path: Path, wishes: Wishes) -> None:
    """The example, filled in; put in place only when it can be read back as settings."""
    if not wishes.trunks or not wishes.prefixes:
        raise InputError(
            "Name at least one trunk, and how numbers begin that may be dialled: --trunk claro:30:2000 --prefix 57"
        )
    if len({trunk.name for trunk in wishes.trunks}) < len(wishes.trunks):
        raise InputError("Two trunks have one name: give each its own")
    yaml = YAML(typ="rt")
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(EXAMPLE.read_text(encoding="utf-8"))
    _fill_in(document, wishes)
    text = StringIO()
    yaml.dump(document, text)
    fresh = path.with_name(f".{path.name}.new")
    try:
        load_settings(_write_secret(fresh, text.getvalue()))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _fill_in(document: Any, wishes: Wishes) -> None:
    asterisk = document["asterisk"]
    asterisk["ami"]["secret"] = secrets.token_urlsafe(SECRET_BYTES)
    asterisk["allowed_prefixes"][:] = wishes.prefixes
    if wishes.sip_address:
        asterisk["sip"]["address"] = wishes.sip_address
    if wishes.public_address:
        asterisk["sip"]["public_address"] = wishes.public_address
    asterisk["sip"]["local_networks"][:] = wishes.local_networks
    if not wishes.containers:  # in a container nobody reaches it on this machine: docs/access.md
        document["console"]["port"] = CONSOLE_PORT
    if wishes.containers:
        asterisk.update(OF_THE_CONTAINERS)
        document["store"]["url"] = STORE_OF_THE_CONTAINER
    # the example's trunk stays the last one: the empty line behind the list is its
    *before, last = [trunk.model_dump() for trunk in wishes.trunks]
    document["trunks"][-1].update(last)
    document["trunks"][:0] = before


def _shared_folders(settings: Settings) -> list[Path]:
    """Where Asterisk and Vocero meet, and where the commands meet Vocero."""
    asterisk = settings.asterisk
    accounts, journal, socket = asterisk.sip_accounts.parent, asterisk.cel_journal.parent, settings.api.socket.parent
    return [asterisk.recordings, asterisk.sounds, accounts, journal, socket]


def _make_folders(folders: Iterable[Path], asterisk_etc: Path | None) -> None:
    """Those that are not there. By root they are made as root, in folders that may be root's, and given away."""
    for folder in folders:
        new = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        if asterisk_etc is not None and os.geteuid() == 0:
            owner = asterisk_etc.stat()
            for each in new:
                os.chown(each, owner.st_uid, owner.st_gid, follow_symlinks=False)


# ------------------------------------------------------------------ Asterisk's side


def _site(settings: Settings) -> AsteriskSite:
    """What the settings say, in Asterisk's terms."""
    asterisk = settings.asterisk
    ami, sip = asterisk.ami, asterisk.sip
    if not is_loopback(ami.host):
        raise SettingsError(
            f"asterisk.ami.host is {ami.host}: `vocero init` serves an Asterisk on this machine. For another one fill "
            "asterisk/rendered.conf.in in by hand, and keep the manager port inside a VPN"
        )
    return AsteriskSite(
        ami_secret=ami.secret.get_secret_value(),
        ami_port=ami.port,
        sounds=asterisk.sounds / SHIPPED_SOUNDS,
        campaign_sounds=asterisk.sounds,
        recordings=asterisk.recordings,
        sip_accounts=asterisk.sip_accounts,
        allowed_prefixes=asterisk.allowed_prefixes,
        trunk_caps={
            TrunkId(trunk.name): TrunkCap(
                channels=trunk.channels,
                calls_per_hour=trunk.calls_per_hour,
                dial_strip=trunk.dial_strip,
                dial_prefix=trunk.dial_prefix,
            )
            for trunk in settings.trunks
        },
        inbound=tuple(
            InboundNumber(number=each.number, entry=each.entry or "", queue=each.queue or "", calls_back=each.campaigns)
            for each in settings.inbound
        ),
        transfers=dict(transfers_of(settings.transfers)),
        agi_address=settings.ivr.host,
        agi_port=settings.ivr.port,
        sip_address=sip.address,
        sip_port=sip.port,
        media_address=asterisk.media_address,
        public_address=sip.public_address or "",
        local_networks=sip.local_networks,
        websocket_port=asterisk.browsers.port,
        told_as=_told_as(asterisk),
        stun=asterisk.browsers.stun or "",
        rtp_first=sip.rtp_first,
        rtp_last=sip.rtp_last,
    )


def _told_as(asterisk: AsteriskSettings) -> dict[str, str]:
    """Browsers are offered addresses, not names, and cannot guess what stands before this machine."""
    own = asterisk.browsers.inner_address or asterisk.sip.address
    public = asterisk.sip.public_address
    return {own: public} if own != EVERY_ADDRESS and public is not None and is_ip(own) and is_ip(public) else {}


def transfers_of(transfers: TransferSettings) -> Iterator[tuple[str, AgentId | OutsideNumber]]:
    """What reaches each telephone or number of the closed list."""
    for target in transfers.targets:
        if target.agent is not None:
            yield target.name, AgentId(target.agent)
        elif target.number is not None and (line := transfers.outside) is not None:
            number = OutsideNumber(
                number=target.number.removeprefix("+"),
                trunk=TrunkId(line.trunk),
                shown=line.caller_id.removeprefix("+"),
                at_once=line.at_once,
            )
            yield target.name, number


def _copy_configuration(etc: Path) -> Iterator[Path]:
    """The shipped files into Asterisk's folder; gives the new names of those that were another before."""
    for conf in sorted(SHIPPED.glob("*.conf")):
        there = etc / conf.name
        if there.exists() and not filecmp.cmp(conf, there, shallow=False):
            names = (there.with_name(f"{there.name}.old-{number}") for number in itertools.count(1))
            yield there.rename(next(name for name in names if not name.exists()))
        there.unlink(missing_ok=True)
        shutil.copyfile(conf, there)
        there.chmod(0o644)


def _trunks_form(settings: Settings) -> str:
    """Where the company writes its lines: one of the two recipes of asterisk/README.md, to be filled in."""
    head = "; The company's trunks: asterisk/README.md has the recipes. After a change: asterisk -rx 'pjsip reload'\n"
    return head + "".join(TRUNK_FORM.format(name=trunk.name) for trunk in settings.trunks)


# ------------------------------------------------------------------ files


def _write_secret(path: Path, text: str) -> Path:
    """A file that is its owner's alone from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


@contextmanager
def _explained() -> Iterator[None]:
    """A refusal of the file system as one sentence."""
    try:
        yield
    except OSError as error:
        raise SettingsError(
            f"{error.filename} cannot be made ({error.strerror}): run this as root, or as the user Asterisk runs as, "
            "and see that it is theirs"
        ) from error
