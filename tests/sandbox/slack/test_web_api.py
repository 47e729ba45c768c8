"""The Web API as slack_sdk's client meets it: answers, refusals in Slack's words, injected faults."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.clock import ManualClock
from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from tests.sandbox.slack.conftest import SCOPES, StartSlack, manifest
from tests.sandbox.slack.sample_app import modal, name_block, section

Json = dict[str, Any]


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def refusal(call: Any) -> Json:
    """The answer of a call that must be refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    answer = refused.value.response.data
    assert isinstance(answer, dict)
    return answer


async def test_messages_are_posted_edited_and_deleted(
    slack: SlackSandbox, client: AsyncWebClient, maja: Person
) -> None:
    metadata = {"event_type": "run", "event_payload": {"id": "7"}}
    posted = await client.chat_postMessage(channel="C02PAYROLL", text="One", metadata=metadata)
    ts = posted["ts"]
    assert posted["message"]["bot_id"] == "B01SANDBOX"
    await client.chat_postMessage(channel="C02PAYROLL", text="Below", thread_ts=ts)
    await client.chat_update(channel="C02PAYROLL", ts=ts, text="Two")
    [message] = maja.messages("payroll")
    assert message.text == "Two"
    assert message.edited_ts is not None
    assert [reply.text for reply in maja.thread("payroll", ts)] == ["Below"]

    history = await client.conversations_history(channel="C02PAYROLL", include_all_metadata=True)
    assert history["messages"][0]["metadata"] == metadata
    assert history["messages"][0]["reply_count"] == 1
    thread = await client.conversations_replies(channel="C02PAYROLL", ts=ts)
    assert [each["text"] for each in thread["messages"]] == ["Two", "Below"]
    link = await client.chat_getPermalink(channel="C02PAYROLL", message_ts=ts)
    assert link["permalink"].endswith(ts.replace(".", ""))

    await client.chat_delete(channel="C02PAYROLL", ts=ts)
    assert maja.messages("payroll") == []
    assert (await refusal(client.chat_update(channel="C02PAYROLL", ts=ts, text="x")))["error"] == "message_not_found"


async def test_an_update_with_a_text_alone_removes_the_blocks(client: AsyncWebClient, maja: Person) -> None:
    posted = await client.chat_postMessage(channel="C02PAYROLL", text="One", blocks=[section("One")])
    target = {"channel": "C02PAYROLL", "ts": posted["ts"]}
    await client.api_call("chat.update", json={**target, "attachments": [{"text": "More"}]})
    [message] = maja.messages()
    assert len(message.blocks) == 1
    await client.chat_update(**target, text="Two")
    assert message.blocks == []


