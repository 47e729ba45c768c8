"""Every conversation after the set-up, in Chromium: one good way through each, and a mistake that people make.

One demo serves them all, with an integration of Astrid's that reports in English; whatever a walk needs beyond that
it sets up itself. The pictures are made by whoever reads English.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from bot.locales import Translator, translator
from sandbox.agda_ps import GOOD as AGDA_LOGIN
from sandbox.agda_ps import AgdaPs
from sandbox.demo import Demo
from sandbox.simployer import GOOD_TOKEN as SIMPLOYER_TOKEN
from sandbox.slack.workspace import Role
from sandbox.tripletex import GOOD_TOKEN as TRIPLETEX_TOKEN
from sandbox.tripletex import OTHER_COMPANY_TOKEN, Tripletex
from sandbox.visma_net.seed import CUSTOMER_TENANT, TENANT
from tests.e2e.browser_walks import ASTRID, HENRIK, MAJA, OLIVER, PAYROLL, PHONE, Walker, walker
from tests.e2e.demo_process import in_process
from tests.support.browser import chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.long,
]

EN, SV, NB = (translator(language) for language in ("en", "sv", "nb"))
NAME = "Tripletex – Polarbønna Norge AS"
Kind = TypeVar("Kind")
NEW_TOKEN = "tripletex-demo-employee-made-anew"


@dataclass(frozen=True)
class Stage:
    """What the walks share."""

    browser: Browser
    demo: Demo

    def of_kind(self, kind: type[Kind]) -> Kind:
        """One of the stand-ins."""
        return next(system for system in self.demo.systems if isinstance(system, kind))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with chromium() as browser, in_process(tmp_path_factory.mktemp("walks")) as demo:
        users = demo.slack.world.workspace.users
        users[OLIVER] = replace(users[OLIVER], role=Role.ADMIN)  # somebody who reads English and may manage
        async with walker(browser, demo.slack.url) as w:
            await set_up_tripletex(w, SV)
        yield Stage(browser, demo)


@pytest_asyncio.fixture(loop_scope="module")
async def w(stage: Stage) -> AsyncIterator[Walker]:
    async with walker(stage.browser, stage.demo.slack.url) as somebody:
        yield somebody


async def begin(w: Walker, t: Translator, system: str) -> None:
    """Up to the form with the payroll system's credentials."""
    await w.type("/integration setup")
    chosen = await w.dialog(t("setup.title"))
    await w.choose(t("setup.system.label"), system)
    await expect(chosen.get_by_text(t("setup.system.needs", what="").strip("* :"))).to_be_visible()
    await w.press(t("flow.next"))
    source, target = (
        w.page.get_by_role("dialog", name=t(f"setup.{end}.title"), exact=True) for end in ("source", "target")
    )
    await expect(source.or_(target)).to_be_visible()
    if await source.count():  # not where the workspace is connected already
        await w.fill(t("simployer.credential.access_token"), SIMPLOYER_TOKEN)
        await w.press(t("setup.credentials.check"))
    await w.dialog(t("setup.target.title"))


async def finish(w: Walker, t: Translator, *numbers: str, language: str) -> None:
    """From the settings on: a test group, by hand, in #payroll in a language."""
    await w.press(t("flow.next"))
    await w.dialog(t("scope.title"))
    for number in numbers:
        await w.choose(t("scope.people"), number)
    await w.press(t("scope.check"))
    ready, summary = (w.page.get_by_role("dialog", name=t(key)) for key in ("readiness.title", "setup.summary.title"))
    await expect(ready.or_(summary)).to_be_visible()
    if await ready.count():
        await w.press(t("flow.next"))
    await w.dialog(t("setup.summary.title"))
    await w.choose(t("channel.language"), language)
    await w.press(t("setup.summary.save"))
    await w.dialog(t("setup.done.title"))
    await w.press(t("flow.close"))


async def set_up_tripletex(w: Walker, t: Translator) -> None:
    await begin(w, t, "Tripletex")
    await w.fill(t("tripletex.credential.employee_token"), TRIPLETEX_TOKEN)
    await w.press(t("setup.credentials.check"))
    await w.dialog(t("setup.accounts.title"))
    await w.press(t("setup.accounts.right"))
    await w.dialog(t("setup.settings.title"))
    await w.choose(t("tripletex.setting.division"), "Polarbønna Oslo")
    await finish(w, t, "1005", "1007", language="English")


async def command(w: Walker, words: str, title: str) -> Locator:
    """Type a command about the integration that all share, and see its form."""
    await w.type(f"/integration {words} {NAME}")
    return await w.dialog(title)


