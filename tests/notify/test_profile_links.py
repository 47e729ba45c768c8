"""Links to a person in both systems: in the report, in the file and in the question about a look-alike."""

from __future__ import annotations

import re

import httpx

from bot.views.runs.conflicts import LATER
from storage import outcomes
from tests.handlers.runs.test_conflicts import answer
from tests.handlers.runs.test_start import all_runs, ended
from tests.support.slack_office import Office


async def test_problems_and_questions_lead_to_the_person(office: Office) -> None:
    made = await office.make(scope={"kind": "everyone"})
    henrik = office.person("henrik")
    await henrik.type("/integration sync preview")
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "|Simployer>")
    await ended(office, made.id)
    found = re.findall(r"<(http[^|>]+/people/[^|>]+)\|Simployer>", henrik.reads(message))
    assert found
    async with httpx.AsyncClient() as client:
        page = (await client.get(found[0])).text
        assert (await client.get(f"{found[0]}0")).status_code == 404
    named = re.search(r"<h1>(.+)</h1>", page)
    assert named is not None
    assert named[1] in henrik.reads(message)

    (run,) = await all_runs(office, made.id)
    async with office.app.database.reading() as s:
        rows = await outcomes.page(s, office.app.database.vault, run.id, ["conflict"])
    asked = next(row for row in rows if row.detail["lookalikes"])
    assert f"/people/{asked.source_id};" in office.sent()  # the file
    await henrik.click("run.resolve", message)
    await office.shows(henrik, f"/people/{rows[0].source_id}|Simployer>")
    for _ in rows[: rows.index(asked)]:
        await answer(office, henrik, LATER)
    said = await office.shows(henrik, f"/people/{asked.source_id}|Simployer>")
    alike = asked.detail["lookalikes"][0][0]
    assert f"/people/{alike}|Tripletex>" in said
