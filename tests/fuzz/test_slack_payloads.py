"""Payloads of Slack's shapes, changed at random: none is an unhandled error, and none is left without an answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog.testing

from bot.handlers.framework.interaction import Interaction
from bot.slack.http_server import EVENTS_PATH
from bot.slack.payload_shape import UnreadablePayload, payload_of, require_shape
from bot.slack.roles import Action
from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from sandbox.slack.server import SlackSandbox
from sandbox.tripletex import demo as tripletex_demo
from tests.fuzz.mutation import Mutator, times
from tests.support.http_office import HttpOffice
from tests.support.slack_office import ROOT

pytestmark = pytest.mark.fuzz
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[HttpOffice]:
    slack = await SlackSandbox.start(ROOT / "manifest.yml", trigger_lifetime=30, ack_timeout=15)
    async with Simployer(polarbonan.company()) as simployer, tripletex_demo() as tripletex:
        opened = HttpOffice(tmp_path, slack, simployer, tripletex)
        await opened.start()
        try:
            yield opened
        finally:
            await opened.app.stop()
            await slack.stop()


async def _recorded(office: HttpOffice) -> list[tuple[str, Any]]:
    """What Slack sent in half a set-up, a Home tab, a command and an overview, of each kind some."""
    await office.install()
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await office.pick(henrik, "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    integration = await office.make()
    henrik.open_home()
    await henrik.type("/integration")
    await office.told(henrik, integration.name)
    return [(delivery.kind, delivery.payload) for delivery in office.slack.deliveries]


def _body(kind: str, payload: Any) -> tuple[str, str]:
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    if kind == "slash_commands" and isinstance(payload, dict):
        with suppress(UnicodeEncodeError):
            return urlencode(payload), FORM
    return urlencode({"payload": json.dumps(payload)}), FORM


def _with_error(_: Any, __: str, line: Any) -> Any:
    kind = sys.exc_info()[0]
    return {**line, "error": kind.__name__ if kind else line.get("error")}


async def test_no_payload_is_an_unhandled_error(office: HttpOffice, caplog: pytest.LogCaptureFixture) -> None:
    recorded = await _recorded(office)
    mutator = Mutator(seed=11)
    secret = office.slack.world.request_url.signing_secret.encode()
    statuses: dict[int, int] = {}
    with structlog.testing.capture_logs(processors=[_with_error]) as lines:
        async with httpx.AsyncClient(timeout=30) as client:
            for number in range(times(120)):
                kind, payload = mutator.random.choice(recorded)
                text, content_type = _body(kind, mutator.changed(payload))
                raw = mutator.cut(text.encode())
                stamp = str(int(office.slack.world.clock()))
                signed = hmac.new(secret, f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
                headers = {
                    "Content-Type": content_type,
                    "X-Slack-Request-Timestamp": stamp,
                    "X-Slack-Signature": f"v0={signed}",
                }
                answer = await client.post(office.url + EVENTS_PATH, content=raw, headers=headers)
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
                assert answer.status_code in (200, 400, 404), (number, kind, raw[:3000])
        async with asyncio.timeout(60):
            await office.app.background.drain()
    errors = [line for line in lines if line["log_level"] in ("error", "critical")]
    # An id that Slack does not know: the person is told, with a reference.
    told = [line for line in errors if line["event"] == "handler_failed" and line["error"] == "SlackApiError"]
    assert len(told) < 0.1 * sum(statuses.values())
    # How long a database takes is the machine's matter, not the payload's.
    errors = [line for line in errors if line not in told and line["event"] != "delivery_not_claimed"]
    assert errors == [], errors[:3]
    # Bolt's own word for a workspace without the bot, of which its people are told.
    said = {record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR}
    assert {line for line in said if not line.startswith("Although the app should be installed")} == set()
    assert statuses[200] > 20
    assert statuses[400] > 20


def _read(payload: Any) -> None:
    """All that handlers read of an interaction, whichever of them it is for."""
    member: Any = None
    interaction = Interaction(services=member, client=member, member=member, purpose=Action.EDIT, body=payload)
    assert all(isinstance(word, str) for word in (interaction.value, interaction.query))
    assert interaction.acted_at >= 0
    assert all(isinstance(block_id, str) for block_id in interaction.form_values)
    assert interaction.in_modal in (True, False)


def test_the_door_reads_or_refuses_whatever_comes() -> None:
    mutator, refused = Mutator(seed=12), 0
    number = times(9_880)
    recorded = [json.loads(text) for text in SHAPES]
    for _ in range(number):
        text, content_type = _body(mutator.random.choice(KINDS), mutator.changed(mutator.random.choice(recorded), 4))
        raw = mutator.cut(text.encode())
        try:
            require_shape(payload := payload_of(raw.decode(errors="replace"), content_type))
        except UnreadablePayload:
            refused += 1
        else:
            _read(payload)
    assert 0 < refused < number


# Each was found so, and is tried whatever the seed.
@pytest.mark.parametrize("address", ["", "https://", "http://hooks.slack.com:99999/1", "hooks.slack.com/1"])
@pytest.mark.parametrize("several", [False, True])
def test_an_answer_that_has_nowhere_to_go_is_refused_at_the_door(address: str, several: bool) -> None:
    where = {"response_urls": [{"response_url": address}]} if several else {"response_url": address}
    with pytest.raises(UnreadablePayload, match="response_url"):
        require_shape({"command": "/integration", "text": "", "team_id": "T1", "user_id": "U1", **where})


@pytest.mark.parametrize(
    "element",
    [
        {"type": "datepicker", "selected_date": "2026-02-30"},
        {"type": "datepicker", "selected_date": "soon"},
        {"type": "timepicker", "selected_time": "25:00"},
    ],
)
def test_a_day_or_time_that_there_is_not_is_refused_at_the_door(element: dict[str, Any]) -> None:
    view = {"id": "V1", "type": "modal", "callback_id": "c", "state": {"values": {"b": {"a": element}}}}
    form = {"type": "view_submission", "user": {"id": "U1"}, "team": {"id": "T1"}, "view": view}
    with pytest.raises(UnreadablePayload, match="selected_"):
        require_shape(form)
    element.update(dict.fromkeys(set(element) - {"type"}))
    require_shape(form)


KINDS = ("events_api", "interactive", "slash_commands")
SHAPES = (
    '{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"team":{"id":"T1","domain":"d"},"trigger_id":"1.2",'
    '"container":{"type":"message"},"response_url":"https://hooks.slack.com/1","message":{"ts":"1.1","blocks":[]},'
    '"actions":[{"type":"button","action_id":"a","block_id":"b","value":"v","selected_option":{"value":"x"}}]}',
    '{"type":"view_submission","user":{"id":"U1"},"team":{"id":"T1"},"view":{"id":"V1","type":"modal","callback_id":"c",'
    '"private_metadata":"m","blocks":[{"type":"input","block_id":"b","element":{"type":"plain_text_input"}}],'
    '"state":{"values":{"b":{"a":{"type":"plain_text_input","value":"v"}},"c":{"a":{"type":"multi_external_select",'
    '"selected_options":[{"value":"v","text":{"type":"plain_text","text":"t"}}]}},"d":{"a":{"type":"checkboxes",'
    '"selected_options":[{"value":"v"}]}},"e":{"a":{"type":"static_select","selected_option":{"value":"v"}}}}}}}',
    '{"type":"block_suggestion","user":{"id":"U1"},"team":{"id":"T1"},"action_id":"a","block_id":"b","value":"so",'
    '"view":{"id":"V1","type":"modal","callback_id":"c","state":{"values":{}}}}',
    '{"type":"event_callback","team_id":"T1","event_id":"Ev1","authorizations":[{"team_id":"T1","enterprise_id":null}],'
    '"event":{"type":"app_home_opened","user":"U1","tab":"home"}}',
    '{"command":"/integration","text":"sync now","team_id":"T1","user_id":"U1","trigger_id":"1.2"}',
)
