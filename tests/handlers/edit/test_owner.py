"""`/integration rename`: the name and the owner, who must be able to act, told to the channel and the audit."""

from __future__ import annotations

from storage import integrations
from tests.support.slack_office import Office


async def test_a_new_name_and_owner_are_kept_told_and_recorded(office: Office) -> None:
    made = await office.make()
    other = await office.make(name="Sverige", target_account_id="other")
    henrik = office.person("henrik")
    await henrik.type("/integration rename Norge")
    await office.until_step(henrik, "owner")
    await henrik.fill("owner.name", "  sverige ")
    await henrik.submit()
    await office.shows(henrik, "har dette navnet")
    await henrik.fill("owner.name", "Norge *lønn*")
    await henrik.choose("owner.person", "maja")
    await henrik.submit()
    await office.shows(henrik, "må være en som kan administrere")
    assert (await office.integration(made.id)).name == "Norge"
    await henrik.choose("owner.person", "astrid")
    await henrik.submit()
    await office.shows(henrik, "er lagret", "<@U01ASTRID>")
    after = await office.integration(made.id)
    assert (after.name, after.owner_user_id) == ("Norge *lønn*", "U01ASTRID")
    assert after.basis == made.basis, "plans are made as before"
    assert (await office.integration(other.id)).name == "Sverige"
    await office.reads(lambda: henrik.messages("payroll"), henrik, "endret navnet på *Norge*", "lønn")
    await office.reads(lambda: henrik.messages("payroll"), henrik, "<@U01ASTRID> til eier")
    (entry,) = await office.audited()
    assert (entry.action, entry.old) == ("integration.renamed", {"name": "Norge", "owner": "U02HENRIK"})
    await henrik.type("/integration audit")
    await office.shows(henrik, "Navnet eller eieren ble endret", "<@U02HENRIK> → <@U01ASTRID>")


async def test_an_owner_who_left_need_not_be_replaced_for_a_new_name(office: Office) -> None:
    made = await office.make(owner_user_id="U03MAJAOB")
    henrik = office.person("henrik")
    await henrik.type("/integration rename")
    await office.until_step(henrik, "owner")
    async with office.app.database.session() as s:
        version = (await integrations.locked(s, made.id)).version
    await henrik.fill("owner.name", "Lønn")
    await henrik.submit()
    await office.shows(henrik, "er lagret")
    after = await office.integration(made.id)
    assert (after.name, after.owner_user_id, after.version) == ("Lønn", "U03MAJAOB", version + 1)
    assert [message for message in henrik.messages("payroll") if "til eier" in henrik.reads(message)] == []
