"""Which person of the target an employee is. The employee number decides; everything else only raises a doubt.

A wrong answer here pays the wrong person or makes a second one, so whatever is not plain becomes a question to a human.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.text import Text, text
from bot.domain.change import ChangeKind, Lookalike
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.providers.protocol import TargetPerson
from bot.sync.compare.fingerprints import SyncedPerson
from bot.sync.compressed import CompressedPeople, HashIndex


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
    skip: bool = False
    linked: bool = False


class TargetIndex:
    """Everyone in the target, to be found by number, id, identity number, name and birth date, or e-mail."""

    def __init__(self) -> None:
        self._people = CompressedPeople()
        self._ids, self._numbers, self._clues = HashIndex(), HashIndex(), HashIndex()

    def __len__(self) -> int:
        return len(self._people)

    def add(self, person: TargetPerson) -> None:
        """Take in a person. One who was seen before is kept once: a page may have shifted while it was read."""
        if self.by_id(person.id) is not None:
            return
        position = self._people.append(person)
        self._ids.add(hash(person.id), position)
        number = person.number.strip()
        if number:
            self._numbers.add(hash(number), position)
        for mark in {hash(clue) for clue in _target_clues(person)}:
            self._clues.add(mark, position)

    def by_id(self, target_id: str) -> TargetPerson | None:
        """The person with the target's own id."""
        found = (self._people[position] for position in self._ids.of(hash(target_id)))
        return next((person for person in found if person.id == target_id), None)

    def by_number(self, number: str) -> list[TargetPerson]:
        """Everyone with exactly this employee number; nobody for an empty one."""
        wanted = number.strip()
        found = [self._people[position] for position in self._numbers.of(hash(wanted))] if wanted else []
        return [person for person in found if person.number.strip() == wanted]

    def lookalikes(self, employee: Employee) -> tuple[Lookalike, ...]:
        """People who may be the employee, with the strongest sign for each."""
        positions = {position for clue in clues(employee) for position in self._clues.of(hash(clue))}
        return resemblances(employee, [self._people[position] for position in sorted(positions)])


def match(
    employee: Employee, index: TargetIndex, remembered: SyncedPerson | None, resolution: Resolution | None
) -> Match:
    """Find the employee's person, or the question that a human must answer."""
    if resolution is not None and resolution.decision is MatchDecision.SKIP:
        return Match(skip=True)
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


def _judge_hit(employee: Employee, hit: TargetPerson, index: TargetIndex, remembered: SyncedPerson | None) -> Match:
    if remembered is not None:
        if remembered.target_id == hit.id:
            return Match(hit)
        before = index.by_id(remembered.target_id)
        if before is not None:
            both = [lookalike(before, "earlier_sync"), lookalike(hit, "number")]
            return _question("target.moved", both, before=before.number, now=hit.number)
    if not contradicts(employee, hit):
        return Match(hit)
    return _question("number.other_person", [lookalike(hit, "number")], other=hit.name)


def _judge_absence(
    employee: Employee, index: TargetIndex, remembered: SyncedPerson | None, resolution: Resolution | None
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
    alike = list(index.lookalikes(employee))
    if before is not None and all(other.target_id != before.id for other in alike):
        alike.append(lookalike(before, "earlier_sync"))
    doubts = [other for other in alike if other.target_id not in accepts]
    if doubts:
        first = doubts[0]
        return _question("target.looks_like", doubts, other=first.name, number=said_number(first.number))
    return Match(accepted=tuple(alike))


def said_number(number: str) -> Text:
    """A number in a sentence: many systems hold people without one."""
    return text("number.said", number=number) if number else text("number.none")


def contradicts(employee: Employee, person: TargetPerson) -> bool:
    """Whether a hit by number is plainly somebody else: nothing agrees, and the name differs entirely."""
    identity = bare_identity(employee.identity.value) if employee.identity else ""
    if identity and identity == bare_identity(person.identity or ""):
        return False
    if employee.birth_date is not None and employee.birth_date == person.birth_date:
        return False
    ours, theirs = _words(employee.name), _words(person.name)
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def resemblances(employee: Employee, people: Iterable[TargetPerson]) -> tuple[Lookalike, ...]:
    """Those of some people who may be the employee, with the strongest sign for each. Numbers must not be equal."""
    ours = dict(reversed([(clue, clue[0]) for clue in clues(employee)]))
    found = []
    for person in people:
        shared = [ours[clue] for clue in _target_clues(person) if clue in ours]
        if shared:
            found.append(lookalike(person, min(shared, key=_STRENGTH.index)))
    return tuple(found)


_STRENGTH = ("identity_number", "name_birth_date", "number", "email")

Clue = tuple[str, ...]


def clues(employee: Employee) -> list[Clue]:
    """What may give the employee away in the target under another number, strongest first."""
    return _clues(
        employee.identity.value if employee.identity else None,
        employee.name,
        employee.birth_date,
        employee.number,
        [employee.work_email, employee.private_email],
    )


def _target_clues(person: TargetPerson) -> list[Clue]:
    return _clues(person.identity, person.name, person.birth_date, person.number, [person.email])


def _clues(identity: str | None, name: str, born: date | None, number: str, emails: Sequence[str | None]) -> list[Clue]:
    found: list[Clue] = []
    if bare := bare_identity(identity or ""):
        found.append(("identity_number", bare))
    if born is not None and name.strip():
        found.append(("name_birth_date", " ".join(sorted(_words(name))), born.isoformat()))
    if form := re.sub(r"[\W_]", "", number).lstrip("0").casefold():
        found.append(("number", form))  # 0042 and 42 are one number to whoever typed them
    found += [("email", email.strip().casefold()) for email in emails if email and email.strip()]
    return found


def bare_identity(value: str) -> str:
    """An identity number without separators, a Swedish one without its century, for comparison only."""
    bare = re.sub(r"[^0-9A-Za-z]", "", value).upper()
    return bare[2:] if len(bare) == 12 and bare.isdigit() and bare[:2] in ("18", "19", "20") else bare


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return frozenset(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


def lookalike(person: TargetPerson, by: str) -> Lookalike:
    """A person in doubt, and what connects them with the employee."""
    return Lookalike(person.id, person.number, person.name, by)


def _question(code: str, doubts: Iterable[Lookalike] = (), **values: object) -> Match:
    return Match(conflict=Finding(code, Severity.BLOCKING, "number", values), lookalikes=tuple(doubts))
