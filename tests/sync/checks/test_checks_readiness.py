"""What the set-up says of a chosen employee is what the sync will do with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.employee import BankAccount, Compensation, Employee, IdentityNumber, PayPeriod
from bot.domain.findings import Finding, Severity
from bot.providers.visma_net.desired_person import VismaNetPersonBuilder
from bot.sync.checks import CheckContext, check, merged, readiness
from tests.support.employees import employee

TODAY = date(2026, 11, 22)
NORWAY = CheckContext(today=TODAY, environment="production", countries=("NO",))
SWEDE = employee(
    birth_date=date(1981, 12, 18),
    identity=IdentityNumber(value="19811218-9876", country="SE"),
    bank=BankAccount(number="1234567", clearing="6000", country="SE"),
    work_email="bj\u00f6rn@example.com",
)


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


def codes(person: Employee, special: list[Finding], context: CheckContext = NORWAY) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in readiness(person, context, special).findings:
        found.setdefault(one.field, []).append(one.code)
    return found


def test_one_fault_is_told_once_and_by_the_system_that_knows_what_becomes_of_the_value() -> None:
    visma = codes(SWEDE, VismaNetPersonBuilder(SWEDE, {}).build()[1])
    assert visma["identity_number"] == ["visma_net_foreign_identity"]
    assert visma["bank_account"] == ["visma_net_foreign_bank_account"]
    assert visma["work_email"] == ["email.invalid"], "no e-mail is sent, so the system has nothing to say of it"
    not_sent = Finding("tripletex_email_not_ascii", Severity.WARNING, "email")
    assert "work_email" not in codes(SWEDE, [not_sent])


def test_the_check_speaks_where_it_alone_blocks() -> None:
    said = Finding("system_not_ours", Severity.WARNING, "identity_number")
    wrong = employee(identity=IdentityNumber(value="19811218-9875", country="SE"), birth_date=date(1981, 12, 18))
    assert codes(wrong, [said])["identity_number"] == ["identity.invalid"]
    assert codes(employee(identity=None), [said])["identity_number"] == ["system_not_ours"]


@pytest.mark.parametrize(
    "other",
    [
        Finding("system_waits", Severity.WAITING, "identity_number"),
        Finding("system_elsewhere", Severity.BLOCKING, "bank_account"),
    ],
)
def test_two_faults_are_told_both(other: Finding) -> None:
    assert {one.code for one in merged(check(SWEDE, NORWAY), [other])} >= {"identity.foreign", other.code}
    early = employee(identity=IdentityNumber(value="19811218-9876", country="SE"), birth_date=date(1981, 12, 17))
    foreign = Finding("system_not_ours", Severity.WARNING, "identity_number")
    assert codes(early, [foreign])["identity_number"] == ["identity.birth_date", "system_not_ours"]


def test_one_fault_of_two_rows_is_told_of_both() -> None:
    days = (date(2026, 1, 1), date(2027, 1, 1))
    slips = employee(
        compensations=tuple(
            Compensation(id=f"c{day}", effective=day, amount=Decimal(500), currency="NOK", period=PayPeriod.YEAR)
            for day in days
        )
    )
    absurd = [one for one in readiness(slips, NORWAY).findings if one.code == "compensation.absurd"]
    assert [one.values["effective"] for one in absurd] == list(days)
    ends = [
        Finding("employment.end_in_target", Severity.WARNING, "end_date", {"start": day, "among": [day]})
        for day in days
    ]
    assert list(merged([], [*ends, *ends])) == ends
    blocking = replace(ends[1], severity=Severity.BLOCKING)
    assert list(merged(ends, [blocking])) == [ends[0], blocking]
