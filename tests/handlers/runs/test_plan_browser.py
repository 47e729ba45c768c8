"""The plan, person by person: from the question and from the report, filtered, searched and paged."""

from __future__ import annotations

import pytest

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Role
from storage import kept_plans
from tests.handlers.runs.test_approve_replan import ASKING, asked
from tests.handlers.runs.test_start import all_runs, ended
from tests.support.slack_office import Office


def people_in(who: Person) -> list[str]:
    """The names on the page."""
    assert who.modal is not None
    sections = [block["text"]["text"] for block in who.modal.blocks if block["type"] == "section"]
    return [said.partition("*")[2].partition("*")[0] for said in sections if said.startswith("*")]


async def test_whoever_is_asked_looks_through_the_whole_plan(office: Office) -> None:
    await office.make(**ASKING)
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    message = await asked(office, henrik)
    await henrik.click("run.plan", message)
    await office.shows(henrik, "Person for person", "Private verdier vises bare som endret")
    assert [entry.actor_id for entry in await office.audited() if entry.action == "run.viewed"] == [henrik.user.id]
    first = people_in(henrik)
    assert len(first) == 8
    await henrik.click("flow.act:next")
    await office.shows(henrik, "Side 2 av")
    second = people_in(henrik)
    assert second
    assert not set(first) & set(second)
    await henrik.click("flow.act:previous")
    await office.shows(henrik, "Side 1")
    assert people_in(henrik) == first

    await henrik.choose("plan.filter", "created")
    await office.slack.world.changes.until(lambda: people_in(henrik) != first)
    said = henrik.reads()
    assert "ville blitt opprettet" in said
    assert "ville blitt oppdatert" not in said
    assert "Fornavn: " in said
    assert "Bankkonto: satt (privat)" in said
    name = people_in(henrik)[0]
    for person in office.simployer.store.rows["employee"].values():
        for private in (person.get("ssn"), (person.get("bankAccount") or {}).get("number")):
            assert not private or str(private) not in said

    number = name.rpartition("(")[2].rstrip(")")
    await henrik.fill("plan.search", number)
    await henrik.submit()
    await office.slack.world.changes.until(lambda: people_in(henrik) == [name])
    await henrik.fill("plan.search", "finnes ikke")
    await henrik.submit()
    await office.shows(henrik, "Ingen passer")


async def test_a_preview_shows_values_until_something_takes_its_place(office: Office) -> None:
    made = await office.make(scope={"kind": "everyone"})
    henrik = office.person("henrik")
    await office.preview(henrik)
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "Se planen")
    await henrik.click("run.plan", message)
    assert "40000106" in await office.shows(henrik, "Private verdier vises bare som endret", "Eirik")
    await henrik.close()
    await office.preview(henrik)
    await henrik.click("run.plan", message)
    assert "40000106" not in await office.shows(henrik, "Verdiene er slettet", "Eirik")
    assert len(await all_runs(office, made.id)) == 2


async def test_a_finished_preview_names_fields_and_says_that_values_are_gone(office: Office) -> None:
    made = await office.make(scope={"kind": "everyone"})
    henrik = office.person("henrik")
    await henrik.type("/integration sync preview")
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "Se planen")
    await ended(office, made.id)
    async with office.app.database.session() as s:
        await kept_plans.erase(s, made.id)
    await henrik.click("run.plan", message)
    said = await office.shows(henrik, "Verdiene er slettet", "Felt: ")
    assert "ville blitt" in said
    (run,) = await all_runs(office, made.id)
    await henrik.choose("plan.filter", "conflict")
    await office.shows(henrik, "krever avgjørelse")
    assert len(people_in(henrik)) == min(run.counts["conflict"], 8)
    await henrik.choose("plan.filter", "blocked")
    await office.shows(henrik, "stoppet av en kontroll")
    await henrik.fill("plan.search", "ansattnummeret mangler")
    await henrik.submit()
    said = await office.shows(henrik, "Ansattnummeret mangler")
    assert 0 < len(people_in(henrik)) < run.counts["blocked"]


@pytest.mark.parametrize("at", ["first", "page"])
async def test_who_may_not_manage_sees_no_plan(office: Office, at: str) -> None:
    await office.make(**ASKING)
    henrik, maja = office.person("henrik"), office.person("maja")
    await henrik.type("/integration sync now")
    message = await asked(office, henrik)
    if at == "first":
        await maja.click("run.plan", message)
        await office.told(maja, "<@U01ASTRID>")
        assert maja.modal is None
        return
    await henrik.click("run.plan", message)
    await office.shows(henrik, "Person for person")
    before = people_in(henrik)
    users = office.slack.world.workspace.users
    users[henrik.user.id] = type(henrik.user)(**{**vars(henrik.user), "role": Role.MEMBER})
    office.app.services.access._members.clear()  # as a minute later
    await henrik.click("flow.act:next")
    await office.shows(henrik, "<@U01ASTRID>")
    assert before[0] not in henrik.reads()
