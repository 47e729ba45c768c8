"""Every report is one that Slack shows, in each language and at any size; names stay names and private values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.core.text import Markup, text
from bot.domain.change import Person
from bot.domain.findings import Finding, Severity
from bot.domain.notification_policy import NOBODY, NotificationPolicy, Verbosity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level
from bot.locales.translator import Translator
from bot.sync.plan.guard import GuardReason
from bot.sync.report.issues import SUCCESSES
from bot.sync.report.problem_delta import ProblemDelta, problem_keys
from bot.sync.report.run_summary import summed
from bot.views.edit import expiry, notifications
from bot.views.message import Message
from bot.views.report import run_message as views
from bot.views.report.details import tables
from bot.views.report.digest import DigestFacts, Line, digest
from bot.views.report.values import ShownValues
from bot.views.runs import reject, system_words
from tests.support.view_pieces import ALL, LONG, WHEN, frame, good_reply, good_view, markdown_of

SIZES = (0, 1, 5, 6, 300)
SECRET = "99990408021"
every_language = pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
every_size = pytest.mark.parametrize("size", SIZES)


MOST_TEXT = 12_000
"""Slack refuses a message whose blocks hold some 13,000 characters, whatever each of them may."""


def length_of(value: Any) -> int:
    """The characters of all texts in blocks."""
    if isinstance(value, list):
        return sum(map(length_of, value))
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(map(length_of, value.values()))
    return 0


def person(n: int) -> Person:
    return Person(f"s{n}", "" if n % 7 == 6 else f"{n}", f"{n} {LONG}", f"t{n}")


def findings(count: int) -> tuple[Finding, ...]:
    return tuple(
        Finding("number.missing", Severity.BLOCKING if n % 2 == 0 else Severity.WARNING, "number", verbatim=LONG * 5)
        for n in range(count)
    )


def outcome(n: int, kind: OutcomeKind, problems: int = 1) -> Outcome:
    """What became of one person; where it went wrong, with this many findings."""
    if kind in SUCCESSES:
        return Outcome(kind, person(n), ((Level.PERSON, (), "phone"), (Level.PERSON, (), "email")))
    reason = text("apply.target_changed") if kind is OutcomeKind.FAILED else None
    advice = text("apply.unknown.advice") if reason else None
    return Outcome(kind, person(n), (), findings(problems), reason, advice, LONG if reason else None, retryable=True)


def people(size: int, *kinds: OutcomeKind) -> list[Outcome]:
    kinds = kinds or tuple(OutcomeKind)
    return [outcome(n, kinds[n % len(kinds)]) for n in range(size)]


def facts(outcomes: list[Outcome], **more: Any) -> views.RunFacts:
    values: dict[str, Any] = {
        "run_id": "sync:" + "i" * 32 + ":2026-11-24T05:00Z",
        "preview": False,
        "integration_id": "i" * 32,
        "integration": LONG,
        "source": LONG,
        "target": LONG,
        "requested_by": "U1",
        "counts": Counter(one.kind for one in outcomes),
        "started_at": WHEN,
        "finished_at": WHEN,
    }
    return views.RunFacts(**(values | more))


def good(message: Message) -> Message:
    """The message, which Slack shows as it is meant: the text beside the blocks is mrkdwn to Slack, too."""
    good_reply({"text": message.text, "blocks": message.blocks})
    assert length_of(message.blocks) <= MOST_TEXT
    assert "<!channel>" not in markdown_of({"text": message.text, "blocks": message.blocks})
    return message


def news_of(outcomes: list[Outcome], every: int = 2) -> ProblemDelta:
    """One person in so many was known before; somebody else's problem is gone."""
    keys = [key for one in outcomes for key in sorted(problem_keys(one))]
    since = {key: WHEN - timedelta(days=n % 40) for n, key in enumerate(keys)}
    return ProblemDelta(since, frozenset(keys[::every]), frozenset({("s0", "gone"), ("elsewhere", "gone")}))


@every_language
@every_size
@pytest.mark.parametrize("preview", [False, True])
def test_results_of_any_size(t: Translator, size: int, preview: bool) -> None:
    outcomes = people(size)
    for scheduled in (False, True):
        told = facts(outcomes, preview=preview, scheduled=scheduled, next_step="sync" if preview else "widen")
        for news in (None, ProblemDelta(), news_of(outcomes), news_of(outcomes, every=10_000)):
            good(views.result(told, summed(outcomes, news), t))
    for table in tables(summed(outcomes), ShownValues(t), preview=preview):
        good(table)


@every_language
@pytest.mark.parametrize("of_run", [None, LONG * 9])
@pytest.mark.parametrize("size", [0, 1, 10])
def test_what_systems_said_of_any_size(t: Translator, size: int, of_run: str | None) -> None:
    found = [outcome(n, OutcomeKind.BLOCKED, problems=20) for n in range(size)]
    for more in (None, "r|7"):
        good_view(system_words.words(t, system_words.WordsPage(target=LONG, of_run=of_run, found=found, more=more)))


