"""Socket Mode: acknowledgements in time, retries of events, several connections, reconnecting."""

import asyncio

import aiohttp

from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from tests.sandbox.slack.conftest import StartApp, StartSlack
from tests.sandbox.slack.sample_app import SampleApp


async def test_a_command_that_is_not_acknowledged_fails(start_slack: StartSlack, start_app: StartApp) -> None:
    slack = await start_slack(ack_timeout=0.05)
    await start_app(slack)
    astrid = Person(slack, "astrid")
    answer = await astrid.type("/integration hang")
    assert answer["error"] == "operation_timeout"
    assert 'failed with the error "operation_timeout"' in answer["message"]
    [delivery] = slack.deliveries
    assert (delivery.outcome, delivery.ack_ms) == ("timeout", None)


async def test_acknowledgements_are_timed_and_kept(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await astrid.type("/integration text")
    [delivery] = slack.deliveries
    assert delivery.acked
    assert delivery.ack == {"text": "Only you see this"}
    assert delivery.ack_ms is not None
    assert delivery.ack_ms > 0


async def test_without_a_connection_a_command_fails(slack: SlackSandbox, astrid: Person) -> None:
    answer = await astrid.type("/integration setup")
    assert answer["error"] == "dispatch_failed"


async def test_events_are_delivered_again(start_slack: StartSlack, start_app: StartApp) -> None:
    slack = await start_slack(ack_timeout=0.05, retry_delays=(0, 0, 0))
    app = await start_app(slack)
    app.drop_events = 2
    astrid = Person(slack, "astrid")
    astrid.open_home()
    await slack.until(lambda: astrid.home)
    assert app.event_retries == ["0", "1", "2"]
    events = [delivery for delivery in slack.deliveries if delivery.kind == "events_api"]
    assert [(event.retry_attempt, event.retry_reason) for event in events] == [(0, ""), (1, "timeout"), (2, "timeout")]
    assert len({event.payload["event_id"] for event in events}) == 1


async def test_events_are_given_up_after_three_retries(start_slack: StartSlack, start_app: StartApp) -> None:
    slack = await start_slack(ack_timeout=0.05, retry_delays=(0, 0, 0))
    app = await start_app(slack)
    app.drop_events = 5
    Person(slack, "astrid").open_home()
    await slack.until(lambda: [d.outcome for d in slack.deliveries] == ["timeout"] * 4)
    assert app.drop_events == 1


async def test_the_app_reconnects_when_told_to(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await slack.disconnect()
    await slack.until(lambda: slack.world.socket.opened == 2 and slack.world.socket.connected)
    assert (await astrid.type("/integration setup"))["ok"]
    assert slack.deliveries[-1].connection == 2


async def test_the_app_reconnects_when_dropped(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await slack.disconnect(abruptly=True)
    await slack.until(lambda: slack.world.socket.opened == 2 and slack.world.socket.connected)
    assert (await astrid.type("/integration setup"))["ok"]


async def test_what_was_underway_on_a_dropped_connection_fails_at_once(
    slack: SlackSandbox, app: SampleApp, astrid: Person
) -> None:
    command = asyncio.create_task(astrid.type("/integration hang"))
    await slack.until(lambda: "command" in app.bodies)
    await slack.disconnect(abruptly=True)
    assert (await command)["error"] == "dispatch_failed"
    assert slack.deliveries[0].outcome == "connection_lost"


async def test_several_connections_take_turns(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await app.connect()
    for _ in range(4):
        await astrid.type("/integration text")
    assert [delivery.connection for delivery in slack.deliveries] in ([1, 2, 1, 2], [2, 1, 2, 1])


async def test_a_ticket_is_good_for_one_connection(slack: SlackSandbox) -> None:
    address = f"{slack.world.websocket_url}/link?ticket={slack.world.socket.issue_ticket()}"
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address) as socket:
            hello = await socket.receive_json()
            assert hello["type"] == "hello"
            assert hello["num_connections"] == 1
        async with session.get(address) as response:
            assert response.status == 401


async def test_what_was_delivered_comes_again_as_it_was(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    astrid.open_home()
    await slack.until(lambda: astrid.home)
    await astrid.type("/integration text")
    event, command = slack.deliveries
    await slack.redeliver(event)
    await slack.redeliver(command)
    await slack.until(lambda: len(slack.deliveries) == 4 and all(d.acked for d in slack.deliveries))
    again = {delivery.kind: delivery for delivery in slack.deliveries[2:]}
    assert again["events_api"].payload == event.payload
    assert (again["events_api"].retry_attempt, again["events_api"].retry_reason) == (1, "timeout")
    assert again["slash_commands"].payload == command.payload