async def test_a_users_id_is_their_direct_messages(slack: SlackSandbox, client: AsyncWebClient, maja: Person) -> None:
    opened = await client.conversations_open(users=maja.user.id)
    posted = await client.chat_postMessage(channel=maja.user.id, text="For you")
    assert posted["channel"] == opened["channel"]["id"]
    assert [message.text for message in maja.direct_messages()] == ["For you"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C04SALARIES", "channel_not_found"),
        ("C06ARCHIVE", "is_archived"),
        ("C99NOTHERE", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_post(client: AsyncWebClient, channel: str, error: str) -> None:
    assert (await refusal(client.chat_postMessage(channel=channel, text="x")))["error"] == error


async def test_public_channels_need_membership_or_chat_write_public(start_slack: StartSlack) -> None:
    for scopes, error in ((SCOPES, None), ([s for s in SCOPES if s != "chat:write.public"], "not_in_channel")):
        slack = await start_slack(manifest=manifest(scopes=scopes))
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        if error is None:
            await client.chat_postMessage(channel="C03HRTEAM0", text="x")
        else:
            assert (await refusal(client.chat_postMessage(channel="C03HRTEAM0", text="x")))["error"] == error
            await Person(slack, "maja").type("/invite @sample_bot", "hr-team")
            await client.chat_postMessage(channel="C03HRTEAM0", text="x")


async def test_bad_messages_are_refused_with_pointers(client: AsyncWebClient) -> None:
    assert (await refusal(client.api_call("chat.postMessage", json={"channel": "C02PAYROLL"})))["error"] == "no_text"
    assert (await refusal(client.chat_postMessage(channel="C02PAYROLL", text="x" * 40_001)))["error"] == "msg_too_long"
    blocks = [section("fine"), section("")]
    answer = await refusal(client.chat_postMessage(channel="C02PAYROLL", text="x", blocks=blocks))
    assert answer["error"] == "invalid_blocks"
    assert (
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/1/text/text]"
        in (answer["response_metadata"]["messages"])
    )
    assert (await refusal(client.chat_postMessage(channel="C02PAYROLL", text="x", blocks="{")))["error"] == (
        "invalid_blocks_format"
    )


async def test_only_the_bots_own_messages_can_be_edited(client: AsyncWebClient, maja: Person) -> None:
    await maja.type("Mine")
    [mine] = maja.messages()
    update = client.chat_update(channel="C02PAYROLL", ts=mine.ts, text="x")
    assert (await refusal(update))["error"] == "cant_update_message"


async def test_ephemeral_messages_need_a_member(client: AsyncWebClient, maja: Person) -> None:
    await client.chat_postEphemeral(channel="C02PAYROLL", user=maja.user.id, text="Psst")
    assert [message.text for message in maja.ephemeral()] == ["Psst"]
    history = await client.conversations_history(channel="C02PAYROLL")
    assert history["messages"] == []
    guest = client.chat_postEphemeral(channel="C02PAYROLL", user="U05INGRID", text="Psst")
    assert (await refusal(guest))["error"] == "user_not_in_channel"


async def test_missing_scope_names_what_is_needed(start_slack: StartSlack) -> None:
    slack = await start_slack(manifest=manifest(scopes=["commands", "chat:write", "channels:read"]))
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    answer = await refusal(client.users_info(user="U01ASTRID"))
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "users:read"
    assert answer["provided"] == "channels:read,chat:write,commands"
    assert (await refusal(client.conversations_list(types="public_channel,private_channel")))["needed"] == "groups:read"
    assert (await refusal(client.conversations_history(channel="C02PAYROLL")))["needed"] == "channels:history"


async def test_users_have_roles_locale_and_zone(client: AsyncWebClient) -> None:
    astrid = (await client.users_info(user="U01ASTRID", include_locale=True))["user"]
    henrik = (await client.users_info(user="U02HENRIK"))["user"]
    ingrid = (await client.users_info(user="U05INGRID"))["user"]
    assert (astrid["is_owner"], astrid["is_primary_owner"], astrid["locale"]) == (True, True, "sv-SE")
    assert (henrik["is_admin"], henrik["is_owner"], henrik["tz"]) == (True, False, "Europe/Oslo")
    assert "locale" not in henrik
    assert "email" not in henrik["profile"], "users:read.email is not in the manifest"
    assert ingrid["is_restricted"]
    assert (await refusal(client.users_info(user="U99")))["error"] == "user_not_found"
    assert (await client.bots_info(bot="B01SANDBOX"))["bot"]["name"] == "Sample bot"


async def test_lists_come_in_pages(client: AsyncWebClient) -> None:
    names = []
    async for page in await client.users_list(limit=2):
        names += [user["name"] for user in page["members"]]
    assert names == ["astrid", "henrik", "maja", "oliver", "ingrid", "sample_bot"]
    listed = await client.conversations_list(types="public_channel,private_channel", exclude_archived=True)
    assert "salary-review" not in [channel["name"] for channel in listed["channels"]]
    info = await client.conversations_info(channel="C02PAYROLL", include_num_members=True)
    assert info["channel"]["is_member"]
    assert info["channel"]["num_members"] == 5
    members = await client.conversations_members(channel="C02PAYROLL")
    assert "U00APPBOT" in members["members"]


async def test_files_arrive_in_the_thread(slack: SlackSandbox, client: AsyncWebClient, maja: Person) -> None:
    parent = await client.chat_postMessage(channel="C02PAYROLL", text="Report")
    content = "name;reason\nÅsa;no bank account\n"
    await client.files_upload_v2(
        filename="rows.csv", title="All rows", content=content, channel="C02PAYROLL", thread_ts=parent["ts"]
    )
    [reply] = maja.thread("payroll", parent["ts"])
    assert (reply.files[0]["name"], reply.files[0]["title"], reply.files[0]["mimetype"]) == (
        "rows.csv",
        "All rows",
        "text/csv",
    )
    async with aiohttp.ClientSession() as session, session.get(reply.files[0]["url_private"]) as response:
        assert await response.text() == content
    assert "no bank account" in slack.from_app()


@pytest.mark.parametrize(
    ("channel", "error"),
    [("C03HRTEAM0", "not_in_channel"), ("U03MAJAOB", "invalid_arguments"), ("C04SALARIES", "channel_not_found")],
)
async def test_files_need_membership_and_a_channel_id(client: AsyncWebClient, channel: str, error: str) -> None:
    upload = client.files_upload_v2(filename="a.csv", content="a", channel=channel)
    assert (await refusal(upload))["error"] == error


async def test_views_update_guards_against_races(slack: SlackSandbox, client: AsyncWebClient, astrid: Person) -> None:
    trigger = slack.world.triggers.issue(astrid.user.id)
    opened = await client.views_open(trigger_id=trigger, view=modal("a", name_block(), external_id="mine"))
    view_id, first_hash = opened["view"]["id"], opened["view"]["hash"]
    await client.views_update(external_id="mine", view=modal("b", name_block(), external_id="mine"))
    late = client.views_update(view_id=view_id, hash=first_hash, view=modal("c", name_block()))
    assert (await refusal(late))["error"] == "hash_conflict"
    assert astrid.modal is not None
    assert astrid.modal.content["callback_id"] == "b"

    again = slack.world.triggers.issue(astrid.user.id)
    twin = client.views_push(trigger_id=again, view=modal("d", name_block(), external_id="mine"))
    assert (await refusal(twin))["error"] == "duplicate_external_id"
    both = client.api_call("views.update", json={"view_id": view_id, "external_id": "mine"})
    assert (await refusal(both))["error"] == "invalid_arguments"
    await astrid.close()
    closed = client.views_update(view_id=view_id, view=modal("f", name_block()))
    assert (await refusal(closed))["error"] == "not_found"
    pushed = client.views_push(trigger_id=slack.world.triggers.issue(astrid.user.id), view=modal("g", name_block()))
    assert (await refusal(pushed))["error"] == "not_found", "there is no modal to push onto"


async def test_bad_views_are_refused_with_pointers(slack: SlackSandbox, client: AsyncWebClient) -> None:
    view = modal("a", name_block())
    del view["submit"]
    trigger = slack.world.triggers.issue("U01ASTRID")
    answer = await refusal(client.views_open(trigger_id=trigger, view=view))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must define `submit` to use `input` block [json-pointer:/view/blocks/0]"
    ]
    await client.views_open(trigger_id=trigger, view=modal("a", name_block()))
    unknown = client.views_open(trigger_id="1.2.x", view=modal("a", name_block()))
    assert (await refusal(unknown))["error"] == "invalid_trigger_id"


