"""Which person of the target an employee is. The employee number decides; everything else only raises a doubt.

A wrong answer here pays the wrong person or makes a second one, so whatever is not plain becomes a question to a human.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from bot.core.likeness import bare, name_words, number_form, same_name
from bot.core.text import Text, text
from bot.domain.change import SAME_PERSON_BY, ChangeKind, Lookalike
from bot.domain.employee import BankAccount, Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level
from bot.providers.protocol import TargetPerson
from bot.sync.compare.fingerprints import SyncedPerson


class MatchDecision(StrEnum):
    """What a human said of an employee who looks like somebody in the target."""

    SAME = "same"
    DIFFERENT = "different"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Resolution:
    """A decision. `target_id` is the person it was about: SAME links to them, DIFFERENT accepts only them and
    `others`, where several look alike."""

    decision: MatchDecision
    target_id: str | None = None
    others: tuple[str, ...] = ()

    @property
    def told_apart(self) -> frozenset[str]:
        """The people of the target whom the employee is not."""
        about = (self.target_id, *self.others) if self.decision is MatchDecision.DIFFERENT else ()
        return frozenset(target_id for target_id in about if target_id is not None)


@dataclass(frozen=True, slots=True)
class Match:
    """The answer: a person, nobody (`create`), or a question (`conflict`, with the people in doubt).

    `accepted` are look-alikes that a human has said are somebody else. `linked` tells that a human joined the two, so
    that the target's own number stays.
    """

    person: TargetPerson | None = None
    conflict: Finding | None = None
    lookalikes: tuple[Lookalike, ...] = ()
    accepted: tuple[Lookalike, ...] = ()
    linked: bool = False


class Searchable(Protocol):
    """Where people of the target are looked for (`bot.sync.compare.target_index`)."""

    def by_id(self, target_id: str, /) -> TargetPerson | None:
        """The person with the target's own id."""
        ...

    def by_number(self, number: str, /) -> list[TargetPerson]:
        """Everyone with exactly this employee number; nobody for an empty one."""
        ...

    def lookalikes(self, employee: Employee, /) -> tuple[Lookalike, ...]:
        """People who may be the employee, with the strongest sign for each."""
        ...

    def doubles(self, employee: Employee, hit: TargetPerson, /) -> tuple[Lookalike, ...]:
        """People besides `hit` who are the employee by what only one person has (`SAME_PERSON_BY`)."""
        ...


def match(
    employee: Employee, index: Searchable, remembered: SyncedPerson | None, resolution: Resolution | None
) -> Match:
    """Find the employee's person, or the question that a human must answer. Whom a human has said to leave out is not
    asked for."""
    if resolution is not None and resolution.decision is MatchDecision.SAME and resolution.target_id is not None:
        person = index.by_id(resolution.target_id)
        if person is None:
            return _question("target.chosen_gone")
        return Match(person, linked=person.number.strip() != employee.number.strip())
    if not employee.number.strip():
        return _question("number.missing", index.lookalikes(employee))
    hits = index.by_number(employee.number)
    if len(hits) > 1:
        return _question("number.twice_in_target", [lookalike(hit, "number") for hit in hits], count=len(hits))
    if hits:
        return _judge_hit(employee, hits[0], index, remembered)
    return _judge_absence(employee, index, remembered, resolution)


def kind_of(question: Finding, lookalikes: Sequence[Lookalike]) -> ChangeKind:
    """What a plan makes of a doubt: a decision for a human, or data to be corrected in the source.

    Somebody without a number who looks like nobody is missing data: no answer could say who they are.
    """
    return ChangeKind.BLOCKED if question.code == "number.missing" and not lookalikes else ChangeKind.CONFLICT


