"""A whole conversation with a real Bolt app over Socket Mode."""

import pytest

from sandbox.slack.clock import ManualClock
from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from tests.sandbox.slack.conftest import StartApp, StartSlack, manifest
from tests.sandbox.slack.sample_app import SampleApp


async def open_setup(person: Person, word: str = "setup") -> None:
    assert await person.type(f"/integration {word}") == {"ok": True}
    await person.slack.until(lambda: person.modal)


async def test_from_command_to_edited_message(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    await astrid.fill("Company name", "taken")
    assert await astrid.submit() == {"ok": False, "errors": {"name": "Already connected"}}
    assert astrid.errors == {"name": "Already connected"}

    await astrid.fill("Company name", "Nordlind")
    assert (await astrid.submit())["ok"]
    assert astrid.modal is not None
    assert astrid.modal.content["callback_id"] == "step2"

    assert (await astrid.submit())["ok"], "the name kept its value over the update"
    assert astrid.modal is None

    [message] = await slack.until(lambda: astrid.messages("payroll"))
    assert (await astrid.click("Run now", in_=message))["ok"]
    await slack.until(lambda: message.text == "Running")
    assert astrid.reads(message) == "Running\nRunning"
    assert message.edited_ts is None, "a message with blocks shows no mark"


async def test_payloads_carry_what_slack_sends(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    command = app.bodies["command"]
    assert command["command"] == "/integration"
    assert command["channel_name"] == "payroll"
    assert command["user_name"] == "astrid"
    assert command["response_url"].startswith(slack.url)

    await astrid.fill("name", "Nordlind")
    await astrid.choose("System", "Tripletex")
    await slack.until(lambda: "Chosen" in astrid.reads())
    await astrid.submit()
    submission = app.bodies["submission"]
    assert submission["user"] == {
        "id": "U01ASTRID",
        "username": "astrid",
        "name": "astrid",
        "team_id": "T01NORDLIND",
    }
    values = submission["view"]["state"]["values"]
    assert values["name"]["value"] == {"type": "plain_text_input", "value": "Nordlind"}
    assert values["system"]["system_chosen"]["selected_option"]["value"] == "tripletex"
    assert values["channel"]["value"]["selected_conversation"] == "C02PAYROLL", "defaults to where one is"
    assert submission["view"]["root_view_id"] == submission["view"]["id"]
    assert submission["response_urls"] == []


async def test_dispatch_action_sends_the_choice_and_typed_values_stay(
    slack: SlackSandbox, app: SampleApp, astrid: Person
) -> None:
    await open_setup(astrid)
    await astrid.fill("name", "Nordlind")
    await astrid.choose("system", "tripletex")
    await slack.until(lambda: "Chosen" in astrid.reads())
    [action] = app.bodies["system"]["actions"]
    assert action["type"] == "static_select"
    assert action["selected_option"]["value"] == "tripletex"
    assert app.bodies["system"]["container"] == {"type": "view", "view_id": app.bodies["system"]["view"]["id"]}
    assert astrid.modal is not None
    assert astrid.modal.values["name"]["value"]["value"] == "Nordlind"
    assert astrid.modal.values["system"]["system_chosen"]["selected_option"]["value"] == "tripletex"


async def test_external_select_asks_the_app(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    assert await astrid.search("Test group", "a") == [], "below min_query_length the app is not asked"
    assert "options" not in app.bodies
    found = await astrid.search("Test group", "an")
    assert [each["value"] for each in found] == ["anna", "anders"]
    await astrid.choose("Test group", "Anna", "Anders")
    await astrid.fill("name", "Nordlind")
    await astrid.submit()
    chosen = app.bodies["submission"]["view"]["state"]["values"]["people"]["people_search"]
    assert [each["value"] for each in chosen["selected_options"]] == ["anna", "anders"]
    assert app.bodies["options"]["value"] == "an"
    assert app.bodies["options"]["container"]["type"] == "view"


async def test_options_that_slack_refuses_are_not_shown(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    with pytest.raises(LookupError, match="could not be shown"):
        await astrid.search("people", "too long")
    assert slack.deliveries[-1].problems[0].pointer == "/options/0/text/text"


async def test_push_clear_and_close(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    await astrid.fill("name", "push")
    await astrid.submit()
    assert [view.content["callback_id"] for view in astrid.stack] == ["setup", "step2"]
    assert astrid.stack[1].previous_id == astrid.stack[0].id
    await astrid.close()
    assert [view.content["callback_id"] for view in astrid.stack] == ["setup"]
    await astrid.fill("name", "clear")
    await astrid.submit()
    assert astrid.modal is None

    await open_setup(astrid)
    await astrid.fill("name", "close")
    await astrid.submit()
    assert astrid.modal is None


async def test_stack_ends_at_three(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    await astrid.fill("name", "Nordlind")
    await astrid.submit()
    await astrid.click("more")
    await slack.until(lambda: len(astrid.stack) == 2)
    await astrid.click("more")
    await slack.until(lambda: len(astrid.stack) == 3)
    await astrid.click("more")
    assert await slack.until(lambda: app.errors) == ["push_limit_reached"]


async def test_required_field_is_held_back_like_slacks_client_does(
    slack: SlackSandbox, app: SampleApp, astrid: Person
) -> None:
    await open_setup(astrid)
    answer = await astrid.submit()
    assert answer == {"ok": False, "errors": {"name": "Please complete this required field."}}
    assert "submission" not in app.bodies


async def test_errors_for_a_block_that_is_not_there_are_trouble(
    slack: SlackSandbox, app: SampleApp, astrid: Person
) -> None:
    await open_setup(astrid)
    await astrid.fill("name", "bad ack")
    assert await astrid.submit() == {"ok": False, "trouble": "We had some trouble connecting. Try again?"}
    [problem] = slack.deliveries[-1].problems
    assert "nowhere" in problem.message


async def test_view_closed_only_when_asked_for(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    await astrid.close()
    await open_setup(astrid, "notify")
    await astrid.close()
    await slack.until(lambda: "closed" in app.bodies)
    closed = [d for d in slack.deliveries if d.payload.get("type") == "view_closed"]
    assert len(closed) == 1
    assert closed[0].payload["is_cleared"] is False


async def test_ephemeral_answers_are_seen_by_their_reader_alone(
    slack: SlackSandbox, app: SampleApp, astrid: Person, maja: Person
) -> None:
    await astrid.type("/integration text")
    assert [message.text for message in astrid.ephemeral()] == ["Only you see this"]
    assert maja.messages() == []
    await maja.type("/integration respond")
    [late] = await slack.until(lambda: maja.ephemeral())
    assert late.text == "A late answer"
    assert len(astrid.messages()) == 1


async def test_ephemeral_message_from_a_button(
    slack: SlackSandbox, app: SampleApp, astrid: Person, maja: Person
) -> None:
    await open_setup(astrid)
    await astrid.fill("name", "Nordlind")
    await astrid.submit()
    await astrid.submit()
    [message] = await slack.until(lambda: maja.messages())
    await maja.click("whisper", in_=message)
    await slack.until(lambda: maja.ephemeral())
    assert astrid.ephemeral() == []


async def test_home_tab(slack: SlackSandbox, app: SampleApp, astrid: Person, maja: Person) -> None:
    astrid.open_home()
    home = await slack.until(lambda: astrid.home)
    assert "Welcome" in astrid.reads(home)
    assert maja.home is None
    assert app.bodies["home"]["tab"] == "home"
    assert "view" not in app.bodies["home"]


@pytest.mark.parametrize(
    ("word", "error"),
    [("late", "expired_trigger_id"), ("twice", "exchanged_trigger_id"), ("wrong", "invalid_arguments")],
)
async def test_triggers_live_three_seconds_and_once(
    start_slack: StartSlack, start_app: StartApp, word: str, error: str
) -> None:
    slack = await start_slack(clock=ManualClock())
    app = await start_app(slack)
    await Person(slack, "astrid").type(f"/integration {word}")
    assert await slack.until(lambda: app.errors) == [error]


async def test_what_the_manifest_lacks_does_not_work(start_slack: StartSlack, start_app: StartApp) -> None:
    bare = manifest(events=[], interactivity=False, home_tab=False)
    slack = await start_slack(manifest=bare)
    app = await start_app(slack)
    astrid = Person(slack, "astrid")
    assert (await astrid.type("/other"))["error"] == "dispatch_unknown_command"
    assert astrid.open_home()["error"] == "not_enabled"
    await open_setup(astrid)
    await astrid.fill("name", "Nordlind")
    assert "trouble" in await astrid.submit()
    assert await astrid.choose("system", "tripletex") != {"ok": True}
    await astrid.type("/remove @sample_bot")
    assert {delivery.kind for delivery in slack.deliveries} == {"slash_commands"}
    assert set(app.bodies) == {"command"}


async def test_the_app_hears_that_it_left_a_channel(
    slack: SlackSandbox, app: SampleApp, astrid: Person, maja: Person
) -> None:
    assert (await maja.type("/archive"))["error"] == "restricted_action"
    await astrid.type("/remove @sample_bot")
    await slack.until(lambda: "channel_left" in app.bodies)
    await astrid.type("/archive")
    await slack.until(lambda: "channel_archive" in app.bodies)
    assert app.bodies["channel_archive"]["channel"] == "C02PAYROLL"
    assert (await astrid.type("hello"))["error"] == "is_archived"


async def test_everything_said_can_be_searched(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    await open_setup(astrid)
    await astrid.fill("name", "canary-4711")
    await astrid.submit()
    await astrid.submit()
    await slack.until(lambda: astrid.messages())
    assert "canary-4711" in slack.everything()
    assert "canary-4711" not in slack.from_app()
    assert "Run now" in slack.from_app()
