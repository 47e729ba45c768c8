"""Look-alikes: asked one by one, remembered, recorded, and asked no more."""

from __future__ import annotations

from bot.sync.codec import outcome_from_json
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import outcomes, resolutions
from storage.integrations import Integration
from storage.resolutions import ResolutionKind, StoredResolution
from tests.handlers.runs.test_start import all_runs
from tests.support.slack_office import Office, dump

PRIVATE = ("08887634859", "1976-08-08", "08.08.1976", "8. aug. 1976")
"""Siv Ekroll's identity number and birth date, by which the two records of her are found to be alike."""


async def previewed(office: Office, who: Person) -> tuple[Integration, Message]:
    """A preview of everyone, and its report."""
    made = await office.make(scope={"kind": "everyone"}, language="nb")
    await who.type("/integration sync preview")
    return made, await report_of(office, who, made, 1)


async def report_of(office: Office, who: Person, made: Integration, count: int) -> Message:
    """The report of the latest of so many runs, once all have ended."""

    async def done() -> str | None:
        runs = await all_runs(office, made.id)
        return runs[0].message_ts if len(runs) == count and all(run.ended for run in runs) else None

    ts = await office.until(done)
    return next(message for message in who.messages("payroll") if message.ts == ts)


async def decided(office: Office, integration_id: str) -> dict[str, StoredResolution]:
    async with office.app.database.reading() as s:
        return await resolutions.load(s, integration_id)


async def names_in_doubt(office: Office, integration_id: str) -> list[str]:
    """Whom the last run could not match, in the order in which they are asked about."""
    run = (await all_runs(office, integration_id))[0]
    async with office.app.database.reading() as s:
        rows = await outcomes.page(s, office.app.database.vault, run.id, ["conflict"])
    return [outcome_from_json(row.detail).person.name for row in rows]


def options_of(who: Person) -> dict[str, str]:
    """The answers offered, by value."""
    assert who.modal is not None
    field = next(block for block in who.modal.blocks if str(block.get("block_id")).startswith("conflict.answer."))
    return {option["value"]: option["text"]["text"] for option in field["element"]["options"]}


def field_of(who: Person) -> str:
    assert who.modal is not None
    return next(str(b["block_id"]) for b in who.modal.blocks if str(b.get("block_id")).startswith("conflict.answer."))


async def answer(office: Office, who: Person, choice: str) -> None:
    """Answer the question that is shown, and wait for what comes next."""
    before = who.modal.hash if who.modal else ""
    await who.choose(field_of(who), choice)
    await who.submit()
    await office.slack.world.changes.until(lambda: who.modal is not None and who.modal.hash != before)


async def test_each_look_alike_is_asked_about_and_the_answers_hold(office: Office) -> None:
    henrik = office.person("henrik")
    made, report = await previewed(office, henrik)
    names = await names_in_doubt(office, made.id)
    assert "Siv Ekroll" in names
    await henrik.click("run.resolve", report)
    await office.until_step(henrik, "question")
    choices = {"Siv Ekroll": "same.0"}
    for position, name in enumerate(names):
        said = await office.shows(henrik, f"Spørsmål {position + 1} av {len(names)}", name)
        if name == "Siv Ekroll":
            assert "77" in said
            assert "samme fødselsnummer" in said
            assert options_of(henrik)["same.0"] == "Samme person: Siv Ekroll (77)"
            assert set(options_of(henrik)) == {"same.0", "skip", "later"}, "an identity number is shared by nobody"
        await answer(office, henrik, choices.get(name, "later"))
    await office.shows(henrik, "1 svar er lagret", "Forhåndsvis på nytt")
    assert not any(private in office.sent() for private in PRIVATE)
    (kept,) = (await decided(office, made.id)).values()
    assert (kept.decision, kept.decided_by) == (ResolutionKind.SAME, henrik.user.id)
    entry = (await office.audited())[-1]
    assert (entry.action, entry.old, entry.new["decision"]) == ("conflict.answered", None, "same")  # type: ignore[index]
    assert "Ekroll" not in dump(entry)
    await henrik.click("integration.preview")
    await report_of(office, henrik, made, 2)
    assert "Siv Ekroll" not in await names_in_doubt(office, made.id)
    assert office.tripletex.requests.writes() == []


async def test_an_answered_question_is_not_asked_again_and_nothing_open_is_said(office: Office) -> None:
    henrik = office.person("henrik")
    _, report = await previewed(office, henrik)
    await henrik.click("run.resolve", report)
    await office.until_step(henrik, "question")
    while henrik.modal and "question" in str(henrik.modal.content["callback_id"]):
        await answer(office, henrik, "skip")
    await office.shows(henrik, "svar er lagret")
    await henrik.close()
    await henrik.click("run.resolve", report)
    await office.told(henrik, "lot ikke noe spørsmål stå åpent")


async def test_going_back_changes_the_answer_and_both_are_recorded(office: Office) -> None:
    henrik = office.person("henrik")
    made, report = await previewed(office, henrik)
    await henrik.click("run.resolve", report)
    await office.until_step(henrik, "question")
    while "same.0" not in options_of(henrik):
        await answer(office, henrik, "later")
    at = field_of(henrik)
    await answer(office, henrik, "skip")
    (person,) = await decided(office, made.id)
    await henrik.click("flow.act:previous")
    await office.slack.world.changes.until(lambda: field_of(henrik) == at)
    await answer(office, henrik, "same.0")
    kept = (await decided(office, made.id))[person]
    old, new = [(entry.old, entry.new) for entry in await office.audited() if entry.action == "conflict.answered"][-1]
    assert old is not None
    assert new is not None
    assert kept.decision is ResolutionKind.SAME
    assert (old["decision"], new["decision"]) == ("skip", "same")


async def test_a_second_press_answers_one_question_only(office: Office) -> None:
    henrik = office.person("henrik")
    made, report = await previewed(office, henrik)
    await henrik.click("run.resolve", report)
    await office.until_step(henrik, "question")
    view = henrik.modal
    assert view is not None
    field, kept = field_of(henrik), None
    for _ in range(2):
        await office.slack.interactions.submit(henrik.user, view.id, {field: {"value": "skip"}})
        kept = kept or await decided(office, made.id)
    assert await decided(office, made.id) == kept
    assert [entry.action for entry in await office.audited()].count("conflict.answered") == 1
    await office.shows(henrik, "Spørsmål 2 av")


async def test_those_who_may_not_are_told_who_may(office: Office) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    made, report = await previewed(office, henrik)
    await maja.click("run.resolve", report)
    await office.told(maja, "<@U01ASTRID>")
    assert maja.modal is None
    assert await decided(office, made.id) == {}
