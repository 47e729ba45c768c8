"""The sentence of a report where nobody was tried, where people are muted, and while a run waits for a system."""

from __future__ import annotations

import pytest

from bot.core.text import text
from bot.domain.outcome import OutcomeKind
from bot.locales.translator import Translator
from bot.sync.report.issues import SUCCESSES
from bot.sync.report.problem_delta import ProblemDelta, problem_keys
from bot.sync.report.run_summary import summed
from bot.views.report import run_message as views
from tests.support.view_pieces import LONG, WHEN, markdown_of
from tests.views.test_report import every_language, facts, good, people


@every_language
@pytest.mark.parametrize("preview", [False, True])
def test_who_is_muted_needs_nobody_and_is_one_line(t: Translator, preview: bool) -> None:
    outcomes = people(2, OutcomeKind.BLOCKED)
    until = WHEN.date()
    keys = frozenset(key for one in outcomes for key in problem_keys(one))
    muted = ProblemDelta(dict.fromkeys(keys, WHEN), muted={one.person.source_id: until for one in outcomes})
    summary = summed(outcomes, muted)
    for told, line in (
        (summary, t.md("report.muted", until=until, who="").strip()),
        (summary.unnamed(), t.md("report.muted.unnamed", until=until, n=2)),
    ):
        message = good(views.result(facts(outcomes, preview=preview), told, t))
        assert "⚠️" not in message.text
        assert t.md(f"report.{'preview' if preview else 'sync'}.but_muted", n=0, people=2, target=LONG) in message.text
        assert markdown_of(message.blocks).count(line) == 1


@every_language
@pytest.mark.parametrize("kind", OutcomeKind)
def test_nobody_was_transferred_is_said_where_nothing_was_tried(t: Translator, kind: OutcomeKind) -> None:
    outcomes = people(2, kind)
    for preview, how in ((False, "sync"), (True, "preview")):
        message = good(views.result(facts(outcomes, preview=preview), summed(outcomes), t))
        nobody = t.md(f"report.{how}.none", n=2, target=LONG) in message.text
        assert nobody == (kind in (OutcomeKind.BLOCKED, OutcomeKind.CONFLICT))
        buttons = {
            one["action_id"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]
        }
        assert ("run.apply" in buttons) == (preview and kind in SUCCESSES and kind is not OutcomeKind.SKIPPED)


@every_language
def test_a_run_that_waits_for_a_system_says_for_which_and_not_that_it_reads(t: Translator) -> None:
    why = text("provider.broken", system=text("tripletex.name"))
    message = good(views.running(views.replace_progress(facts([]), "waits", 0, 0, why), t))
    assert "Tripletex" in message.text
    assert t.md("report.stage.reading") not in message.text