def _judge_hit(employee: Employee, hit: TargetPerson, index: Searchable, remembered: SyncedPerson | None) -> Match:
    if remembered is not None:
        if remembered.target_id == hit.id:
            return Match(hit)
        before = index.by_id(remembered.target_id)
        if before is not None:
            both = [lookalike(before, "earlier_sync"), lookalike(hit, "number")]
            return _question("target.moved", both, before=before.number, now=hit.number)
    if not proves(employee, hit) and (others := index.doubles(employee, hit)):
        both = [*others, lookalike(hit, "number")]
        return _question("target.looks_like", both, other=others[0].name, number=said_number(others[0].number))
    if not contradicts(employee, hit):
        return Match(hit)
    return _question("number.other_person", [lookalike(hit, "number")], other=hit.name)


def _judge_absence(
    employee: Employee, index: Searchable, remembered: SyncedPerson | None, resolution: Resolution | None
) -> Match:
    accepts = resolution.told_apart if resolution else frozenset[str]()
    before = index.by_id(remembered.target_id) if remembered else None
    if (
        remembered is not None
        and before is None
        and not (resolution and resolution.decision is MatchDecision.DIFFERENT)
    ):
        # Never a create: a token that lost a right sees fewer people, and so does one of another company.
        return _question("target.gone", number=remembered.number)
    alike = [other for other in index.lookalikes(employee) if not (before and _is_weak(other, before.id))]
    if before is not None and all(other.target_id != before.id for other in alike):
        alike.append(lookalike(before, "earlier_sync"))
    # Whoever has what only one person has is nobody else, whatever was answered before that was known.
    doubts = [other for other in alike if other.target_id not in accepts or other.by in SAME_PERSON_BY]
    if doubts:
        first = doubts[0]
        return _question("target.looks_like", doubts, other=first.name, number=said_number(first.number))
    return Match(accepted=tuple(alike))


def said_number(number: str) -> Text:
    """A number in a sentence: many systems hold people without one."""
    return text("number.said", number=number) if number else text("number.none")


def contradicts(employee: Employee, person: TargetPerson) -> bool:
    """Whether a hit by number may be somebody else: the name differs entirely; or it differs, and so does an identity
    number or a birth date that both have."""
    ours = bare_identity(employee.identity.value) if employee.identity else ""
    theirs = bare_identity(person.identity or "")
    if ours and ours == theirs:
        return False
    if employee.birth_date is not None and employee.birth_date == person.birth_date:
        return False
    if not employee.name or not person.name or same_name(employee.name, person.name):
        return False
    # A number that was given out again: one that both have and that differs is enough, as some systems show no other.
    if (ours and theirs) or (employee.birth_date is not None and person.birth_date is not None):
        return True
    return name_words(employee.name).isdisjoint(name_words(person.name))


def proves(employee: Employee, person: TargetPerson) -> bool:
    """Whether somebody is the employee by what only one person has."""
    return any(alike.by in SAME_PERSON_BY for alike in resemblances(employee, [person]))


def resemblances(employee: Employee, people: Iterable[TargetPerson]) -> tuple[Lookalike, ...]:
    """Those of some people who may be the employee, with the strongest sign for each. Numbers must not be equal."""
    ours = {clue for clue in clues(employee) if clue[0] not in (_BY_NAME, _BY_NAME_ALONE)}
    undated, numbered = employee.birth_date is None, bool(employee.identity and employee.identity.value.strip())
    found = []
    for person in people:
        signs = {clue[0] for clue in target_clues(person, undated=undated) if clue in ours}
        born = employee.birth_date is not None and employee.birth_date == person.birth_date
        # Who has an identity number in both systems is told apart by it.
        apart = numbered and bool(person.identity)
        unknown = (undated or person.birth_date is None) and not apart
        if apart or born:
            signs.discard(_BY_ACCOUNT_ALONE)
        if (born or unknown) and same_name(employee.name, person.name):
            signs.add(_BY_NAME if born else _BY_NAME_ALONE)
        if signs:
            found.append(lookalike(person, min(signs, key=_STRENGTH.index)))
    return tuple(found)