async def test_blocks_validate_answers_like_the_validator(client: AsyncWebClient) -> None:
    good = await client.api_call("blocks.validate", json={"blocks": [section("x")]})
    assert good["ok"]
    answer = await refusal(client.api_call("blocks.validate", json={"view": {"type": "modal"}}))
    assert answer["error"] == "invalid_view"
    assert {"pointer", "code", "message"} == set(answer["errors"][0])
    nothing = client.api_call("blocks.validate", json={})
    assert (await refusal(nothing))["error"] == "invalid_arguments"


async def test_tokens(slack: SlackSandbox, client: AsyncWebClient) -> None:
    async def with_token(token: str) -> str:
        stranger = AsyncWebClient(token=token, base_url=slack.api_url)
        return str((await refusal(stranger.auth_test()))["error"])

    assert (await client.auth_test())["user_id"] == "U00APPBOT"
    assert await with_token("xoxb-other") == "invalid_auth"
    assert await with_token(slack.app_token) == "not_allowed_token_type"
    assert (await refusal(client.apps_connections_open(app_token=slack.bot_token)))["error"] == "not_allowed_token_type"
    assert (await refusal(client.api_call("chat.shout")))["error"] == "unknown_method"
    slack.revoke_token()
    assert await with_token(slack.bot_token) == "token_revoked"
    assert slack.bot_token not in slack.everything()


async def test_rate_limit_is_waited_for(slack: SlackSandbox, client: AsyncWebClient, maja: Person) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    slack.inject_fault("chat.postMessage", retry_after=0)
    await client.chat_postMessage(channel="C02PAYROLL", text="At last")
    assert [call.status for call in slack.api_calls("chat.postMessage")] == [429, 200]
    assert [message.text for message in maja.messages()] == ["At last"]


async def test_faults_end_after_their_times(slack: SlackSandbox, client: AsyncWebClient, maja: Person) -> None:
    slack.inject_fault("chat.postMessage", error="internal_error", times=2)
    for _ in range(2):
        assert (await refusal(client.chat_postMessage(channel="C02PAYROLL", text="x")))["error"] == "internal_error"
    slack.inject_fault("*", http_status=503)
    assert (await refusal(client.chat_postMessage(channel="C02PAYROLL", text="x")))["ok"] is False
    assert maja.messages() == []
    slack.inject_fault("chat.postMessage", http_status=500, after_commit=True)
    await refusal(client.chat_postMessage(channel="C02PAYROLL", text="Done, but told otherwise"))
    assert [message.text for message in maja.messages()] == ["Done, but told otherwise"]


