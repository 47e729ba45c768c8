"""A known problem of one person is muted beside the person, recorded, and one line of the next report."""

from __future__ import annotations

from tests.handlers.runs.test_start import ended
from tests.support.slack_office import Office


async def test_a_known_problem_is_one_line_of_the_next_report_and_told_again_when_asked(office: Office) -> None:
    made = await office.make()
    (source_id,) = made.scope["ids"]
    office.simployer.store.rows["employee"][source_id]["ssn"] = "01010112345"
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await ended(office, made.id)
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "må følges opp", "Person for person")
    await henrik.click("run.plan", message)
    await office.shows(henrik, "stoppet")
    await henrik.click("run.mute")
    await office.until_step(henrik, "mute")
    await henrik.fill("mute.until", "2027-11-23")
    await henrik.submit()
    assert "Velg en dag" in henrik.errors["mute.until"]
    await henrik.fill("mute.until", "2026-12-04")
    await henrik.submit()
    await office.shows(henrik, "Dempet til og med 4. des")
    entries = [entry for entry in await office.audited() if entry.action == "problem.muted"]
    assert [(entry.actor_id, (entry.new or {})["muted_until"]) for entry in entries] == [(henrik.user.id, "2026-12-04")]

    await henrik.close()
    await henrik.type("/integration sync now")
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "Dempet til og med")
    said = henrik.reads(message)
    await ended(office, made.id)
    assert "⚠️" not in said
    assert "må følges opp" not in said
    await henrik.type("/integration status")
    await office.told(henrik, "*Norge*", "Eier: <@U02HENRIK>")
    assert "følg opp" not in henrik.reads(henrik.ephemeral()[-1])

    await henrik.type("/integration sync preview")
    await office.reads(lambda: henrik.messages("payroll")[-1:], henrik, "Dempet til og med")
    preview = henrik.messages("payroll")[-1]
    assert "⚠️" not in henrik.reads(preview)
    assert "må følges opp" not in henrik.reads(preview)
    assert "en synkronisering ville ikke skrevet noe" in henrik.reads(preview)
    await ended(office, made.id)
    await henrik.type("/integration status")
    await office.told(henrik, "*Norge*", "Siste forhåndsvisning", "1 dempet")
    assert "følg opp" not in henrik.reads(henrik.ephemeral()[-1])

    await henrik.click("run.plan", message)
    await office.shows(henrik, "stoppet")
    await henrik.click("run.mute")
    await office.shows(henrik, "Dempet til og med")
    await henrik.click("flow.act:stop")
    await office.shows(henrik, "forteller om Ingrid")
    await henrik.close()
    await henrik.type("/integration sync now")
    await office.reads(lambda: henrik.messages("payroll")[-1:], henrik, "må følges opp")