_STRENGTH = ("identity_number", "bank_birth_date", "name_birth_date", "number", "email", "bank_account", "name")
_BY_NAME, _BY_NAME_ALONE, _BY_ACCOUNT_ALONE = "name_birth_date", "name", "bank_account"
"""A name or an account is a sign by itself where one of the two systems does not know when the person was born."""

Clue = tuple[str, ...]


def clues(employee: Employee) -> list[Clue]:
    """What may give the employee away in the target under another number. A word of the name and the birth date is
    where to look; what it takes to be the same name is judged by `same_name`."""
    return _clues(
        employee.identity.value if employee.identity else None,
        employee.name,
        employee.birth_date,
        employee.number,
        [employee.work_email, employee.private_email],
        account_forms(employee.bank),
        undated=True,
    )


def target_clues(person: TargetPerson, *, undated: bool = False) -> list[Clue]:
    """The same of a person of the target."""
    values = next((part.values for part in person.record if part.level is Level.PERSON), {})
    account, iban, clearing = (str(values.get(name) or "") for name in ("bank_account", "iban", "clearing_number"))
    forms = account_forms(BankAccount(clearing=clearing, number=account, iban=iban))
    undated = undated or person.birth_date is None
    return _clues(
        person.identity, person.name, person.birth_date, person.number, [person.email], forms, undated=undated
    )


def _clues(
    identity: str | None,
    name: str,
    born: date | None,
    number: str,
    emails: Sequence[str | None],
    accounts: frozenset[str],
    *,
    undated: bool,
) -> list[Clue]:
    found: list[Clue] = []
    if whole := bare_identity(identity or ""):
        found.append(("identity_number", whole))
    if born is not None:
        found += [("bank_birth_date", account, born.isoformat()) for account in sorted(accounts)]
        found += [(_BY_NAME, word, born.isoformat()) for word in sorted(name_words(name))]
    if undated:
        found += [(_BY_ACCOUNT_ALONE, account) for account in sorted(accounts)]
        found += [(_BY_NAME_ALONE, word) for word in sorted(name_words(name))]
    if form := number_form(number):
        found.append(("number", form))
    found += [("email", email.strip().casefold()) for email in emails if email and email.strip()]
    return found


def bare_identity(value: str) -> str:
    """An identity number without separators, a Swedish one without its century, for comparison only."""
    plain = bare(value).upper()
    return plain[2:] if len(plain) == 12 and plain.isdigit() and plain[:2] in ("18", "19", "20") else plain


def account_forms(bank: BankAccount | None) -> frozenset[str]:
    """A bank account for comparison only: clearing and account number together, as written and without the fifth digit
    and the zeros that may be left out; and an IBAN, a Norwegian or Swedish one also as the account number in it."""
    if bank is None:
        return frozenset()
    iban, clearing, number = (bare(one or "").upper() for one in (bank.iban, bank.clearing, bank.number))
    forms = {clearing + number} if number else set()
    if clearing and number:
        forms.add(clearing[:4] + number.lstrip("0"))
    if iban.startswith("SE"):
        forms.add(iban[_SWEDISH_BANK:].lstrip("0"))
    forms.add(iban[4:] if iban.startswith("NO") else iban)
    return frozenset(forms - {""})


_SWEDISH_BANK = 7
"""Characters of a Swedish IBAN before the account: country, check digits, and a code of the bank."""


def _is_weak(alike: Lookalike, before: str) -> bool:
    """Whether somebody of an earlier sync is known better by that than by what they look alike in."""
    return alike.target_id == before and alike.by in (_BY_NAME_ALONE, _BY_ACCOUNT_ALONE)


def lookalike(person: TargetPerson, by: str) -> Lookalike:
    """A person in doubt, and what connects them with the employee."""
    return Lookalike(person.id, person.number, person.name, by)


def _question(code: str, doubts: Iterable[Lookalike] = (), **values: object) -> Match:
    return Match(conflict=Finding(code, Severity.BLOCKING, "number", values), lookalikes=tuple(doubts))