async def check_wide(w: Walker) -> Locator:
    """Check the scope, confirming that it is wide where no test sync has succeeded yet."""
    await w.press("Kontrollera")
    ready, wide = (w.page.get_by_role("dialog", name=name) for name in (SV("readiness.title"), SV("widen.title")))
    await expect(ready.or_(wide)).to_be_visible()
    if await wide.count():
        await w.press(SV("widen.yes"))
    return await w.dialog(SV("readiness.title"))


async def home(w: Walker) -> Locator:
    await w.page.get_by_role("link", name="App Home").click()
    shown = w.page.get_by_role("main")
    await expect(shown.get_by_text(NAME).first).to_be_visible()
    await w.can_be_used_by_everybody("Home")
    return shown


async def test_a_slip_is_met_with_the_nearest_word_and_help_lists_them_all(w: Walker) -> None:
    await w.type("/integration shcedule")
    await w.reads("Menade du", "/integration schedule")
    await w.type("/integration help")
    said = await w.reads("Det här kan", "/integration remove")
    await expect(said.get_by_text("Only visible to you")).to_be_visible()
    await w.can_be_used_by_everybody("help")
    await w.type("/integration status Oslo")
    await w.reads("Ingen integration heter Oslo")


async def test_who_may_not_manage_may_look_and_is_told_whom_to_ask(w: Walker) -> None:
    await w.act_as(MAJA)
    await w.type("/integration sync now")
    await w.reads("De här personerna kan: @Astrid Lindqvist, @Henrik Solberg och @Oliver Hart")
    shown = await home(w)
    await expect(shown.get_by_role("button", name="Synka nu")).to_have_count(0)
    await expect(shown.get_by_text("Du kan inte hantera integrationer här.")).to_be_visible()


async def test_home_shows_the_state_and_leads_on(w: Walker) -> None:
    await w.act_as(OLIVER)
    shown = await home(w)
    await w.picture("08-home")
    await shown.get_by_role("button", name="More actions").first.click()
    await w.page.get_by_role("menuitem", name="Pause").click()
    await w.dialog("Integrations")
    await w.press("Close")
    await expect(shown.get_by_text("State: paused")).to_be_visible()
    await w.press(f"Resume: {NAME}", shown)
    await w.dialog("Integrations")
    await w.press("Close")
    await expect(shown.get_by_text("State: paused")).to_have_count(0)
    await shown.get_by_role("button", name="More actions").first.click()
    await w.page.get_by_role("menuitem", name="Who did what").click()
    log = await w.dialog("Who did what")
    await expect(log.get_by_text("The integration was resumed").first).to_be_visible()
    await w.press("Close")
    await w.page.goto(f"{w.url}/#channel/{PAYROLL}")
    await w.picture("05-history", await command(w, "history", "History"))


async def test_a_scope_shows_who_comes_in_before_it_is_saved(w: Walker) -> None:
    form = await command(w, "scope", SV("scope.title"))
    await form.get_by_role("radio", name="Avdelningar").check()
    await expect(form.get_by_role("combobox", name="Avdelningar")).to_be_visible()
    await w.press("Kontrollera")
    await expect(form.get_by_role("alert").filter(has_text="required")).to_be_visible()
    await w.choose("Avdelningar", "People")
    await w.choose("Utom", "1001")
    ready = await check_wide(w)
    await expect(ready.get_by_text("kommer till").or_(ready.get_by_text("faller bort")).first).to_be_visible()
    await w.press("Tillbaka")


async def test_a_schedule_knows_clock_changes_holidays_and_pauses(w: Walker) -> None:
    await w.act_as(OLIVER)
    form = await command(w, "schedule", "When to sync")
    await form.get_by_role("radio", name="On a schedule").check()
    await w.choose("Time zone", "Oslo")
    await w.fill("Time", "02:30")
    await w.press("Save")
    await expect(form.get_by_text("does not exist").first).to_be_visible()
    await w.fill("Time", "06:15")
    await w.choose("Public holidays", "Norway")
    await expect(form.get_by_text("does not exist")).to_have_count(0)
    await expect(form.get_by_text("The next three syncs")).to_be_visible()
    await w.picture("06-schedule", form)
    await form.get_by_role("checkbox", name="Pause the schedule between two dates").check()
    await expect(form.get_by_label("First day without a sync")).to_be_visible()
    await w.press("Save")
    untested = w.page.get_by_role("dialog", name="Schedule, untested")
    saved = w.page.get_by_role("dialog", name="Saved")
    await expect(untested.or_(saved)).to_be_visible()
    if await untested.count():
        await w.press("Turn it on anyway")
    await expect(saved.get_by_text("not on public holidays in Norway. Paused from")).to_be_visible()


