"""The forms about absence: at any size and in every language Slack would show them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.core.text import Markup
from bot.domain.resource import LeaveWay
from bot.locales import Translator
from bot.providers.leave_protocol import LeaveCode
from bot.views.edit import absence as views
from bot.views.edit.absence import AbsenceTerms, TypeLine
from bot.views.overview.cards import OF_EMPLOYEES, AbsenceCard, LastRun, urgency
from bot.views.overview.cards import card as card_view
from bot.views.overview.settings_page import settings_page
from bot.views.setup import summary
from tests.support.view_pieces import LONG, WHEN, bare_keys, card, frame, good_view
from tests.views.test_views import every_language


def terms(**more: object) -> AbsenceTerms:
    values: dict[str, object] = {
        "on": True,
        "period_from": 1,
        "period_start": date(2026, 11, 1),
        "own_day": True,
        "first_day": None,
        "cut_off": -3,
        "cut_off_hour": 9,
        "zone": "Europe/Stockholm",
        "closed": date(2026, 10, 31),
        "confirmed_only": True,
        "together": False,
    }
    return AbsenceTerms(**{**values, **more})  # type: ignore[arg-type]


@every_language
def test_the_terms_on_and_off(t: Translator) -> None:
    for chosen in (terms(), terms(on=False), terms(own_day=False, cut_off=None, closed=None)):
        view = good_view(views.terms(frame(t), LONG, "tripletex", chosen))
        assert bare_keys(view) == []


@every_language
def test_the_terms_where_absence_is_all_there_is_and_where_a_person_types_it_in(t: Translator) -> None:
    for name in (LONG, ""):
        view = good_view(views.terms(frame(t), name, "visma_lon", terms(), alone=True, files=True))
        asked = {block.get("block_id") for block in view["blocks"]}
        assert bare_keys(view) == []
        assert asked & {views.ON, views.WHEN, views.CUT_OFF} == {views.CUT_OFF}
        assert {views.FIRST_DAY, views.CLOSED, views.STATUS} <= asked
    view = good_view(views.terms(frame(t), LONG, "visma_net", terms(), files=True, typed_in=True))
    said = str(view["blocks"])
    assert t.md("absence.lists") in said
    assert t.md("absence.files") not in said
    asked = {block.get("block_id") for block in view["blocks"]}
    assert bare_keys(view) == []
    assert views.ON in asked
    assert views.CUT_OFF in asked
    assert t("absence.cut_off.hint.files") in said


@every_language
def test_codes_that_nobody_can_read_are_typed_and_those_of_the_source_are_named(t: Translator) -> None:
    offered = [LeaveCode(value="050", label="050 Sjukdom"), LeaveCode(value="SYK", label="SYK")]
    lines = [
        TypeLine(id="a" * 24, name="Sick", people=1, goes_to="SYK", sent=True),
        TypeLine(id="b" * 24, name="Off", people=1, goes_to="050 Sjukdom", sent=True),
    ]
    view = good_view(views.types(frame(t), "visma_lon", lines, offered, 0, [], typed=True))
    assert bare_keys(view) == []
    said = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert t.md("absence.types.unchecked", codes=("SYK",), system=t("visma_lon.name")) in said
    menus = [block["element"]["type"] for block in view["blocks"] if block["type"] == "input"]
    assert menus == ["external_select"] * 2
    picked = [TypeLine(id="a" * 24, name="Sick", people=1, chosen="=SYK", goes_to="SYK", sent=True)]
    view = good_view(views.types(frame(t), "visma_lon", picked, offered, 0, [], typed=True))
    assert "SYK" not in str([block for block in view["blocks"] if block["type"] == "section"])


@every_language
@pytest.mark.parametrize(("types", "codes"), [(0, 0), (1, 3), (60, 28), (60, 400)])
def test_any_number_of_types_and_codes(t: Translator, types: int, codes: int) -> None:
    offered = [
        LeaveCode(value=f"{n}", label=f"{n} {LONG}", way=LeaveWay.PERIOD if n % 2 else LeaveWay.DAY)
        for n in range(codes)
    ]
    lines = [
        TypeLine(id=f"{n:024x}", name=LONG, codes=(LONG, "7"), people=n, chosen="=1" if n % 3 and codes else "auto")
        for n in range(types)
    ]
    for page in range(max(1, -(-types // views.TYPES_PER_PAGE))):
        view = good_view(views.types(frame(t), "tripletex", lines, offered, page, lines))
        assert bare_keys(view) == []
        assert sum(
            block["block_id"].startswith(views.TYPE) for block in view["blocks"] if block["type"] == "input"
        ) == (min(views.TYPES_PER_PAGE, types - page * views.TYPES_PER_PAGE))


@every_language
def test_a_card_says_how_absence_goes(t: Translator) -> None:
    ran = LastRun(kind="sync", state="done", finished_at=WHEN, counts={"updated": 2})
    for absence in (
        AbsenceCard(),
        AbsenceCard(on=True, last=ran),
        AbsenceCard(on=True, schedule="daily", next_run=WHEN),
        *(
            AbsenceCard(on=True, last=LastRun(kind=kind, state=state, finished_at=WHEN, counts={}))
            for kind in ("preview", "sync")
            for state in ("done", "failed", "cancelled")
        ),
    ):
        shown = [block.to_dict() for block in card_view(t, card(absence=absence), may_manage=True)]
        assert bare_keys(shown) == []
        pressed = {element["action_id"] for block in shown for element in block.get("elements", ())}
        assert len(pressed - {"integration.more"}) <= 3
        page = good_view(settings_page(t, card(absence=absence)))
        offered = {one["action_id"] for block in page["blocks"] for one in block.get("elements", ())}
        changed = {block["accessory"]["action_id"] for block in page["blocks"] if "accessory" in block}
        assert "integration.absence" in changed
        assert ({"integration.preview_absence", "integration.sync_absence"} <= offered) is absence.on


@every_language
def test_where_absence_is_all_its_settings_are_of_absence(t: Translator) -> None:
    page = good_view(settings_page(t, card(provider="visma_lon", absence_alone=True)))
    changed = {block["accessory"]["action_id"] for block in page["blocks"] if "accessory" in block}
    assert "integration.absence" in changed
    assert changed.isdisjoint(OF_EMPLOYEES)


@every_language
def test_what_is_to_do_is_told_whole_where_some_wait_for_a_decision_and_others_are_stopped(t: Translator) -> None:
    last = LastRun(kind="sync", state="done", finished_at=WHEN, counts={"conflict": 3, "blocked": 17})
    shown = str([block.to_dict() for block in card_view(t, card(last=last), may_manage=True)])
    assert t.md("card.attention.conflict.and", n=3, blocked=17, channel=Markup("<#C02PAYROLL>")).split("<")[0] in shown


def test_absence_that_failed_needs_a_person_and_what_is_off_does_not() -> None:
    failed = LastRun(kind="sync", state="failed", finished_at=WHEN, counts={})
    assert urgency(card(absence=AbsenceCard(on=True, last=failed))) == "failed"
    assert urgency(card(absence=AbsenceCard(on=False, last=failed))) is None


@every_language
def test_absence_that_goes_with_employees_goes_by_hand_as_long_as_they_do(t: Translator) -> None:
    def said(**more: Any) -> str:
        one = card(absence=AbsenceCard(on=True), **more)
        return str([block.to_dict() for block in card_view(t, one, may_manage=True)])

    by_hand, after = t.md("card.absence.by_hand"), t.md("card.absence.on")
    assert by_hand in said(next_run=None)
    assert after not in said(next_run=None)
    assert after in said(next_run=WHEN)
    assert after in said(next_run=None, state="paused")


@every_language
def test_the_end_of_the_set_up_leads_on_to_absence(t: Translator) -> None:
    assert bare_keys(good_view(summary.done(t, LONG, "C1", "i", absence=True))) == []


@every_language
def test_a_card_of_absence_alone_offers_nothing_of_employees(t: Translator) -> None:
    ran = LastRun(kind="sync", state="done", finished_at=WHEN, counts={"updated": 2})
    for last in (None, ran):
        shown = [block.to_dict() for block in card_view(t, card(absence_alone=True, last=last), may_manage=True)]
        assert bare_keys(shown) == []
        assert t.md("card.absence.only") in shown[0]["text"]["text"]
        pressed = {element["action_id"] for block in shown for element in block.get("elements", ())}
        assert {"integration.preview", "integration.sync", "integration.settings"} <= pressed
        assert not {"integration.preview_absence", "integration.sync_absence"} & pressed


@every_language
@pytest.mark.parametrize("waiting", [0, 1, 2])
def test_a_file_that_nobody_has_called_imported_is_something_to_do(t: Translator, waiting: int) -> None:
    ran = LastRun(kind="sync", state="done", finished_at=WHEN, counts={"updated": 2})
    one = card(absence_alone=True, last=ran, files_waiting=waiting)
    assert urgency(one) == ("import" if waiting else None)
    shown = [block.to_dict() for block in card_view(t, one, may_manage=True)]
    assert bare_keys(shown) == []
    told = t.md("card.attention.import", n=waiting, channel=Markup(f"<#{one.channel_id}>"))
    assert (told in shown[0]["text"]["text"]) is bool(waiting)
