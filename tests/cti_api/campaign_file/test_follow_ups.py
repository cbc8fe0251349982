"""The section `follow_ups`: what it may say, and how its faults are told."""

from __future__ import annotations

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.law.terms import Purpose
from cti_api.model.follow_ups import AddLead, CallWebhook, MakeTask, SendMessage, Via
from tests.support.campaigns import CAMPAIGN_FILE

FOLLOW_UPS = """\
follow_ups:
  - name: sin-contacto
    on: exhausted
    after: 10 min
    within: 2 d
    message:
      channel: whatsapp
      template: mantenimiento
      language: es_CO
      parameters: ["{nombre}", "{placa}", "{placa}"]
      pictures: [taller.jpg]
  - {name: aviso, on: [busy, sin_cita], each_time: true, message: {channel: sms, text: "Hola {nombre}"}}
  - name: correo
    on: completed
    message:
      {channel: email, purpose: service, to: "{correo}", subject: "Su {marca}", text: "Hola", pictures: [taller.jpg]}
  - {name: crm, on: cita, webhook: {name: crm}}
  - {name: llamar, on: suppressed, task: {text: "Preguntar", owner: ana}}
  - {name: otra, on: closed, lead: {campaign: renovacion}}
"""


def test_each_kind_of_action_is_read() -> None:
    spec = parse_campaign(CAMPAIGN_FILE + FOLLOW_UPS)
    whatsapp, sms, email, crm, task, other = spec.follow_ups
    assert (whatsapp.on, whatsapp.after_seconds, whatsapp.within_seconds) == (("exhausted",), 600.0, 2 * 86_400.0)
    assert isinstance(whatsapp.action, SendMessage)
    assert whatsapp.action.via is Via.WHATSAPP
    assert whatsapp.action.parameters == ("{nombre}", "{placa}", "{placa}")
    assert (sms.on, sms.each_time) == (("busy", "sin_cita"), True)
    assert isinstance(email.action, SendMessage)
    assert email.action.pictures == ("taller.jpg",)
    assert (email.action.purpose, whatsapp.action.purpose) == (Purpose.SERVICE, None)
    assert crm.action == CallWebhook(name="crm")
    assert task.action == MakeTask(text="Preguntar", owner="ana")
    assert other.action == AddLead(campaign_id="renovacion")


@pytest.mark.parametrize(
    ("was", "becomes", "path", "said"),
    [
        ("on: exhausted", "on: exhuasted", "follow_ups[0].on", "did you mean `exhausted`?"),
        ("on: exhausted", "on: [exhausted, suppressed]", "follow_ups[0].on", "who said no gets no message"),
        ("name: aviso", "name: sin-contacto", "follow_ups[1].name", "is the name of follow_ups[0] already"),
        ("template: mantenimiento", "text: hola", "follow_ups[0].message.template", "whatsapp needs it"),
        ("taller.jpg]\n  - {name: av", "../x.jpg]\n  - {name: av", "follow_ups[0].message.pictures[0]", ".jpg or .png"),
        ('"Hola {nombre}"', '"Hola {nombre"', "follow_ups[1].message.text", "a brace that opens or closes nothing"),
        ("{nombre}", "{}", "follow_ups[0].message.parameters[0]", "a brace that opens or closes nothing"),
        ("webhook: {name: crm}", "webhook: {url: 'https://x'}", "follow_ups[3].webhook.url", "there is no such entry"),
        ("webhook: {name: crm}", "web: {name: crm}", "follow_ups[3].web", "did you mean `webhook`?"),
        ("{text: \"Preguntar\", owner: ana}", "{owner: ana}", "follow_ups[4].task.text", "is missing"),
        ("campaign: renovacion", "campaign: mantenimiento", "follow_ups[5].lead.campaign", "is this campaign"),
        ("task: {", "lead: {campaign: x}, task: {", "follow_ups[4].lead", "an entry has one of message, webhook"),
        ("to: \"{correo}\", ", "", "follow_ups[2].message.to", "email needs it"),
        ("subject: \"Su", "language: es, subject: \"Su", "follow_ups[2].message.language", "has no meaning with"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_place(was: str, becomes: str, path: str, said: str) -> None:
    assert was in FOLLOW_UPS
    with pytest.raises(InputError) as refused:
        parse_campaign(CAMPAIGN_FILE + FOLLOW_UPS.replace(was, becomes, 1))
    found = {fault.path: fault for fault in refused.value.faults}
    assert path in found, found
    assert said in found[path].message
    assert (found[path].line or 0) > CAMPAIGN_FILE.count("\n")


@pytest.mark.parametrize("on", ["no_answer", "completed", "closed"])
def test_who_is_left_to_the_follow_ups_must_have_one(on: str) -> None:
    missed = "callbacks: {missed_after: 1 d, when_missed: follow_up}\n"
    text = CAMPAIGN_FILE + missed + f"follow_ups:\n  - {{name: a, on: {on}, task: {{text: x}}}}\n"
    with pytest.raises(InputError) as refused:
        parse_campaign(text)
    [fault] = refused.value.faults
    assert (fault.path, "answered by no follow-up" in fault.message) == ("callbacks.when_missed", True)
    for word in ("exhausted", "callback.missed"):
        assert parse_campaign(text.replace(f"on: {on}", f"on: {word}")).follow_ups[0].on == (word,)
