"""Where a webhook may lead: to the internet, and to nothing of ours."""

from __future__ import annotations

import httpx
import pytest

from cti_api.messages.answer import Answer
from cti_api.messages.machine import Step
from cti_api.streams.addresses import is_outside
from cti_api.streams.outside import Outside

INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1",
    "2001:0:7f00:1::1", "100::1", "fec0::1", "", "localhost", "2130706433", "0x7f000001", "1.2.3", "127.0.0.1.nip.io",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "8.8.8.8", "190.24.1.1", "2606:4700:4700::1111", "2800:3f0:4005::8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_ours_or_of_nobody_is_inside(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_outside(address: str) -> None:
    assert is_outside(address)


class Resolver:
    """Answers each question with the next of its answers."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self._answers.pop(0)


async def sent(url: str, find: Resolver, *inside: str) -> tuple[Answer | None, list[httpx.Request]]:
    """What is known without an answer, and the requests that went to a connection."""
    requests: list[httpx.Request] = []

    def connect(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204, stream=httpx.ByteStream(b""))

    async with httpx.AsyncClient(transport=httpx.MockTransport(connect)) as client:
        found = await Outside(url, inside, find).post(client, b"{}", {})
    return (found if isinstance(found, Answer) else None), requests


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::1"], []])
@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/x", "https://2130706433/x", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/",
        "https://localhost/", "https://127.0.0.1/", "https://LOCALHOST./", "https://1.1.1.1.nip.io:8443/a?b",
    ],
)  # fmt: skip
async def test_nothing_is_sent_where_one_address_of_the_name_is_inside(url: str, addresses: list[str]) -> None:
    answer, requests = await sent(url, Resolver(addresses))
    assert answer is not None
    assert answer.step in (Step.REFUSED, Step.NOT_TAKEN)
    assert requests == []


async def test_the_very_address_that_was_looked_at_is_connected_to() -> None:
    find = Resolver(["1.1.1.1"], ["127.0.0.1"])
    answer, (request,) = await sent("https://hooks.example.com:8443/a?b=c", find)
    assert answer is None
    assert str(request.url) == "https://1.1.1.1:8443/a?b=c"
    assert request.headers["Host"] == "hooks.example.com:8443"
    assert request.extensions["sni_hostname"] == "hooks.example.com", "whose certificate is checked"
    assert find.asked == [("hooks.example.com", 8443)]


async def test_a_name_that_the_settings_allow_may_be_inside() -> None:
    answer, requests = await sent("https://crm.local/x", Resolver(["10.0.0.7"]), "crm.local")
    assert answer is None
    assert [str(request.url) for request in requests] == ["https://10.0.0.7/x"]
