"""The scope, afterwards: who is left out, how many it takes in, who comes in and who goes out."""

from __future__ import annotations

from datetime import timedelta

from bot.jobs.runs.service import RunRequest
from sandbox.slack.user_actions import Person
from storage import kept_plans, outcomes
from storage.integrations import IntegrationState
from storage.run_options import RunOptions
from storage.runs import RunKind
from tests.support.slack_office import Office, blocks_of


async def opened(office: Office, who: Person, kind: str) -> None:
    """The form, with another kind chosen."""
    await who.type("/integration scope")
    await office.until_step(who, "scope")
    await who.choose("scope.kind", kind)
    await office.slack.world.changes.until(lambda: "scope.people" not in blocks_of(who))


async def test_everyone_except_some(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await opened(office, henrik, "everyone")
    store = office.simployer.store
    active = sum(bool(store.read("employee", row, "active")) for row in store.rows["employee"].values())
    (left_out,) = await henrik.search("scope.excluded", "Solbakken")
    await henrik.choose("scope.excluded", left_out["value"])
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    said = henrik.reads()
    assert f"*{active - 1} personer* er med" in said
    assert f"*{active - 1} kommer til:*" in said
    assert "*1 faller ut*" in said
    assert "Ingrid Solbakken (1001)" in said
    await henrik.submit()
    await office.shows(henrik, "Alle, unntatt 1 person")
    assert (await office.integration(made.id)).scope == {"kind": "everyone", "ids": [], "excluded": [left_out["value"]]}

    await henrik.type("/integration scope")
    await office.until_step(henrik, "scope")
    field = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.excluded")  # type: ignore[union-attr]
    assert [one["text"]["text"] for one in field["element"]["initial_options"]] == ["Ingrid Solbakken (1001)"]
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    assert "Ingen kommer til, og ingen faller ut" in henrik.reads()


async def test_a_department_counts_those_below_it(office: Office) -> None:
    await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await opened(office, henrik, "departments")
    offered = await henrik.search("scope.departments", "")
    people = {one["value"]: int(one["text"]["text"].rpartition("(")[2].split()[0]) for one in offered}
    chosen = max(people, key=lambda unit: people[unit])
    await henrik.choose("scope.departments", chosen)
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    assert f"*{people[chosen]} personer* er med" in henrik.reads()


async def test_nobody_is_left_out_of_a_test_group_by_an_earlier_choice(office: Office) -> None:
    scope = {"kind": "everyone", "ids": [], "excluded": []}
    made = await office.make(state=IntegrationState.TESTED, scope=scope)
    henrik = office.person("henrik")
    await henrik.type("/integration scope")
    await office.until_step(henrik, "scope")
    (person,) = await henrik.search("scope.excluded", "Solbakken")
    await henrik.choose("scope.excluded", person["value"])
    await henrik.choose("scope.kind", "people")
    await office.until_field(henrik, "scope.people")
    await office.pick(henrik, "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await office.shows(henrik, "*1 person* er med")
    await henrik.submit()
    await office.shows(henrik, "Testgruppe med 1 person")
    assert (await office.integration(made.id)).scope == {"kind": "people", "ids": [person["value"]], "excluded": []}


async def test_people_of_another_payroll_are_one_line_and_a_button_leaves_their_offices_out(office: Office) -> None:
    scope = {"kind": "everyone", "ids": [], "excluded": []}
    made = await office.make(state=IntegrationState.TESTED, scope=scope)
    henrik = office.person("henrik")
    await office.preview(henrik)
    message = next(m for m in henrik.messages("payroll") if "Forhåndsvisning: Norge" in henrik.reads(m))
    said = henrik.reads(message)
    assert said.count("Lønnen er i SEK, men lønnssystemet betaler i NOK.") == 1
    assert "Rett valutaen for lønnen" not in said
    await henrik.click("run.leave_out", message)
    await office.until_step(henrik, "scope")
    field = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.without_offices")  # type: ignore[union-attr]
    names = {one["text"]["text"].split(" (")[0] for one in field["element"]["initial_options"]}
    assert names == {"Stockholm", "Göteborg"}
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await henrik.submit()
    await office.shows(henrik, "Alle, uten 2 kontorer")
    kept = (await office.integration(made.id)).scope
    assert (kept["kind"], len(kept["without_offices"])) == ("everyone", 2)
    async with office.app.database.session() as session:
        await kept_plans.erase(session, made.id)
        await outcomes.erase_older(session, office.clock() + timedelta(400))
    await henrik.close()
    await henrik.click("run.leave_out", message)
    await office.told(henrik, "er slettet nå")


async def test_of_a_preview_of_the_whole_company_a_test_group_becomes_everyone_but_them(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await office.preview(henrik)
    tested = next(m for m in henrik.messages("payroll") if "Forhåndsvisning: Norge" in henrik.reads(m))
    assert "run.leave_out" not in str(tested.blocks)
    await office.app.services.runs.start(
        RunRequest(made.id, RunKind.PREVIEW, henrik.user.id, "whole", options=RunOptions(everyone=True))
    )
    whole = await office.reads(lambda: henrik.messages("payroll"), henrik, "Lønnen er i SEK", "Ferdig")
    await henrik.click("run.leave_out", whole)
    await office.until_step(henrik, "scope")
    field = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.without_offices")  # type: ignore[union-attr]
    assert len(field["element"]["initial_options"]) == 2
    await henrik.choose("scope.kind", "people")
    await office.until_field(henrik, "scope.people")
    people = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.people")  # type: ignore[union-attr]
    assert people["element"]["initial_options"], "the test group is where it was"


async def test_a_department_is_narrowed_to_an_office(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED, scope={"kind": "everyone", "ids": [], "excluded": []})
    henrik = office.person("henrik")
    await henrik.type("/integration scope")
    await office.until_step(henrik, "scope")
    await henrik.choose("scope.kind", "departments")
    await office.until_field(henrik, "scope.in_offices")
    department, *_ = await henrik.search("scope.departments", "")
    await henrik.choose("scope.departments", department["value"])
    (bergen,) = await henrik.search("scope.in_offices", "Bergen")
    await henrik.choose("scope.in_offices", bergen["value"])
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await henrik.submit()
    await office.shows(henrik, "bare ved 1 kontor")
    kept = (await office.integration(made.id)).scope
    assert (kept["ids"], kept["in_offices"]) == ([department["value"]], [bergen["value"]])
    await henrik.close()
    await henrik.type("/integration scope")
    await office.until_field(henrik, "scope.in_offices")
    field = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.in_offices")  # type: ignore[union-attr]
    assert field["element"]["initial_options"][0]["value"] == bergen["value"]