@every_language
@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("size", [1, 5, 6, 300])
def test_who_waits_in_the_target_is_named_at_the_head_and_nobody_is_called_in_place(
    t: Translator, size: int, preview: bool
) -> None:
    draft = Finding("visma_net_draft", Severity.WAITING, "number")
    for kinds in ((OutcomeKind.CREATED,), (OutcomeKind.UNCHANGED,), (OutcomeKind.UNCHANGED, OutcomeKind.FAILED)):
        outcomes = [replace(one, findings=(draft,)) for one in people(size, *kinds)]
        waiting = [one for one in outcomes if one.kind in SUCCESSES]
        told = facts(outcomes, preview=preview, target="Visma.net")
        message = good(views.result(told, summed(outcomes), t))
        said = markdown_of(message.blocks)
        assert t.md("report.waiting", n=len(waiting), target="Visma.net") in said
        assert t.md("report.waiting", n=len(waiting), target="Visma.net") in message.text
        assert said.count(t.md("check.visma_net_draft")) == 1
        assert t.md("check.visma_net_draft.advice") in said
        assert all(f"{one.person.source_id[1:]} Ænglamärks" in said for one in waiting[:5])
        assert (t.md("report.waiting.more", n=len(waiting) - 5) in said) == (len(waiting) > 5)
        for untrue in ("report.sync.clean", "report.sync.in_sync", "report.preview.in_sync"):
            assert t.md(untrue, n=size, target="Visma.net") not in said


@every_language
@pytest.mark.parametrize("kind", OutcomeKind)
def test_every_kind_of_outcome_alone(t: Translator, kind: OutcomeKind) -> None:
    outcomes = people(6, kind)
    for preview in (False, True):
        good(views.result(facts(outcomes, preview=preview), summed(outcomes), t))
        assert all(good(table) for table in tables(summed(outcomes), ShownValues(t), preview=preview))


@every_language
def test_one_person_with_two_hundred_problems(t: Translator) -> None:
    outcomes = [outcome(n, OutcomeKind.BLOCKED, problems=200) for n in range(6)]
    good(views.result(facts(outcomes), summed(outcomes, news_of(outcomes)), t))
    shown = [good(one) for one in tables(summed(outcomes), ShownValues(t), preview=False)]
    assert t("report.problems.title", n=6) in shown[0].text


@every_language
def test_the_first_line_says_how_it_went(t: Translator) -> None:
    well = people(3, OutcomeKind.UPDATED)
    equal = [Outcome(OutcomeKind.UNCHANGED, person(n)) for n in range(3)]
    unread = [Outcome(OutcomeKind.UNCHANGED, person(n), unread=True) for n in range(3)]
    ended = {"reason": text("jobs.broken"), "advice": text("jobs.broken.advice")}
    for outcomes, more, icon, word in (
        (well, {}, "✅", t("report.state.changes", n=3)),
        (well, {"preview": True}, "✅", t("report.state.changes.preview", n=3)),
        (equal, {}, "✅", t("report.state.in_sync")),
        (unread, {}, "✅", t("report.state.done")),
        ([*well, outcome(9, OutcomeKind.BLOCKED)], {}, "⚠️", t("report.state.attention", n=1)),
        ([], {}, "⚠️", t("report.state.nobody")),
        ([], ended, "⛔", t("report.state.did_not_run")),
        (well, ended, "⛔", t("report.state.stopped")),
        (well, {"cancelled_by": "U2"}, "⏹️", t("report.state.cancelled")),
        ([], {"cancelled_by": "U2", "refused": True}, "⏹️", t("report.state.refused")),
    ):
        message = views.result(facts(outcomes, **more), summed(outcomes), t)
        first = message.blocks[0]["text"]["text"]
        assert first.startswith(icon)
        assert first.endswith(word), "a long name does not push it out"
        assert message.text.startswith(icon)
    waiting = views.approval(facts(well, guard=()), t).blocks[0]["text"]["text"]
    assert waiting == f"✋ {waiting[2:]}"
    assert waiting.endswith(t("report.state.waiting_approval"))
    assert views.running(facts([], stage="reading"), t).blocks[0]["text"]["text"].startswith("⏳")


@every_language
def test_known_problems_are_counted_and_new_ones_come_first(t: Translator) -> None:
    known, fresh = outcome(1, OutcomeKind.FAILED), outcome(2, OutcomeKind.BLOCKED)
    keys = problem_keys(known)
    news = ProblemDelta(dict.fromkeys(keys | problem_keys(fresh), WHEN), problem_keys(fresh))
    by_schedule = good(views.result(facts([known, fresh], scheduled=True), summed([known, fresh], news), t))
    by_hand = good(views.result(facts([known, fresh]), summed([known, fresh], news), t))
    assert "*2 " in markdown_of(by_schedule.blocks)
    assert "*1 Ænglamärks" not in markdown_of(by_schedule.blocks)
    said = markdown_of(by_hand.blocks)
    assert said.index("*2 Ænglamärks") < said.index("*1 Ænglamärks")
    assert t.value(date(2026, 11, 24)) in said


