"""What a report says of people who were not read, and of those in whom something is left: never that all is equal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Drifted, OutcomeKind
from bot.domain.record import Level
from bot.locales.translator import Translator, translator
from bot.sync.report.issues import word_of
from bot.sync.report.run_summary import summed
from bot.views import blocks as b
from bot.views.report import run_message as views
from tests.support.view_pieces import WHEN
from tests.views.test_report import every_language, facts, good, people


@every_language
@pytest.mark.parametrize("wording", ["", "delivered"])
@pytest.mark.parametrize("unread", [0, 1, 39, 40])
def test_in_sync_is_said_only_where_everyone_was_read_and_is_equal(t: Translator, wording: str, unread: int) -> None:
    t = translator(t.language, wording=wording)
    alike = people(40, OutcomeKind.UNCHANGED)
    outcomes = [replace(one, unread=place < unread) for place, one in enumerate(alike)]
    good(views.result(facts(outcomes), summed(outcomes), t))
    told = facts(outcomes, compared_at=WHEN, target="Visma.net")
    said = views.summary(told, t, summed(outcomes))
    assert (t.md("report.sync.in_sync", n=40, target="Visma.net") in said) == (unread == 0)
    assert (t.md("report.unread.since", n=unread, since=b.moment(t, WHEN)) in said) == (unread > 0)
    counted = t.md("report.sync.quick", n=40 - unread, people=40, target="Visma.net")
    assert (counted in said) == (0 < unread < 40)
    words = [word_of(one) for one in outcomes]
    assert (words.count("unread"), words.count("unchanged")) == (unread, 40 - unread)
    assert (
        t.md("report.unread", n=40) in views.summary(replace(told, compared_at=None), t, summed(outcomes))
        or unread < 40
    )


@every_language
@pytest.mark.parametrize(
    "left",
    [
        {"kept": ("email",)},
        {"unseen": ("email",)},
        {"drift": (Drifted(Level.PERSON, (), "email", restored=False),)},
        {
            "findings": (
                Finding("employment.end_in_target", Severity.WARNING, "end_date", {"start": WHEN, "end": WHEN}),
            )
        },
        {"findings": (Finding("value.only_in_target", Severity.WARNING, "city"),)},
    ],
)
def test_nobody_in_whom_something_is_left_is_called_in_sync_or_in_place(t: Translator, left: dict[str, Any]) -> None:
    for kind in (OutcomeKind.UNCHANGED, OutcomeKind.UPDATED):
        first, *others = people(3, kind)
        outcomes = [replace(first, **left), *others]
        said = views.summary(facts(outcomes, target="Visma.net"), t, summed(outcomes))
        for n in (1, 2, 3):
            for untrue in ("report.sync.in_sync", "report.sync.clean"):
                assert t.md(untrue, n=n, target="Visma.net") not in said
        assert (t("field.email") in said) == bool({"kept", "unseen"} & left.keys())
        assert word_of(outcomes[0]) == ("left" if kind is OutcomeKind.UNCHANGED else "updated")
        assert word_of(outcomes[1]) == kind
