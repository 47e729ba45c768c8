"""What holds people back cannot be turned off by the one whom it holds back: another confirms it, or a day goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.safeguard_hold import Safeguard, holds, limits_in_force, policy_in_force
from bot.jobs.runs.service import RunNotPossible, RunRequest, Slot
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message, Role
from storage import integrations, schedules
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import RunKind, RunState
from tests.e2e.report_reader import bot_messages
from tests.e2e.test_notifications import READY, STRICT, connect, set_rules
from tests.handlers.runs.test_start import all_runs
from tests.support.slack_office import Office
from tests.support.slots import start_slot

NUMBER = "thresholds.creates_people"


async def turn_off(office: Office, who: Person) -> None:
    await who.type("/integration reports")
    await office.until_step(who, "reports")
    await who.choose("attention.approval")
    await who.submit()


async def raise_limit(office: Office, who: Person, number: str = "500") -> None:
    await who.type("/integration thresholds")
    await office.until_step(who, "thresholds")
    await who.fill(NUMBER, number)
    await who.submit()


async def announcement(office: Office, who: Person, *words: str) -> Message:
    return await office.reads(lambda: bot_messages(who), who, *words)


async def waits(office: Office, made: Integration) -> None:
    """Until a run of the integration waits for an approval."""

    async def found() -> bool:
        return any(run.state is RunState.WAITING_APPROVAL for run in await all_runs(office, made.id))

    await office.until(found)


def limit(office: Office, integration: Integration) -> object:
    chosen = {"creates_people": 10, **integration.thresholds}
    return limits_in_force(chosen, integration.attention, office.clock())["creates_people"]


async def four_eyed(office: Office) -> Integration:
    return await set_rules(office, await office.make(), four_eyes=True)


async def test_four_eyes_turned_off_hold_on_for_the_one_who_turned_them_off(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    made = await connect(office, READY, four_eyes=True)
    async with office.app.database.session() as s:
        made = await integrations.update(s, made.id, made.version, thresholds=STRICT)
    await office.app.services.runs.start(RunRequest(made.id, RunKind.SYNC, henrik.user.id, "asked"))
    await waits(office, made)
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Godkjenn og skriv", "Avslå")
    await turn_off(office, henrik)
    await office.shows(henrik, "Det du har lempet på, gjelder fra")
    said = await announcement(office, astrid, "slått av godkjenning av en annen person")
    assert "<@U02HENRIK>" in str(said.blocks)
    await henrik.click("run.approve", message)
    await office.told(henrik, "Du ba selv om denne synkroniseringen")
    assert office.tripletex.requests.writes() == []
    await henrik.click("loosening.confirm", said)
    await office.told(henrik, "Du har selv gjort denne endringen")
    (run,) = (run for run in await all_runs(office, made.id) if run.state is RunState.WAITING_APPROVAL)
    with pytest.raises(RunNotPossible, match="four eyes"):
        await office.app.services.runs.approve(run.id, henrik.user.id)
    await astrid.click("loosening.confirm", said)
    await office.told(astrid, "Ändringen")
    await announcement(office, henrik, "har bekreftet det")
    await office.app.services.runs.approve(run.id, henrik.user.id)
    done = [entry.action for entry in await office.audited() if entry.action.startswith("loosening")]
    assert done == [
        "loosening.begun",
        "loosening.confirmed",
    ]


async def test_a_day_later_it_holds_without_anybody(office: Office) -> None:
    made, henrik = await four_eyed(office), office.person("henrik")
    await turn_off(office, henrik)
    await office.shows(henrik, "lempet på")
    after = await office.integration(made.id)
    assert policy_in_force(after.attention, office.clock()).four_eyes
    office.clock.forward(hours=23)
    assert policy_in_force(after.attention, office.clock()).four_eyes
    office.clock.forward(hours=2)
    assert not policy_in_force(after.attention, office.clock()).four_eyes


async def test_saving_the_form_again_neither_ends_nor_renews_the_hold(office: Office) -> None:
    made, henrik = await four_eyed(office), office.person("henrik")
    await turn_off(office, henrik)
    await office.shows(henrik, "lempet på")
    first = holds((await office.integration(made.id)).attention, office.clock())
    office.clock.forward(hours=1)
    await henrik.type("/integration reports")
    await office.until_step(henrik, "reports")
    await henrik.choose("attention.noise", "problems")
    await henrik.submit()
    await office.shows(henrik, "nye problemer")
    assert holds((await office.integration(made.id)).attention, office.clock()) == first != {}


async def test_turned_on_again_they_hold_and_nothing_is_left_to_confirm(office: Office) -> None:
    made, henrik, astrid = await four_eyed(office), office.person("henrik"), office.person("astrid")
    await turn_off(office, henrik)
    await office.shows(henrik, "lempet på")
    said = await announcement(office, astrid, "slått av godkjenning")
    await henrik.type("/integration reports")
    await office.until_step(henrik, "reports")
    await henrik.choose("attention.approval", "four_eyes")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    await astrid.click("loosening.confirm", said)
    await office.told(astrid, "inget mer att bekräfta")
    office.clock.forward(days=2)
    assert policy_in_force((await office.integration(made.id)).attention, office.clock()).four_eyes


async def test_raised_thresholds_wait_under_four_eyes_and_lowered_ones_do_not(office: Office) -> None:
    made, henrik, astrid = await four_eyed(office), office.person("henrik"), office.person("astrid")
    await raise_limit(office, henrik)
    await office.shows(henrik, "lempet på")
    assert limit(office, await office.integration(made.id)) == 10
    said = await announcement(office, astrid, "hevet grensene", "bekrefter")
    await henrik.click("loosening.confirm", said)
    assert limit(office, await office.integration(made.id)) == 10
    await astrid.click("loosening.confirm", said)
    await office.told(astrid, "Ändringen")
    assert limit(office, await office.integration(made.id)) == 500
    await raise_limit(office, henrik, "3")
    await office.shows(henrik, "følger disse tallene")
    assert limit(office, await office.integration(made.id)) == 3


async def test_thresholds_raised_before_four_eyes_are_turned_off_wait_too(office: Office) -> None:
    made, henrik = await four_eyed(office), office.person("henrik")
    await turn_off(office, henrik)
    await office.shows(henrik, "lempet på")
    await raise_limit(office, henrik)
    await office.shows(henrik, "følger disse tallene")
    after = await office.integration(made.id)
    assert set(holds(after.attention, office.clock())) == set(Safeguard)
    assert limit(office, after) == 10


async def test_where_one_may_approve_alone_thresholds_hold_at_once_and_are_announced(office: Office) -> None:
    made, henrik = await office.make(), office.person("henrik")
    await raise_limit(office, henrik)
    said = await announcement(office, henrik, "hevet grensene", "Dette gjelder fra nå")
    assert "loosening.confirm" not in str(said.blocks)
    assert limit(office, await office.integration(made.id)) == 500


async def test_only_one_who_manages_now_confirms(office: Office) -> None:
    made, henrik, astrid = await four_eyed(office), office.person("henrik"), office.person("astrid")
    await turn_off(office, henrik)
    said = await announcement(office, astrid, "slått av godkjenning")
    await office.person("maja").click("loosening.confirm", said)
    await office.told(office.person("maja"), "<@U01ASTRID>")
    users = office.slack.world.workspace.users
    users[astrid.user.id] = replace(astrid.user, role=Role.MEMBER, is_primary_owner=False)
    await astrid.click("loosening.confirm", said)
    await office.told(astrid, "<@U02HENRIK>")
    assert policy_in_force((await office.integration(made.id)).attention, office.clock()).four_eyes
    assert (
        timedelta(0)
        < holds((await office.integration(made.id)).attention, office.clock())[Safeguard.FOUR_EYES].until
        - office.clock()
        <= timedelta(days=1)
    )


async def scheduled(office: Office, made: Integration) -> str:
    """A scheduled run that waits for an approval."""
    run = await start_slot(office.app.jobs, office.app.database, made, office.clock())
    await waits(office, made)
    return run.id


async def test_a_scheduled_run_is_asked_for_by_who_changed_the_schedule_last(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    made = await connect(office, READY, four_eyes=True)
    async with office.app.database.session() as s:
        made = await integrations.update(s, made.id, made.version, thresholds=STRICT)
    await astrid.type("/integration schedule")
    await office.until_step(astrid, "schedule")
    await astrid.choose("schedule.mode", "scheduled")
    await office.until_field(astrid, "schedule.time")
    await astrid.submit()
    await office.until_step(astrid, "untested")
    await astrid.submit()

    async def put() -> bool:
        async with office.app.database.reading() as s:
            kept = await schedules.get(s, made.id)
        return kept is not None and kept.changed_by == astrid.user.id

    await office.until(put)
    run_id = await scheduled(office, made)
    with pytest.raises(RunNotPossible, match="four eyes"):
        await office.app.services.runs.approve(run_id, astrid.user.id)
    assert (await office.app.services.runs.approve(run_id, henrik.user.id)).approved_by == henrik.user.id


async def test_a_run_remembers_whose_schedule_it_was(office: Office) -> None:
    made = await connect(office, READY, four_eyes=True)
    new = Slot(made, office.clock(), changed_by="U01ASTRID").run()
    assert RunOptions.from_json(new.options.to_json()).scheduled_by == "U01ASTRID"
    assert Slot(made, office.clock()).run().options.to_json() == {}


async def test_without_a_schedule_that_names_anybody_its_the_owners(office: Office) -> None:
    made = await connect(office, READY, four_eyes=True)
    async with office.app.database.session() as s:
        made = await integrations.update(s, made.id, made.version, thresholds=STRICT)
    run_id = await scheduled(office, made)
    with pytest.raises(RunNotPossible, match="four eyes"):
        await office.app.services.runs.approve(run_id, made.owner_user_id)


async def test_who_removes_and_connects_anew_is_held_back_as_before(office: Office) -> None:
    henrik = office.person("henrik")
    made = await four_eyed(office)
    async with office.app.database.session() as s:
        made = await integrations.update(s, made.id, made.version, thresholds={"creates_people": 1})
    await henrik.type("/integration remove")
    await office.until_step(henrik, "remove")
    await henrik.fill("remove.name", made.name)
    await henrik.submit()
    await office.shows(henrik, "fjernet")
    again = await office.set_up(henrik)
    assert again.id != made.id
    assert again.target_account_id == made.target_account_id
    assert policy_in_force(again.attention, office.clock()).four_eyes
    assert limit(office, again) == 1
    await announcement(office, henrik, "En annen person må fortsatt godkjenne")