def endings() -> Iterator[dict[str, Any]]:
    """Ways in which a run ends without doing its work, or was decided upon."""
    yield {"reason": text("jobs.approval_expired"), "advice": text("jobs.approval_expired.advice")}
    yield {"reason": text("jobs.broken"), "advice": text("jobs.broken.advice"), "words": True}
    yield {"reason": text("jobs.cancelled"), "cancelled_by": "U2"}
    yield {"reason": text("jobs.refused"), "cancelled_by": "U2", "refused": True, "refusal": f"{LONG}\n> {LONG}"}
    yield {"reason": text("jobs.refused"), "cancelled_by": "U2", "refused": True}
    yield {"approved_by": "U2", "approved_at": WHEN, "interrupted_at": WHEN}
    yield {"requested_by": None}
    yield {"scheduled": True}


@every_language
def test_every_end_of_a_run(t: Translator) -> None:
    for ending in endings():
        for outcomes in ([], people(300)):
            good(views.result(facts(outcomes, **ending), summed(outcomes), t))
            good(views.result(facts(outcomes, preview=True, **(ending | {"refused": False})), summed(outcomes), t))


@every_language
def test_a_run_that_never_began_to_write_claims_nothing(t: Translator) -> None:
    for ending in list(endings())[:5]:
        said = markdown_of(good(views.result(facts([], **ending), summed([]), t)).blocks)
        for kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED):
            assert f"*{t.md(f'report.count.{kind}')}*" not in said


@every_language
def test_under_way_and_asking(t: Translator) -> None:
    outcomes = people(300)
    for stage in ("queued", "reading", "planning", "waiting_approval", "applying", "reporting"):
        for total in (0, 100_000):
            good(views.running(facts(outcomes, stage=stage, done=7, total=total), t))
    decided = views.running(facts(outcomes, approved_by="U2", approved_at=WHEN), t)
    assert "<@U2>" in markdown_of(good(decided).blocks)
    reasons = tuple(
        GuardReason(code, 40, 50, "phone" if code == "updates" else None).text
        for code in ("creates", "updates", "leavers", "source_drop", "late")
    )
    for others in (False, True):
        told = facts(outcomes, guard=reasons, expires_at=WHEN, others_approve=others)
        message = good(views.approval(told, t))
        assert f"*{t.md('report.count.created.preview')}*" in markdown_of(message.blocks)
        said = t.md("report.approval.others", who=Markup("<@U1>"))
        assert (said in markdown_of(message.blocks)) is others


@every_language
def test_calls_troubles_and_direct_messages(t: Translator) -> None:
    for key, values in (("approval", {}), ("failed", {}), ("problems", {"n": 1}), ("problems", {"n": 300})):
        assert "<@U1>" in good(views.call(key, "U1", t, **values)).text
    trouble = good(views.trouble(LONG, "i", text("jobs.needs_reconnect"), t, "U1"))
    assert "<@U1>" in markdown_of(trouble.blocks)
    assert "<@" not in markdown_of(good(views.trouble(LONG, "i", text("jobs.needs_reconnect"), t)).blocks)
    for names in ([LONG], [LONG] * 100):
        what = text("expiry.target", day=WHEN.date(), system=text("tripletex.name"), company=LONG)
        good(expiry.warning(names, "i", what, t, "U1"))
    outcomes = people(300)
    result = views.result(facts(outcomes), summed(outcomes), t)
    good(views.by_direct_message(result, LONG, "is_archived", t))


def line(n: int) -> Line:
    return Line(label=LONG, syncs=n, created=n * 1000, updated=n, attention=None if n % 3 == 0 else n)


@every_language
@every_size
def test_summaries(t: Translator, size: int) -> None:
    outcomes = [one for one in people(size) if one.kind not in SUCCESSES]
    for period, state in (("day", "live"), ("week", "paused"), ("week", "needs_reconnect")):
        for now, before in ((0, None), (0, 4), (4, 0), (3, 3), (3, 9), (0, 0)):
            week = DigestFacts(
                integration_id="i" * 32,
                integration=LONG,
                target=LONG,
                state=state,
                period=period,
                since=WHEN - timedelta(days=7),
                until=WHEN,
                lines=[line(n) for n in range(size)],
                failed=size,
                attention=now,
                before=before,
            )
            good(digest(week, summed(outcomes, news_of(outcomes)), t))


@every_language
def test_the_forms(t: Translator) -> None:
    for noise in Verbosity:
        for calls in ("owner", NOBODY, "", "U1"):
            for weekly in (None, "mon"):
                rules = NotificationPolicy(noise=noise, calls=calls, weekly=weekly, four_eyes=weekly is None)
                for kept, longest in ((None, 90), (30, 90), (90, 30), (None, 1)):
                    good_view(notifications.attention(frame(t, problem=True), rules, "U9", kept, longest))
                assert notifications.described(t, rules)
    good_view(reject.refuse(frame(t), LONG))
    good_view(reject.refused(t, LONG))
