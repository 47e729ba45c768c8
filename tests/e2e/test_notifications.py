"""Reports ask for attention when somebody has to do something, once, and for no more than that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.notification_policy import NOBODY, NotificationPolicy, Verbosity
from bot.jobs.runs.service import RunNotPossible
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import integrations, runs
from storage.integrations import Integration
from storage.runs import Run
from tests.e2e.report_reader import at_rest, bot_messages, report
from tests.support.slack_office import MONDAY, SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office
from tests.support.slots import start_slot

READY, TWICE_EMPLOYED = "1005", "1014"


async def connect(office: Office, *numbers: str, owner: str = "U02HENRIK", **rules: object) -> Integration:
    """An integration of these people, with these rules of attention."""
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        ids = [found.source_id for number in numbers for found in await source.search(number)]
    made = await office.make(scope={"kind": "people", "ids": ids}, owner_user_id=owner)
    return await set_rules(office, made, **rules)


async def set_rules(office: Office, one: Integration, **rules: object) -> Integration:
    async with office.app.database.session() as s:
        now = await integrations.get(s, one.id)
        assert now is not None
        return await integrations.update(s, one.id, now.version, attention=NotificationPolicy(**rules).to_json())  # type: ignore[arg-type]


async def morning(office: Office, one: Integration, day: float) -> Run:
    """The scheduled run of a day, reported."""
    office.clock.at = MONDAY + timedelta(days=day)
    run = await start_slot(office.app.jobs, office.app.database, one, office.clock())
    await at_rest(office)
    async with office.app.database.reading() as s:
        ended = await runs.get(s, run.id)
    assert ended is not None
    return ended


def part_again(office: Office, number: str) -> None:
    """End the first of two employments that run at the same time."""
    store = office.simployer.store
    employment = store.history("employment", office.simployer.admin.employee(number)["id"])[0]
    employment |= {"endDate": "2024-01-31", "effectiveEndDate": "2024-01-31", "terminated": True}
    store.touch("employment", employment)


def shown(henrik: Person) -> list[str]:
    return [henrik.reads(message) for message in bot_messages(henrik)]


def thread(henrik: Person, message: Message) -> str:
    return "\n".join(henrik.reads(reply) for reply in henrik.thread("payroll", message.ts))


async def test_a_problem_is_told_once_then_counted_and_told_again_when_it_is_gone(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, TWICE_EMPLOYED)
    await morning(office, one, 0)
    first = await report(office, henrik, "Sofie Drange (1014)", "samtidig")
    assert "<@U02HENRIK>, 1 ansatt med et nytt problem" in thread(henrik, first)

    await morning(office, one, 1)
    second = await report(office, henrik, "1 ansatt må fortsatt følges opp, som før, siden 23. nov. 2026")
    assert "Sofie Drange" not in henrik.reads(second)
    assert "Sofie Drange" in thread(henrik, second)
    assert "<@" not in thread(henrik, second)

    part_again(office, TWICE_EMPLOYED)
    await morning(office, one, 2)
    third = await report(office, henrik, "Løst siden sist: Sofie Drange (1014)")
    assert "må fortsatt" not in henrik.reads(third)
    assert len(shown(henrik)) == 3


async def test_whoever_asks_by_hand_is_told_everything_again(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, TWICE_EMPLOYED, noise=Verbosity.DAILY)
    await morning(office, one, 0)
    assert shown(henrik) == []
    await henrik.type("/integration sync now")
    message = await report(office, henrik, "som før, siden 23. nov. 2026", "Sofie Drange (1014)")
    assert "<@U02HENRIK>," not in thread(henrik, message)


async def test_only_changes_keeps_silent_about_a_day_on_which_nothing_happened(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, TWICE_EMPLOYED, noise=Verbosity.CHANGES)
    await morning(office, one, 0)
    await report(office, henrik, "1 av 2 ansatte ble overført")
    run = await morning(office, one, 1)
    assert run.state.value == "done"
    assert run.message_ts is None
    assert len(shown(henrik)) == 1
    office.simployer.admin.change(READY, lastName="Lund")
    await morning(office, one, 2)
    assert len(shown(henrik)) == 2
    posts = [call for call in office.calls("chat.postMessage") if "thread_ts" not in call.arguments]
    assert len(posts) == 2


async def test_only_problems_tells_of_new_and_of_solved_ones(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, noise=Verbosity.PROBLEMS)
    await morning(office, one, 0)
    assert shown(henrik) == []
    office.simployer.admin.add_employment(READY, start="2026-01-01")
    await morning(office, one, 1)
    await report(office, henrik, "Sunniva Haugland (1005)")
    await morning(office, one, 2)
    assert len(shown(henrik)) == 1


async def test_a_run_that_fails_is_told_whatever_the_setting_and_somebody_is_called(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, noise=Verbosity.DAILY, calls="U01ASTRID")
    fault = office.tripletex.faults.status(403, path="/employee$", method="GET", times=None)
    run = await morning(office, one, 0)
    assert fault.hits
    assert run.state.value == "failed"
    message = await report(office, henrik, "ble ikke kjørt")
    assert "<@U01ASTRID>, denne synkroniseringen kunne ikke fullføres" in thread(henrik, message)


async def test_a_token_that_stops_working_is_told_and_only_others_than_the_owner_are_called(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, noise=Verbosity.DAILY, calls="U01ASTRID")
    office.tripletex.revoke(TRIPLETEX_TOKEN)
    office.tripletex.sessions.end_all()
    await morning(office, one, 0)
    await office.reads(lambda: henrik.messages("payroll"), henrik, "må kobles til på nytt", "<@U01ASTRID>")
    await office.reads(henrik.direct_messages, henrik, "må kobles til på nytt")


async def test_nobody_is_called_where_nobody_shall_be(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, TWICE_EMPLOYED, calls=NOBODY)
    await morning(office, one, 0)
    message = await report(office, henrik, "Sofie Drange (1014)")
    assert "<@U" not in thread(henrik, message)


STRICT = {"creates_share": 0.01, "creates_people": 1}


async def asking(office: Office, henrik: Person, **more: object) -> tuple[Integration, Message]:
    """A sync that Henrik has asked for, and that waits for an approval."""
    made = await office.make(scope={"kind": "everyone"}, thresholds=STRICT)
    one = await set_rules(office, made, **more) if more else made
    await henrik.type("/integration sync now")
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Godkjenn og skriv", "Avslå")
    return one, message


async def test_a_refusal_with_a_reason_takes_the_place_of_the_buttons(office: Office) -> None:
    henrik = office.person("henrik")
    one, message = await asking(office, henrik)
    said = henrik.reads(message)
    assert "Avslå, så skrives ingenting" in said
    assert "Forespørselen gjelder til" in said
    assert "Ville blitt opprettet" in said
    await henrik.click("run.refuse", message)
    await office.until_step(henrik, "refuse")
    await henrik.fill("refuse.reason", "Vent til Kari\ner <!channel> tilbake")
    await henrik.submit()
    await office.shows(henrik, "Avslått")
    after = await report(office, henrik, "avslo synkroniseringen", "Oppgitt grunn: Vent til Kari er", "Ingenting ble")
    assert after.ts == message.ts
    assert "Avslått av" in henrik.reads(after)
    assert "run.approve" not in str(after.blocks)
    assert "&lt;!channel&gt;" in str(after.blocks)
    assert "ble overført til Tripletex (Polarbønna Norge AS). Alle er på plass" not in henrik.reads(after)
    assert office.tripletex.requests.writes() == []
    await at_rest(office)
    assert [entry.action for entry in await office.audited()] == ["run.sync", "run.refuse"]
    async with office.app.database.reading() as s:
        (run,) = await runs.latest(s, one.id)
    with pytest.raises(RunNotPossible, match="not waiting"):
        await office.app.jobs.runs.approve(run.id, "U01ASTRID")


async def test_of_two_who_refuse_the_first_is_named(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    _, message = await asking(office, henrik)
    for who in (henrik, astrid):
        await who.click("run.refuse", message)
        await office.until_step(who, "refuse")
    await astrid.submit()
    await office.shows(astrid, "Avslagen")
    await henrik.submit()
    await office.shows(henrik, "venter ikke lenger på godkjenning")
    after = await report(office, henrik, "avslo synkroniseringen")
    assert "<@U01ASTRID> avslo" in str(after.blocks)


async def test_four_eyes_want_another_person_than_the_one_who_asked(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    _, message = await asking(office, henrik, four_eyes=True, calls="U01ASTRID")
    assert "<@U02HENRIK> ba om denne synkroniseringen, så en annen må godkjenne den" in str(message.blocks)
    called = await office.reads(lambda: henrik.thread("payroll", message.ts), henrik, "<@U01ASTRID>")
    assert "venter til noen godkjenner" in henrik.reads(called)
    await henrik.click("run.approve", message)
    await office.told(henrik, "Du ba selv om denne synkroniseringen")
    assert office.tripletex.requests.writes() == []
    await astrid.click("run.approve", message)
    after = await office.reads(lambda: bot_messages(henrik), henrik, "Godkjent av")
    assert after.ts == message.ts
    assert "run.approve" not in str(after.blocks)
    await at_rest(office)
    await report(office, henrik, "Godkjent av")
    assert office.tripletex.requests.writes() != []


async def test_the_one_who_asked_may_refuse_under_four_eyes(office: Office) -> None:
    henrik = office.person("henrik")
    _, message = await asking(office, henrik, four_eyes=True)
    await henrik.click("run.refuse", message)
    await office.until_step(henrik, "refuse")
    await henrik.submit()
    after = await report(office, henrik, "avslo synkroniseringen")
    assert "Oppgitt grunn" not in henrik.reads(after)


async def test_an_approval_that_nobody_gave_in_time_claims_no_writing(office: Office) -> None:
    henrik = office.person("henrik")
    _, message = await asking(office, henrik)
    office.clock.forward(days=8)
    assert await office.app.jobs.runs.expire_approvals() == 1
    after = await report(office, henrik, "ble ikke kjørt", "Ingen godkjente kjøringen i tide")
    assert after.ts == message.ts
    assert "ansatte ble overført" not in henrik.reads(after)