async def test_response_url_five_times_within_thirty_minutes(start_slack: StartSlack) -> None:
    clock = ManualClock()
    slack = await start_slack(clock=clock)
    urls = [slack.world.response_urls.issue(slack.url, "U03MAJAOB", "C02PAYROLL") for _ in range(2)]
    async with aiohttp.ClientSession() as session:

        async def post(url: str, **body: Any) -> int:
            async with session.post(url, json=body) as response:
                return response.status

        assert [await post(urls[0], text=str(n)) for n in range(6)] == [200, 200, 200, 200, 200, 404]
        assert await post(urls[1], blocks=[{"type": "banner"}]) == 400
        assert await post(urls[1], text="All", response_type="in_channel") == 200
        clock.advance(30 * 60 + 1)
        assert await post(urls[1], text="Too late") == 404
    assert [m.text for m in Person(slack, "maja").messages()] == ["0", "1", "2", "3", "4", "All"]
    assert [m.text for m in Person(slack, "astrid").messages()] == ["All"]


async def test_response_url_of_a_message_replaces_and_deletes_it(slack: SlackSandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C02PAYROLL", text="Old")
    url = slack.world.response_urls.issue(slack.url, "U03MAJAOB", "C02PAYROLL", posted["ts"])
    maja = Person(slack, "maja")
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"replace_original": True, "text": "New"})
        assert [message.text for message in maja.messages()] == ["New"]
        await session.post(url, json={"delete_original": True})
    assert maja.messages() == []


async def test_a_post_is_refused_where_the_fault_says_so(slack: SlackSandbox, client: AsyncWebClient) -> None:
    top = (await client.chat_postMessage(channel="C02PAYROLL", text="x"))["ts"]
    for place, error in (("thread", "restricted_action_thread_locked"), ("dm", "messages_tab_disabled")):
        slack.inject_fault("chat.postMessage", error=error, place=place)  # type: ignore[arg-type]
    slack.inject_fault("chat.postMessage", error="ekm_access_denied", channel="C01GENERAL")
    await client.chat_postMessage(channel="C02PAYROLL", text="x")
    for arguments, error in (
        ({"channel": "C02PAYROLL", "thread_ts": top}, "restricted_action_thread_locked"),
        ({"channel": "U02HENRIK"}, "messages_tab_disabled"),
        ({"channel": "C01GENERAL"}, "ekm_access_denied"),
    ):
        assert (await refusal(client.chat_postMessage(text="x", **arguments)))["error"] == error


async def test_an_answer_may_be_no_json(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.inject_fault("auth.test", http_status=502, body="<html>Bad gateway</html>")
    async with aiohttp.ClientSession() as session, session.post(f"{slack.api_url}auth.test") as answer:
        assert (answer.status, await answer.text()) == (502, "<html>Bad gateway</html>")


async def test_an_archived_channel_takes_no_edit(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C02PAYROLL", text="x"))["ts"]
    slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    assert (await refusal(client.chat_update(channel="C02PAYROLL", ts=ts, text="y")))["error"] == "is_inactive"


async def test_users_list_is_taken_twenty_times_a_minute(start_slack: StartSlack) -> None:
    clock = ManualClock()
    slack = await start_slack(clock=clock)
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    for _ in range(20):
        await client.users_list(limit=1)
    with pytest.raises(SlackApiError) as refused:
        await client.users_list(limit=1)
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "61")
    clock.advance(61)
    await client.users_list(limit=1)


async def test_a_token_that_rotates_ends_after_twelve_hours(start_slack: StartSlack) -> None:
    clock = ManualClock()
    rotating = manifest()
    rotating["settings"]["token_rotation_enabled"] = True
    slack = await start_slack(manifest=rotating, clock=clock)
    tokens = slack.world.tokens
    tokens.codes["code"] = "https://bot.example/back"
    given = await AsyncWebClient(base_url=slack.api_url).oauth_v2_access(
        client_id=tokens.client_id,
        client_secret=tokens.client_secret,
        code="code",
        redirect_uri="https://bot.example/back",
    )
    assert given["expires_in"] == 43_200
    assert given["refresh_token"].startswith("xoxe-1-")
    client = AsyncWebClient(token=given["access_token"], base_url=slack.api_url)
    await client.auth_test()
    clock.advance(43_200)
    assert (await refusal(client.auth_test()))["error"] == "token_expired"
