"""The picture in a weekly summary, and a summary of absence alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.locales.translator import Translator
from bot.sync.report.run_summary import summed
from bot.views.report.digest import DigestFacts, Line, digest, without_chart
from tests.support.view_pieces import WHEN
from tests.views.test_report import every_language, good


def week(lines: list[Line], period: str = "week") -> DigestFacts:
    since = WHEN - timedelta(days=7)
    return DigestFacts(
        integration_id="i",
        integration="Norge",
        target="T",
        state="live",
        period=period,
        since=since,
        until=WHEN,
        lines=lines,
    )


def charts(lines: list[Line], t: Translator, period: str = "week") -> list[dict[str, Any]]:
    message = good(digest(week(lines, period), summed([]), t))
    assert [block["type"] for block in message.blocks].count("table") == 1
    assert not [block for block in without_chart(message).blocks if block["type"] == "data_visualization"]
    return [block for block in message.blocks if block["type"] == "data_visualization"]


@every_language
def test_a_week_has_a_picture_of_the_figures_in_its_table(t: Translator) -> None:
    days = [Line(label=f"day {n}", syncs=n % 2, created=n * 1000, updated=n, attention=n or None) for n in range(7)]
    (block,) = charts(days, t)
    created, updated, attention = block["chart"]["series"]
    assert [point["value"] for point in created["data"]] == [n * 1000 for n in range(7)]
    assert [point["value"] for point in updated["data"]] == list(range(7))
    assert [point["value"] for point in attention["data"]] == list(range(7))
    assert [point["label"] for point in updated["data"]] == block["chart"]["axis_config"]["categories"]
    assert attention["name"] == t("digest.column.attention")


@every_language
def test_a_picture_needs_days_to_compare_and_never_has_more_than_slack_takes(t: Translator) -> None:
    day = Line(label="mon", syncs=1, created=1, updated=0, attention=0)
    assert charts([day], t) == []
    assert charts([day, replace(day, label="tue", syncs=0)], t) == []
    assert charts([day, day], t) == [], "two days of one name"
    assert charts([day, replace(day, label="tue")], t, period="day") == []
    (block,) = charts([replace(day, label=f"{n}") for n in range(31)], t)
    assert block["chart"]["axis_config"]["categories"] == [f"{n}" for n in range(11, 31)]


@every_language
def test_a_summary_of_absence_alone_has_no_word_of_other_syncs(t: Translator) -> None:
    facts = replace(week([]), absence_alone=True, absence_syncs=3, absence_people=5, attention=2)
    message = good(digest(facts, summed([]), t))
    assert t("digest.absence", n=3, people=5) in message.text
    assert t("digest.none") not in message.text
    assert "table" not in [block["type"] for block in message.blocks]
    assert t("digest.none") in digest(replace(facts, absence_syncs=0), summed([]), t).text
