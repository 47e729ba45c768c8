"""`/integration conflicts`: what is open, what was answered, and taking it back."""

from __future__ import annotations

from sandbox.slack.user_actions import Person
from storage import resolutions
from storage.clock import utc_now
from storage.integrations import Integration
from storage.resolutions import ResolutionKind, StoredResolution
from tests.handlers.runs.test_conflicts import decided, previewed
from tests.support.slack_office import Office


async def remember(
    office: Office,
    made: Integration,
    who: Person,
    source_id: str,
    decision: ResolutionKind,
    target_id: str | None = None,
) -> None:
    async with office.app.database.session() as s:
        await resolutions.put(
            s,
            StoredResolution(
                integration_id=made.id,
                source_id=source_id,
                decision=decision,
                target_id=target_id,
                decided_by=who.user.id,
                decided_at=utc_now(),
            ),
        )


async def test_nothing_answered_says_so(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration conflicts")
    await office.shows(henrik, "Ingen spørsmål er åpne", "Det finnes ingen lagrede svar")


async def test_answers_are_listed_by_name_and_taken_back(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    (source_id,) = made.scope["ids"]
    books = office.tripletex.companies[int(made.target_account_id)]
    target_id = next(str(key) for key, row in books.rows["Employee"].items() if row["employeeNumber"] == "1002")
    await remember(office, made, henrik, source_id, ResolutionKind.SAME, target_id)
    await remember(office, made, henrik, "nobody", ResolutionKind.SKIP)
    await henrik.type("/integration conflicts")
    said = await office.shows(
        henrik, "Ingrid Solbakken (1001)", "er samme person som", "(1002)", f"<@{henrik.user.id}>"
    )
    assert "ansatt med id nobody" in said
    undo = next(
        block["accessory"]
        for block in henrik.modal.blocks  # type: ignore[union-attr]
        if block.get("accessory", {}).get("value") == source_id
    )
    assert undo["confirm"]
    await office.slack.interactions.act(
        henrik.user,
        {"type": "view", "view_id": henrik.modal.id},  # type: ignore[union-attr]
        next(str(b["block_id"]) for b in henrik.modal.blocks if b.get("accessory") == undo),  # type: ignore[union-attr]
        undo["action_id"],
        None,
        {},
    )
    await office.shows(henrik, "Svaret er tatt tilbake")
    assert set(await decided(office, made.id)) == {"nobody"}
    entry = (await office.audited())[-1]
    assert (entry.action, entry.new) == ("conflict.forgotten", None)
    assert entry.old == {"employee": source_id, "decision": "same", "target": [target_id]}


async def test_open_questions_are_answered_from_the_list(office: Office) -> None:
    henrik = office.person("henrik")
    await previewed(office, henrik)
    await henrik.type("/integration conflicts")
    await office.shows(henrik, "spørsmål står åpne")
    await henrik.click("run.resolve")
    await office.until_step(henrik, "question")


async def test_the_list_is_of_use_while_both_systems_are_away(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await remember(office, made, henrik, "s1", ResolutionKind.DIFFERENT, "77")
    office.simployer.revoke()
    await henrik.type("/integration conflicts")
    await office.shows(henrik, "ansatt med id s1", "Noen navn kunne ikke leses")


async def test_many_answers_are_turned_page_by_page(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    for number in range(20):
        await remember(office, made, henrik, f"s{number}", ResolutionKind.SKIP)
    await henrik.type("/integration conflicts")
    await office.shows(henrik, "1 til 15 av 20", "id s19")
    await henrik.click("flow.act:older")
    await office.shows(henrik, "16 til 20 av 20", "id s0")
    await henrik.click("flow.act:newer")
    await office.shows(henrik, "1 til 15 av 20")
