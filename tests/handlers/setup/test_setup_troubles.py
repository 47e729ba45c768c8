"""What goes wrong in a set-up, where it is said, and that one can go on from there."""

from __future__ import annotations

import asyncio

from bot.domain.scope import ScopeKind
from bot.handlers.setup import STEPS
from bot.handlers.setup.draft import SetupDraft
from bot.locales import LANGUAGES, translator
from sandbox.simployer import REVOKED_TOKEN as REVOKED_SIMPLOYER
from sandbox.slack.faults import Fault
from sandbox.tripletex import OTHER_COMPANY_TOKEN
from sandbox.tripletex import REVOKED_TOKEN as REVOKED_TRIPLETEX
from tests.support.slack_office import COMPANY, SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office, blocks_of


async def test_a_wrong_simployer_token_is_said_at_its_field_and_mended(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", REVOKED_SIMPLOYER)
    await henrik.submit()
    await office.until_step(henrik, "source")
    ids = [block["type"] for block in henrik.modal.blocks]  # type: ignore[union-attr]
    assert "alert" in ids
    assert ids.index("alert") < ids.index("input")
    assert "kopierte hele tokenet" in henrik.reads()
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.submit()
    await office.until_step(henrik, "target")


async def test_a_channel_whose_test_post_was_deleted_is_told_in_a_new_message(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    office.slack.inject_fault("chat.update", error="message_not_found")
    assert await office.save(henrik, COMPANY)
    assert len(office.calls("chat.postMessage")) == 2


async def test_simployers_token_is_no_key_of_the_payroll_system(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "tripletex", "credential.tripletex.employee_token")
    await office.paste_tripletex(henrik, SIMPLOYER_TOKEN)
    assert "Simployers token" in henrik.errors["credential.tripletex.employee_token"]
    assert office.tripletex.requests.matching() == []
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_step(henrik, "accounts")


async def test_spaces_are_no_token(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", "    ")
    await henrik.submit()
    assert "mellomrom" in henrik.errors["credential.simployer.access_token"]
    assert office.simployer.requests.matching() == []


async def test_a_wrong_tripletex_key_first_then_the_right_one(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", f"  {SIMPLOYER_TOKEN} ")
    await henrik.submit()
    await office.until_step(henrik, "target")
    await office.paste_tripletex(henrik, REVOKED_TRIPLETEX)
    await office.until_step(henrik, "target")
    assert "alert" in [block["type"] for block in henrik.modal.blocks]  # type: ignore[union-attr]
    environment = next(b for b in henrik.modal.blocks if b["block_id"].endswith("environment"))  # type: ignore[union-attr]
    offered = [one["value"] for one in environment["element"]["options"]]
    assert (offered, environment["element"]["initial_option"]["value"]) == (["test", "production"], "test")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_step(henrik, "accounts")
    said = henrik.reads()
    assert COMPANY in said
    assert "Polarbönan" in said


async def test_a_system_that_is_down_can_be_tried_again_without_typing(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.submit()
    await office.until_step(henrik, "target")
    office.tripletex.faults.status(503, path="token/session", times=None)
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_field(henrik, "credentials.retry")
    office.tripletex.faults.clear()
    await henrik.click("flow.act:retry")
    await office.until_step(henrik, "accounts")


async def test_simployer_going_bad_meanwhile_leads_back_to_its_token(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.submit()
    await office.until_step(henrik, "target")
    office.simployer.revoke()
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_step(henrik, "source")
    assert "credential.simployer.access_token" in blocks_of(henrik)


async def test_slack_is_answered_at_once_when_tripletex_is_slow(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.submit()
    await office.until_step(henrik, "target")
    held = office.tripletex.faults.slow(path="token/session")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await held.arrived.wait()
    assert "Kontrollerer" in await office.shows(henrik, "Tripletex")
    held.release()
    await office.until_step(henrik, "accounts")


async def test_a_late_result_never_replaces_what_the_person_does_now(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.submit()
    await office.until_step(henrik, "target")
    held = office.tripletex.faults.slow(path="token/session")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await held.arrived.wait()
    await henrik.click("flow.cancel_check")
    await office.until_step(henrik, "target")
    await henrik.click("flow.back")
    await office.until_step(henrik, "source")
    before = (await office.draft(henrik)).version  # type: ignore[union-attr]
    held.release()
    await office.app.background.drain()
    assert henrik.modal.content["callback_id"] == "flow:setup:source"  # type: ignore[union-attr]
    assert (await office.draft(henrik)).version == before  # type: ignore[union-attr]


async def test_a_result_after_closing_is_kept_for_the_way_back(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    held = office.simployer.faults.slow(path="/company")
    await henrik.submit()
    await held.arrived.wait()
    await henrik.close()
    held.release()
    await office.app.background.drain()
    await henrik.type("/integration setup")
    await office.shows(henrik, "koble til lønnssystemet")
    await henrik.click("flow.continue")
    await office.until_step(henrik, "target")


async def test_closing_and_coming_back(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    await henrik.close()
    await henrik.type("/integration setup")
    await office.shows(henrik, "bekreft selskapene")
    await henrik.click("flow.continue")
    await office.until_step(henrik, "accounts")
    assert COMPANY in henrik.reads()


async def test_starting_over_forgets_everything(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    old = await office.draft(henrik)
    await henrik.close()
    await henrik.type("/integration setup")
    await office.shows(henrik, "bekreft selskapene")
    await henrik.click("flow.restart")
    await office.until_step(henrik, "system")
    new = await office.draft(henrik)
    assert old is not None
    assert new is not None
    assert new.id != old.id
    assert new.data["target_credentials"] == {}


async def test_a_restart_of_the_bot_in_the_middle_changes_nothing(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await office.restart()
    await office.pick(henrik, "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "summary")


async def test_a_stale_view_says_that_it_has_expired(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    office.clock.forward(minutes=31)
    await henrik.submit()
    await office.shows(henrik, "30 minutter")
    await henrik.close()
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")


async def test_a_button_of_an_expired_view_says_so_too(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    office.clock.forward(minutes=31)
    await henrik.click("flow.back")
    await office.shows(henrik, "30 minutter")


async def test_every_step_counts_the_time_anew(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
    await henrik.choose("system", "tripletex")
    await office.until_field(henrik, "system.tripletex")
    for _ in range(3):
        office.clock.forward(minutes=20)
        await henrik.submit()
        await office.until_step(henrik, "source")
        office.clock.forward(minutes=20)
        await henrik.click("flow.back")
        await office.until_step(henrik, "system")


async def test_two_at_once_do_not_disturb_each_other(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.to_accounts(henrik)
    await office.to_accounts(astrid, OTHER_COMPANY_TOKEN)
    assert "Kaffebarer" not in henrik.reads()
    assert "Kaffebarer" in astrid.reads()
    await henrik.submit()
    await office.until_step(henrik, "settings")
    await office.until_step(astrid, "accounts")


async def test_whoever_is_new_and_cannot_be_created_is_not_called_ready(office: Office) -> None:
    books = next(one for one in office.tripletex.companies.values() if one.name == "Polarbønna Kaffebarer AS")
    new = next(row for row in office.simployer.store.rows["employee"].values() if row["employeeNumber"] == "1005")
    assert not [row for row in books.rows["Employee"].values() if row.get("employeeNumber") == "1005"]
    astrid = office.person("astrid")
    await office.to_accounts(astrid, OTHER_COMPANY_TOKEN)
    await office.from_accounts_to_scope(astrid)
    await office.pick(astrid, new["lastName"])
    await astrid.submit()
    await office.shows(astrid, "1 av 1 saknar", "skapar ingen anställd utan avdelning")


async def test_nobody_can_go_on_with_another_persons_draft(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.to_accounts(henrik)
    await astrid.type("/integration setup")
    await office.until_step(astrid, "system")
    astrid.modal.content["private_metadata"] = henrik.modal.content["private_metadata"]  # type: ignore[union-attr]
    await astrid.choose("system", "tripletex")
    await astrid.submit()
    await office.shows(astrid, "finns inte kvar")


async def test_the_same_company_is_connected_once(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.set_up(henrik)
    await office.begin(astrid)
    await office.until_step(astrid, "target")  # Simployer is connected already
    await office.paste_tripletex(astrid, TRIPLETEX_TOKEN)
    said = await office.shows(astrid, "redan ansluten")
    assert f"Tripletex – {COMPANY}" in said
    await astrid.click("integration.schedule")
    await office.until_step(astrid, "schedule")


async def test_two_who_connect_the_same_company_at_the_same_time(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.to_summary(henrik)
    await office.to_summary(astrid, "Solbakken")
    await astrid.fill("name", "En annan")
    await henrik.submit()
    await office.shows(henrik, "Ingenting er overført ennå")
    await astrid.submit()
    await office.shows(astrid, "redan ansluten")
    assert len(await office.integrations()) == 1


async def test_a_token_of_another_simployer_company_is_refused(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.begin(astrid)
    await office.set_up(henrik)
    office.simployer.faults.wrong_company(path="/company", times=None)
    await astrid.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await astrid.submit()
    await office.until_step(astrid, "source")
    assert "läser från Polarbönan" in await office.shows(astrid, "tillhör")


async def test_nobody_chosen_is_said_at_the_field(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await henrik.choose("scope.people")
    await henrik.submit()
    assert henrik.errors["scope.people"]


async def test_a_chosen_persons_missing_data_is_named(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await office.pick(henrik, "Ulvestad", "1001")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    said = henrik.reads()
    assert "1 av 2" in said
    assert "Mattis Ulvestad (1012)" in said
    assert "Ingrid Solbakken" in said
    before = len(office.simployer.requests)
    await henrik.click("flow.act:again")
    await office.slack.world.changes.until(lambda: len(office.simployer.requests) > before)
    await office.until_step(henrik, "readiness")


async def test_departments_are_found_with_their_size(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await henrik.choose("scope.kind", "departments")
    await office.until_field(henrik, "scope.departments")
    everything = await henrik.search("scope.departments", "")
    assert len(everything) == 8
    (found,) = await henrik.search("scope.departments", "roast")
    assert found["text"]["text"].startswith("Roastery (")
    await henrik.choose("scope.departments", found["text"]["text"])
    await henrik.submit()
    await office.until_step(henrik, "widen")


async def test_the_search_offers_nothing_to_a_closed_door(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    office.clock.forward(minutes=31)
    assert await henrik.search("scope.people", "Solbakken") == []


async def test_two_quick_changes_of_mind_end_with_what_was_kept(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await asyncio.gather(henrik.choose("scope.kind", "departments"), henrik.choose("scope.kind", "offices"))

    async def settled() -> bool:
        kept = SetupDraft.from_draft((await office.draft(henrik)).data).scope_kind  # type: ignore[union-attr]
        return kept is not ScopeKind.PEOPLE and f"scope.{kept.value}" in blocks_of(henrik)

    await office.until(settled)


async def test_slack_answering_late_that_a_view_is_gone_loses_nothing(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    office.slack.world.faults.inject(Fault("views.update", error="not_found", times=3))
    await henrik.submit()
    await office.until_step(henrik, "target")


def test_every_step_has_a_name_to_resume_at() -> None:
    for step in STEPS[1:]:
        for t in (translator(language) for language in LANGUAGES):
            assert t.has(f"setup.step.{step.name}")


async def test_a_system_that_takes_absence_alone_says_so_on_the_choice(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
    (menu,) = [block for block in henrik.modal.blocks if block.get("block_id") == "system"]  # type: ignore[union-attr]
    groups = {group["label"]["text"]: group["options"] for group in menu["element"]["option_groups"]}
    offered = {one["value"]: one["description"]["text"] for one in groups["Sverige"]}
    assert (offered["visma_lon"], offered["agda_ps"]) == ("Bare fravær", "Ansatte")
