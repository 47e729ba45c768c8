"""Until when credentials are good: told with them, warned of in time, asked anew with the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from bot.jobs.scheduling.expiry_warnings import next_warning
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import expiries, integrations
from storage.expiries import SOURCE, Expiry
from tests.support.slack_office import COMPANY, SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office

IN_A_MONTH = date(2026, 12, 24)
UNTIL = "until.tripletex"


async def known(office: Office, whose: str) -> Expiry | None:
    async with office.app.database.reading() as s:
        return await expiries.get(s, office.team_id, whose)


async def tell(office: Office, whose: str, until: date) -> None:
    warn_at = next_warning(until, office.clock(), "Europe/Stockholm")
    one = Expiry(team_id=office.team_id, integration_id=whose, until=until, warn_at=warn_at)
    async with office.app.database.session() as s:
        await expiries.replace(s, office.team_id, whose, one)


async def reconnect(office: Office, henrik: Person, until: str | None) -> None:
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    if until:
        await henrik.fill(UNTIL, until)
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.slack.world.changes.until(lambda: "Lagret" in henrik.reads())


def warnings(messages: Sequence[Message], who: Person) -> list[str]:
    return [said for message in messages if "utløper snart" in (said := who.reads(message))]


async def warned(office: Office, who: Person, count: int) -> None:
    def all_there() -> bool:
        return min(len(warnings(who.messages("payroll"), who)), len(warnings(who.direct_messages(), who))) >= count

    await office.slack.world.changes.until(all_there)


async def test_a_day_is_told_with_new_credentials_shown_and_asked_anew(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await reconnect(office, henrik, "2027-02-01")
    kept = await known(office, made.id)
    assert kept is not None
    assert (kept.until, kept.warn_at) == (date(2027, 2, 1), datetime(2027, 1, 2, 8, tzinfo=UTC))
    await henrik.type("/integration status")
    await office.told(henrik, "gyldige til og med: 1. feb. 2027")
    await henrik.type("/integration audit")
    await office.shows(henrik, "1. feb. 2027")

    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    day = next(block for block in henrik.modal.blocks if block["block_id"] == UNTIL)  # type: ignore[union-attr]
    assert "initial_date" not in day["element"]
    await henrik.close()
    await reconnect(office, henrik, None)
    assert await known(office, made.id) is None


async def test_a_day_that_has_passed_is_refused_at_its_field_and_kept_on_the_way_back(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    await henrik.fill(UNTIL, "2026-11-22")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    assert henrik.errors[UNTIL].startswith("Denne dagen har vært")
    await henrik.fill(UNTIL, "2026-11-23")
    await henrik.submit()
    await office.slack.world.changes.until(lambda: "Lagret" in henrik.reads())


async def test_the_set_up_asks_on_both_sides(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.fill("until.simployer", "2027-01-31")
    await henrik.submit()
    await office.until_field(henrik, UNTIL)
    await henrik.fill(UNTIL, "2027-05-31")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_step(henrik, "accounts")
    await henrik.click("flow.back")
    await office.until_step(henrik, "target")
    day = next(block for block in henrik.modal.blocks if block["block_id"] == UNTIL)  # type: ignore[union-attr]
    assert day["element"]["initial_date"] == "2027-05-31"
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_step(henrik, "accounts")
    await office.from_accounts_to_summary(henrik, "Solbakken")
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, COMPANY)
    (made,) = await office.integrations()
    source, target = await known(office, SOURCE), await known(office, made.id)
    assert source is not None
    assert target is not None
    assert (source.until, target.until) == (date(2027, 1, 31), date(2027, 5, 31))


async def test_the_channel_and_the_owner_are_warned_three_times_each_once(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await tell(office, made.id, IN_A_MONTH)
    office.clock.at = datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    assert await office.app.jobs.expiries.tick() == 0
    for count, day in enumerate((datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 12, 17, 8, tzinfo=UTC)), 1):
        office.clock.at = day
        assert await office.app.jobs.expiries.tick() == 1
        assert await office.app.jobs.expiries.tick() == 0
        await warned(office, henrik, count)
    await office.restart()
    office.clock.at = datetime(2026, 12, 23, 8, tzinfo=UTC)
    assert await office.app.jobs.expiries.tick() == 1
    await warned(office, henrik, 3)
    office.clock.forward(days=60)
    assert await office.app.jobs.expiries.tick() == 0
    assert len(warnings(henrik.messages("payroll"), henrik)) == 3
    (said, *_) = warnings(henrik.direct_messages(), henrik)
    assert "24. des. 2026" in said
    assert "Tripletex" in said
    (button,) = [m for m in henrik.direct_messages() if "utløper snart" in henrik.reads(m)][:1]
    await henrik.click("integration.credentials", button)
    await office.until_step(henrik, "credentials")


async def test_a_warning_whose_answer_was_lost_is_not_posted_again(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await tell(office, made.id, IN_A_MONTH)
    office.slack.inject_fault("chat.postMessage", http_status=500, times=1, after_commit=True)
    office.clock.forward(days=2)
    await office.app.jobs.expiries.tick()
    await warned(office, henrik, 1)
    assert len(warnings(henrik.messages("payroll"), henrik)) == 1


async def test_a_channel_that_is_gone_keeps_nobody_from_being_warned(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await tell(office, made.id, IN_A_MONTH)
    await henrik.type("/archive")
    office.clock.forward(days=2)
    await office.app.jobs.expiries.tick()
    await office.reads(henrik.direct_messages, henrik, "utløper snart")


async def test_of_the_shared_source_everybody_hears_once(office: Office) -> None:
    await office.make()
    await office.make(name="Sør", target_account_id="2", target_account_name="Annet", channel_id="C01GENERAL")
    henrik = office.person("henrik")
    await tell(office, SOURCE, IN_A_MONTH)
    office.clock.forward(days=2)
    await office.app.jobs.expiries.tick()
    await office.reads(lambda: henrik.messages("general"), henrik, "utløper snart: Sør", "Simployer")
    await office.reads(henrik.direct_messages, henrik, "utløper snart: Norge og Sør")
    assert len(warnings(henrik.direct_messages(), henrik)) == 1
    asked = [call for call in office.calls("users.info") if call.arguments.get("user") == henrik.user.id]
    assert len(asked) == 1, "Slack is asked about an owner, not about each integration"


async def test_what_was_reconnected_or_removed_meanwhile_is_not_warned_of(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await tell(office, made.id, IN_A_MONTH)
    await reconnect(office, henrik, "2027-06-30")
    office.clock.at = datetime(2026, 12, 23, 9, tzinfo=UTC)
    assert await office.app.jobs.expiries.tick() == 0
    async with office.app.database.session() as s:
        await integrations.remove(s, made.id)
    assert await known(office, made.id) is None


def home_says(who: Person, words: str) -> bool:
    return who.home is not None and words in who.reads(who.home)


async def test_home_puts_it_among_what_needs_attention_and_others_work_on(office: Office) -> None:
    made = await office.make()
    await tell(office, made.id, IN_A_MONTH)
    henrik = office.person("henrik")
    for days, said in (
        (0, "gyldige til og med: 24. des. 2026"),
        (3, "utløper 24. des. 2026"),
        (60, "gjaldt til og med"),
    ):
        office.clock.at = datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=days)
        henrik.open_home()
        await office.slack.world.changes.until(partial(home_says, henrik, said))
        labels = [e["text"]["text"] for b in henrik.home.blocks for e in b.get("elements", ()) if e["type"] == "button"]  # type: ignore[union-attr]
        assert ("Koble til på nytt" in labels) is (days > 0)
        assert "Forhåndsvis" in " ".join(labels)


@pytest.mark.parametrize(
    ("until", "now", "due"),
    [
        ("2027-03-31", "2027-01-01T00:00", "2027-03-01T08:00"),
        ("2027-03-31", "2027-03-01T08:00", "2027-03-24T08:00"),
        ("2027-03-31", "2027-03-24T08:00", "2027-03-30T07:00"),  # summer time by then
        ("2027-03-31", "2027-03-30T07:00", None),
    ],
)
def test_the_next_warning(until: str, now: str, due: str | None) -> None:
    found = next_warning(date.fromisoformat(until), datetime.fromisoformat(now).replace(tzinfo=UTC), "Europe/Oslo")
    assert found == (datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None)
