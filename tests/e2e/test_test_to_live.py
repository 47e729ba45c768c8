"""The main job, from the first command to a second sync that changes nothing, over real Socket Mode."""

from __future__ import annotations

from tests.e2e.report_reader import at_rest, bot_messages, details, full_list, report
from tests.support.slack_office import COMPANY, Office


def books(office: Office) -> dict[str, dict[str, object]]:
    """Tripletex's employees by number."""
    company = next(books for books in office.tripletex.companies.values() if books.name == COMPANY)
    return {str(row["employeeNumber"]): row for row in company.rows["Employee"].values()}


async def test_set_up_preview_sync_and_sync_again(office: Office) -> None:
    henrik = office.person("henrik")
    integration = await office.set_up(henrik, "1005", "1007")
    assert integration.state == "connected"
    assert "1005" not in books(office)

    await henrik.type("/integration sync preview")
    preview = await report(office, henrik, "Forhåndsvisning", "ville overført 2 ansatte")
    thread = await details(office, henrik, preview)
    assert "Sunniva Haugland" in thread
    assert "Sales" in thread
    assert "Coffee bars" in thread
    assert office.tripletex.requests.writes() == []

    await at_rest(office)
    await henrik.type("/integration sync now")
    synced = await report(office, henrik, "Synkronisering", "2 ansatte ble overført", "Alle er på plass")
    assert books(office)["1005"]["firstName"] == "Sunniva"
    assert (await office.integration(integration.id)).state == "tested"
    rows = await full_list(office, henrik, synced)
    assert {row["Ansattnummer"] for row in rows} == {"1005", "1007"}

    await at_rest(office)
    office.tripletex.requests.clear()
    await henrik.type("/integration sync now")
    again = await report(office, henrik, "Ingenting å endre: 2 ansatte")
    assert again.ts != synced.ts
    assert office.tripletex.requests.writes() == []


async def test_the_run_is_one_message_that_is_edited(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    await henrik.type("/integration sync now")
    message = await report(office, henrik, "Synkronisering")
    posts = [call for call in office.calls("chat.postMessage") if "thread_ts" not in call.arguments]
    assert len(posts) == 1
    assert all(call.arguments["ts"] == message.ts for call in office.calls("chat.update"))
    assert all(call.arguments.get("text") for call in office.slack.world.journal.calls if call.method in POSTS)


async def test_a_public_channel_is_joined_as_the_file_would_be_refused_otherwise(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    await henrik.type("/integration channel")
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "hr-team")
    await henrik.submit()
    await office.shows(henrik, "rapporterer i <#C03HRTEAM0>")
    await henrik.close()
    await henrik.type("/integration sync preview")
    message = await report(office, henrik, "Forhåndsvisning", channel="hr-team")
    assert len(await full_list(office, henrik, message, channel="hr-team")) == 1


POSTS = ("chat.postMessage", "chat.update")


async def test_a_person_who_is_not_ready_is_named_with_field_reason_and_advice(office: Office) -> None:
    henrik = office.person("henrik")
    await office.set_up(henrik, "1005", "1014")
    await office.preview(henrik)
    await henrik.type("/integration sync now")
    message = await report(office, henrik, "1 av 2 ansatte ble overført", "Sofie Drange (1014)")
    said = henrik.reads(message)
    assert "To arbeidsforhold løper samtidig" in said
    assert "avslutt det tidligere arbeidsforholdet i Simployer" in said
    rows = await full_list(office, henrik, message)
    sofie = next(row for row in rows if row["Ansattnummer"] == "1014")
    assert "samtidig" in " ".join(value for value in sofie.values() if value)


async def test_a_lookalike_with_another_number_is_never_created(office: Office) -> None:
    henrik = office.person("henrik")
    before = len(books(office))
    await office.set_up(henrik, "1025")
    await henrik.type("/integration sync now")
    message = await report(office, henrik, "må følges opp", "77")
    assert "krever avgjørelse" in henrik.reads(message)
    assert len(books(office)) == before


async def test_the_target_going_away_fails_the_run_and_says_what_to_do(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    office.tripletex.revoke("tripletex-demo-employee-3c91d7")
    office.tripletex.sessions.end_all()
    await henrik.type("/integration sync now")
    message = await report(office, henrik, "ble ikke kjørt")
    assert "API-nøkkelen" in henrik.reads(message)
    integration = (await office.integrations())[0]
    assert integration.state == "needs_reconnect"
    trouble = await office.reads(lambda: henrik.messages("payroll"), henrik, "må kobles til på nytt")
    assert "Koble til på nytt" in henrik.reads(trouble)


async def test_a_report_whose_channel_is_gone_reaches_the_owner(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    office.slack.inject_fault("chat.postMessage", error="is_archived", times=1)
    await henrik.type("/integration sync now")
    await office.reads(henrik.direct_messages, henrik, "kunne ikke legges ut i kanalen", "Norge", "Synkronisering")


async def test_a_busy_slack_loses_no_report(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    office.slack.inject_fault("chat.postMessage", error="ratelimited", http_status=429, retry_after=1, times=1)
    await henrik.type("/integration sync now")
    await report(office, henrik, "Synkronisering")
    posts = [call for call in office.calls("chat.postMessage") if "thread_ts" not in call.arguments and not call.error]
    assert len(posts) == 1


async def test_a_post_whose_answer_was_lost_is_found_and_not_made_again(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    office.slack.inject_fault("chat.postMessage", http_status=500, times=1, after_commit=True)
    await henrik.type("/integration sync now")
    message = await report(office, henrik, "Synkronisering")
    await details(office, henrik, message)
    runs_told = [m for m in bot_messages(henrik) if "Synkronisering" in henrik.reads(m)]
    assert [m.ts for m in runs_told] == [message.ts]


async def test_without_the_optional_scopes_the_report_still_comes(office: Office) -> None:
    henrik = office.person("henrik")
    await office.make()
    office.slack.inject_fault("conversations.history", error="missing_scope", times=5)
    office.slack.inject_fault("chat.postMessage", http_status=503, times=1)
    await henrik.type("/integration sync now")
    await report(office, henrik, "Synkronisering")
