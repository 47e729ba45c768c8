"""What was answered comes back from the vault as it went in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.domain.scope import ScopeKind
from bot.handlers.framework.draft import ExaminedPerson, WizardDraft, as_finding, keep_findings
from bot.providers.protocol import Account, Choice
from bot.views.shared.scope import Picked
from storage.vault import Vault


def test_answers_survive_the_vault() -> None:
    finding = Finding(
        "person.skipped",
        Severity.WARNING,
        "number",
        {"reason": text("flow.choose", who=("a", "b")), "on": date(2026, 1, 2), "part": Decimal("0.8"), "n": 3},
        verbatim="their words",
    )
    answers = WizardDraft(
        provider="tripletex",
        target_credentials={"employee_token": "secret"},
        target_company=Account(id="1", name="Ærlig AS", organisation_number="1", environment="test"),
        choices={"division": [Choice(value="1", label="Oslo")]},
        scope_kind=ScopeKind.OFFICES,
        picked={ScopeKind.OFFICES: [Picked(id="o1", label="Oslo")]},
        people=[ExaminedPerson(name="Kari", number="1", findings=keep_findings([finding]))],
        weekdays=("mon", "sun"),
    )
    vault = Vault([Vault.generate_key()])
    again = WizardDraft.from_draft(vault.open("draft:1", vault.seal("draft:1", answers.to_draft())))
    assert again == answers
    assert as_finding(again.people[0].findings[0]) == finding
    assert "secret" not in repr(answers) + str(answers)
