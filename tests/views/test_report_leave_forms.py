"""Where nothing is sent, nothing says that something was: files are made for an import, lists for a person."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.change import Person
from bot.domain.leave_delivery import FileMode
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.resource import LeaveForm
from bot.locales.translator import Translator, translator
from bot.providers.registry import leave_form, takes_absence, targets
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.leave_csv import LeaveSpreadsheet
from bot.sync.leave.leave_report import LeaveReport
from bot.sync.leave.waiting_file import WaitingFile
from bot.views.overview.cards import LastRun, counted
from bot.views.report.leave_message import leave_result, leave_sentence, leave_tables
from bot.views.report.period_files import waiting_files
from bot.views.report.run_message import approval
from tests.support.view_pieces import ALL, markdown_of
from tests.views.test_report_leave import facts, of, week

NOTHING_SENT = ("agda_ps", "hogia_lon", "paxml", "visma_lon", "visma_net")
_WAITS: dict[str, Any] = {
    "integration_id": "i", "period": "2026-11", "sequence": 1, "mode": FileMode.WHOLE, "rows": 3, "delivered": False,
}  # fmt: skip
SENDS = {
    "en": re.compile(r"(?<!nothing was )\b(sent|sends?|transferred|written|write)\b", re.IGNORECASE),
    "nb": re.compile(r"(?<!ingenting ble )\b(sendt|sendte|sendes?|overføres|skrive[rt]?|skrives)\b", re.IGNORECASE),
    "da": re.compile(
        r"(?<!intet blev )\b(sendte?|sendes?|overføres?|overført|skriv(er|es|e)?|skrevet)\b", re.IGNORECASE
    ),
    "fi": re.compile(
        r"(?<!mitään ei )\b(lähetet\w+|lähettä\w+|siirret\w+|siirtä\w+|kirjoitet\w+|kirjoitta\w+)\b", re.IGNORECASE
    ),
    "sv": re.compile(r"(?<!inget )\b(skickat|skickade|skickas?|förs över|skriv[ae]r?|skrivits)\b", re.IGNORECASE),
}


def test_every_target_of_absence_has_a_form() -> None:
    forms = {key: leave_form(key) for key in targets() if takes_absence(key)}
    assert {key for key, form in forms.items() if form is not LeaveForm.WRITTEN} == set(NOTHING_SENT)
    assert {key for key, form in forms.items() if form is LeaveForm.LIST} == {"agda_ps", "visma_net"}
    assert leave_form("gone") is LeaveForm.WRITTEN


@pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "sync"])
@pytest.mark.parametrize("provider", NOTHING_SENT)
def test_a_report_says_what_was_made(provider: str, preview: bool, t: Translator) -> None:
    some = facts(provider=provider, preview=preview)
    lines = [*week(), *week(DayOutcomeKind.UPDATED), *week(DayOutcomeKind.DELETED)]
    report = of(lines)
    shown = [leave_result(some, report, t), *leave_tables(some, report, t), leave_result(some, LeaveReport(), t)]
    shown.append(approval(some, t))
    for message in shown:
        said = f"{message.text}\n{markdown_of(message.blocks)}".replace(t.md("report.approval.title"), "")
        assert not SENDS[t.language].findall(said)
    sheet = LeaveSpreadsheet(t.render, preview=preview, form=leave_form(provider))
    rows = sheet.rows(Outcome(OutcomeKind.UPDATED, Person("s", "1", "Kari", "t")), lines).decode("utf-8-sig")
    assert not SENDS[t.language].findall(rows)


@pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
@pytest.mark.parametrize("provider", NOTHING_SENT)
def test_a_preview_does_not_promise_a_file_that_waits_already(provider: str, t: Translator) -> None:
    some, report = facts(provider=provider, preview=True), of(week())
    suffix = leave_form(provider).suffix
    assert leave_sentence(some, report, t).endswith(t.md(f"leave.report.next.sync{suffix}"))
    report.files = [WaitingFile(**_WAITS)]
    assert leave_sentence(some, report, t).endswith(t.md(f"leave.report.next.sync{suffix}.again"))
    sent = facts(provider="fortnox", preview=True)
    assert leave_sentence(sent, report, t).endswith(t.md("leave.report.next.sync"))


def test_what_is_written_is_still_told_as_sent() -> None:
    said = leave_sentence(facts(provider="tripletex"), of(week()), translator("en"))
    assert said.startswith("Sent absence of ")


@pytest.mark.parametrize(
    ("provider", "said"), [("hogia_lon", "2 in the file"), ("visma_net", "2 in the list"), ("fortnox", "2 updated")]
)
def test_a_card_counts_people_in_what_was_made(provider: str, said: str) -> None:
    last = LastRun(kind="sync", state="done", finished_at=datetime(2026, 11, 30, tzinfo=UTC), counts={"updated": 2})
    assert counted(translator("en"), last, leave_form(provider)) == said


def test_a_run_of_absence_without_a_difference_is_not_told_as_if_nobody_took_part() -> None:
    last = LastRun(kind="preview", state="done", finished_at=datetime(2026, 11, 30, tzinfo=UTC), counts={})
    assert counted(translator("en"), last, LeaveForm.FILE) == "nothing to change"
    assert counted(translator("en"), last) == "nobody in scope"


@pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
def test_the_buttons_of_a_list_speak_of_a_list(t: Translator) -> None:
    def labels(mode: FileMode) -> list[str]:
        file = WaitingFile(**_WAITS | {"mode": mode})
        return [
            one["text"]["text"] for block in waiting_files([file], t) for one in block.to_dict().get("elements", ())
        ]

    of_list, of_file = labels(FileMode.LIST), labels(FileMode.WHOLE)
    assert len(of_list) == len(of_file) == 3
    assert not set(of_list) & set(of_file)
