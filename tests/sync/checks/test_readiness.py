"""What the set-up says of a chosen employee is what the sync will do with them."""

from __future__ import annotations

from datetime import date

from bot.sync.change import Finding, Severity
from bot.sync.checks import CheckContext, readiness
from tests.sync.people import employee

TODAY = date(2026, 11, 22)


def test_what_the_target_blocks_is_not_softened_by_our_warning_on_the_same_thing() -> None:
    context = CheckContext(today=TODAY, environment="production", countries=("NO",))
    person = employee(bank=None)
    ours = readiness(person, context)
    soft = next(finding for finding in ours.findings if finding.severity is Severity.WARNING)
    hard = Finding(soft.code, Severity.BLOCKING, soft.field, soft.values)
    found = readiness(person, context, [hard])
    assert ours.ready
    assert not found.ready
    assert [one.code for one in found.findings].count(soft.code) == 1
