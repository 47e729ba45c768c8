"""`/integration mapping`: seen, changed with what the payroll system has now, recorded; and what goes where."""

from __future__ import annotations

from dataclasses import replace

from bot.handlers.edit import mappings
from bot.providers import registry
from bot.providers.protocol import Choice
from bot.views.edit import mappings as views
from sandbox.slack.user_actions import Person
from storage import drafts, integrations
from tests.support.slack_office import Office, blocks_of


async def change(office: Office, who: Person, group: str) -> None:
    """To the form of a group."""
    await office.until_step(who, "mapping")
    view = who.modal
    assert view is not None
    block = next(b for b in view.blocks if b.get("accessory", {}).get("value") == group)
    await office.slack.interactions.act(
        who.user, {"type": "view", "view_id": view.id}, block["block_id"], views.CHANGE, None, {}
    )
    await office.until_step(who, "settings")


async def test_settings_are_seen_by_group_with_their_names(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    said = await office.shows(henrik, "Arbeidsforhold", "Polarbønna Oslo", "(standard)")
    assert "tripletex.setting" not in said


async def test_a_choice_of_the_payroll_system_is_kept_and_recorded(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    await change(office, henrik, "people")
    books = office.tripletex.companies[int(made.target_account_id)]
    wanted = next(str(key) for key, row in books.rows["Department"].items() if row["name"] == "Sales")
    await henrik.choose("setting.default_department", wanted)
    await henrik.submit()
    await office.shows(henrik, "Lagret", "Sales")
    after = await office.integration(made.id)
    assert after.settings == {**made.settings, "default_department": wanted}
    entry = (await office.audited())[-1]
    assert (entry.action, entry.old, entry.new) == (
        "mapping.changed",
        {"settings": {"default_department": None}, "labels": {}},
        {"settings": {"default_department": wanted}, "labels": {"default_department": "Sales"}},
    )
    await change(office, henrik, "people")
    await henrik.choose("setting.default_department", views.NOTHING)
    await henrik.submit()
    await office.until_step(henrik, "mapping")
    assert (await office.integration(made.id)).settings == made.settings
    books.rows["Department"][int(wanted)]["name"] = "Sold"
    await henrik.close()
    await henrik.type("/integration audit")
    said = await office.shows(henrik, "Sales → ingenting", "Avdeling når ingen passer: Sales")
    assert wanted not in said


def offered_kinds(henrik: Person) -> set[str]:
    """The values that the form offers as Tripletex' type of pay."""
    assert henrik.modal is not None
    (block,) = [block for block in henrik.modal.blocks if block["block_id"] == "setting.remuneration_type"]
    return {option["value"] for option in block["element"]["options"]}


async def test_an_old_choice_is_named_and_kept_where_it_is_stored_and_offered_nowhere_else(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    usual = {"from_source", "MONTHLY_WAGE", "HOURLY_WAGE"}
    await henrik.type("/integration mapping")
    await change(office, henrik, "pay")
    assert offered_kinds(henrik) == usual
    await henrik.close()
    async with office.app.database.session() as session:
        stored = {**made.settings, "remuneration_type": "FEE"}
        await integrations.update(session, made.id, made.version, settings=stored)
    await henrik.type("/integration mapping")
    await office.shows(henrik, "Avlønningstype: Honorar")
    await change(office, henrik, "pay")
    assert offered_kinds(henrik) == usual | {"FEE"}
    await henrik.submit()
    await office.until_step(henrik, "mapping")
    assert (await office.integration(made.id)).settings == stored
    await change(office, henrik, "pay")
    await henrik.choose("setting.remuneration_type", "HOURLY_WAGE")
    await henrik.submit()
    await office.until_step(henrik, "mapping")
    assert (await office.integration(made.id)).settings == {**stored, "remuneration_type": "HOURLY_WAGE"}
    await change(office, henrik, "pay")
    assert offered_kinds(henrik) == usual


async def test_values_are_validated_at_their_field(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    await change(office, henrik, "employment")
    await henrik.fill("setting.shift_hours", "mange")
    await henrik.submit()
    assert "35,5" in henrik.errors["setting.shift_hours"]
    await henrik.fill("setting.shift_hours", "35,5")
    await henrik.choose("setting.occupation_code_field", "yrkeskode")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    settings = (await office.integration(made.id)).settings
    assert (settings["shift_hours"], settings["occupation_code_field"]) == ("35.5", "yrkeskode")


def test_a_number_has_ascii_digits() -> None:
    written = ["35,5", "35.5", "7", "٣٥", "３５", "35,", "3 5", "-1", "1e3"]
    assert [one for one in written if mappings.NUMBER.fullmatch(one)] == ["35,5", "35.5", "7"]


async def test_saving_what_is_the_same_changes_nothing(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    await change(office, henrik, "pay")
    await henrik.submit()
    await office.until_step(henrik, "mapping")
    assert (await office.integration(made.id)).version == made.version
    assert await office.audited() == []


async def test_somebody_elses_change_is_not_overwritten(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    await change(office, henrik, "pay")
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, made.version, name="Nytt navn")
    await henrik.choose("setting.salary", "actual")
    await henrik.submit()
    await office.shows(henrik, "ingenting ble lagret")
    assert (await office.integration(made.id)).settings == made.settings


async def test_what_cannot_be_read_is_neither_shown_as_gone_nor_lost(office: Office) -> None:
    division = "1"
    made = await office.make(settings={"division": division, "default_department": "12"})
    henrik = office.person("henrik")
    office.tripletex.faults.status(503, path="token/session", times=None)
    await henrik.type("/integration mapping")
    await office.until_step(henrik, "mapping")
    said = henrik.reads()
    assert "Les på nytt" in said
    await change(office, henrik, "people")
    assert "setting.default_department" not in blocks_of(henrik)
    await henrik.choose("setting.user_type", "STANDARD")
    await henrik.submit()
    await office.until_step(henrik, "mapping")
    assert (await office.integration(made.id)).settings == {**made.settings, "user_type": "STANDARD"}


async def test_what_goes_where_is_read_and_left(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    await office.until_step(henrik, "mapping")
    await henrik.click("flow.act:fields")
    said = await office.shows(henrik, "Alle felt", "`employeeNumber`", "Bare for nye")
    assert "field." not in said
    for rule in registry.target("tripletex").fields:
        assert rule.target in said
    await henrik.click("flow.back")
    await office.until_step(henrik, "mapping")


async def test_thousands_of_choices_are_searched_for(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration mapping")
    await office.until_step(henrik, "mapping")
    draft = await office.draft(henrik, mappings.KIND)
    assert draft is not None
    answers = mappings.MappingsDraft.from_draft(draft.data)
    codes = [Choice(value=f"{n:07}", label=f"{n:07} Yrke nummer {n}") for n in range(7_000)]
    answers.choices["occupation_code"] = codes
    async with office.app.database.session() as s:
        await drafts.save(s, office.app.database.vault, replace(draft, data=answers.to_draft()))
    await change(office, henrik, "employment")
    offered = await henrik.search("setting.occupation_code", "nummer 6999")
    assert [one["value"] for one in offered] == [views.NOTHING, "0006999"]
    await henrik.choose("setting.occupation_code", "0006999")
    await henrik.submit()
    await office.shows(henrik, "0006999 Yrke nummer 6999")


async def test_each_office_gets_its_unit_by_name(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    places = {row["name"]: row["id"] for row in office.simployer.store.rows["office"].values()}
    books = office.tripletex.companies[int(made.target_account_id)]
    bergen = next(str(key) for key, row in books.rows["Division"].items() if "Bergen" in row["name"])
    gone = f"office_division.office.{'f' * 24}"
    async with office.app.database.session() as session:
        made = await integrations.update(session, made.id, made.version, settings={**made.settings, gone: bergen})
    await henrik.type("/integration mapping")
    await office.shows(henrik, "Enheter etter kontor", "Virksomhet: Bergen: ingenting valgt", f"Virksomhet: {'f' * 24}")
    await change(office, henrik, "offices")
    said = henrik.reads()
    assert "nevnes ved navn" in said
    assert not {name for name in ("Göteborg", "Stockholm") if name in said}
    key = f"office_division.office.{places['Bergen']}"
    await henrik.choose(f"setting.{key}", bergen)
    await henrik.choose(f"setting.{gone}", views.NOTHING)
    await henrik.submit()
    await office.shows(henrik, "Lagret", "Virksomhet: Bergen: Polarbønna Bergen")
    assert (await office.integration(made.id)).settings == {
        name: value for name, value in {**made.settings, key: bergen}.items() if name != gone
    }
    await henrik.close()
    await henrik.type("/integration audit")
    await office.shows(henrik, "Virksomhet: Bergen: Polarbønna Bergen")