async def test_the_mapping_tells_what_goes_where(w: Walker) -> None:
    await w.act_as(OLIVER)
    form = await command(w, "mapping", "Mapping")
    await expect(form.get_by_text("Polarbønna Oslo")).to_be_visible()
    await w.picture("07-mapping", form)
    await w.press("All fields")
    fields = await w.dialog("All fields")
    await expect(fields.get_by_text("Private: never shown in Slack.").first).to_be_visible()


async def test_reports_and_channel_can_be_changed(w: Walker) -> None:
    form = await command(w, "reports", SV("attention.title"))
    await form.get_by_role("radio", name="De med ändringar").check()
    await w.press("Spara")
    await expect((await w.dialog(SV("edit.saved.title"))).get_by_text("synkningar med ändringar")).to_be_visible()
    await w.press("Stäng")
    form = await command(w, "channel", "Kanal")
    await w.choose(SV("channel.channel"), "salary-review")
    await w.press("Testa")
    await expect(form.get_by_text("Boten kan inte se kanalen.")).to_be_visible()
    await w.choose(SV("channel.channel"), "payroll", "#payroll")
    await w.press("Testa")
    await expect((await w.dialog(SV("edit.saved.title"))).get_by_text("rapporterar")).to_be_visible()


async def test_a_sync_out_of_proportion_waits_for_a_second_person(w: Walker) -> None:
    form = await command(w, "scope", SV("scope.title"))
    await form.get_by_role("radio", name="Kontor").check()
    for office in ("Oslo", "Bergen"):
        await w.choose("Kontor", office)
    await check_wide(w)
    await w.press("Spara")
    await w.dialog(SV("edit.saved.title"))
    await w.press("Stäng")
    form = await command(w, "reports", SV("attention.title"))
    await form.get_by_role("checkbox", name=SV("attention.four_eyes")).check()
    await w.press("Spara")
    await w.dialog(SV("edit.saved.title"))
    await w.press("Stäng")
    await command(w, "thresholds", SV("thresholds.title"))
    await w.fill("Nya personer, procent", "1")
    await w.fill("Nya personer, minst", "1")
    await w.press("Spara")
    await w.dialog(SV("edit.saved.title"))
    await w.press("Stäng")

    await w.type(f"/integration sync preview {NAME}")
    await w.press("Apply this preview", await w.reads("Preview: ", "Apply this preview", "Finished"))
    waiting = await w.reads("Sync: ", "Stopped before anything was written")
    await w.press("Approve and write", waiting)
    await w.reads("Du begärde själv den här synkningen")
    await w.act_as(HENRIK)
    await w.press("Refuse", waiting)
    await w.dialog(NB("refuse.title"))
    await w.page.get_by_role("dialog").get_by_role("textbox").fill("Numrene må sjekkes først")
    await w.press("Avslå")
    await w.reads("Sync: ", "Numrene må sjekkes først", "Refused by")
    await w.close_what_was_left()
    await w.act_as(ASTRID)
    await w.type(f"/integration sync now {NAME}")
    waiting = await w.reads("Sync: ", "Stopped before anything was written", "Approve and write")
    await w.act_as(HENRIK)
    await w.picture("09-approval", waiting)
    await w.press("See the plan", waiting)
    plan = w.page.get_by_role("dialog")
    await expect(plan.get_by_text("1006")).to_be_visible()
    await w.can_be_used_by_everybody("the plan, person by person")
    await w.close_what_was_left()
    await w.press("Approve and write", waiting)
    await w.reads("Sync: ", "Approved by", "Finished")

    await w.act_as(OLIVER)
    await w.press("Answer open questions", w.message("Sync: ", "Approved by"))
    question = await w.dialog("Same person?")
    while not await question.get_by_role("radio", name="Same person: Siv Ekroll (77)").count():
        await question.get_by_role("radio", name="Decide later").check()
        position = await question.get_by_text("Question ").first.inner_text()
        await w.press("Answer")
        await expect(question.get_by_text(position, exact=True)).to_have_count(0)
    await question.get_by_role("radio", name="Same person: Siv Ekroll (77)").check()
    await w.picture("10-question", question)


