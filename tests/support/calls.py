"""What a dialer does by AMI, done by hand: place a call, seat an agent, join the two, end it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from uuid import uuid4

from cti_api.model.ids import AgentId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.raw_ami import Message, RawAmi
from tests.support.shift import until
from vocero.lab.asterisk import LabAsterisk
from vocero.lab.customers import Counts, Customers
from vocero.lab.sounds import RATE, alaw, read_wav, share, tone, tone_seconds

MAIN = TrunkId("claro")
"""A trunk as any other."""
NARROW = TrunkId("tigo-2")
"""The same customers over a trunk with two channels, on which sound may be missing for one second only."""
RATIONED = TrunkId("etb")
"""The same customers over a trunk with three calls an hour."""

WAIT_SECONDS = 20.0
"""Against hanging."""
AMD_TRIES = 5
"""On a busy machine AMD takes a person for a machine, and the other way round; not every time."""


def place(
    ami: RawAmi,
    number: PhoneNumber,
    *,
    trunk: str = MAIN,
    exten: str = "live",
    ring: int = 20,
    hold: str = "30",
    machine: str = "hang_up",
    campaign: str = "prueba",
    record: str = "0",
    **more: str,
) -> str:
    """Originate a call as asterisk/README.md says, with `more` variables; returns its attempt id."""
    attempt = uuid4().hex
    variables = {
        "ATTEMPT": attempt,
        "TRUNK": trunk,
        "CALLER_ID": "576015550100",
        "RING": str(ring),
        "CAMPAIGN": campaign,
        "HOLD": hold,
        "MACHINE": machine,
        "RECORD": record,
        **{name.upper(): value for name, value in more.items()},
    }
    ami.send(
        "Originate",
        {f"__VOCERO_{name}": value for name, value in variables.items()},
        ActionID=attempt,
        Channel=f"Local/{number.digits}@vocero-out/n",
        Context="vocero-customer",
        Exten=exten,
        Priority="1",
        Timeout=str((ring + 5) * 1000),
        Async="true",
        Codecs="alaw,ulaw",
        ChannelId=attempt,
        OtherChannelId=f"{attempt}-out",
    )
    return attempt


async def ended(ami: RawAmi, channel_id: str, seconds: float = 15) -> int:
    """Wait for the end of a channel of ours; returns its Q.850 cause."""
    return int((await ami.event("Hangup", seconds, Uniqueid=channel_id))["Cause"])


async def hang_up(ami: RawAmi, channel_id: str) -> None:
    """End a channel and wait until it is gone."""
    ami.send("Hangup", Channel=channel_id, Cause="16")
    await ended(ami, channel_id)


async def seat(ami: RawAmi, agent: AgentId) -> str:
    """Nail an agent up, as a login does; returns the leg's id."""
    leg = uuid4().hex
    ami.send(
        "Originate",
        {"__VOCERO_NAILED": "1"},
        ActionID=leg,
        Channel=f"PJSIP/{agent}",
        Context="vocero-agent",
        Exten="wait",
        Priority="1",
        Timeout="10000",
        Async="true",
        ChannelId=leg,
    )
    assert (await ami.event("OriginateResponse", Uniqueid=leg))["Response"] == "Success"
    return leg


async def join(ami: RawAmi, leg: str, attempt: str) -> None:
    """Let an agent and a person hear each other."""
    ami.send("Redirect", Channel=leg, Context="vocero-agent", Exten=attempt, Priority="1")
    entered = await ami.event("BridgeEnter", Uniqueid=attempt)
    await ami.event("BridgeEnter", Uniqueid=leg, BridgeUniqueid=entered["BridgeUniqueid"])


async def channels(ami: RawAmi) -> list[Message]:
    """Every channel there is now."""
    action_id = (await ami.ask("CoreShowChannels"))["ActionID"]
    await ami.event("CoreShowChannelsComplete", ActionID=action_id)
    return ami.events("CoreShowChannel", ActionID=action_id)


async def amd_finds(verdict: str, ami: RawAmi, number: PhoneNumber, **more: str) -> str:
    """Call somebody until AMD says this of them; returns that attempt's id."""
    for _ in range(AMD_TRIES):
        attempt = place(ami, number, exten="amd", **more)
        if (await ami.said("VoceroAmd", attempt))["Verdict"] == verdict:
            return attempt
        await hang_up(ami, attempt)
    raise AssertionError(f"AMD took {AMD_TRIES} calls for something else than {verdict}")


async def until_channel(ami: RawAmi, channel_id: str, **want: str) -> None:
    """Look until this channel is there with these values."""

    async def there() -> bool:
        return any(c["Uniqueid"] == channel_id and want.items() <= c.items() for c in await channels(ami))

    await until(there, WAIT_SECONDS, f"the channel is there with {want}")


async def until_no_channel(ami: RawAmi) -> None:
    async def none_left() -> bool:
        return await channels(ami) == []

    await until(none_left, WAIT_SECONDS, "no channel is left")


def campaign_sound(asterisk: LabAsterisk, campaign: str, message: str, hz: float) -> None:
    """Give a campaign a second of a tone in the place of a message (``abandoned``, ``machine``)."""
    folder = asterisk.campaign_sounds / campaign
    folder.mkdir(exist_ok=True)
    (folder / f"{message}.alaw").write_bytes(alaw(tone(1000, hz)))


async def counted(customers: Customers, called: PhoneNumber) -> Counts:
    """What a number's telephone counted, once its call is over there, too."""

    def over() -> bool:
        seen = customers.counts().get(called, Counts())
        return seen.hung_up + seen.left + seen.canceled + seen.failed > 0

    await until(over, WAIT_SECONDS, "the call is over at the telephone, too")
    return customers.counts()[called]


def steps(customers: Customers, called: PhoneNumber) -> list[str]:
    """Everything that happened at one telephone."""
    return [step.what for step in customers.steps() if step.number == called]


def tone_heard(customers: Customers, called: PhoneNumber, hz: float) -> float:
    """For how many seconds somebody heard this tone, in all their calls together."""
    return sum(tone_seconds(call, hz) for call in customers.heard(called))


def recorded(asterisk: LabAsterisk, attempt: str) -> array[int]:
    """What is in a call's recording so far: Asterisk writes two seconds at a time."""
    file = asterisk.recordings / f"{attempt}.wav"
    return read_wav(file) if file.exists() else array("h")


def heard_amid(samples: Sequence[int], hz: float) -> float:
    """Seconds in which this tone is a tenth or more of what is heard: it may sound together with others."""
    step = RATE // 10
    return sum(share(samples[i : i + step], hz) > 0.1 for i in range(0, len(samples) - step + 1, step)) / 10
