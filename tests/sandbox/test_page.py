"""The sandbox page as people use it: in Chromium, with a real Bolt app behind it."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.slack.guide import GuideLine
from sandbox.slack.server import SlackSandbox
from tests.sandbox.conftest import DESKTOP
from tests.sandbox.page_app import CHANNEL, PageApp, act_as, composer, problems, report_blocks, say

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.long,
]

ASTRID, MAJA, OLIVER = "U01ASTRID", "U03MAJAOB", "U04OLIVER"
expect.set_options(timeout=15_000)  # an upper bound for a busy machine; nothing waits for it
PHONE = {"width": 390, "height": 844}


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Set up")


async def open_setup(page: Page) -> Locator:
    await say(page, "/integration setup")
    await expect(dialog(page)).to_be_visible()
    return dialog(page)


async def test_a_slash_command_opens_a_modal_and_a_wrong_key_is_told_at_its_field(page: Page, app: PageApp) -> None:
    modal = await open_setup(page)
    await modal.get_by_role("combobox", name="Payroll system").click()
    await modal.get_by_role("option", name="Tripletex").click()
    token = modal.get_by_label("Token")
    await token.fill("wrong")
    await modal.get_by_role("button", name="Next").click()

    await expect(modal.get_by_role("alert").filter(has_text="Simployer refused this token.")).to_be_visible()
    await expect(token).to_be_focused()
    await expect(token).to_have_attribute("aria-invalid", "true")
    await expect(token).to_have_accessible_description("It starts with sim_. Simployer refused this token.")
    await expect(modal.get_by_role("combobox", name="Payroll system")).to_have_value("Tripletex")

    await token.fill("sim_good")
    await expect(token).to_have_attribute("aria-invalid", "false")
    await modal.get_by_role("button", name="Next").click()
    await expect(modal).to_be_hidden()
    await expect(page.get_by_role("listitem").filter(has_text="Connected to Nordlind AS")).to_be_visible()
    assert app.submitted[0]["system"]["system"]["selected_option"]["value"] == "tripletex"


async def test_everything_can_be_done_with_the_keyboard_alone(page: Page, app: PageApp) -> None:
    await page.get_by_role("link", name="Skip to the conversation").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Guide", exact=True)).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_be_focused()
    await page.keyboard.type("/integration setup")
    await page.keyboard.press("Enter")
    modal = dialog(page)
    system = modal.get_by_role("combobox", name="Payroll system")
    await expect(system).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(modal.get_by_role("option")).to_have_count(4)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(system).to_have_value("Fortnox Lön")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(modal.get_by_label("Token")).to_be_focused()
    await page.keyboard.type("sim_good")
    await page.keyboard.press("Enter")
    await expect(modal).to_be_hidden()
    await expect(composer(page)).to_be_focused()
    assert len(app.submitted) == 1


async def test_escape_closes_the_list_first_and_then_the_modal(page: Page, app: PageApp, slack: SlackSandbox) -> None:
    modal = await open_setup(page)
    await modal.get_by_role("combobox", name="Payroll system").click()
    await expect(modal.get_by_role("listbox", name="Choose a system")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(modal.get_by_role("listbox", name="Choose a system")).to_be_hidden()
    await expect(modal).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()
    await slack.until(lambda: slack.world.views.top(ASTRID) is None)


async def test_selects_search_without_regard_to_accents_and_ask_the_bot(page: Page, app: PageApp) -> None:
    modal = await open_setup(page)
    system = modal.get_by_role("combobox", name="Payroll system")
    await system.click()
    await page.keyboard.type("lon")
    await expect(modal.get_by_role("option")).to_have_text(["Fortnox Lön", "Hogia Lön"])
    await modal.get_by_role("option", name="Hogia Lön").click()

    people = modal.get_by_role("combobox", name="Test employees")
    await people.click()
    await expect(modal.get_by_text("Type at least 1 character to search")).to_be_visible()
    for query, name in (("ås", "Åse Bakke"), ("dahl", "Bjørn Dahl")):
        await people.fill(query)
        await modal.get_by_role("option", name=name).click()
    await expect(modal.get_by_role("button", name="Remove Bjørn Dahl")).to_be_visible()
    await modal.get_by_role("button", name="Remove Åse Bakke").click()
    await expect(people).to_be_focused()
    await modal.get_by_label("Token").fill("sim_good")
    await modal.get_by_role("button", name="Next").click()
    await expect(modal).to_be_hidden()
    values = app.submitted[0]
    assert values["system"]["system"]["selected_option"]["value"] == "hogia lön"
    assert [one["value"] for one in values["people"]["people"]["selected_options"]] == ["bjørn dahl"]


async def test_an_updated_view_keeps_what_was_typed_and_where_one_was(page: Page, app: PageApp) -> None:
    modal = await open_setup(page)
    await modal.get_by_label("Token").fill("sim_half")
    scheduled = modal.get_by_role("radio", name="Scheduled")
    await scheduled.check()
    await expect(modal.get_by_label("Time")).to_have_value("06:00")
    await expect(modal.get_by_label("Token")).to_have_value("sim_half")
    await expect(scheduled).to_be_checked()
    await expect(scheduled).to_be_focused()
    await modal.get_by_role("checkbox", name="Friday").check()
    await modal.get_by_role("combobox", name="Payroll system").click()
    await modal.get_by_role("option", name="Agda PS").click()
    await modal.get_by_role("button", name="Next").click()
    await expect(modal).to_be_hidden()
    values = app.submitted[0]
    assert values["time"]["time"]["selected_time"] == "06:00"
    assert [day["value"] for day in values["days"]["days"]["selected_options"]] == ["friday"]


async def test_a_bot_that_does_not_answer_is_told_in_the_modal_and_nothing_is_lost(
    page: Page, app: PageApp, slack: SlackSandbox
) -> None:
    modal = await open_setup(page)
    slack.world.socket.ack_timeout = 0.2
    await modal.get_by_role("combobox", name="Payroll system").click()
    await modal.get_by_role("option", name="Agda PS").click()
    await modal.get_by_label("Token").fill("sim_silence")
    await modal.get_by_role("button", name="Next").click()
    await expect(modal.get_by_role("alert").filter(has_text="trouble connecting")).to_be_visible()
    await expect(modal.get_by_label("Token")).to_have_value("sim_silence")
    await modal.get_by_role("button", name="Cancel").click()

    await say(page, "/integration hang")
    await expect(page.get_by_role("alert").filter(has_text="operation_timeout")).to_be_visible()
    await expect(composer(page)).to_have_value("/integration hang")


async def test_an_error_that_comes_late_calls_nobody_back_from_another_field(page: Page, app: PageApp) -> None:
    modal = await open_setup(page)
    system = modal.get_by_role("combobox", name="Payroll system")
    await system.fill("Trip")
    await modal.get_by_role("option", name="Tripletex").click()
    await modal.get_by_label("Token").fill("think")
    await modal.get_by_role("button", name="Next").click()
    await system.fill("Agda")
    await expect(modal.get_by_role("option", name="Agda PS")).to_be_visible()
    app.thought.set()
    await expect(modal.get_by_role("alert").filter(has_text="Simployer refused this token.")).to_be_visible()
    await modal.get_by_role("option", name="Agda PS").click()
    await expect(system).to_have_value("Agda PS")


async def test_what_is_sent_while_a_command_waits_for_its_answer_is_sent_after_it(
    page: Page, app: PageApp, slack: SlackSandbox
) -> None:
    slack.world.socket.ack_timeout = 60
    await say(page, "/integration think")
    await say(page, "Meanwhile")
    app.thought.set()
    await expect(page.get_by_role("listitem").filter(has_text="Meanwhile")).to_be_visible()
    await expect(composer(page)).to_have_value("")


async def test_a_thread_opens_beside_the_channel_and_takes_replies(
    page: Page, app: PageApp, slack: SlackSandbox
) -> None:
    root = await app.client.chat_postMessage(channel=CHANNEL, text="Sync done")
    await app.client.chat_postMessage(channel=CHANNEL, text="*1042* failed", thread_ts=root["ts"])
    await expect(page.locator(f"[data-ts='{root['ts']}']")).to_contain_text("1 reply")
    await expect(page.get_by_role("list", name="Messages in #payroll")).not_to_contain_text("1042 failed")
    await page.get_by_role("link", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("1042 failed")
    await thread.get_by_role("textbox", name="Reply").fill("I will fix it")
    await page.keyboard.press("Enter")
    await expect(thread.get_by_role("listitem").filter(has_text="I will fix it")).to_be_visible()
    replies = slack.world.workspace.channels[CHANNEL].replies(str(root["ts"]))
    assert [message.text for message in replies] == ["*1042* failed", "I will fix it"]
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


async def test_what_only_one_person_may_see_is_gone_when_acting_as_another(page: Page, app: PageApp) -> None:
    await app.client.chat_postMessage(channel=CHANNEL, text="Report", blocks=report_blocks())
    context = page.locator("[data-block-type=context]")
    await expect(context).to_have_text("Next: 1 januari 2026 at 07:00")
    await say(page, "/integration help")
    whisper = page.get_by_role("listitem").filter(has_text="may do this")
    await expect(whisper).to_contain_text("Only visible to you")

    await act_as(page, OLIVER)
    await expect(context).to_have_text("Next: 1 January 2026 at 06:00")
    await expect(whisper).to_have_count(0)
    await act_as(page, ASTRID)
    await expect(whisper).to_have_count(1)


async def test_an_open_menu_stays_open_while_a_message_arrives_elsewhere(page: Page, app: PageApp) -> None:
    await page.get_by_role("button", name="Act as").click()
    await app.client.chat_postMessage(channel="C01GENERAL", text="News")
    await expect(page.locator("[data-channel=C01GENERAL]").get_by_text("unread")).to_be_attached()
    await page.locator(f"[data-act-as={OLIVER}]").click()
    await expect(page.get_by_role("button", name="Act as")).to_contain_text("Oliver")


HOSTILE = "<img src=x onerror=hacked()> <script>hacked()</script> <javascript:hacked()|click> <b>"


async def test_hostile_text_stays_text(page: Page, app: PageApp) -> None:
    await page.evaluate("() => { window.hacked = () => { window.wasHacked = true; }; }")
    await say(page, HOSTILE)
    await app.client.chat_postMessage(
        channel=CHANNEL,
        text="Hostile blocks",
        blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": HOSTILE}},
            {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
            {"type": "markdown", "text": f"# {HOSTILE}\n[click](javascript:hacked())"},
        ],
    )
    messages = page.get_by_role("list", name="Messages in #payroll")
    await expect(messages.locator("[data-block-type=markdown]")).to_be_visible()
    await expect(messages.get_by_text("<script>hacked()</script>")).to_have_count(4)
    await expect(messages.locator("img, script, b, [href^='javascript']")).to_have_count(0)
    for clickable in await messages.get_by_text("click", exact=True).all():
        await clickable.click()
    assert await page.evaluate("window.wasHacked") is None
    assert await page.evaluate("window.hacked() || window.wasHacked")


async def test_messages_arrive_change_and_ask_before_they_act(page: Page, app: PageApp) -> None:
    posted = await app.client.chat_postMessage(channel=CHANNEL, text="Report", blocks=report_blocks())
    message = page.locator(f"[data-ts='{posted['ts']}']")
    await message.get_by_role("button", name="Cancel run").click()
    question = page.get_by_role("dialog", name="Cancel the run?")
    await question.get_by_role("button", name="Keep it").click()
    await expect(question).to_be_hidden()
    await message.get_by_role("button", name="Approve").click()
    await app.slack.until(lambda: bool(app.pressed))
    assert app.pressed == ["approve"]
    await message.get_by_role("button", name="Cancel run").click()
    await question.get_by_role("button", name="Yes, cancel").click()
    await app.slack.until(lambda: len(app.pressed) > 1)
    assert app.pressed == ["approve", "cancel"]

    await app.client.chat_update(channel=CHANNEL, ts=str(posted["ts"]), text="Approved", blocks=[])
    await expect(message).to_contain_text("Approved")
    await expect(message).to_contain_text("(edited)")
    await expect(message.get_by_role("button", name="Approve")).to_have_count(0)


async def test_a_file_can_be_downloaded(page: Page, app: PageApp) -> None:
    await app.client.files_upload_v2(channel=CHANNEL, filename="run.csv", title="Full list", content="a;b\n1;2\n")
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Full list").click()
    download = await started.value
    assert download.suggested_filename == "run.csv"
    assert (await download.path()).read_text() == "a;b\n1;2\n"


async def test_a_chart_is_drawn_and_read_out(page: Page, app: PageApp) -> None:
    data = {"Created": (12, 0), "Needs attention": (3, 1)}
    days = ["Mon 23 Nov", "Tue 24 Nov"]
    series = [
        {"name": name, "data": [{"label": day, "value": value} for day, value in zip(days, values, strict=True)]}
        for name, values in data.items()
    ]
    chart = {"type": "bar", "series": series, "axis_config": {"categories": days}}
    block = {"type": "data_visualization", "title": "Day by day", "chart": chart}
    pie = {"type": "pie", "segments": [{"label": "Ready", "value": 3}, {"label": "Not ready", "value": 1}]}
    whole = {"type": "data_visualization", "title": "Readiness", "chart": pie}
    await app.client.chat_postMessage(channel=CHANNEL, text="A week", blocks=[block, whole])
    picture = page.get_by_role("img", name="Day by day. Created: Mon 23 Nov 12, Tue 24 Nov 0. Needs attention: Mon 23")
    await expect(picture).to_be_visible()
    heights = [float(await bar.get_attribute("height") or 0) for bar in await picture.locator("rect").all()]
    assert heights[0] > heights[2] > heights[3] > heights[1] == 0
    assert await page.get_by_role("img", name="Readiness. Ready 3, Not ready 1").locator("path").count() == 2


async def test_the_connected_systems_and_home_are_reached_by_address_and_stay_live(
    page: Page, app: PageApp, slack: SlackSandbox
) -> None:
    rows: list[list[Any]] = [[1001, "Åse Bakke"]]
    table = {"title": "Employees", "columns": ["Number", "Name"], "rows": rows}
    slack.add_system("tripletex", "Tripletex", lambda: {"title": "Tripletex", "note": "Pay", "tables": [table]})
    await page.goto(f"{slack.url}/?again#system/tripletex")
    await expect(page.get_by_role("row", name="1001 Åse Bakke")).to_be_visible()
    rows.append([1002, "Bjørn Dahl"])
    await expect(page.get_by_role("row", name="1002 Bjørn Dahl")).to_be_visible()
    await page.get_by_role("searchbox", name="Filter rows").fill("bjø")
    await expect(page.get_by_role("row", name="1001 Åse Bakke")).to_be_hidden()

    await page.get_by_role("link", name="App Home").click()
    await expect(page.get_by_role("heading", name="Integrations")).to_be_visible()
    await page.get_by_role("region", name="App Home").get_by_role("link", name="#payroll").click()
    await expect(composer(page)).to_be_visible()


async def test_a_newcomer_copies_from_the_guide_and_has_commands_typed(page: Page, app: PageApp) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    guide = page.get_by_role("complementary", name="Guide")
    await guide.get_by_role("button", name="Copy Simployer token").click()
    await expect(page.get_by_text("Copied: Simployer token").first).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "sim_good"
    await guide.get_by_role("button", name="Type /integration setup for me").click()
    await expect(composer(page)).to_have_value("/integration setup")
    await page.keyboard.press("Enter")
    token = dialog(page).get_by_label("Token")
    await token.focus()
    await dialog(page).get_by_role("button", name="Made-up keys").click()
    await dialog(page).get_by_role("menuitem", name="Simployer token").click()
    await expect(token).to_have_value("sim_good")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Guide", exact=True).click()
    await expect(guide).to_be_hidden()
    await composer(page).fill("/int")
    await page.get_by_role("option", name="/integration setup").click()
    await page.keyboard.press("Enter")
    await expect(dialog(page)).to_be_visible()


async def test_a_table_is_called_by_what_stands_above_it_or_by_its_columns(page: Page, app: PageApp) -> None:
    report = report_blocks()
    above = {"type": "section", "text": {"type": "mrkdwn", "text": "*One person* was left out\nSee below"}}
    cells = [[{"type": "raw_text", "text": word} for word in row] for row in (["Who", "Why"], ["1042", "No number"])]
    await app.client.chat_postMessage(channel=CHANNEL, text="A", blocks=report)
    await app.client.chat_postMessage(channel=CHANNEL, text="B", blocks=[above, {"type": "table", "rows": cells}])
    named = page.get_by_role("region", name="One person was left out", exact=True)
    await expect(named.get_by_role("columnheader", name="Why")).to_be_visible()
    await expect(page.get_by_role("region", name="Employee, Reason", exact=True)).to_be_visible()


async def test_keys_are_offered_only_where_there_is_a_field_for_them(
    page: Page, app: PageApp, slack: SlackSandbox
) -> None:
    slack.world.guide.cards.clear()
    slack.add_guide_card("Elsewhere", [GuideLine("Another token", "other_good", "", True)], "elsewhere.")
    await expect(page.get_by_role("complementary", name="Guide")).to_contain_text("Elsewhere")
    setup = await open_setup(page)
    await expect(setup.get_by_label("Token")).to_be_visible()
    await expect(setup.get_by_role("button", name="Made-up keys")).to_be_hidden()


async def test_the_page_says_that_the_bot_is_away_and_takes_it_back_when_it_returns(
    page: Page, slack: SlackSandbox
) -> None:
    banner = page.get_by_role("alert").filter(has_text="The bot is not connected")
    await expect(banner).to_be_visible()
    app = PageApp(slack)
    await app.connect()
    await expect(banner).to_have_count(0)
    await app.close()
    await expect(banner).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_nothing_trips_a_screen_reader_or_weak_eyes(
    browser: Browser, slack: SlackSandbox, app: PageApp, theme: Any, size: Any
) -> None:
    slack.add_system("tripletex", "Tripletex", lambda: {"title": "T", "note": "", "tables": []})
    posted = await app.client.chat_postMessage(channel=CHANNEL, text="Report", blocks=report_blocks())
    await app.client.chat_postMessage(channel=CHANNEL, text="> quoted `code`", thread_ts=posted["ts"])
    async with await browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce") as context:
        page = await context.new_page()
        for place in (f"channel/{CHANNEL}", f"channel/{CHANNEL}/{posted['ts']}", "home", "system/tripletex"):
            await page.goto(f"{slack.url}/?{place}#{place}")
            await expect(page.locator("main h2")).to_be_visible()
            assert (place, await problems(page)) == (place, [])
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.goto(f"{slack.url}/?modal#channel/{CHANNEL}")
        modal = await open_setup(page)
        assert await problems(page) == []
        await modal.get_by_role("button", name="Next").click()
        await expect(modal.get_by_role("alert").filter(has_text="required")).to_have_count(2)
        await modal.get_by_role("combobox", name="Payroll system").click()
        await expect(modal.get_by_role("option")).to_have_count(4)
        assert await problems(page) == []