async def test_credentials_that_died_are_replaced_by_those_of_the_same_company(stage: Stage, w: Walker) -> None:
    tripletex = stage.of_kind(Tripletex)
    good = tripletex.sessions.tokens[TRIPLETEX_TOKEN]
    tripletex.issue_token(NEW_TOKEN, tripletex.companies[good.company], good.owner)
    tripletex.revoke(TRIPLETEX_TOKEN)
    await w.type(f"/integration sync preview {NAME}")
    told = await w.reads("needs to be reconnected")
    await w.press("Reconnect", told)
    form = await w.dialog(SV("setup.target.title"))
    for token, said in ((OTHER_COMPANY_TOKEN, "tillhör Polarbønna Norge AS"), (NEW_TOKEN, "")):
        await w.fill("API-nyckel (employee token)", token)
        await w.press("Kontrollera")
        if said:
            await expect(form.get_by_text(said)).to_be_visible()
    saved = await w.dialog(SV("edit.saved.title"))
    await expect(saved.get_by_text("fungerar igen")).to_be_visible()


async def test_agda_ps_shows_its_key_delivers_and_is_removed_by_its_name(stage: Stage, w: Walker) -> None:
    agda = stage.of_kind(AgdaPs)
    await w.act_as(HENRIK)
    await begin(w, NB, "Agda PS")
    form = await w.dialog(NB("setup.target.title"))
    for fingerprint in ("", agda.fingerprint):
        for label, value in (
            ("SFTP-server", agda.host),
            ("Port", str(agda.port)),
            ("Fingeravtrykk av serverens nøkkel", fingerprint),
            ("Bruker", AGDA_LOGIN.username),
            ("Passord", AGDA_LOGIN.password),
            ("Selskapsnummer i Agda PS (FTG_NR)", "1"),
            ("Selskapets navn", "Polarbönan Norden AB"),
        ):
            await w.fill(label, value)
        await w.press("Kontroller")
        if not fingerprint:
            await expect(form.get_by_text(agda.fingerprint)).to_be_visible()
    await w.dialog(NB("setup.accounts.title"))
    await w.press(NB("setup.accounts.right"))
    await w.dialog(NB("setup.settings.title"))
    await finish(w, NB, "2001", language="norsk")
    await w.type("/integration sync preview Agda")
    await w.press("Gjennomfør forhåndsvisningen", await w.reads("Forhåndsvisning: Agda", "Ferdig"))
    await w.reads("1 ansatt ble levert til Agda PS", "Be lønnsavdelingen sjekke importloggen")

    await w.type("/integration remove Agda")
    asked = await w.dialog(NB("remove.title"))
    field = asked.get_by_label(NB("remove.name"))
    await field.fill("Tripletex")
    await w.press("Fjern")
    await expect(asked.get_by_text("Dette er ikke navnet.")).to_be_visible()
    await field.fill("Agda PS – Polarbönan Norden AB (FTG_NR 1)")
    await w.press("Fjern")
    await w.dialog(NB("remove.done.title"))


async def test_visma_net_makes_drafts(w: Walker) -> None:
    await w.act_as(HENRIK)
    await begin(w, NB, "Visma.net")
    form = await w.dialog(NB("setup.target.title"))
    for tenant in (CUSTOMER_TENANT, TENANT):
        await w.fill("Visma Tenant ID", tenant)
        await w.press("Kontroller")
        if tenant == CUSTOMER_TENANT:
            await expect(form.get_by_text("Error:")).to_be_attached()
    await w.dialog(NB("setup.accounts.title"))
    await w.press(NB("setup.accounts.right"))
    await w.dialog(NB("setup.settings.title"))
    await w.choose("Arbeidstidsavtale for nye stillinger", "37.5")
    await finish(w, NB, "1005", language="norsk")
    await w.type("/integration sync preview Visma")
    await w.press("Gjennomfør forhåndsvisningen", await w.reads("Forhåndsvisning: Visma", "Ferdig"))
    await w.reads("1 ansatt ble overført til Visma.net", "Ferdig")
    await w.page.get_by_role("link", name="Visma.net Payroll").click()
    await expect(w.page.get_by_role("row").filter(has_text="1005").filter(has_text="Draft").first).to_be_visible()


async def test_on_a_phone_in_the_dark(stage: Stage) -> None:
    async with walker(stage.browser, stage.demo.slack.url, viewport=PHONE, color_scheme="dark") as w:
        await command(w, "schedule", "När ska det synkas")
        await w.press("Stäng")
        await w.page.get_by_role("button", name="Channels and systems").click()
        await w.can_be_used_by_everybody("the drawer")
        shown = await home(w)
        await shown.get_by_role("button", name="More actions").first.click()
        await expect(w.page.get_by_role("menuitem", name="Historik")).to_be_visible()
        width = await w.page.evaluate("document.documentElement.scrollWidth")
        assert width == PHONE["width"], "the page is wider than the phone"
